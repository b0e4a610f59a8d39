"""How the house is kept."""
