"""What runs without a person at a screen: commands, the schedule, the demonstration book."""
