"""Faults put into copies of the kernel, to see that its tests notice."""
