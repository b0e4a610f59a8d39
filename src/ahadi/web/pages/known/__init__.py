"""What is learnt about people, and what ends of it."""
