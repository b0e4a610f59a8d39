"""The lists of codes: worded anew, added to, retired, and never shorter than what was written down with them."""

import pytest
from django.test import Client

from ahadi.data import codes
from ahadi.data.models.contact import ContactOutcome
from ahadi.data.models.gate import Code
from ahadi.web.frame.reference import written

from .conftest import SignedIn
from .scenery import House, debt

OWN = {"step": "add", "code": "own_gate_shut", "label": "The gate was shut", "level": "NO_CONTACT", "result": "failed"}


@pytest.fixture
def root(house: House, signed_in: SignedIn) -> Client:
    """An administrator's browser."""
    house.join("root", "admin")
    house.place("pwani", [debt("K1", 60, 4_500_000, email="neema@example.org", debtor_name="Neema Mrisho")])
    return signed_in("root")


def attempt(house: House) -> str:
    """The page of an attempt that waits for its outcome."""
    made = house.begin("K1").contact_id or 0
    return f"/accounts/{written('account', house.account('K1'))}/contact/{written('contact', made)}/"


def test_every_list_is_there_with_every_code(house: House, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    page = client.get("/codes/").content.decode()
    assert all(f"/codes/{name}/" in page for name in codes.LISTS)
    listed = client.get("/codes/reasons/").content.decode()
    assert all(one.code in listed for one in codes.codes("reasons")) and "Add it" not in listed
    assert client.get("/codes/nothing/").status_code == 404


def test_a_disposition_of_ones_own_is_offered_taken_and_counted_as_it_says(
    house: House, root: Client, signed_in: SignedIn
) -> None:
    root.post("/codes/messages/", OWN)
    assert Code.objects.get().values == {"level": "NO_CONTACT", "result": "failed", "conversation": False}
    officer, place = signed_in("amina"), attempt(house)
    assert "The gate was shut" in officer.get(place).content.decode()
    officer.post(place, {"result": "OWN_GATE_SHUT"})
    outcome = ContactOutcome.objects.get()
    assert (outcome.result, outcome.is_contact, outcome.is_right_party) == ("OWN_GATE_SHUT", False, False)


def test_a_code_that_is_retired_is_refused_and_stays_readable(house: House, root: Client, signed_in: SignedIn) -> None:
    root.post("/codes/messages/", OWN)
    officer, first, second = signed_in("amina"), attempt(house), attempt(house)
    officer.post(first, {"result": "OWN_GATE_SHUT"})
    page = root.post(
        "/codes/messages/", {"step": "retire", "code": "OWN_GATE_SHUT", "label": "The gate was shut"}, follow=True
    ).content.decode()
    assert "retired" in page and "The gate was shut" in page
    assert 'value="OWN_GATE_SHUT"' not in officer.get(second).content.decode()
    refused = officer.post(second, {"result": "OWN_GATE_SHUT"})
    assert refused.status_code == 400 and "was retired" in refused.content.decode()
    account = first.partition("contact/")[0]
    assert "The gate was shut" in officer.get(account).content.decode(), "what was written down stays readable"
    root.post("/codes/messages/", {"step": "revive", "code": "OWN_GATE_SHUT", "label": "The gate was shut"})
    assert 'value="OWN_GATE_SHUT"' in officer.get(second).content.decode()


def test_a_shipped_code_is_worded_anew_and_means_the_same(house: House, root: Client, signed_in: SignedIn) -> None:
    root.post(
        "/codes/messages/",
        {"step": "word", "code": "UNDELIVERED", "label": "Network down", "result": "busy", "level": "RIGHT_PARTY"},
    )
    row = Code.objects.get()
    assert (row.label, row.values, row.is_active) == ("Network down", {}, True)
    assert "Network down" in signed_in("amina").get(attempt(house)).content.decode()


@pytest.mark.parametrize(
    ("name", "fields", "said"),
    [
        ("dispositions", {**OWN, "code": "RP_PLAN"}, "There is such a code already."),
        ("dispositions", {**OWN, "code": "GATE_SHUT"}, "a code of your own is written as OWN_"),
        ("dispositions", {**OWN, "level": "RIGHT_PARTY"}, "at RIGHT_PARTY an attempt counts as answered, met"),
        ("dispositions", {**OWN, "is_conversation": "on"}, "a conversation by telephone was answered"),
        ("dispositions", {**OWN, "level": ""}, "say how near it came"),
        ("holds", {**OWN}, "the program itself relies on these codes"),
        ("holds", {"step": "retire", "code": "DISPUTE", "label": "x"}, "the program itself relies on these codes"),
        ("reasons", {"step": "word", "code": "NOTHING", "label": "x"}, "There is no such code in this list."),
        ("reasons", {"step": "word", "code": "NOTHING", "label": ""}, "A code needs its letters"),
    ],
)
def test_what_cannot_be_kept_says_why(house: House, root: Client, name: str, fields: dict[str, str], said: str) -> None:
    answer = root.post(f"/codes/{name}/", fields)
    assert answer.status_code == 400 and said in answer.content.decode()
    assert not Code.objects.exists()


def test_an_officer_changes_no_list(house: House, root: Client, signed_in: SignedIn) -> None:
    answer = signed_in("amina").post("/codes/dispositions/", OWN)
    assert answer.status_code == 400 and "by an administrator" in answer.content.decode()
    assert not Code.objects.exists()


def test_the_codes_of_one_house_are_none_of_another(
    house: House, root: Client, other_house: House, signed_in: SignedIn
) -> None:
    root.post("/codes/dispositions/", OWN)
    assert "OWN_GATE_SHUT" not in signed_in("mallory").get("/codes/dispositions/").content.decode()
