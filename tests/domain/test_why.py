"""Why an account stands where it does: points that add up, or a rule with its end, and who asks for what is next."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from ahadi.domain.reporting.why import UnableToChooseAccount, Why, chosen, why
from ahadi.domain.work.queries import UnableToFindAccount

from .book import DAY, SmallBook, invoice, receipt
from .desk import Desk

LATER = DAY + timedelta(days=9)


@pytest.fixture
def desk(book: SmallBook) -> Desk:
    """Two late accounts, one that is not late yet, one that was paid."""
    book.place(
        invoice("A", 90_000, debtor="D1"),
        invoice("B", 500, debtor="D2"),
        invoice("C", 500, DAY + timedelta(days=40), debtor="D3"),
        invoice("D", 500, debtor="D4"),
    )
    book.receive(receipt("R", 500, debtor="D4"))
    return Desk(book)


def told(desk: Desk, number: str = "D1", as_of: date = DAY) -> Why:
    by = desk.book.operator
    return why(by=by, as_of=as_of, account_id=chosen(by=by, number=number))


def test_points_add_up_to_those_of_the_place(desk: Desk) -> None:
    found = told(desk)
    assert (found.is_listed, found.account["rank"], found.listed) == (True, 1, 2)
    assert found.account["points"] == found.points["points"].sum() > 0
    assert (found.account["overdue_minor"], found.account["days_late"]) == (90_000, 29)


@pytest.mark.parametrize(("number", "rule"), [("D3", "NOT_LATE"), ("D4", "CLOSED")])
def test_rule_of_absence_is_told(desk: Desk, number: str, rule: str) -> None:
    found = told(desk, number)
    assert (found.is_listed, found.account["rule"], found.account["until_date"]) == (False, rule, None)
    assert (found.next_action is None) == (rule == "CLOSED")


def _held(desk: Desk) -> None:
    desk.hold("D1", "DISPUTE", DAY, LATER)


def _promised(desk: Desk) -> None:
    desk.promise("D1", 100, DAY, LATER - timedelta(days=4))


def _asked(desk: Desk) -> None:
    desk.ask("D1", "call_back", LATER)


@pytest.mark.parametrize(
    ("booked", "source", "action", "on"),
    [
        (_held, "hold", "review_hold", LATER),
        (_promised, "promise", "check_promise", LATER),
        (_asked, "person", "call_back", LATER),
        (lambda desk: None, "strategy", "call", date(2026, 2, 15)),
    ],
    ids=["hold", "promise", "person", "strategy"],
)
def test_next_action_names_its_source(
    desk: Desk, booked: Callable[[Desk], None], source: str, action: str, on: date
) -> None:
    booked(desk)
    found = told(desk).next_action
    assert found is not None
    assert (found.source, found.action, found.on) == (source, action, on)
    assert (found.step, found.version) == (("CALL-1", "standard-1") if source == "strategy" else (None, None))


def test_hold_keeps_an_account_off_the_list_until_its_review(desk: Desk) -> None:
    _held(desk)
    found = told(desk)
    assert (found.account["rule"], found.account["until_date"]) == ("HOLD.DISPUTE", LATER)
    assert told(desk, as_of=DAY - timedelta(days=1)).is_listed


def test_past_day_shows_what_was_late_and_known_of_it_then(desk: Desk) -> None:
    desk.reach("D1", date(2026, 2, 20))
    before, after = told(desk, as_of=date(2026, 2, 15)), told(desk, as_of=date(2026, 2, 25))
    assert (before.account["last_contact_on"], after.account["last_contact_on"]) == (None, date(2026, 2, 20))
    assert (before.account["days_late"], after.account["days_late"]) == (15, 25)
    assert told(desk, as_of=date(2026, 1, 31)).account["rule"] == "NOT_LATE"


def test_account_of_somebody_else_is_not_told(desk: Desk) -> None:
    outsider = desk.book.join("neema")
    with pytest.raises(UnableToChooseAccount, match="no account 'D1' is in the book here"):
        chosen(by=outsider, number="D1")
    with pytest.raises(UnableToFindAccount):
        why(by=outsider, as_of=DAY, account_id=desk.account("D1"))
