"""An organisation of its own for each test."""

import pytest

from .book import SmallBook


@pytest.fixture
def book(db: None) -> SmallBook:
    """An empty book, rolled back after the test."""
    return SmallBook.opened()
