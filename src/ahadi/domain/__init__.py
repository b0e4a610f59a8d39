"""What the business can do: one room a capability."""
