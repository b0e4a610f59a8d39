"""The ageing of balances, and the accounts behind each figure."""
