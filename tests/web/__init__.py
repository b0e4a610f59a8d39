"""The pages, through Django's own client."""
