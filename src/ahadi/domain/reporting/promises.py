"""Promises on a day: how many were made, which run, and how those that matured were kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from ahadi.data import facts
from ahadi.domain.arrangements import queries as arrangements
from ahadi.domain.audit.ports import Actor
from ahadi.domain.reporting.portfolio import DIMENSIONS, with_rates
from ahadi.domain.reporting.queries import reported
from ahadi.kernel.promise import BROKEN, PENDING, maturity

DUE_SOON_DAYS = 7
_RATES = {
    "kept_pct": ("kept_rate", {}),
    "kept_by_value_pct": ("kept_rate_by_value", {"promised_minor": "matured_minor"}),
    "value_received_pct": ("promised_value_received", {"promised_minor": "matured_minor"}),
}


@dataclass(frozen=True)
class Promises:
    """The promises made by a day, single ones and the instalments of plans, judged as of it.

    `groups`: one row per [*columns, currency]: made_count and made_minor; withdrawn_count; open_count and
    open_minor (PENDING); due_soon_count and due_soon_minor (of those, due within DUE_SOON_DAYS after the day);
    matured_count, kept_count, partially_kept_count, broken_count, matured_minor (promised in the matured),
    kept_minor and received_minor as `promise.maturity` gives them; broken_today_count and broken_today_minor
    (the day is the first after the last of grace, and nothing came). Texts of two decimals, null out of
    nothing: kept_pct by number, kept_by_value_pct and value_received_pct by value.
    """

    as_of: date
    known_at: datetime | None
    grace_days: int
    threshold_bps: int
    columns: tuple[str, ...]
    groups: pl.DataFrame


def promises(
    *,
    by: Actor,
    as_of: date,
    dimensions: Sequence[str] = (),
    known_at: datetime | None = None,
    creditor_id: int | None = None,
) -> Promises:
    """The promises on accounts that `by` may see; currencies are never added. A withdrawn promise counts in no rate."""
    selection = reported(by=by, known_at=known_at, creditor_id=creditor_id)
    known = arrangements.judged(facts.promises(selection), facts.receipts(selection), as_of=as_of)
    placed = known.join(facts.accounts(selection).select("account_id", *DIMENSIONS), on="account_id")
    columns = tuple(DIMENSIONS[name] for name in dimensions if name != "currency")
    groups = [*columns, "currency"]
    return Promises(
        as_of=as_of,
        known_at=known_at,
        grace_days=arrangements.grace_days(as_of=as_of),
        threshold_bps=arrangements.threshold_bps(as_of=as_of),
        columns=columns,
        groups=with_rates(_groups(placed, groups, as_of), groups, _RATES),
    )


def _groups(placed: pl.DataFrame, groups: Sequence[str], as_of: date) -> pl.DataFrame:
    grace = arrangements.grace_days(as_of=as_of)
    counted = _counted(placed, groups, as_of, grace)
    counting = placed.filter(pl.col("status") != arrangements.WITHDRAWN)
    matured = [
        maturity(part, part, as_of=as_of, grace_days=grace).select(
            *(pl.lit(value, dtype=pl.String).alias(name) for name, value in zip(groups, key, strict=True)),
            pl.exclude("promised_minor"),
            matured_minor="promised_minor",
        )
        for key, part in counting.group_by(groups, maintain_order=True)
    ]
    # A frame without promises still has the columns.
    matured = matured or [
        maturity(counting, counting, as_of=as_of, grace_days=grace)
        .rename({"promised_minor": "matured_minor"})
        .with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in groups)
    ]
    both = counted.join(pl.concat(matured), on=list(groups), how="left", nulls_equal=True, maintain_order="left")
    return both.with_columns(pl.col(pl.Int64).fill_null(0))


def _counted(placed: pl.DataFrame, groups: Sequence[str], as_of: date, grace: int) -> pl.DataFrame:
    is_open = pl.col("status") == PENDING
    is_soon = is_open & (pl.col("due_on") > as_of) & (pl.col("due_on") <= as_of + timedelta(days=DUE_SOON_DAYS))
    ended_on = pl.col("due_on") + timedelta(days=grace + 1)
    kinds = {
        "made": pl.lit(value=True),
        "withdrawn": pl.col("status") == arrangements.WITHDRAWN,
        "open": is_open,
        "due_soon": is_soon,
        "broken_today": (pl.col("status") == BROKEN) & (ended_on == as_of),
    }
    sums = {}
    for name, condition in kinds.items():
        sums[f"{name}_count"] = pl.col("promise_id").filter(condition).len().cast(pl.Int64)
        sums[f"{name}_minor"] = pl.col("amount_minor").filter(condition).sum()
    return placed.group_by(groups).agg(**sums).sort(groups, nulls_last=True)
