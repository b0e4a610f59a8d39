"""The officer's desk: whose turn it is, who has whom before them, and what happens there by the second."""
