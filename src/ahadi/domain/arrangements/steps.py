"""Taking promises down, judging them (the only writer of `promise_state`), and breaking plans that are not kept to."""

from collections.abc import Iterable, Sequence
from datetime import date

import polars as pl

from ahadi.data import facts, frames, gathered
from ahadi.data.models.promise import Plan, PlanBreak, Promise, PromiseReminder, PromiseWithdrawal
from ahadi.domain.arrangements import queries
from ahadi.domain.arrangements.ports import Promised, PromiseOutcome
from ahadi.domain.audit.ports import Act
from ahadi.kernel.promise import PENDING

REPLACED = "replaced"
"""Why a promise is withdrawn that would be open again beside a newer one."""
PLAN_BROKEN = "plan broken"


def judge(act: Act, account_ids: pl.Series, *, as_of: date) -> int:
    """States the promises of these accounts as of a day and notes each verdict that changed; how many did.

    A promise is never judged as of an earlier day than it was before by booking alone: the caller gives the day
    that the accounts are restated as of. One that money taken back opens again beside a newer one is withdrawn.
    """
    selection = facts.of_accounts(account_ids)
    promises = facts.promises(selection)
    if promises.is_empty():
        return 0
    came = gathered.receipts(facts.of_accounts(promises["account_id"].unique()))
    judged = queries.judged(promises, came, as_of=as_of)
    replaced = queries.replaced(judged)
    frames.append(
        "promise_withdrawal",
        pl.DataFrame({"promise_id": replaced}).with_columns(
            withdrawn_on=pl.lit(as_of),
            reason=pl.lit(REPLACED),
            booked_at=pl.lit(act.at.isoformat()),
            act_id=pl.lit(act.id),
        ),
    )
    is_gone = pl.col("promise_id").is_in(replaced.implode())
    gone = pl.when(is_gone).then(pl.lit(queries.WITHDRAWN)).otherwise("status")
    return state(act, judged.with_columns(status=gone), as_of=as_of)


def news(judged: pl.DataFrame) -> pl.DataFrame:
    """Those of `judged` whose verdict or money is not what is stored."""
    stored = queries.states(judged["account_id"].unique())
    same = ["promise_id", "status", "received_minor"]
    return judged.join(stored, on=same, how="anti")


def state(act: Act, judged: pl.DataFrame, *, as_of: date) -> int:
    """Writes what `judged` says where it is new: a verdict as a fact, and the state."""
    stored = queries.states(judged["account_id"].unique()).select("promise_id", stored_status="status")
    changed = news(judged).join(stored, on="promise_id", how="left").with_columns(as_of=pl.lit(as_of))
    verdicts = changed.filter(pl.col("status") != pl.coalesce("stored_status", pl.lit(PENDING)))
    frames.append(
        "promise_judgement",
        verdicts.select(
            "promise_id",
            "status",
            "received_minor",
            "as_of",
            booked_at=pl.lit(act.at.isoformat()),
            act_id=pl.lit(act.id),
        ),
    )
    frames.upsert("promise_state", changed.select(*queries.STATED, "as_of"), key="promise_id")
    return verdicts.height


def book(act: Act, *, account_id: int, promised: Sequence[Promised], today: date) -> PromiseOutcome:
    """Books one promise, or a plan of several, made today, and the days on which each is reminded of."""
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
            source=one.source,
            **booked,
        )
        for number, one in enumerate(promised, 1)
    ]
    for promise in made:
        promise.save(force_insert=True)
        for before in queries.REMINDED_BEFORE:
            if promise.due_on - before > today:
                PromiseReminder(
                    promise_id=promise.id, remind_on=promise.due_on - before, booked_at=act.at, act_id=act.id
                ).save(force_insert=True)
    return PromiseOutcome([promise.id for promise in made], plan.id if plan else None)


def open_ones(act: Act, account_id: int, *, today: date) -> list[int]:
    """The promises of an account that are open, once those whose time ran out since the last close are judged."""
    ids = pl.Series([account_id])
    judge(act, ids, as_of=today)
    return queries.states(ids).filter(pl.col("status") == PENDING)["promise_id"].to_list()


def withdraw(act: Act, promise_ids: Iterable[int], *, reason: str, today: date) -> int:
    """Withdraws promises that are open; how many. The caller restates their accounts."""
    going = list(promise_ids)
    for promise_id in going:
        PromiseWithdrawal(
            promise_id=promise_id, withdrawn_on=today, reason=reason[:40], booked_at=act.at, act_id=act.id
        ).save(force_insert=True)
    return len(going)


def break_plans(act: Act, account_ids: pl.Series, *, as_of: date) -> pl.Series:
    """Breaks the plans of these accounts that are not kept to: their open instalments no longer count.

    Returns the accounts, which the caller restates. A plan is broken once.
    """
    selection = facts.of_accounts(account_ids)
    promises = facts.promises(selection).filter("is_instalment")
    if promises.is_empty():
        return pl.Series("account_id", [], dtype=pl.Int64)
    judged = queries.judged(promises, facts.receipts(selection), as_of=as_of)
    broken = queries.broken_plans(judged, as_of=as_of)
    known = set(PlanBreak.objects.filter(plan_id__in=broken["plan_id"].to_list()).values_list("plan_id", flat=True))
    fresh = broken.filter(~pl.col("plan_id").is_in(list(known)))
    for plan_id, _account, rule in fresh.iter_rows():
        PlanBreak(plan_id=plan_id, broken_on=as_of, rule=rule, booked_at=act.at, act_id=act.id).save(force_insert=True)
        still = judged.filter((pl.col("plan_id") == plan_id) & (pl.col("status") == PENDING))
        withdraw(act, still["promise_id"], reason=PLAN_BROKEN, today=as_of)
    return fresh["account_id"].unique()
