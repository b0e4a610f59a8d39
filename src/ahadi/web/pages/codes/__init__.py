"""The lists of codes, with what this office words, adds and retires."""
