"""Takes down what a debtor promises: one payment, or several that make a plan."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from ahadi.domain.arrangements import steps as arrangements
from ahadi.domain.arrangements.ports import PromiseAlreadyOpen, Promised, PromiseOutcome, UnableToTakePromise
from ahadi.domain.audit.ports import Act
from ahadi.domain.placements import steps as placements
from ahadi.domain.work import queries, states
from ahadi.domain.work import steps as work


def make_promise(act: Act, *, account_id: int, promised: Sequence[Promised]) -> PromiseOutcome:
    """Books one promise, or a plan of several, made today.

    Raises, in this order: UnableToFindAccount, UnableToTakePromise, PromiseAlreadyOpen.
    """
    creditor_id = queries.require_seen(by=act.by, account_id=account_id)
    placements.hold_creditor(creditor_id)
    ids, today = pl.Series([account_id]), work.business_date(act)
    state = states.of(ids).row(0, named=True)
    _require_takable(promised, owed_minor=state["charged_minor"] - state["allocated_minor"], today=today)
    still_open = arrangements.open_ones(act, account_id, today=today)
    if still_open:
        raise PromiseAlreadyOpen(still_open[0])
    made = arrangements.book(act, account_id=account_id, promised=promised, today=today)
    work.restate(act, ids, as_of=today)
    return made


def _require_takable(promised: Sequence[Promised], *, owed_minor: int, today: date) -> None:
    if not promised:
        raise UnableToTakePromise("nothing was promised: give an amount and a day")
    for one in promised:
        if one.amount_minor <= 0:
            raise UnableToTakePromise("the amount must be above 0")
        if one.due_on < today:
            raise UnableToTakePromise(f"{one.due_on} has passed: it is {today}; promise for today or a later day")
    days = [one.due_on for one in promised]
    if days != sorted(set(days)):
        raise UnableToTakePromise("the instalments of a plan must follow one another, each on a day of its own")
    total = sum(one.amount_minor for one in promised)
    if total > owed_minor:
        raise UnableToTakePromise(f"{total} is promised and {owed_minor} is owed (minor units); promise no more")
