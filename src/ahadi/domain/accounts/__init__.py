"""Accounts: charges, holds, owners, next actions, and what is open."""
