"""What the rulebook says: law, calendars and codes, read without a database."""
