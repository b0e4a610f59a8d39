"""What an organisation adds to the law holds once somebody else has approved it, and for that organisation alone."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import pytest
from django.db import IntegrityError, transaction

from ahadi.data import frames
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import Actor, Performance
from ahadi.domain.contact import operations, queries
from ahadi.domain.contact.operations import DayOutcome, PolicyOutcome, SignOffOutcome
from ahadi.domain.contact.ports import Answer, Asked

from .book import SmallBook, invoice

NOON = datetime(2026, 3, 10, 9, tzinfo=UTC)
"""A Tuesday, 12:00 in Nairobi."""
POLICY = """
jurisdiction: "*"
name: Our own rules
rules:
  - id: POLICY-NO-LUNCH
    title: Nobody is called at lunch
    topic: contact hours
    binds: any
    debtors: any
    from: unknown
    until: null
    action: block
    quality: P
    source: decided by the management
    applied_by: gate
    tests:
      - {kind: hours, start: "14:00", end: "19:00", channels: [call]}
    examples:
      - {say: "at noon", at: "2026-03-10 12:00", expect: block}
      - {say: "in the afternoon", at: "2026-03-10 15:00", expect: silent}
"""
T = TypeVar("T")


@pytest.fixture
def placed(book: SmallBook) -> SmallBook:
    """A book in which D1 owes 1,000 and has a Kenyan number."""
    book.place(invoice("A", 1_000, phone="+254712345678"))
    return book


def does(book: SmallBook, by: Actor, operation: Callable[..., T], outcome: type[T], **how: Any) -> T:
    return perform(
        "adds", lambda act: operation(act, **how), outcome, Performance(by, book.organisation_id, repr(how).encode())
    )


def asked(book: SmallBook, at: datetime = NOON) -> Answer:
    account: int = frames.scalar(
        "SELECT min(id) FROM account WHERE organisation_id = %(o)s", {"o": book.organisation_id}
    )
    return queries.ask(Asked(account, "call"), at=at)[0]


def test_policy_holds_once_another_manager_has_approved_it(placed: SmallBook) -> None:
    one, two = placed.join("one", role="manager"), placed.join("two", role="manager")
    made = does(placed, one, operations.propose_policy, PolicyOutcome, text=POLICY)
    assert asked(placed).answer == "allow"
    with pytest.raises(operations.UnableToSetPolicy, match="somebody else approves it"):
        does(placed, one, operations.judge_policy, PolicyOutcome, policy_id=made.policy_id, verdict="approved")
    does(placed, two, operations.judge_policy, PolicyOutcome, policy_id=made.policy_id, verdict="approved")
    told = asked(placed)
    assert (told.answer, told.reasons[0].rule_id) == ("block", "POLICY-NO-LUNCH")
    does(placed, one, operations.judge_policy, PolicyOutcome, policy_id=made.policy_id, verdict="withdrawn")
    assert asked(placed).answer == "allow"


def test_database_itself_refuses_approval_by_the_proposer(placed: SmallBook) -> None:
    one = placed.join("one", role="manager")
    made = does(placed, one, operations.propose_policy, PolicyOutcome, text=POLICY)
    own = "SELECT max(id) FROM act WHERE by_id = %(p)s"
    statement = "INSERT INTO policy_verdict (policy_id, verdict, at, act_id) VALUES (%(i)s, %(v)s, now(), ({}))"
    bound = {"i": made.policy_id, "p": one.person_id}
    with pytest.raises(IntegrityError, match="approved by somebody else"), transaction.atomic():
        frames.execute(statement.format(own), {**bound, "v": "approved"})
    frames.execute(statement.format(own), {**bound, "v": "refused"})


def test_policy_of_one_house_does_not_bind_another(placed: SmallBook) -> None:
    other = SmallBook.opened("other")
    other.place(invoice("A", 1_000, phone="+254712345678"))
    one, two = placed.join("one", role="manager"), placed.join("two", role="manager")
    made = does(placed, one, operations.propose_policy, PolicyOutcome, text=POLICY)
    does(placed, two, operations.judge_policy, PolicyOutcome, policy_id=made.policy_id, verdict="approved")
    assert (asked(placed).answer, asked(other).answer) == ("block", "allow")


def test_officer_sets_no_policy(placed: SmallBook) -> None:
    with pytest.raises(operations.UnableToSetPolicy, match="by a manager"):
        does(placed, placed.join("o"), operations.propose_policy, PolicyOutcome, text=POLICY)


def test_sign_off_makes_a_rule_of_weak_source_block(book: SmallBook) -> None:
    book.place(invoice("A", 1_000, phone="+919876543210"))
    evening = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)  # 19:30 in India
    admin = book.join("admin", role="admin")
    weak = {reason.rule_id: reason.action for reason in asked(book, evening).reasons}
    assert weak["IN-HOURS"] == "warn"
    does(book, admin, operations.sign_off, SignOffOutcome, rule="IN-HOURS", is_given=True, reference="Opinion 12")
    firm = {reason.rule_id: reason.action for reason in asked(book, evening).reasons}
    assert firm["IN-HOURS"] == "block"
    does(book, admin, operations.sign_off, SignOffOutcome, rule="IN-HOURS", is_given=False, reference="Opinion 13")
    assert {reason.rule_id: reason.action for reason in asked(book, evening).reasons}["IN-HOURS"] == "warn"


@pytest.mark.parametrize(("rule", "why"), [("NO-SUCH", "there is no rule"), ("US-WORK", "needs no sign-off")])
def test_sign_off_that_makes_no_sense_is_refused(book: SmallBook, rule: str, why: str) -> None:
    admin = book.join("admin", role="admin")
    with pytest.raises(operations.UnableToSignOff, match=why):
        does(book, admin, operations.sign_off, SignOffOutcome, rule=rule, is_given=True, reference="x")


def test_day_that_the_office_knows_better_is_closed(placed: SmallBook) -> None:
    manager = placed.join("m", role="manager")
    assert asked(placed).answer == "allow"
    day = date(2026, 3, 10)
    does(placed, manager, operations.keep_day, DayOutcome, country="KE", day=day, is_holiday=True, name="moved")
    assert asked(placed).answer == "block"
    does(placed, manager, operations.keep_day, DayOutcome, country="KE", day=day, is_holiday=False, name="moved back")
    assert asked(placed).answer == "allow"
