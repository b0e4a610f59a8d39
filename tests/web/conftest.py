"""A placed book and a way to sign in."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client, override_settings

from .scenery import PASSWORD, House, QuickArgon2, elsewhere, kisima

SignedIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def quick_hashing() -> Iterator[None]:
    """Passwords are hashed by the real algorithm with little work."""
    with override_settings(PASSWORD_HASHERS=[f"{QuickArgon2.__module__}.QuickArgon2"]):
        yield


@pytest.fixture
def house(db: None) -> House:
    """The agency whose book the pages show."""
    return kisima()


@pytest.fixture
def other_house(db: None) -> House:
    """Somebody else's book."""
    return elsewhere()


@pytest.fixture
def signed_in() -> SignedIn:
    """Signs a person in through the door and gives the browser that did."""

    def by(login: str) -> Client:
        client = Client()
        answer = client.post("/sign-in/", {"login": login, "password": PASSWORD})
        assert answer.status_code == 302, answer.content
        return client

    return by
