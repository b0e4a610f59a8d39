"""The ageing, and the accounts behind each of its figures."""

import html
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from .conftest import SignedIn
from .scenery import PWANI, ZAWADI, House
from .test_worklist import names


def figures(page: str) -> list[tuple[str, str]]:
    """Raw amount and address of every figure of the table that opens."""
    found = re.findall(r'data-v="([\d.-]+)"><a class="plain" href="([^"]+)"', page)
    return [(raw, html.unescape(url)) for raw, url in found]


def sums_behind(page: str) -> list[str]:
    text = re.search(r'<dl class="figures">.*?</dl>', page, re.S)
    assert text
    return [amount.replace(",", "") for amount in re.findall(r"<bdi>([\d.,]+)</bdi>", text.group(0))]


@pytest.mark.parametrize("by", ["creditor", "officer", "branch", "product", "country"])
def test_every_figure_opens_to_accounts_that_add_up_to_it(house: House, signed_in: SignedIn, by: str) -> None:
    client = signed_in("sara")
    opened = figures(client.get(f"/ageing/?by={by}").content.decode())
    assert len(opened) >= 10
    for raw, url in opened:
        assert sums_behind(client.get(url).content.decode()) == [raw], url


def test_currencies_are_kept_apart(house: House, signed_in: SignedIn) -> None:
    page = signed_in("sara").get("/ageing/").content.decode()
    totals = {parse_qs(urlsplit(url).query)["currency"][0]: raw for raw, url in figures(page) if "bucket" not in url}
    assert totals == {"KES": "32400.50", "USD": "12345.00"}


def test_a_past_day_shows_what_was_open_then(house: House, signed_in: SignedIn) -> None:
    day = house.today - timedelta(days=10)
    page = signed_in("sara").get(f"/ageing/?as_of={day.isoformat()}").content.decode()
    assert any(raw == "37200.50" for raw, _ in figures(page))


@pytest.mark.parametrize(("typed", "said"), [("2999-01-01", "still to come"), ("3 June", "Write the day")])
def test_a_day_that_cannot_be_is_refused_and_kept_in_the_field(
    house: House, signed_in: SignedIn, typed: str, said: str
) -> None:
    answer = signed_in("sara").get("/ageing/", {"as_of": typed})
    assert answer.status_code == 400
    assert said in answer.content.decode() and f'value="{typed}"' in answer.content.decode()


@pytest.mark.parametrize("figure", ["overdue", "disputed", "par30", "par60", "par90"])
def test_the_ratios_open_to_what_they_are_made_of(house: House, signed_in: SignedIn, figure: str) -> None:
    expected = {"overdue": "29400.50", "disputed": "7000.00", "par30": "28500.00", "par60": "28500.00"}
    page = signed_in("sara").get(f"/ageing/accounts/?figure={figure}&currency=KES").content.decode()
    assert sums_behind(page) == [expected.get(figure, "21500.00")]


def test_a_creditors_person_sees_the_own_book_and_no_officer(house: House, signed_in: SignedIn) -> None:
    client = signed_in("portal")
    page = client.get("/ageing/?by=officer").content.decode()
    assert PWANI in page and ZAWADI not in page and "Amina" not in page and ">Officer<" not in page
    behind = client.get("/ageing/accounts/").content.decode()
    assert "Debtor Z1" not in behind and "Amina" not in behind
    assert "amina" not in client.get("/ageing/accounts/?format=csv").content.decode()


def test_another_organisation_sees_its_own_figures(house: House, other_house: House, signed_in: SignedIn) -> None:
    client = signed_in("mallory")
    assert PWANI not in client.get("/ageing/").content.decode()
    assert set(names(client.get("/ageing/accounts/").content)) == {"Debtor X1"}


def test_the_table_is_given_as_a_file(house: House, signed_in: SignedIn) -> None:
    client = signed_in("sara")
    text = client.get("/ageing/?format=csv").content.decode("utf-8-sig")
    assert text.splitlines()[0] == "creditor,currency,bucket,charge_count,account_count,open"
    assert client.get("/ageing/accounts/?format=xlsx").content[:2] == b"PK"


def test_an_empty_book_says_the_next_step(house: House, signed_in: SignedIn) -> None:
    page = signed_in("sara").get("/ageing/?as_of=2000-01-01").content.decode()
    assert "Nothing was open on that day" in page
