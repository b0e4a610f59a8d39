"""Scenario files: what happened to an account in one page, and what is true on a date."""
