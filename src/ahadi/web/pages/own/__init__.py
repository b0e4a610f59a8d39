"""What is a person's own: how they sign in, where they are signed in, what they may see and do."""
