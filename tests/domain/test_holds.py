"""Holds are placed by hand with a reason, on an account or on single charges; where all that is late is disputed,
collection pauses; what was raised in a call is taken back only while nobody went on with it.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from ahadi.data import frames
from ahadi.data.models.account import Hold
from ahadi.data.models.case import Case
from ahadi.data.models.charge import Charge
from ahadi.data.models.desk import Note
from ahadi.data.models.gate import PlannedContactState
from ahadi.domain.audit.ports import OPERATOR, Actor
from ahadi.domain.cases import queries as cases
from ahadi.domain.cases.ports import CaseOutcome
from ahadi.domain.contact.ports import Asked
from ahadi.domain.flows.move_case import move_case
from ahadi.domain.flows.place_hold import HoldTerms, PlacedOutcome, UnableToPlaceHold, place_hold
from ahadi.domain.flows.queue_contact import QueueOutcome, queue_contact
from ahadi.domain.flows.release_hold import ReleaseOutcome, release_hold
from ahadi.domain.people.queries import today
from ahadi.domain.work import queries as work

from .book import SmallBook
from .test_cases import DISPUTE, Office, lawful, manned


@pytest.fixture
def office(book: SmallBook) -> Office:
    """People, and one account of two invoices that are late."""
    return manned(book)


def day(office: Office) -> date:
    """The day that it is."""
    return today(office.book.organisation_id)


def terms(office: Office, **more: Any) -> HoldTerms:
    """A hold by a court, looked at again in a month."""
    known: dict[str, Any] = {"kind": "LEGAL", "reason": "A court has it.", "review_on": day(office) + timedelta(30)}
    return HoldTerms(**(known | more))


def holds(office: Office, by: str = "asha", **more: Any) -> PlacedOutcome:
    """An officer holds the account."""
    account, of = office.account, terms(office, **more)
    return office.act(by, "place_hold", lambda act: place_hold(act, account_id=account, terms=of), PlacedOutcome)


def rule(office: Office) -> str:
    """Why the account is on no list; empty where it is on one."""
    operator = Actor(OPERATOR.login, None, office.book.organisation_id)
    absent = work.ranking(by=operator, as_of=day(office)).absent
    return "".join(absent["rule"].to_list())


def next_action() -> str:
    """What is to happen next on the account."""
    found: str = frames.scalar("SELECT next_action FROM account_state ORDER BY account_id LIMIT 1")
    return found


def test_a_hold_stops_what_waits_and_says_who_why_and_until_when(office: Office) -> None:
    queue = lambda act: queue_contact(act, asked=Asked(office.account, "email"), due_at=act.at)  # noqa: E731
    office.act("", "queue_contact", queue, QueueOutcome)
    made = holds(office)
    assert made.stopped == 1 and PlannedContactState.objects.get().status == "stopped"
    assert Note.objects.get().text == "A court has it."
    assert rule(office) == "HOLD.LEGAL" and next_action() == "review_hold"
    release = lambda act: release_hold(act, account_id=office.account, hold_id=made.hold_ids[0])  # noqa: E731
    office.act("sara", "release_hold", release, ReleaseOutcome)
    assert rule(office) != "HOLD.LEGAL" and next_action() != "review_hold"
    lawful()


def test_a_hold_with_a_last_day_is_looked_at_no_later(office: Office) -> None:
    ends = day(office) + timedelta(10)
    holds(office, kind="BREATHING_SPACE", ends_on=ends)
    hold = Hold.objects.get()
    assert (hold.ends_on, hold.review_on) == (ends, ends)


def test_a_hold_may_be_on_single_charges(office: Office) -> None:
    charge = Charge.objects.get(reference="A").id
    holds(office, kind="FRAUD", charges=(charge,))
    assert Hold.objects.get().charge == charge


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"kind": "DISPUTE"}, "not placed by hand"),
        ({"reason": "  "}, "write down why"),
        ({"review_on": date(2020, 1, 1)}, "from tomorrow on"),
        ({"ends_on": date(2020, 1, 1)}, "last day has passed"),
        ({"charges": (1,)}, "about the whole account"),
        ({"kind": "FRAUD", "charges": (-1,)}, "not of this account"),
    ],
)
def test_what_cannot_be_a_hold_is_refused_and_holds_nothing(office: Office, more: dict[str, Any], said: str) -> None:
    with pytest.raises(UnableToPlaceHold, match=said):
        holds(office, **more)
    assert not Hold.objects.exists() and not Note.objects.exists()


def test_where_all_that_is_late_is_disputed_charge_by_charge_collection_pauses(office: Office) -> None:
    first, second = Charge.objects.order_by("reference").values_list("id", flat=True)
    assert not rule(office).startswith("HOLD.")
    one = office.open(replace(DISPUTE, charges=(second,))).case_id
    assert not rule(office).startswith("HOLD."), "something that is late is not disputed"
    office.open(replace(DISPUTE, charges=(first,)))
    assert rule(office) == "HOLD.DISPUTE" and next_action() == "review_hold"
    office.close(one)
    assert not rule(office).startswith("HOLD.") and next_action() == "tell_outcome"
    lawful()


def test_the_night_sees_a_dispute_of_everything_late_as_the_day_does(office: Office) -> None:
    charges = tuple(Charge.objects.order_by("id").values_list("id", flat=True))
    office.open(replace(DISPUTE, charges=charges))
    state = "SELECT next_action, next_action_on, step FROM account_state ORDER BY account_id"
    before = frames.rows(state, {})
    office.book.close(day(office) - timedelta(1))
    assert frames.rows(state, {}) == before
    assert frames.scalar("SELECT coalesce(sum(cardinality(account_ids)), 0) FROM worklist") == 0
    lawful()


def test_a_case_that_somebody_went_on_with_is_known(office: Office) -> None:
    opened = Case.objects.get(id=office.open().case_id)
    assert not cases.went_on(opened.act_id)
    answer = lambda act: move_case(act, case_id=opened.id, status="waiting_creditor")  # noqa: E731
    office.act("sara", "move_case", answer, CaseOutcome)
    assert cases.went_on(opened.act_id)
