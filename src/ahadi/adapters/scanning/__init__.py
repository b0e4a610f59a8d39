"""Programs that look for harm in files."""
