"""Each report as the console prints it."""
