"""The accountant’s queue of proofs, and claiming a receipt."""
