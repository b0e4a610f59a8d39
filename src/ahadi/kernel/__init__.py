"""What a number means: pure functions on columns."""
