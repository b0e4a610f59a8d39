"""Notes and documents: what was written and brought, kept safely and found again."""
