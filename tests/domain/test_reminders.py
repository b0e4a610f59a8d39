"""Reminders of promises: planned through the gate the day before, and stopped by whatever ends the promise."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import polars as pl
import pytest

from ahadi.data import frames
from ahadi.data.models.gate import GateDecision, PlannedContact, PlannedContactState
from ahadi.domain.arrangements import reminders
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Performance
from ahadi.domain.contact import steps as gate
from ahadi.domain.flows import begin_contact, take_down
from ahadi.domain.flows.begin_contact import ReachOutcome, UnableToBeginPlannedContact, begin_planned
from ahadi.domain.flows.plan_reminders import ReminderOutcome, plan_reminders
from ahadi.domain.flows.take_down import Learnt, LearntOutcome

from .book import SmallBook, broken_laws, invoice, receipt
from .dated import Clock, DatedBook, shown


@pytest.fixture
def dated(book: SmallBook, monkeypatch: pytest.MonkeyPatch) -> Iterator[DatedBook]:
    """On a Monday D1, who has a telephone, and D2, who has none, have promised for Wednesday."""
    clock = Clock()
    clock.day = clock.day.replace(day=2)
    for module in (gate, take_down):
        monkeypatch.setattr(module, "database_clock", clock)
    with shown(clock):
        dated = DatedBook(book, clock)
        dated.place(invoice("A", 1_000, phone="+254712345678"), invoice("B", 1_000, debtor="D2"))
        dated.promise("D1", (2, 500))
        dated.promise("D2", (2, 500))
        yield dated
        assert broken_laws() == {}


def act(dated: DatedBook, name: str, operation: Any, outcome: Any) -> Any:
    """An act of the operator."""
    return perform(name, operation, outcome, Performance(OPERATOR, dated.book.organisation_id, name.encode()))


def plan(dated: DatedBook) -> ReminderOutcome:
    """Plans what is due."""
    outcome: ReminderOutcome = act(dated, "plan_reminders", plan_reminders, ReminderOutcome)
    return outcome


def promises(dated: DatedBook, number: str) -> pl.Series:
    """The promises of a debtor."""
    bound = {"account": dated.account(number)}
    return frames.read("SELECT id FROM promise WHERE account_id = %(account)s ORDER BY id", bound, {"id": pl.Int64})[
        "id"
    ]


def told(dated: DatedBook, number: str) -> list[tuple[str, str | None]]:
    """What is told of the reminders of a debtor's promises, by promise and day."""
    return list(reminders.reminded(promises(dated, number)).select("status", "rule").iter_rows())


def begin(dated: DatedBook) -> ReachOutcome:
    """Somebody wants to send the reminder that waits."""
    planned = PlannedContact.objects.latest("id").id
    outcome: ReachOutcome = act(
        dated, "begin_planned", partial(begin_planned, planned_contact_id=planned), ReachOutcome
    )
    return outcome


def test_days_of_reminders_are_the_day_before_and_the_day_itself(dated: DatedBook) -> None:
    days = reminders.reminded(promises(dated, "D1"))["remind_on"].to_list()
    assert days == [dated.day_after(1), dated.day_after(2)]


def test_nobody_is_reminded_on_the_day_of_the_promise(dated: DatedBook) -> None:
    dated.withdraw(promises(dated, "D1")[0])
    dated.promise("D1", (1, 500))
    assert reminders.reminded(promises(dated, "D1")[1:])["remind_on"].to_list() == [dated.day_after(1)]


def test_reminder_waits_for_its_moment_or_says_why_there_is_none(dated: DatedBook) -> None:
    assert plan(dated) == ReminderOutcome(planned=1, refused=1, over=0)
    planned = PlannedContact.objects.get()
    assert (planned.purpose, planned.channel, planned.due_at.date()) == ("reminder", "sms", dated.day_after(1))
    assert GateDecision.objects.get().answer == "allow", "no reminder waits without the gate's word"
    assert told(dated, "D1") == [("waiting", None), ("ahead", None)]
    assert told(dated, "D2") == [("stopped", reminders.NO_ADDRESS), ("ahead", None)]
    assert plan(dated) == ReminderOutcome(0, 0, 0), "one is planned once"


def test_reminder_that_the_gate_blocks_says_by_which_rule(dated: DatedBook) -> None:
    stop = partial(
        take_down.take_down, account_id=dated.account("D1"), person_id=None, learnt=Learnt("OPT_OUT", "debtor")
    )
    act(dated, "take_down", stop, LearntOutcome)
    assert plan(dated).planned == 0
    ((status, rule), _) = told(dated, "D1")
    assert status == "stopped" and rule not in (None, *reminders.CODES)
    assert not PlannedContact.objects.exists()


def kept(dated: DatedBook) -> None:
    dated.receive(receipt("R", 500, dated.day))


def withdrawn(dated: DatedBook) -> None:
    dated.withdraw(promises(dated, "D1")[0])


def agreed_anew(dated: DatedBook) -> None:
    dated.withdraw(promises(dated, "D1")[0])
    dated.promise("D1", (9, 300))


ENDS = [kept, withdrawn, agreed_anew]


@pytest.mark.parametrize("ends", ENDS)
def test_what_ends_a_promise_stops_its_reminder(
    dated: DatedBook, ends: Callable[[DatedBook], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(dated)
    ends(dated)
    assert told(dated, "D1")[:2] == [("over", None), ("over", None)]
    with pytest.raises(UnableToBeginPlannedContact, match="nothing to remind of"):
        begin(dated)
    # The harm without the protection: the debtor would be reminded of what was kept or given up.
    with monkeypatch.context() as off:
        off.setattr(begin_contact.reminders, "is_over", lambda planned: False)
        off.setattr(gate, "begin", lambda act, decision: 1)
        assert begin(dated).contact_id == 1
    PlannedContactState.objects.update(status="waiting")
    assert plan(dated).over == 1
    assert PlannedContactState.objects.values_list("status", "rule").get() == ("stopped", reminders.PROMISE_OVER)


@pytest.mark.parametrize("ends", ENDS)
def test_a_promise_that_ended_before_is_never_planned(dated: DatedBook, ends: Callable[[DatedBook], None]) -> None:
    ends(dated)
    assert plan(dated).planned == 0 and not PlannedContact.objects.exists()


def test_a_receipt_taken_back_opens_the_promise_and_its_next_reminder_again(dated: DatedBook) -> None:
    kept(dated)
    assert plan(dated).planned == 0
    dated.reverse("R")
    assert plan(dated).planned == 1
