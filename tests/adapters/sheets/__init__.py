"""The sheets adapter, against real files, hostile ones and mutants."""
