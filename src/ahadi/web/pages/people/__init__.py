"""People: who works here, what each may see and do, and the teams they are in."""
