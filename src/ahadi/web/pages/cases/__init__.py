"""Disputes, complaints, hardship and queries: the list, one of them, and raising one."""
