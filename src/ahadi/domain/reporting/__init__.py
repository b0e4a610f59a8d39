"""Figures over the book, for any past day."""
