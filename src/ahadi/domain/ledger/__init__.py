"""Double entry: what an act moved, ledger by ledger."""
