"""Where debtors are found: what was told and put right, who stands beside them, and who is one person."""
