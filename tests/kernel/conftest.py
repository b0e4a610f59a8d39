"""Properties run without a deadline: the first call of a process also loads the column engine."""

from hypothesis import settings

settings.register_profile("kernel", deadline=None, max_examples=60)
settings.load_profile("kernel")
