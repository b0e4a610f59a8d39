"""The calendar of a country, and the days that this office knows better."""
