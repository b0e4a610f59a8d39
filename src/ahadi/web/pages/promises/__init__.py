"""Promises: due today, broken, kept, and those of the week."""
