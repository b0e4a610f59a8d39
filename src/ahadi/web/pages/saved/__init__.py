"""Views that people keep of list pages."""
