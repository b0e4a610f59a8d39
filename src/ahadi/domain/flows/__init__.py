"""Acts that cross rooms, one module each."""
