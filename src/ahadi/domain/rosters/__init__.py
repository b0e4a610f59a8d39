"""Who works when, who stands in for whom, and what is planned of a day."""
