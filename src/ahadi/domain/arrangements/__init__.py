"""What was promised and how it was kept."""
