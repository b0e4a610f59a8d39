"""Files that creditors hand over: batches and how their columns are understood."""
