"""Acts that meet: first the harm with a protection off, then none with it on."""
