"""The officer's desk: the queue, the account that is open, and what to do with it."""
