"""Duties from start to end, in a real browser."""
