"""The tables, and the only bridges between tables and columns."""
