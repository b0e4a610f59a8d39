"""One module a command of `ahadi`."""
