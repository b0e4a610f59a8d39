"""Which strategy holds for whom, as dated text."""
