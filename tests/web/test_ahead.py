"""The next account is there at once, as it was made ahead; an outcome leaves the account on the page, which follows."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from ahadi.data.models.act import ActWithdrawal
from ahadi.data.models.circumstance import Circumstance
from ahadi.data.models.desk import ClaimState, DraftState
from ahadi.domain.audit.ports import Act
from ahadi.domain.desk import operations, queries, traces
from ahadi.domain.desk.ports import PREVIEW, At
from ahadi.domain.filing.ports import NoteOutcome
from ahadi.domain.flows.place_hold import HoldTerms, PlacedOutcome, place_hold
from ahadi.domain.flows.tell_detail import ToldOutcome, tell_detail
from ahadi.domain.flows.write_note import write_note
from ahadi.domain.parties.telling import Told
from ahadi.domain.people import access
from ahadi.web.frame.admission import Visitor
from ahadi.web.frame.reference import written
from ahadi.web.pages.desk import room

from .conftest import SignedIn
from .scenery import House, debt, statements

pytestmark = pytest.mark.usefixtures("open_hours")
HTMX = {"HTTP_HX_REQUEST": "true"}
SEEN_OTHERWISE = {
    "account": "one more or less is in the state of every account of the debtor",
    "account_state": "its revision rises with whatever changes it",
    "act": "by whom and when: never changed",
    "act_withdrawal": "joined to every fact",
    "branch": "names",
    "claim_state": "whoever comes to an account has just claimed it",
    "code": "names of reasons; the newest with the next page",
    "creditor": "names",
    "desk_keys": "part of the name under which a page is kept",
    "document_name": "written with the document",
    "draft_state": "the moment it was saved",
    "organisation": "names",
    "owner": "names",
    "party": "never changed",
    "party_state": "who stands for whom",
    "person": "names",
    "planned_contact_state": "each status",
    "promise_state": "follows the promise and the state of its account",
    "receipt": "reached by its assignment to an account",
    "receipt_state": "follows receipts and allocations, with the state of the account",
    "reminder_plan": "with the contact that it plans",
    "worklist": "a list is of a day, and the day is part of the name under which a page is kept",
}
"""Tables that the page of an account is made of and `traces` does not count the facts of, and why that is enough."""


@pytest.fixture
def two(house: House) -> House:
    """Neema comes first, and Juma after her."""
    house.place(
        "pwani",
        [
            debt("N1", 60, 90_000_000, debtor_name="Neema Mrisho", phone="+254712345678"),
            debt("J1", 60, 80_000_000, debtor_name="Juma Otieno", phone="+254712345679", address="3 Hill Road"),
        ],
    )
    return house


def of(house: House, number: str) -> str:
    return f"/desk/{written('account', house.account(number))}/"


def on_a_call(client: Client, house: House) -> str:
    """Neema is before the officer, and on the line; the room."""
    room_ = client.post("/desk/next/", {"key": "first"}, **HTMX).content.decode()
    assert "Neema Mrisho" in room_
    point = re.search(r'name="point" value="([^"]+)"', room_)
    assert point
    return client.post(f"{of(house, 'N1')}call/", {"point": point.group(1)}, **HTMX).content.decode()


def ends(client: Client, house: House) -> str:
    """What came of the call is written down; the room."""
    return client.post(f"{of(house, 'N1')}outcome/", {"result": "RP_NOCOMMIT"}, **HTMX).content.decode()


def account_of(page: str) -> str:
    """The account and its panel, without what is of one answer alone."""
    found = re.search(r'<main class="account".*</aside>', page, re.S)
    assert found, page[:500]
    text = re.sub(r'(name="csrfmiddlewaretoken" value|data-timer)="[^"]*"', "", found.group())
    text = re.sub(r'name="key" value="[^"]*-(\w)"', r"\1", text)
    return re.sub(r">\s+<", "><", re.sub(r'<b class="num">\d\d:\d\d', "", text))


def test_the_next_account_is_there_as_it_was_made_ahead(two: House, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    assert "data-ahead-url" in on_a_call(client, two)
    assert client.post("/desk/ahead/").status_code == 204
    assert ClaimState.objects.get(is_next=True).account_id == two.account("J1")
    assert "Juma Otieno" in ends(client, two)
    answers: list[str] = []
    key = {"key": "second"}
    count = statements(lambda: answers.append(client.post("/desk/next/", key, **HTMX).content.decode()))
    assert "Juma Otieno" in answers[0] and count < 70
    again = client.get(of(two, "J1"), **HTMX).content.decode()
    assert account_of(answers[0]) == account_of(again)
    assert len(set(re.findall(r'name="key" value="([^"]*)-\w"', answers[0]))) == 1


def test_a_key_that_was_pressed_on_a_page_made_ahead_counts_once(two: House, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    on_a_call(client, two)
    client.post("/desk/ahead/")
    ends(client, two)
    page = client.post("/desk/next/", **HTMX).content.decode()
    pressed = re.search(r'action="([^"]+/call/)".*?name="key" value="([^"]+)".*?name="point" value="([^"]+)"', page)
    assert pressed
    for _ in range(2):
        answer = client.post(pressed.group(1), {"key": pressed.group(2), "point": pressed.group(3)}, **HTMX)
        assert 'data-state="dial"' in answer.content.decode()


def test_nothing_is_made_ahead_where_nobody_is_on_a_call(two: House, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    client.post("/desk/next/")
    assert client.post("/desk/ahead/").status_code == 204
    assert not ClaimState.objects.filter(is_next=True).exists()
    assert operations.keep_next(by=two.actor("sara"), as_of=two.today) is None


def note(house: House) -> None:
    """Somebody at another desk writes something down about Juma."""
    write = partial(write_note, account_id=house.account("J1"), kind="GENERAL", text="Rang at noon")
    house.perform("write_note", write, NoteOutcome, "sara")


def test_what_was_written_down_meanwhile_is_on_the_page(two: House, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    on_a_call(client, two)
    client.post("/desk/ahead/")
    ends(client, two)
    note(two)
    assert "Rang at noon" in client.post("/desk/next/", **HTMX).content.decode()


def test_without_a_trace_a_page_that_was_overtaken_would_be_shown(
    two: House, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traces, "trace", lambda **_: "always")
    client = signed_in("amina")
    on_a_call(client, two)
    client.post("/desk/ahead/")
    ends(client, two)
    note(two)
    page = client.post("/desk/next/", **HTMX).content.decode()
    assert "Juma Otieno" in page and "Rang at noon" not in page


def test_a_page_made_ahead_is_for_the_session_that_asked(two: House, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    on_a_call(client, two)
    client.post("/desk/ahead/")
    ends(client, two)
    other = signed_in("amina")
    assert statements(lambda: other.post("/desk/next/", **HTMX)) > 85


def test_an_outcome_leaves_the_account_on_the_page_and_it_follows(two: House, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    on_a_call(client, two)
    answers: list[str] = []
    count = statements(lambda: answers.append(ends(client, two)))
    page = answers[0]
    assert 'data-state="wrap"' in page and "Outcome written down" in page and count < 110
    assert '<main class="account" id="main" hx-preserve></main>' in page
    sheet = re.search(r'hx-get="([^"]+/sheet/)"', page)
    assert sheet
    follows = client.get(sheet.group(1), **HTMX).content.decode()
    whole = client.get(of(two, "N1"), **HTMX).content.decode()
    panel = re.compile(r'<ul class="next">.*?</ul>', re.S)
    assert panel.search(page).group() == panel.search(whole).group()  # type: ignore[union-attr]
    main = re.compile(r'<main class="account".*</main>', re.S)
    assert main.search(follows).group() == main.search(whole).group()  # type: ignore[union-attr]
    assert "Spoke and committed to nothing" in follows


def held(house: House) -> None:
    hold = HoldTerms("VULNERABLE", "Asked for time", house.today + timedelta(days=7))
    house.perform("place_hold", partial(place_hold, account_id=house.account("J1"), terms=hold), PlacedOutcome)


def told(house: House) -> None:
    new = Told("phone", "+254733000111", "debtor")
    tell = partial(tell_detail, account_id=house.account("J1"), person_id=None, told=new)
    house.perform("tell_detail", tell, ToldOutcome)


def came(house: House) -> None:
    paid = debt("J1", 60, 80_000_000, settled_on=house.today, reference="R-J1")
    house.place("pwani", [paid])


def typed(house: House) -> None:
    DraftState.objects.update_or_create(
        person_id=house.people["amina"],
        account_id=house.account("J1"),
        defaults={"content": {"note": "x"}, "saved_at": queries.moment()},
    )


CHANGES: dict[str, Callable[[House], object]] = {
    "a note": note,
    "a hold": held,
    "a number told": told,
    "something learnt": lambda house: house.learn("J1", "CEASE"),
    "a contact": lambda house: house.begin("J1", "call"),
    "an offer": lambda house: house.place("pwani", [debt("J1", 30, 5_000, reference="J1-more")]),
    "money": came,
    "a draft": typed,
    "a role": lambda house: house.join("zuberi", "officer"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_is_written_down_about_a_debtor_is_another_trace(two: House, change: str) -> None:
    trace = lambda number: traces.trace(by=two.actor("amina"), account_id=two.account(number))  # noqa: E731
    before = trace("J1"), trace("N1")
    assert before == (trace("J1"), trace("N1"))
    CHANGES[change](two)
    assert trace("J1") != before[0]
    assert (trace("N1") == before[1]) == (change != "a role"), "what is about one debtor leaves the other alone"


def test_what_is_taken_back_is_another_trace(two: House) -> None:
    learnt = two.learn("J1", "CEASE")
    before = traces.trace(by=two.actor("amina"), account_id=two.account("J1"))

    act_id = Circumstance.objects.get(id=learnt).act_id

    def back(act: Act) -> NoteOutcome:
        ActWithdrawal(withdrawn_act_id=act_id, at=act.at, act_id=act.id).save(force_insert=True)
        return NoteOutcome(0)

    two.perform("take_back", back, NoteOutcome)
    assert traces.trace(by=two.actor("amina"), account_id=two.account("J1")) != before


def test_every_table_that_the_page_of_an_account_is_made_of_leaves_a_trace(two: House) -> None:
    known = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    read: set[str] = set()

    def reading(execute: Any, sql: Any, *rest: Any) -> Any:
        read.update(set(re.findall(r'\b(?:FROM|JOIN)\s+"?(\w+)"?', str(sql))) & known)
        return execute(sql, *rest)

    actor = two.actor("amina")
    visitor = Visitor(actor, access.rights(actor), "Amina", two.today)
    account = two.account("J1")
    with connection.execute_wrapper(reading):
        at = At(PREVIEW, None, queries.moment(), account_id=account, opened_at=queries.moment())
        opened = queries.opened(by=actor, account_id=account, as_of=two.today)
        room.before(visitor, at, queries.house(by=actor), opened)
    counted = {*traces.OF_ACCOUNTS, *traces.OF_PEOPLE, *traces.OF_HOUSES, *(one[0] for one in traces.OF_FACTS)}
    assert "hold" in read and "circumstance" in read and len(read) > 50
    assert read - counted - set(SEEN_OTHERWISE) == set()
