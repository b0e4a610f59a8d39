"""Whatever is done to a book in whatever order, its states say what an auditor counts by hand in plain Python."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ahadi.domain.arrangements import steps as arrangements
from ahadi.domain.arrangements.ports import PromiseAlreadyOpen, UnableToTakePromise
from ahadi.domain.flows import close_partition
from ahadi.domain.flows.reverse_receipt import UnableToReverseReceipt
from ahadi.domain.flows.withdraw_batch import BatchAlreadyUndone
from ahadi.domain.flows.withdraw_promise import UnableToWithdrawPromise
from ahadi.domain.receipts import steps as receipts
from ahadi.domain.work import steps as work
from ahadi.domain.work.queries import UnableToFindAccount

from .book import DAY, SmallBook, broken_laws, invoice, receipt
from .dated import Clock, DatedBook, shown

GRACE_DAYS, THRESHOLD_PCT, BREAK_DAYS = 3, 90, 5
_books = count(1)


@dataclass(frozen=True)
class Owed:
    """A charge of a batch."""

    batch: int
    amount_minor: int
    due_on: date


@dataclass
class Came:
    """A receipt of a batch, for whoever bears the number."""

    batch: int
    reference: str
    number: str
    amount_minor: int
    on: date
    is_reversed: bool = False


@dataclass
class Word:
    """A promise; those of one plan share the id of the first."""

    promise_id: int
    plan: int
    number: str
    made_on: date
    due_on: date
    amount_minor: int
    withdrawn_on: date = date.max


@dataclass
class Auditor:
    """What was told, as lists, and what follows from it as of a day."""

    owed: dict[str, list[Owed]] = field(default_factory=dict)
    came: list[Came] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    undone: frozenset[int] = frozenset()

    def charges(self, number: str) -> list[Owed]:
        """The living charges of an account, the oldest due first; an account without one is withdrawn."""
        return sorted(
            (one for one in self.owed.get(number, []) if one.batch not in self.undone), key=lambda one: one.due_on
        )

    def money(self, number: str, first: date, last: date) -> int:
        """What came for an account with a value date between two days; nothing for one that is withdrawn."""
        return sum(
            one.amount_minor
            for one in self.came
            if one.number == number
            and not one.is_reversed
            and one.batch not in self.undone
            and first <= one.on <= last
            and self.charges(number)
        )

    def verdict(self, word: Word, as_of: date) -> tuple[str, int]:
        """What became of a promise, and the money that came in its window."""
        end = word.due_on + timedelta(days=GRACE_DAYS)
        money = self.money(word.number, word.made_on, min(end, as_of))
        # Of a plan the earlier instalments are paid first.
        money = max(0, money - sum(one.amount_minor for one in self.plan(word) if one.due_on < word.due_on))
        if word.withdrawn_on <= as_of:
            return "WITHDRAWN", money
        if money * 100 >= word.amount_minor * THRESHOLD_PCT:
            return "KEPT", money
        if as_of <= end:
            return "PENDING", money
        return ("PARTIALLY_KEPT" if money else "BROKEN"), money

    def plan(self, word: Word) -> list[Word]:
        """The instalments of the plan of a promise; a promise of its own is alone."""
        return [one for one in self.words if one.plan == word.plan]

    def broken_plans(self, number: str, as_of: date) -> list[Word]:
        """The open instalments of plans not kept to: nothing came for one, or a tenth of what was due lacks."""
        going = []
        for first in [word for word in self.of(number) if word.promise_id == word.plan]:
            words = self.plan(first)
            if len(words) == 1 or any(word.withdrawn_on <= as_of for word in words):
                continue
            due = [word for word in words if word.due_on + timedelta(days=BREAK_DAYS) < as_of]
            told = [(word, *self.verdict(word, as_of)) for word in due]
            is_missed = any(money == 0 and status != "KEPT" for _word, status, money in told)
            came = sum(min(money, word.amount_minor) for word, _status, money in told)
            if is_missed or came * 10 < sum(word.amount_minor for word in due) * 9:
                going += [word for word in words if self.verdict(word, as_of)[0] == "PENDING"]
        return going

    def of(self, number: str) -> list[Word]:
        """The promises of an account, in the order in which they were made."""
        return [word for word in self.words if word.number == number]

    def open_words(self, number: str, as_of: date) -> list[Word]:
        """The promises that are open."""
        return [word for word in self.of(number) if self.verdict(word, as_of)[0] == "PENDING"]

    def state(self, number: str, as_of: date) -> dict[str, Any]:
        """What the state of a living account must say."""
        charges, received = self.charges(number), self.money(number, date.min, as_of)
        rest, overdue, oldest = received, 0, None
        for charge in charges:
            paid = min(rest, charge.amount_minor)
            rest -= paid
            if paid < charge.amount_minor and charge.due_on < as_of:
                overdue += charge.amount_minor - paid
                oldest = oldest or charge.due_on
        charged = sum(charge.amount_minor for charge in charges)
        counting = [word for word in self.of(number) if self.verdict(word, as_of)[0] != "WITHDRAWN"]
        return {
            "status": "open" if received - rest < charged else "closed",
            "charged_minor": charged,
            "received_minor": received,
            "allocated_minor": received - rest,
            "unapplied_minor": rest,
            "overdue_minor": overdue,
            "oldest_due_date": oldest,
            "promise_status": self.verdict(counting[-1], as_of)[0] if counting else None,
            "promise_due_on": min((word.due_on for word in self.open_words(number, as_of)), default=None),
        }

    def replaced(self, before: "Auditor", number: str, as_of: date) -> "Auditor":
        """Where a promise is open that was not `before`, the newest promise or plan that is open replaces the rest."""
        is_open = self.open_words(number, as_of)
        if all(word in before.open_words(number, as_of) for word in is_open):
            return self
        newest = max(word.promise_id for word in is_open)
        holds = next(word.plan for word in is_open if word.promise_id == newest)
        going = [word for word in is_open if word.plan != holds]
        words = [replace(word, withdrawn_on=as_of) if word in going else word for word in self.words]
        return replace(self, words=words)


NUMBERS = ("D1", "D2")
_amounts = st.integers(1, 12).map(lambda tens: tens * 10)
_parts = st.integers(1, 6).map(lambda tens: tens * 10)
_places = st.integers(0, 30)


class BookMachine(RuleBasedStateMachine):
    """Debts, receipts, reversals, undoing, promises and nights in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        # As a test case does: what the book commits is rolled back with the example.
        self.atomic._from_testcase = True  # type: ignore[attr-defined]
        self.atomic.__enter__()
        self.shown = shown(clock := Clock())
        self.shown.__enter__()
        self.book = DatedBook(SmallBook.opened(f"machine {next(_books)}"), clock)
        self.auditor = Auditor()
        self.stated: dict[str, date] = {}
        self.batches: list[tuple[int, str]] = []
        self.names = count(1)

    def teardown(self) -> None:
        """Every law holds at the end, those that are checked at a commit as well."""
        try:
            connection.check_constraints()
            assert broken_laws() == {}
        finally:
            self.forget()

    def forget(self) -> None:
        """Takes everything back."""
        self.shown.__exit__(None, None, None)
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @initialize()
    def begin(self) -> None:
        for number in NUMBERS:
            self.place(number, 200, -20)

    @rule(number=st.sampled_from(NUMBERS), amount=_amounts, due=st.integers(-45, 15))
    def place(self, number: str, amount: int, due: int) -> None:
        name = f"I{next(self.names)}"
        due_on = DAY + timedelta(days=due)
        batch = self.book.place(invoice(name, amount, due_on, number), file=name).batch_id
        assert batch is not None
        self.auditor.owed.setdefault(number, []).append(Owed(batch, amount, due_on))
        self.batches.append((batch, number))
        self.stated[number] = self.book.day

    @rule(number=st.sampled_from((*NUMBERS, *NUMBERS, "NOBODY")), amount=_parts, days=st.integers(-8, 3))
    def receive(self, number: str, amount: int, days: int) -> None:
        name, on = f"R{next(self.names)}", self.book.day_after(days)
        batch = self.book.receive(receipt(name, amount, on, number), file=name).batch_id
        assert batch is not None
        self.auditor.came.append(Came(batch, name, number, amount, on))
        self.batches.append((batch, number))
        self.restated(number)

    @precondition(lambda self: self.auditor.came)
    @rule(place=_places)
    def reverse(self, place: int) -> None:
        came = self.auditor.came[place % len(self.auditor.came)]
        if came.is_reversed or came.batch in self.auditor.undone:
            with pytest.raises(UnableToReverseReceipt):
                self.book.reverse(came.reference)
            return
        left = [replace(one, is_reversed=one.is_reversed or one is came) for one in self.auditor.came]
        after = replace(self.auditor, came=left)
        self.book.reverse(came.reference)
        self.auditor = after.replaced(self.auditor, came.number, self.book.day)
        self.restated(came.number)

    @precondition(lambda self: self.batches)
    @rule(place=_places)
    def undo(self, place: int) -> None:
        batch, number = self.batches[place % len(self.batches)]
        if batch in self.auditor.undone:
            with pytest.raises(BatchAlreadyUndone):
                self.book.undo(batch)
            return
        after = replace(self.auditor, undone=self.auditor.undone | {batch})
        self.book.undo(batch)
        self.auditor = after.replaced(self.auditor, number, self.book.day)
        self.restated(number)

    @rule(
        number=st.sampled_from(NUMBERS),
        amounts=st.lists(_parts, min_size=1, max_size=3),
        first=st.integers(0, 4),
    )
    def promise(self, number: str, amounts: list[int], first: int) -> None:
        promised = [(first + 2 * turn, amount) for turn, amount in enumerate(amounts)]
        refusal = self.refusal(number, sum(amounts))
        if refusal is not None:
            with pytest.raises(refusal):
                self.book.promise(number, *promised)
            return
        made = self.book.promise(number, *promised).promise_ids
        self.auditor.words += [
            Word(promise_id, made[0], number, self.book.day, self.book.day_after(days), amount)
            for promise_id, (days, amount) in zip(made, promised, strict=True)
        ]
        self.restated(number)

    def refusal(self, number: str, total: int) -> type[Exception] | None:
        """Why a promise is refused, if it is."""
        if not self.auditor.charges(number):
            return UnableToFindAccount
        state = self.auditor.state(number, self.stated[number])
        if total > state["charged_minor"] - state["allocated_minor"]:
            return UnableToTakePromise
        return PromiseAlreadyOpen if self.auditor.open_words(number, self.book.day) else None

    @precondition(lambda self: self.auditor.words)
    @rule(place=_places)
    def withdraw(self, place: int) -> None:
        word = self.auditor.words[place % len(self.auditor.words)]
        open_words = self.auditor.open_words(word.number, self.book.day)
        is_living = bool(self.auditor.charges(word.number))
        if not is_living or word not in open_words:
            with pytest.raises(UnableToWithdrawPromise if is_living else UnableToFindAccount):
                self.book.withdraw(word.promise_id)
            return
        self.book.withdraw(word.promise_id)
        for one in open_words:
            if one.plan == word.plan:
                one.withdrawn_on = self.book.day
        self.restated(word.number)

    @rule(days=st.sampled_from((1, 1, 3, 6)))
    def pass_days(self, days: int) -> None:
        nights = [self.book.day_after(turn) for turn in range(days)]
        self.book.pass_days(days)
        for number in self.stated:
            if self.auditor.charges(number):
                for night in nights:
                    for word in self.auditor.broken_plans(number, night):
                        word.withdrawn_on = night
                self.stated[number] = max(self.stated[number], self.book.day_after(-1))

    def restated(self, number: str) -> None:
        """Notes that an account, if there is one, was stated as of today."""
        if number in self.stated:
            self.stated[number] = self.book.day

    @invariant()
    def states_are_what_the_auditor_counts(self) -> None:
        """Every account and every promise, as of the day on which it was last looked at."""
        for number, as_of in self.stated.items():
            stored = self.book.state(number)
            if not self.auditor.charges(number):
                assert stored["status"] == "withdrawn"
                continue
            expected = self.auditor.state(number, as_of)
            assert {name: stored[name] for name in expected} == expected, (number, as_of)
            verdicts = [self.auditor.verdict(word, as_of) for word in self.auditor.of(number)]
            assert self.book.promises(number) == verdicts, (number, as_of)


def run(examples: int, steps: int, **how: Any) -> None:
    """Runs the machine; shrinking would rebuild hundreds of books, and the steps are few enough to be read."""
    run_state_machine_as_test(
        BookMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            report_multiple_bugs=False,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
            **how,
        ),
    )


@pytest.mark.parametrize(
    ("examples", "steps"), [(12, 20), pytest.param(150, 40, marks=pytest.mark.nightly, id="deeper")]
)
def test_states_are_what_an_auditor_counts_after_any_steps(db: None, examples: int, steps: int) -> None:
    run(examples, steps)


def _reversal_pays_on(patch: pytest.MonkeyPatch) -> None:
    """What a reversed receipt paid stays paid."""
    replay = receipts.reallocate
    patch.setattr(receipts, "reallocate", lambda act, ids: 0 if act.name == "reverse_receipt" else replay(act, ids))


def _receipts_keep_nothing(patch: pytest.MonkeyPatch) -> None:
    """Promises are judged by the night alone."""
    judge = arrangements.judge
    patch.setattr(
        arrangements,
        "judge",
        lambda act, ids, *, as_of: 0 if act.name == "receive_batch" else judge(act, ids, as_of=as_of),
    )


def none_of(found: Callable[..., pl.DataFrame]) -> Callable[..., pl.DataFrame]:
    """The same question, answered with no rows."""
    return lambda *given: found(*given).clear()


def _night_sleeps(patch: pytest.MonkeyPatch) -> None:
    """The close writes nothing."""
    differing = work.differing
    patch.setattr(close_partition, "work", SimpleNamespace(**{**vars(work), "differing": none_of(differing)}))


FAULTS = pytest.mark.parametrize("fault", [_reversal_pays_on, _receipts_keep_nothing, _night_sleeps])
Fault = Callable[[pytest.MonkeyPatch], None]


def walk() -> None:
    """A few steps of the machine in a fixed order, looked at after each."""
    machine = BookMachine()
    steps: list[Callable[[], None]] = [
        machine.begin,
        lambda: machine.promise("D1", [60, 60], 1),
        lambda: machine.promise("D2", [40], 1),
        lambda: machine.receive("D1", 60, 0),
        lambda: machine.reverse(0),
        lambda: machine.pass_days(8),
    ]
    try:
        for step in steps:
            step()
            machine.states_are_what_the_auditor_counts()
    finally:
        machine.forget()


def test_walk_through_the_machine_without_a_fault_finds_none(db: None) -> None:
    walk()


@FAULTS
def test_walk_through_the_machine_finds_a_fault_that_is_put_into_the_book(
    db: None, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    fault(monkeypatch)
    with pytest.raises((AssertionError, IntegrityError)):
        walk()


@pytest.mark.nightly
@FAULTS
def test_random_steps_find_a_fault_that_is_put_into_the_book(
    db: None, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the random run, at no more steps than it makes itself."""
    fault(monkeypatch)
    with pytest.raises((AssertionError, IntegrityError)):
        run(150, 40)
