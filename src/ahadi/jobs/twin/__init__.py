"""The portfolio twin: a generated book that behaves like a real one."""
