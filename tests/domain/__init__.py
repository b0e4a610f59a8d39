"""The rooms of the domain, on a real database."""
