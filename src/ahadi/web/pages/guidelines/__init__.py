"""What creditors want of those who speak for them."""
