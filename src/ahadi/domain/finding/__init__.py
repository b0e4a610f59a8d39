"""Finding people by name, number or address, however it is typed."""
