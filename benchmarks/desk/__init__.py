"""Fifty officers and more at their desks, on a book of a million accounts."""
