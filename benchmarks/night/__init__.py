"""The measurements of the night: the book, the floor, and one process per run."""
