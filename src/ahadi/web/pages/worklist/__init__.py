"""Today's list, and why each account stands where it does."""
