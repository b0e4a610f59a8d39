"""People and firms who owe, and their identity."""
