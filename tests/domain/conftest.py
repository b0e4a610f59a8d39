"""An organisation of its own for each test."""

import pytest
from hypothesis import HealthCheck, settings

from .book import SmallBook

settings.register_profile(
    "domain", deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def book(db: None) -> SmallBook:
    """An empty book, rolled back after the test."""
    return SmallBook.opened()
