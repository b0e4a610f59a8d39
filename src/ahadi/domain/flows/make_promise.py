"""Takes down what a debtor promises: one payment, or several that make a plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from ahadi.data.models.promise import Plan, Promise
from ahadi.domain.arrangements import queries as arrangements
from ahadi.domain.arrangements import steps as judging
from ahadi.domain.audit.ports import Act
from ahadi.domain.placements import steps as placements
from ahadi.domain.work import queries, states
from ahadi.domain.work import steps as work
from ahadi.kernel.promise import PENDING


class UnableToTakePromise(Exception):
    """What was promised cannot be taken down: the text says what is wrong with it, and what to do."""

    is_refusal = True


class PromiseAlreadyOpen(Exception):
    """One promise is open on the account already; withdraw it before another is made."""

    is_refusal = True

    def __init__(self, promise_id: int) -> None:
        super().__init__("a promise is open on this account already; withdraw it first, then take the new one down")
        self.promise_id = promise_id


@dataclass(frozen=True)
class Promised:
    """So much, in minor units of the account's currency, by a day."""

    due_on: date
    amount_minor: int


@dataclass(frozen=True)
class PromiseOutcome:
    """The promises that were taken down, and the plan where there are several."""

    promise_ids: list[int]
    plan_id: int | None


def make_promise(act: Act, *, account_id: int, promised: Sequence[Promised]) -> PromiseOutcome:
    """Books one promise, or a plan of several, made today.

    Raises, in this order: UnableToFindAccount, UnableToTakePromise, PromiseAlreadyOpen.
    """
    creditor_id = queries.require_seen(by=act.by, account_id=account_id)
    placements.hold_creditor(creditor_id)
    ids, today = pl.Series([account_id]), work.business_date(act)
    state = states.of(ids).row(0, named=True)
    _require_takable(promised, owed_minor=state["charged_minor"] - state["allocated_minor"], today=today)
    # One whose time ran out since the last close is not open any more.
    judging.judge(act, ids, as_of=today)
    open_ones = arrangements.states(ids).filter(pl.col("status") == PENDING)
    if open_ones.height:
        raise PromiseAlreadyOpen(open_ones["promise_id"][0])
    booked = {"account_id": account_id, "made_on": today, "booked_at": act.at, "act_id": act.id}
    plan = None
    if len(promised) > 1:
        plan = Plan(total_minor=sum(one.amount_minor for one in promised), instalments=len(promised), **booked)
        plan.save(force_insert=True)
    made = [
        Promise(
            plan=plan,
            number=number if plan else None,
            due_on=one.due_on,
            amount_minor=one.amount_minor,
            **booked,
        )
        for number, one in enumerate(promised, 1)
    ]
    for promise in made:
        promise.save(force_insert=True)
    work.restate(act, ids, as_of=today)
    return PromiseOutcome([promise.id for promise in made], plan.id if plan else None)


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
