"""The desk's page: what is on it, what is never sent before somebody was recognised, how much of it there is."""

import gzip
import re
from datetime import timedelta
from functools import partial

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from ahadi.data.models.desk import ClaimState, DraftState, Guideline, Unmasking, Verification
from ahadi.data.models.promise import Promise
from ahadi.domain.negotiation.operations import MeansOutcome, Told, keep_means
from ahadi.web.frame import cards
from ahadi.web.frame.reference import written

from .conftest import SignedIn
from .scenery import House, debt, statements

pytestmark = pytest.mark.usefixtures("open_hours")
HTMX = {"HTTP_HX_REQUEST": "true"}
SECRET = 4_321_077
"""An amount in minor units that stands nowhere but in a balance."""


@pytest.fixture
def neema(house: House) -> str:
    """Somebody with a telephone, of whose debt a part is late and a part is to come; the address of the desk."""
    known = {"debtor_name": "Neema Mrisho", "phone": "+254712345678", "address": "7 Market Street, Nairobi"}
    house.place("pwani", [debt("N1", 60, 9_000_000, **known), debt("N1", -15, SECRET, reference="N1-later", **known)])
    return f"/desk/{written('account', house.account('N1'))}/"


def at_call(client: Client, neema: str) -> str:
    """Takes the first account, where it is not open yet, and dials; the page."""
    client.post("/desk/next/")
    page = client.get("/desk/").content.decode()
    point = re.search(r'name="point" value="([^"]+)"', page)
    assert point and "Neema Mrisho" in page
    client.post(f"{neema}call/", {"point": point.group(1)})
    return client.get("/desk/").content.decode()


def test_an_officer_lands_at_the_desk_and_others_at_the_list(house: House, signed_in: SignedIn) -> None:
    assert signed_in("amina").get("/")["Location"] == "/desk/"
    assert signed_in("amina").get("/?q=p1").status_code == 200
    assert "Today’s list" in signed_in("sara").get("/").content.decode()


def test_the_first_account_waits_and_is_taken_by_a_form(house: House, neema: str, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    assert "Neema Mrisho comes first" in client.get("/desk/").content.decode()
    assert client.post("/desk/next/")["Location"] == "/desk/"
    page = client.get("/desk/").content.decode()
    assert "<h1" in page and "Neema Mrisho" in page and "drives the call" in page
    assert ClaimState.objects.get().account_id == house.account("N1")


def test_no_balance_is_sent_before_somebody_was_recognised(house: House, neema: str, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    page = at_call(client, neema)
    owes = "133,211"
    assert owes not in page and "when verified" in page and "+254712345678" in page
    client.post(f"{neema}moves/verify/", {"proof": ["address"]})
    assert not Verification.objects.exists() and owes not in client.get("/desk/").content.decode()
    client.post(f"{neema}moves/verify/", {"proof": ["address", "account_end"]})
    assert Verification.objects.get().proofs == ["account_end", "address"]
    page = client.get("/desk/").content.decode()
    assert owes in page and "Identity verified" in page


def test_a_number_is_masked_until_it_is_dialled_and_that_is_kept(house: House, neema: str, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    client.post("/desk/next/")
    assert "+254712345678" not in client.get("/desk/").content.decode()
    at_call(client, neema)
    seen = Unmasking.objects.get()
    assert (seen.what, seen.reason, seen.person_id) == ("phone", "to_dial", house.people["amina"])


def test_the_promise_card_opens_once_somebody_was_recognised(house: House, neema: str, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    at_call(client, neema)
    assert "two facts" in client.get(f"{neema}cards/promise/", **HTMX).content.decode()
    client.post(f"{neema}moves/verify/", {"proof": ["address", "account_end"]})
    card = client.get(f"{neema}cards/promise/", **HTMX).content.decode()
    assert 'value="90,000.00"' in card and "days of grace" in card
    answer = client.post(
        f"{neema}outcome/", {"result": "promise", "amount": "12 x", "day": house.today.isoformat()}, **HTMX
    ).content.decode()
    assert "is no amount of money" in answer


def recognised(client: Client, neema: str) -> str:
    """A call in which it is sure who speaks; the promise card."""
    at_call(client, neema)
    client.post(f"{neema}moves/verify/", {"proof": ["address", "account_end"]})
    return client.get(f"{neema}cards/promise/", **HTMX).content.decode()


def test_a_promise_is_for_the_payday_that_is_known_and_says_how_likely_it_is_kept(
    house: House, neema: str, signed_in: SignedIn
) -> None:
    client = signed_in("amina")
    friday = house.today + timedelta(days=(4 - house.today.weekday()) % 7 or 7)
    assert f'name="day" value="{friday.isoformat()}"' in recognised(client, neema)
    payday = house.today + timedelta(days=9)
    tell = partial(keep_means, account_id=house.account("N1"), told=Told(200_000_00, 0, 2, str(payday.day)))
    house.perform("keep_means", tell, MeansOutcome)
    card = client.get(f"{neema}cards/promise/", **HTMX).content.decode()
    assert f'name="day" value="{payday.isoformat()}"' in card and "Payday" in card
    assert "percent likely kept" in card and "days of grace, to" in card and "Reminders planned for" in card
    assert all(word in card for word in ("Mobile money", "Bank", "Cash", "Cheque"))


def test_what_cannot_be_promised_says_why_while_it_is_typed(house: House, neema: str, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    assert (
        "percent" not in client.get(f"{neema}likely/", {"amount": "1", "day": house.today.isoformat()}).content.decode()
    )
    recognised(client, neema)
    tell = partial(keep_means, account_id=house.account("N1"), told=Told(30_000_00, 0, 2, "25"))
    house.perform("keep_means", tell, MeansOutcome)

    def said(amount: str, days: int) -> str:
        day = (house.today + timedelta(days=days)).isoformat()
        return client.get(f"{neema}likely/", {"amount": amount, "day": day}, **HTMX).content.decode()

    assert "percent likely kept" in said("20,000", 3)
    assert "has passed" in said("20,000", -1)
    assert "is owed" in said("900,000", 3)
    assert "A month can spare KES 30,000" in said("40,000", 3)
    assert "lets a promise wait until" in said("20,000", 40)
    assert "is no amount of money" in said("12 x", 3)


@pytest.mark.parametrize(("amount", "days"), [("40,000", 3), ("20,000", 40), ("900,000", 3), ("20,000", -1)])
def test_a_promise_that_is_refused_keeps_what_was_typed_on_its_card(
    house: House, neema: str, signed_in: SignedIn, amount: str, days: int
) -> None:
    client = signed_in("amina")
    recognised(client, neema)
    tell = partial(keep_means, account_id=house.account("N1"), told=Told(30_000_00, 0, 2, "25"))
    house.perform("keep_means", tell, MeansOutcome)
    day = (house.today + timedelta(days=days)).isoformat()
    typed = {"result": "promise", "amount": amount, "day": day, "source": "cash"}
    answer = client.post(f"{neema}outcome/", typed, **HTMX)
    card = answer.content.decode()
    assert answer["HX-Retarget"] == "#card" and 'role="alert"' in card
    assert f'value="{amount}"' in card and f'value="{day}"' in card and 'value="cash" checked' in card
    assert not Promise.objects.exists()
    # Within the rules the same card is taken, with the way by which it comes.
    typed |= {"amount": "20,000", "day": (house.today + timedelta(days=3)).isoformat()}
    client.post(f"{neema}outcome/", typed, **HTMX)
    assert Promise.objects.get().source == "cash"


def test_every_card_that_is_listed_is_shown_and_no_other(house: House, neema: str, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    at_call(client, neema)
    for card in cards.CARDS:
        url = (
            f"{neema}cards/{card.name}/"
            if card.url_name == "desk-card"
            else reverse(card.url_name, args=[house.account("N1")])
        )
        assert client.get(url, **HTMX).status_code == 200, card.name
    assert client.get(f"{neema}cards/ladder/", **HTMX).status_code == 404
    assert "/cards/ladder/" not in client.get("/desk/").content.decode()


def test_the_room_alone_is_answered_to_script_with_its_address(house: House, neema: str, signed_in: SignedIn) -> None:
    answer = signed_in("amina").post("/desk/next/", **HTMX)
    assert answer["HX-Push-Url"] == neema
    assert answer.content.decode().lstrip().startswith('<div class="desk" id="room"')


def test_what_is_typed_is_kept_by_field_and_shown_again(house: House, neema: str, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    at_call(client, neema)
    assert client.post(f"{neema}draft/", {"note": "Half a sentence <b>", "key": "x"}).status_code == 204
    assert DraftState.objects.get().content == {"note": "Half a sentence <b>"}
    assert "Half a sentence &lt;b&gt;" in client.get("/desk/").content.decode()


def test_somebody_elses_account_is_no_desk_of_mine(house: House, neema: str, signed_in: SignedIn) -> None:
    house.join("bakari", "officer", "zawadi")
    client = signed_in("bakari")
    for address in (neema, f"{neema}timeline/", f"{neema}news/", f"{neema}guidelines/", f"{neema}cards/note/"):
        assert client.get(address).status_code == 404, address
    assert client.post(f"{neema}draft/", {"note": "x"}).status_code == 404


def test_the_timeline_shows_one_kind_by_its_key(house: House, neema: str, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    at_call(client, neema)
    assert "Called, no outcome written down" in client.get(f"{neema}timeline/").content.decode()
    assert "Called" not in client.get(f"{neema}timeline/?kind=receipts").content.decode().split("</div></div>")[1]


def test_guidelines_are_written_by_a_manager_and_read_at_the_desk(
    house: House, neema: str, signed_in: SignedIn
) -> None:
    house.join("mia", "manager")
    told = {"creditor": "pwani", "section": "work", "text": "Never before payday.", "key": "k1"}
    assert signed_in("sara").post("/guidelines/", told).status_code == 400
    assert signed_in("mia").post("/guidelines/", {**told, "key": "k2"}).status_code == 302
    assert Guideline.objects.get().text == "Never before payday."
    assert "Never before payday." in signed_in("amina").get(f"{neema}guidelines/").content.decode()


def test_the_first_page_and_the_next_are_light(house: House, neema: str, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    client.post("/desk/next/")
    page = client.get("/desk/").content
    assets = set(re.findall(rb'(?:href|src)="/static/([^"#]+)', page))
    weight = len(gzip.compress(page))
    for name in assets:
        found = finders.find(name.decode())
        assert isinstance(found, str), name
        with open(found, "rb") as file:  # noqa: PTH123
            weight += len(gzip.compress(file.read()))
    assert weight <= 250_000
    assert len(gzip.compress(client.get("/desk/", **HTMX).content)) <= 40_000


def test_an_account_is_opened_by_as_many_statements_whatever_the_list(
    house: House, neema: str, signed_in: SignedIn
) -> None:
    client = signed_in("amina")
    client.post("/desk/next/")
    few = statements(lambda: client.get("/desk/", **HTMX))
    house.place("pwani", [debt(f"Z{turn}", 30, 10_000 + turn) for turn in range(60)])
    assert statements(lambda: client.get("/desk/", **HTMX)) <= few + 2
    assert few <= 95


def test_a_page_hears_news_from_where_the_settings_say(house: House, signed_in: SignedIn) -> None:
    assert settings.LIVE_URL == "" and 'data-live=""' in signed_in("amina").get("/desk/").content.decode()
