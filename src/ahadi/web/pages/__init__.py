"""One folder a family of pages."""
