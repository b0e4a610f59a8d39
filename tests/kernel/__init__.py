"""Tests of what numbers mean; they need neither Django nor a database."""
