"""What somebody asked another to agree to."""
