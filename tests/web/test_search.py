"""The page of search: whom it finds, what it says when nobody fits, and that it counts few queries."""

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ahadi.jobs.reading import read_all

from .conftest import SignedIn
from .scenery import House, debt


def placed(house: House, *debts: dict[str, Any]) -> None:
    """Debts that were placed and whose names were read."""
    house.place("pwani", list(debts))
    read_all(house.id)


def found(client: Client, text: str, part: str = "") -> str:
    return client.get("/search/", {"q": text, "part": part}).content.decode()


def test_somebody_is_found_by_name_number_and_sound(house: House, signed_in: SignedIn) -> None:
    placed(house, debt("K1", 60, 4_500_000, phone="+254712345678", debtor_name="Neema <b>Mrisho</b>"))
    client = signed_in("amina")
    for text in ("neema", "nima mrsho", "345678", "k1"):
        page = found(client, text)
        assert "Neema &lt;b&gt;Mrisho&lt;/b&gt;" in page and "<b>Mrisho" not in page, text
    assert "Nobody of yours was found" in found(client, "zuberi")
    assert "Whom do you look for?" in found(client, "")
    assert "<html" not in found(client, "neema", part="1")


def test_word_that_is_typed_wrongly_is_named(house: House, signed_in: SignedIn) -> None:
    placed(house, debt("K1", 60, 4_500_000, debtor_name="Hassan Temu"))
    page = found(signed_in("amina"), "hassam")
    assert "Hassan Temu" in page and "Nobody is called “hassam”" in page


def test_people_of_others_are_counted_and_not_named(house: House, signed_in: SignedIn) -> None:
    placed(house, debt("K1", 60, 4_500_000, debtor_name="Hassan Temu"))
    house.join("juma", "officer")
    page = found(signed_in("juma"), "hassan")
    assert "Temu" not in page and "looks after fits as well" in page


def test_search_asks_a_handful_of_questions(house: House, signed_in: SignedIn) -> None:
    placed(house, *(debt(f"K{n}", 60, 4_500_000, debtor_name=f"Hassan Temu {n}") for n in range(30)))
    client = signed_in("amina")
    found(client, "hassan")
    with CaptureQueriesContext(connection) as asked:
        found(client, "hassan")
    assert len(asked) <= 16, [one["sql"][:80] for one in asked]


def test_a_creditors_own_people_do_not_search(house: House, signed_in: SignedIn) -> None:
    assert signed_in("portal").get("/search/?q=hassan").status_code == 403
