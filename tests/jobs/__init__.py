"""Commands from end to end, on a real database."""
