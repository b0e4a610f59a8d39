"""What may be offered to somebody who is late, to whom it is worth what, and what was agreed."""
