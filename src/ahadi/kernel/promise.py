"""Whether what was promised came: each promise against the money that came in its window."""

from datetime import date
from typing import Final

import numpy as np
import polars as pl

from ahadi.kernel.ragged import Ints, days, in_order, ints, kept, places, starts
from ahadi.kernel.schema import RECEIPTS, Column, Spec, WrongFrame, require, uphold

PENDING, KEPT, PARTIALLY_KEPT, BROKEN = "PENDING", "KEPT", "PARTIALLY_KEPT", "BROKEN"
STATUSES: Final = (PENDING, KEPT, PARTIALLY_KEPT, BROKEN)
WHOLE_BPS: Final = 10_000
"""Basis points of one: a threshold of 9,000 asks for 90 % of what was promised."""

PROMISES: Final = Spec(
    "promises",
    (
        Column("promise_id", pl.Int64),
        Column("account_id", pl.Int64),
        Column("made_on", pl.Date),
        Column("due_on", pl.Date),
        Column("amount_minor", pl.Int64, is_positive=True),
    ),
    key=("promise_id",),
)
"""What was promised, when, and by when it is to come."""

TOTALLED: Final = Spec("promises", (*PROMISES.columns, Column("received_minor", pl.Int64)), key=("promise_id",))
"""Promises with the money that came for them so far."""

JUDGED: Final = Spec(
    "judged promises",
    (
        Column("promise_id", pl.Int64),
        Column("status", pl.String),
        Column("received_minor", pl.Int64),
    ),
    key=("promise_id",),
)
"""`received_minor` came in the window so far."""


def judge(
    promises: pl.DataFrame, receipts: pl.DataFrame, *, as_of: date, grace_days: int, threshold_bps: int
) -> pl.DataFrame:
    """The state of each promise at the end of a day: JUDGED, sorted by promise.

    The window of a promise runs from the day it was made to its due day and `grace_days` more, both ends
    included; money of the account valued in it, up to `as_of`, counts, in minor units. KEPT once it
    reaches `threshold_bps` basis points of what was promised; else PENDING up to the last day of the
    window; after it PARTIALLY_KEPT if anything came, BROKEN if nothing did. Money before the promise
    never counts. A receipt that is reversed is not given any more, which turns a kept promise back. Two
    promises of one account may share a receipt: each is judged by itself. A promise made after `as_of`
    is PENDING.

    Source: Oracle Banking Collections 14.8, promise types (grace days and threshold); the window is a
    project definition. Raises WrongFrame, also for a promise due before it was made, days of grace below
    0 or a threshold outside 1 to 10,000; BrokenLaw.
    """
    given, came = require(promises, PROMISES), require(receipts, RECEIPTS)
    _require_rule(given, grace_days, threshold_bps)
    windows = in_order(given, "promise_id").with_columns(last_day=pl.col("due_on") + pl.duration(days=grace_days))
    received = _received(windows, kept(came, pl.col("value_date") <= as_of))
    judged = windows.with_columns(received_minor=pl.Series(received)).select(
        "promise_id", _status(as_of, threshold_bps).alias("status"), "received_minor"
    )
    uphold(
        "a promise is BROKEN only where nothing came, and PARTIALLY_KEPT only where something did",
        is_kept=judged.filter(
            ((pl.col("status") == BROKEN) & (pl.col("received_minor") != 0))
            | ((pl.col("status") == PARTIALLY_KEPT) & (pl.col("received_minor") == 0))
        ).is_empty(),
    )
    return require(judged, JUDGED)


def judge_totals(promises: pl.DataFrame, *, as_of: date, grace_days: int, threshold_bps: int) -> pl.DataFrame:
    """The state of each promise whose money is known already: JUDGED, sorted by promise.

    `promises` are PROMISES with `received_minor`, the money valued in the window up to `as_of`, 0 or more. Gives
    what `judge` gives for receipts that add up to it. Raises WrongFrame.
    """
    given = in_order(require(promises, TOTALLED), "promise_id")
    _require_rule(given, grace_days, threshold_bps)
    windows = given.with_columns(last_day=pl.col("due_on") + pl.duration(days=grace_days))
    status = _status(as_of, threshold_bps).alias("status")
    return require(windows.select("promise_id", status, "received_minor"), JUDGED)


def _status(as_of: date, threshold_bps: int) -> pl.Expr:
    received, promised = pl.col("received_minor").cast(pl.Int128), pl.col("amount_minor").cast(pl.Int128)
    return (
        pl.when(received * WHOLE_BPS >= promised * threshold_bps)
        .then(pl.lit(KEPT))
        .when(pl.col("last_day") >= as_of)
        .then(pl.lit(PENDING))
        .when(received > 0)
        .then(pl.lit(PARTIALLY_KEPT))
        .otherwise(pl.lit(BROKEN))
    )


def _received(windows: pl.DataFrame, came: pl.DataFrame) -> Ints:
    """The money of each promise's account from `made_on` to `last_day`.

    Receipts lie on one axis by account and day, so the sum in a window is a difference of two running
    sums. A running sum that leaves 64 bits wraps around, and so does the difference: it stays exact.
    """
    came = in_order(came, "account_id", "value_date")
    account, day = ints(came, "account_id"), days(came, "value_date")
    running = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(ints(came, "amount_minor"))])
    begin, end = days(windows, "made_on").astype(np.int64), days(windows, "last_day").astype(np.int64)
    bounds = [int(edge) for edges in (day, begin, end) if len(edges) for edge in (edges.min(), edges.max())]
    first, width = min(bounds, default=0), max(bounds, default=0) - min(bounds, default=0) + 2
    heads = starts(account)
    axis = np.repeat(np.arange(len(heads)) * width - first, np.diff(heads, append=len(account))) + day
    # Looked up in the order of the axis, which is several times faster than at random.
    wanted = ints(windows, "account_id")
    turn = np.argsort(wanted, kind="stable")
    place, is_known = places(account[heads], wanted[turn])
    left = np.searchsorted(axis, place * width + (begin[turn] - first), side="left")
    right = np.searchsorted(axis, place * width + (end[turn] - first), side="right")
    received = np.zeros(len(wanted), dtype=np.int64)
    received[turn] = np.where(is_known, running[right] - running[left], 0)
    return received


def _require_rule(given: pl.DataFrame, grace_days: int, threshold_bps: int) -> None:
    if grace_days < 0 or not 1 <= threshold_bps <= WHOLE_BPS:
        raise WrongFrame(
            f"promises: grace_days must be 0 or more and threshold_bps 1 to {WHOLE_BPS}, "
            f"found {grace_days} and {threshold_bps}"
        )
    early = given.filter(pl.col("due_on") < pl.col("made_on")).sort("promise_id")
    if early.height:
        raise WrongFrame(f"promises: promise_id {early['promise_id'][0]} is due before it was made")


def maturity(promises: pl.DataFrame, judged: pl.DataFrame, *, as_of: date, grace_days: int) -> pl.DataFrame:
    """The counts and sums of promises that have matured: one row, for the kept rates of `ratio`.

    matured_count, kept_count, partially_kept_count, broken_count, promised_minor, kept_minor (promised in
    those kept) and received_minor. A promise matures the day after its due day and grace; one still
    running counts nowhere, kept or not, so that a rate is not lifted by the quick. `judged` is what
    `judge` gave. Source: Oracle Banking Collections (promise kept rate). Raises WrongFrame, BrokenLaw.
    """
    given = require(promises, PROMISES)
    matured = given.filter(pl.col("due_on") + pl.duration(days=grace_days) < as_of)
    known = matured.join(require(judged, JUDGED), on="promise_id", how="left")
    if known["status"].null_count():
        raise WrongFrame("judged promises: a promise has no row; judge the same promises first")
    count = {
        f"{status.lower()}_count": (pl.col("status") == status).sum().cast(pl.Int64)
        for status in (KEPT, PARTIALLY_KEPT, BROKEN)
    }
    made = known.select(
        matured_count=pl.len().cast(pl.Int64),
        **count,
        promised_minor=pl.col("amount_minor").sum(),
        kept_minor=pl.col("amount_minor").filter(pl.col("status") == KEPT).sum(),
        received_minor=pl.col("received_minor").sum(),
    )
    row = made.row(0, named=True)
    uphold(
        "a matured promise is kept, partially kept or broken",
        is_kept=row["matured_count"] == sum(row[name] for name in count),
    )
    return made
