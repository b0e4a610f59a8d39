"""The three engines of the measurement of the kernel, and the book they are given."""
