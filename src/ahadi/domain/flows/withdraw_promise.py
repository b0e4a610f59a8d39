"""Takes a promise back: replaced by another, or given up by agreement; what it came to until then stays told."""

from dataclasses import dataclass

import polars as pl

from ahadi.data.models.promise import Promise
from ahadi.domain.arrangements import steps as arrangements
from ahadi.domain.audit.ports import Act
from ahadi.domain.placements import steps as placements
from ahadi.domain.work import queries
from ahadi.domain.work import steps as work


class UnableToWithdrawPromise(Exception):
    """The promise is not open any more, or there is none: only an open promise can be withdrawn."""

    is_refusal = True


@dataclass(frozen=True)
class PromiseWithdrawalOutcome:
    """How many promises were withdrawn: a plan goes with all its instalments that are open."""

    withdrawn: int


def withdraw_promise(act: Act, *, promise_id: int, reason: str) -> PromiseWithdrawalOutcome:
    """Withdraws an open promise, or the open rest of the plan that it belongs to.

    Raises: UnableToWithdrawPromise, UnableToFindAccount.
    """
    promise = Promise.objects.filter(id=promise_id, account__organisation_id=act.organisation_id).first()
    if promise is None:
        raise UnableToWithdrawPromise(f"there is no promise {promise_id} here")
    placements.hold_creditor(queries.require_seen(by=act.by, account_id=promise.account_id))
    ids, today = pl.Series([promise.account_id]), work.business_date(act)
    still_open = set(arrangements.open_ones(act, promise.account_id, today=today))
    if promise_id not in still_open:
        raise UnableToWithdrawPromise(f"promise {promise_id} is not open: it was judged or withdrawn before")
    together = Promise.objects.filter(plan_id=promise.plan_id) if promise.plan_id else [promise]
    going = [one.id for one in together if one.id in still_open]
    arrangements.withdraw(act, going, reason=reason, today=today)
    work.restate(act, ids, as_of=today)
    return PromiseWithdrawalOutcome(len(going))
