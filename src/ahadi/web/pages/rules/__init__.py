"""The rules of contact, place by place, with their sources and examples."""
