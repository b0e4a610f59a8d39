"""The door: signing in and out."""
