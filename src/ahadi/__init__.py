"""Ahadi: debt collection and credit control that explains every figure."""
