"""What must always be true of the book, each with the rows that break it."""
