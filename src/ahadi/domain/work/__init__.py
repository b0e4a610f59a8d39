"""Who is worked next, and why."""
