"""The measurements of loading through the front door: the sheets, the floors, the peer, and one process per run."""
