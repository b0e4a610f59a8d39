"""A book whose days pass: acts happen on the day that its clock shows, through the product's own flows."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import polars as pl

from ahadi.data import frames
from ahadi.domain.arrangements.ports import Promised, PromiseOutcome
from ahadi.domain.audit import steps
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Actor, Performance
from ahadi.domain.flows.close_day import CloseOutcome
from ahadi.domain.flows.make_promise import make_promise
from ahadi.domain.flows.reverse_receipt import ReversalOutcome, reverse_receipt
from ahadi.domain.flows.withdraw_promise import PromiseWithdrawalOutcome, withdraw_promise
from ahadi.domain.placements.ports import BatchOutcome

from .book import DAY, Row, SmallBook

_STATE = {
    "status": pl.String,
    "as_of": pl.Date,
    "charged_minor": pl.Int64,
    "received_minor": pl.Int64,
    "allocated_minor": pl.Int64,
    "unapplied_minor": pl.Int64,
    "overdue_minor": pl.Int64,
    "oldest_due_date": pl.Date,
    "promise_status": pl.String,
    "promise_due_on": pl.Date,
    "next_action": pl.String,
    "next_action_on": pl.Date,
    "step": pl.String,
}
_PROMISES = {"promise_id": pl.Int64, "status": pl.String, "received_minor": pl.Int64, "as_of": pl.Date}


@dataclass
class Clock:
    """The clock of a test: noon of `day`, and with each reading a moment later."""

    day: date = DAY
    readings: int = 0

    def __call__(self) -> datetime:
        self.readings += 1
        noon = datetime(self.day.year, self.day.month, self.day.day, 12, tzinfo=UTC)
        return noon + timedelta(milliseconds=self.readings, microseconds=self.readings)


@contextmanager
def shown(clock: Clock) -> Iterator[None]:
    """Acts read this clock in place of the database's."""
    read = steps.database_clock
    steps.database_clock = clock
    try:
        yield
    finally:
        steps.database_clock = read


@dataclass(frozen=True)
class DatedBook:
    """A book and the clock that its acts read; whoever makes one shows the clock."""

    book: SmallBook
    clock: Clock

    @property
    def day(self) -> date:
        """The day that it is."""
        return self.clock.day

    def day_after(self, days: int) -> date:
        """The day so many days from now; before now where it is below 0."""
        return self.day + timedelta(days=days)

    def place(self, *rows: Row, **how: Any) -> BatchOutcome:
        """Places rows today."""
        return replace(self.book, day=self.day).place(*rows, **how)

    def receive(self, *rows: Row, **how: Any) -> BatchOutcome:
        """Takes receipts today."""
        return replace(self.book, day=self.day).receive(*rows, **how)

    def undo(self, batch_id: int | None) -> None:
        """Undoes a batch today."""
        replace(self.book, day=self.day).undo(batch_id)

    def promise(self, number: str, *promised: tuple[int, int], by: Actor = OPERATOR) -> PromiseOutcome:
        """Takes down (days from now, amount): one promise, or several as a plan."""
        parts = [Promised(self.day_after(days), amount) for days, amount in promised]
        act = partial(make_promise, account_id=self.account(number), promised=parts)
        return perform("make_promise", act, PromiseOutcome, self._how(by))

    def withdraw(self, promise_id: int, by: Actor = OPERATOR) -> PromiseWithdrawalOutcome:
        """Takes a promise back."""
        act = partial(withdraw_promise, promise_id=promise_id, reason="replaced")
        return perform("withdraw_promise", act, PromiseWithdrawalOutcome, self._how(by))

    def reverse(self, reference: str) -> ReversalOutcome:
        """Reverses the newest receipt of this reference."""
        receipt = frames.scalar(
            "SELECT max(id) FROM receipt WHERE source_reference = %(r)s AND organisation_id = %(o)s",
            {"r": reference, "o": self.book.organisation_id},
        )
        return self.reverse_receipt(receipt)

    def reverse_receipt(self, receipt_id: int) -> ReversalOutcome:
        """Reverses a receipt."""
        act = partial(reverse_receipt, receipt_id=receipt_id, reason="bounced")
        return perform("reverse_receipt", act, ReversalOutcome, self._how(OPERATOR))

    def pass_days(self, days: int = 1) -> list[CloseOutcome]:
        """Lets days pass, each closed on the morning after it."""
        closed = []
        for _ in range(days):
            self.clock.day += timedelta(days=1)
            closed.append(self.book.close(self.day_after(-1)))
        return closed

    def account(self, number: str) -> int:
        """The account of this number, 0 where there is none."""
        found: int | None = frames.scalar(
            "SELECT id FROM account WHERE number = %(n)s AND organisation_id = %(o)s",
            {"n": number, "o": self.book.organisation_id},
        )
        return found or 0

    def state(self, number: str) -> dict[str, Any]:
        """What is stored of an account."""
        return frames.read(
            f"SELECT {', '.join(_STATE)} FROM account_state WHERE account_id = %(account)s",
            {"account": self.account(number)},
            _STATE,
        ).row(0, named=True)

    def promises(self, number: str) -> list[tuple[str, int]]:
        """What is stored of the promises of an account, in the order in which they were made: status and money."""
        stored = self.stored_promises(number)
        return [(row["status"], row["received_minor"]) for row in stored]

    def stored_promises(self, number: str) -> list[dict[str, Any]]:
        """The rows of the promises of an account."""
        return frames.read(
            f"SELECT {', '.join(_PROMISES)} FROM promise_state WHERE account_id = %(account)s ORDER BY promise_id",
            {"account": self.account(number)},
            _PROMISES,
        ).to_dicts()

    def _how(self, by: Actor) -> Performance:
        return Performance(by, self.book.organisation_id, b"dated")
