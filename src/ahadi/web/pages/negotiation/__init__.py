"""What may be offered on an account, what its household can spare, and the mandates behind it."""
