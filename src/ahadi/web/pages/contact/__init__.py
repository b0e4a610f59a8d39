"""Asking the gate, reaching somebody, writing down what came of it."""
