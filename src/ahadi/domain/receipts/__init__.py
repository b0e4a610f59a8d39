"""Money that came, and what it paid."""
