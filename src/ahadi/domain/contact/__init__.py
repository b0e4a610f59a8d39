"""Whether somebody may be reached, by which rule, and what came of it."""
