"""Finding people."""
