"""How accounts move between buckets from one day to another: matrix, roll rates, cures, chained loss."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from ahadi.kernel.money import Rounding, divide_rounded, percent_text
from ahadi.kernel.schedule import RATE_SCALE
from ahadi.kernel.schema import Column, Spec, WrongFrame, require, uphold

PAID, WRITTEN_OFF, RECALLED, SOLD = "PAID", "WRITTEN_OFF", "RECALLED", "SOLD"
ABSORBING: Final = (PAID, WRITTEN_OFF, RECALLED, SOLD)
"""States that an account does not leave."""

STATES: Final = Spec(
    "states",
    (Column("account_id", pl.Int64), Column("state", pl.String), Column("open_minor", pl.Int64)),
    key=("account_id",),
)
"""Each account's bucket or absorbing state on a day, and its balance."""


def transitions(before: pl.DataFrame, after: pl.DataFrame, *, buckets: Sequence[str]) -> pl.DataFrame:
    """Where the accounts of one day stand on the other: from_state, to_state, account_count, open_minor
    (their balance before), count_pct and open_pct of all that were in from_state.

    A row for every pair that has an account, in the order of `buckets` (from current to worst) and the
    absorbing states. Only accounts that were there before are followed: what is new has no row.

    Source: OCC, Comptroller's Handbook, retail lending (roll and flow models). Raises WrongFrame, also
    for a state that is neither a bucket nor absorbing, and for an account that is missing afterwards;
    BrokenLaw.
    """
    tracked = _tracked(before, after, buckets)
    cells = tracked.group_by("from_state", "to_state").agg(
        account_count=pl.len().cast(pl.Int64), open_minor=pl.col("open_minor").sum()
    )
    of_row = {name: pl.col(name).sum().over("from_state") for name in ("account_count", "open_minor")}
    uphold(
        "every account that was there has gone somewhere",
        is_kept=int(cells["account_count"].sum()) == before.height,
    )
    return cells.with_columns(
        count_pct=percent_text(pl.col("account_count"), of_row["account_count"]),
        open_pct=percent_text(pl.col("open_minor"), of_row["open_minor"]),
    ).sort(_place("from_state", buckets), _place("to_state", buckets))


def roll_rates(before: pl.DataFrame, after: pl.DataFrame, *, buckets: Sequence[str]) -> pl.DataFrame:
    """From each bucket to the next: from_state, to_state, before_minor (in the first, before), after_minor
    (in the second, after), net_pct = after / before, tracked_minor (of the first's balance before, what
    is in the second after) and tracked_pct.

    The net rate mixes in new money, the tracked one follows the same accounts: both are given. The time
    between must be the width of a bucket. Source and errors as `transitions`.
    """
    tracked = _tracked(before, after, buckets)
    pairs = pl.DataFrame({"from_state": buckets[:-1], "to_state": buckets[1:]}, schema_overrides=_PAIR)
    was = before.group_by(from_state="state").agg(before_minor=pl.col("open_minor").sum())
    is_now = after.group_by(to_state="state").agg(after_minor=pl.col("open_minor").sum())
    moved = tracked.group_by("from_state", "to_state").agg(tracked_minor=pl.col("open_minor").sum())
    return (
        pairs.join(was, on="from_state", how="left", maintain_order="left")
        .join(is_now, on="to_state", how="left", maintain_order="left")
        .join(moved, on=["from_state", "to_state"], how="left", maintain_order="left")
        .with_columns(pl.col("before_minor", "after_minor", "tracked_minor").fill_null(0))
        .with_columns(
            net_pct=percent_text(pl.col("after_minor"), pl.col("before_minor")),
            tracked_pct=percent_text(pl.col("tracked_minor"), pl.col("before_minor")),
        )
    )


def movements(before: pl.DataFrame, after: pl.DataFrame, *, buckets: Sequence[str]) -> pl.DataFrame:
    """What became of the accounts that were late: [movement, account_count, open_minor, count_pct, open_pct].

    The first bucket is current, the others are late. cured: current or paid; rolled_back: better, not
    current; stabilised: the same; forward: worse or written off; left: recalled or sold. All five rows,
    in that order, by number and by balance before. Source: Basel-style roll analysis as in `transitions`.
    Raises as `transitions`.
    """
    tracked = _tracked(before, after, buckets).with_columns(
        was=_place("from_state", buckets), is_now=_place("to_state", buckets)
    )
    late = tracked.filter(pl.col("was").is_between(1, len(buckets) - 1)).with_columns(movement=_movement())
    sums = late.group_by("movement").agg(account_count=pl.len().cast(pl.Int64), open_minor=pl.col("open_minor").sum())
    whole = {name: pl.col(name).sum() for name in ("account_count", "open_minor")}
    return (
        pl.DataFrame({"movement": MOVEMENTS})
        .join(sums, on="movement", how="left", maintain_order="left")
        .with_columns(pl.col("account_count", "open_minor").fill_null(0))
        .with_columns(
            count_pct=percent_text(pl.col("account_count"), whole["account_count"]),
            open_pct=percent_text(pl.col("open_minor"), whole["open_minor"]),
        )
    )


def chained_loss(balance_minor: int, *, rates_e8: Sequence[int], rounding: Rounding) -> int:
    """What a balance loses when the roll rates to write-off are chained: their product, rounded once.

    Rates in hundred-millionths: 3 % is 3,000,000. Source: OCC, Comptroller's Handbook. Raises WrongFrame
    for a rate below 0.
    """
    if any(rate < 0 for rate in rates_e8):
        raise WrongFrame(f"rates: a roll rate must be 0 or more, found {min(rates_e8)}")
    numerator, denominator = balance_minor, 1
    for rate in rates_e8:
        numerator, denominator = numerator * rate, denominator * RATE_SCALE
    return divide_rounded(numerator, denominator, rounding)


MOVEMENTS: Final = ("cured", "rolled_back", "stabilised", "forward", "left")
_PAIR: Final = {"from_state": pl.String, "to_state": pl.String}


def _movement() -> pl.Expr:
    was, is_now, state = pl.col("was"), pl.col("is_now"), pl.col("to_state")
    return (
        pl.when((state == PAID) | (is_now == 0))
        .then(pl.lit("cured"))
        .when(state.is_in([RECALLED, SOLD]))
        .then(pl.lit("left"))
        .when((state == WRITTEN_OFF) | (is_now > was))
        .then(pl.lit("forward"))
        .when(is_now == was)
        .then(pl.lit("stabilised"))
        .otherwise(pl.lit("rolled_back"))
    )


def _tracked(before: pl.DataFrame, after: pl.DataFrame, buckets: Sequence[str]) -> pl.DataFrame:
    """account_id, from_state, to_state and the balance before, of the accounts that were there before."""
    was, is_now = require(before, STATES), require(after, STATES)
    known = [*buckets, *ABSORBING]
    for frame in (was, is_now):
        strange = frame.filter(~pl.col("state").is_in(known)).sort("account_id")
        if strange.height:
            raise WrongFrame(
                f"states: account {strange['account_id'][0]} is in {strange['state'][0]!r}, not in {known}"
            )
    lost = was.join(is_now, on="account_id", how="anti").sort("account_id")
    if lost.height:
        raise WrongFrame(f"states: account {lost['account_id'][0]} is missing afterwards; say PAID, RECALLED or SOLD")
    return was.rename({"state": "from_state"}).join(is_now.select("account_id", to_state="state"), on="account_id")


def _place(column: str, buckets: Sequence[str]) -> pl.Expr:
    order = {state: place for place, state in enumerate([*buckets, *ABSORBING])}
    return pl.col(column).replace_strict(order, return_dtype=pl.Int64)
