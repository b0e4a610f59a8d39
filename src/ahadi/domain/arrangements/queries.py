"""What became of promises as of a day, from what was promised and what came."""

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from ahadi.data import frames
from ahadi.data.models.promise import PROMISE_SOURCES
from ahadi.data.rulebook import parameter
from ahadi.domain.arrangements.ports import Promised, UnableToTakePromise
from ahadi.kernel.promise import KEPT, PENDING, WHOLE_BPS, judge, judge_totals

WITHDRAWN = "WITHDRAWN"
FORGIVEN = "forgiven"
REMINDED_BEFORE = (timedelta(days=1), timedelta())
"""A promise is reminded of the day before it falls due, and on that day."""
STATED = {
    "promise_id": pl.Int64,
    "account_id": pl.Int64,
    "is_instalment": pl.Boolean,
    "status": pl.String,
    "received_minor": pl.Int64,
}


def require_takable(promised: Sequence[Promised], *, owed_minor: int, today: date) -> None:
    """Raises UnableToTakePromise where what was promised cannot be: no money, a day gone by, more than is owed."""
    if not promised:
        raise UnableToTakePromise("nothing was promised: give an amount and a day")
    for one in promised:
        if one.amount_minor <= 0:
            raise UnableToTakePromise("the amount must be above 0")
        if one.source is not None and one.source not in PROMISE_SOURCES:
            raise UnableToTakePromise(f"say how it comes by one of {', '.join(PROMISE_SOURCES)}")
        if one.due_on < today:
            raise UnableToTakePromise(f"{one.due_on} has passed: it is {today}; promise for today or a later day")
    days = [one.due_on for one in promised]
    if days != sorted(set(days)):
        raise UnableToTakePromise("the instalments of a plan must follow one another, each on a day of its own")
    total = sum(one.amount_minor for one in promised)
    if total > owed_minor:
        raise UnableToTakePromise(f"{total} is promised and {owed_minor} is owed (minor units); promise no more")


def grace_days(*, as_of: date) -> int:
    """Days after its due day on which a promise is still kept. Source: rulebook/promise_grace.yaml."""
    return parameter("promise_grace", by="country").at("*", as_of)


def threshold_bps(*, as_of: date) -> int:
    """Which part must come, in basis points. Source: rulebook/promise_threshold.yaml."""
    return parameter("promise_threshold", by="country").at("*", as_of)


def judged(promises: pl.DataFrame, receipts: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """The promises (of `facts.promises`) made by a day, with `status` and `received_minor` at its end."""
    if promises.is_empty():
        return promises.hstack(_UNJUDGED)
    made = promises.filter(pl.col("made_on") <= as_of)
    came = money(receipts).join(made, on="account_id", how="semi")
    grace, threshold = grace_days(as_of=as_of), threshold_bps(as_of=as_of)
    found = judge(made, came, as_of=as_of, grace_days=grace, threshold_bps=threshold)
    told = made.join(found, on="promise_id", maintain_order="left")
    if told["is_instalment"].any():
        own = told.drop("status").with_columns(received_minor=_of_instalment())
        own = own.select("promise_id", "account_id", "made_on", "due_on", "amount_minor", "received_minor")
        found = judge_totals(own, as_of=as_of, grace_days=grace, threshold_bps=threshold)
        told = made.join(found, on="promise_id", maintain_order="left")
    return _withdrawn(told, as_of)


_UNJUDGED = [pl.Series("status", [], pl.String), pl.Series("received_minor", [], pl.Int64)]


def money(receipts: pl.DataFrame) -> pl.DataFrame:
    """The receipts that are money: what was forgiven keeps no promise."""
    if "is_forgiven" in receipts.columns:
        return receipts.filter(~pl.col("is_forgiven"))
    return receipts.filter(pl.col("kind") != FORGIVEN)


def _of_instalment() -> pl.Expr:
    """What of the money since the plan was made is left for an instalment once those before it are paid."""
    before = pl.col("amount_minor").cum_sum().over("plan_id", order_by="due_on") - pl.col("amount_minor")
    left = (pl.col("received_minor") - before).clip(0)
    return pl.when("is_instalment").then(left).otherwise("received_minor")


def _withdrawn(judged: pl.DataFrame, as_of: date) -> pl.DataFrame:
    is_gone = (pl.col("withdrawn_on") <= as_of).fill_null(value=False)
    return judged.with_columns(status=pl.when(is_gone).then(pl.lit(WITHDRAWN)).otherwise("status"))


def judged_totals(promises: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """As `judged`, of promises (of `facts.totalled_promises`) whose money is stated; none may be made after the day."""
    found = judge_totals(
        promises, as_of=as_of, grace_days=grace_days(as_of=as_of), threshold_bps=threshold_bps(as_of=as_of)
    )
    return _withdrawn(promises.drop("received_minor").join(found, on="promise_id", maintain_order="left"), as_of)


def by_account(judged: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """[account_id, promise_status, promise_due_on, promise_last_day]: the newest promise of each account, and when the
    first of those still open is due and ends.
    """
    if judged.is_empty():
        return _NO_PROMISES
    counting = judged.filter(pl.col("status") != WITHDRAWN).sort("account_id", "made_on", "promise_id")
    open_on = pl.col("due_on").filter(pl.col("status") == PENDING).min()
    return (
        counting.group_by("account_id", maintain_order=True)
        .agg(promise_status=pl.col("status").last(), promise_due_on=open_on)
        .with_columns(promise_last_day=pl.col("promise_due_on") + timedelta(days=grace_days(as_of=as_of)))
    )


_NO_PROMISES = pl.DataFrame(
    schema={
        "account_id": pl.Int64,
        "promise_status": pl.String,
        "promise_due_on": pl.Date,
        "promise_last_day": pl.Date,
    }
)


def replaced(judged: pl.DataFrame) -> pl.Series:
    """The promises that lose their place: where one is open again that was not, the newest promise or plan that is
    open holds, and every other is replaced by it.
    """
    is_open = judged.filter((pl.col("status") == PENDING) & pl.col("withdrawn_on").is_null())
    stored = states(is_open["account_id"].unique()).filter(pl.col("status") != PENDING)
    again = is_open.join(stored, on="promise_id", how="semi")
    crowded = is_open.join(again, on="account_id", how="semi")
    if crowded.is_empty():
        return crowded["promise_id"]
    newest = crowded.join(_plans(crowded["promise_id"]), on="promise_id", how="left").with_columns(
        holds=pl.col("promise_id").max().over("account_id")
    )
    of_newest = newest.filter(pl.col("promise_id") == pl.col("holds")).select("account_id", newest_plan="plan_id")
    both = newest.join(of_newest, on="account_id", how="left")
    is_held = (pl.col("promise_id") == pl.col("holds")) | (pl.col("plan_id") == pl.col("newest_plan"))
    return both.filter(~is_held.fill_null(value=False))["promise_id"].sort()


def _plans(promise_ids: pl.Series) -> pl.DataFrame:
    return frames.read(
        "SELECT id, plan_id FROM promise WHERE id = ANY(%(ids)s) ORDER BY id",
        {"ids": frames.ids(promise_ids)},
        {"promise_id": pl.Int64, "plan_id": pl.Int64},
    )


def states(account_ids: pl.Series) -> pl.DataFrame:
    """What is stored of the promises of these accounts."""
    return frames.read(
        "SELECT promise_id, account_id, is_instalment, status, received_minor FROM promise_state"
        " WHERE account_id = ANY(%(ids)s) ORDER BY promise_id",
        {"ids": frames.ids(account_ids)},
        STATED,
    )


BROKEN_PLANS = {"plan_id": pl.Int64, "account_id": pl.Int64, "rule": pl.String}


def break_days(*, as_of: date) -> int:
    """Days after which a missing instalment breaks its plan. Source: rulebook/plan_break_grace.yaml."""
    return parameter("plan_break_grace", by="country").at("*", as_of)


def shortfall_bps(*, as_of: date) -> int:
    """By how much a plan may fall short of what was due. Source: rulebook/plan_break_shortfall.yaml."""
    return parameter("plan_break_shortfall", by="country").at("*", as_of)


def broken_plans(judged: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """The plans of judged instalments that are broken as of a day: BROKEN_PLANS.

    `missed`: of an instalment nothing came until the days of grace were over; `short`: of all that was due by then
    less came than the shortfall allows. A plan of which an instalment was withdrawn is not looked at any more.
    Source: project definition.
    """
    is_due = pl.col("due_on") + timedelta(days=break_days(as_of=as_of)) < as_of
    gone = judged.filter(pl.col("status") == WITHDRAWN)
    due = judged.filter("is_instalment", is_due).join(gone, on="plan_id", how="anti")
    came = pl.min_horizontal("received_minor", "amount_minor")
    each = due.group_by("plan_id", "account_id").agg(
        is_missed=((pl.col("received_minor") == 0) & (pl.col("status") != KEPT)).any(),
        due_minor=pl.col("amount_minor").sum(),
        came_minor=came.sum(),
    )
    is_short = pl.col("came_minor") * WHOLE_BPS < pl.col("due_minor") * (WHOLE_BPS - shortfall_bps(as_of=as_of))
    return (
        each.with_columns(rule=pl.when("is_missed").then(pl.lit("missed")).when(is_short).then(pl.lit("short")))
        .filter(pl.col("rule").is_not_null())
        .select(*BROKEN_PLANS)
        .sort("plan_id")
    )
