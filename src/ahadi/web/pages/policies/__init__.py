"""The policies of the house, proposed by one and approved by another."""
