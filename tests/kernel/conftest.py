"""Properties run without a deadline: the first call of a process also loads the column engine."""

from hypothesis import settings

settings.register_profile("kernel", deadline=None)
settings.load_profile("kernel")
