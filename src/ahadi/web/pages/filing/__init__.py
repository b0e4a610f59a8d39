"""Notes and documents of an account, and the search over them."""
