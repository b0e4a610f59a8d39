"""Rosters, leave and what is planned of a day."""
