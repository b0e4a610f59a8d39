"""What the desk did: the contact funnel, clients worked a day, days since contact, quality of calls."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Final

import polars as pl

from ahadi.kernel.money import percent_text
from ahadi.kernel.schema import Column, Spec, WrongFrame, require, uphold

ASSIGNED: Final = Spec(
    "assigned", (Column("account_id", pl.Int64), Column("assigned_on", pl.Date)), key=("account_id",)
)

ATTEMPTS: Final = Spec(
    "attempts",
    (
        Column("account_id", pl.Int64),
        Column("debtor_id", pl.Int64),
        Column("agent_id", pl.Int64),
        Column("on_date", pl.Date),
        Column("is_connected", pl.Boolean),
        Column("is_contact", pl.Boolean),
        Column("is_rpc", pl.Boolean),
        Column("is_promise", pl.Boolean),
        Column("is_effective", pl.Boolean),
    ),
)
"""Each dial, message or visit. Connected: answered by a person or a machine; contact: by a person; rpc: the
right party, identified; effective: it ended in a promise, a receipt, a plan, a dispute or verified data.
"""

SCORED_ITEMS: Final = Spec(
    "items",
    (
        Column("review_id", pl.Int64),
        Column("item", pl.String),
        Column("points_max", pl.Int64, is_positive=True),
        Column("points", pl.Int64, is_nullable=True),
    ),
    key=("review_id", "item"),
)
"""The card of a reviewed call; `points` null: the item does not apply."""

AUTO_FAILS: Final = Spec("auto fails", (Column("review_id", pl.Int64), Column("item", pl.String)))


def funnel(assigned: pl.DataFrame, attempts: pl.DataFrame, *, by: Sequence[str] = ()) -> pl.DataFrame:
    """The counts of the contact funnel, by columns of `assigned`: assigned_accounts, attempted_accounts,
    attempt_count, connect_count, contact_count, rpc_count, rpc_accounts, promise_count, promise_accounts,
    effective_count.

    They are what the funnel's figures of `ratio` are made of. A step holds only within the one before it:
    a promise is given by the right party, which is a contact, which is connected. Attempts on accounts
    that are not assigned are left out. Source: Oracle Banking Collections key figures; contact and right
    party as the trade uses them. Raises WrongFrame, also for an attempt that skips a step.
    """
    require(assigned, ASSIGNED)
    made = require(attempts, ATTEMPTS)
    for name in by:
        if name not in assigned.columns:
            raise WrongFrame(f"assigned: column '{name}' is missing")
    steps = ("is_promise", "is_rpc", "is_contact", "is_connected")
    for inner, outer in pairwise(steps):
        if made.filter(pl.col(inner) & ~pl.col(outer)).height:
            raise WrongFrame(f"attempts: '{inner}' without '{outer}'; a later step holds the earlier ones")
    own = made.join(assigned.select("account_id", *by), on="account_id")
    worked = own.group_by(by).agg(_counts()) if by else own.select(_counts())
    groups = assigned.group_by(by) if by else None
    count = {"assigned_accounts": pl.len().cast(pl.Int64)}
    if groups is None:
        return pl.concat([assigned.select(**count), worked], how="horizontal")
    sums = groups.agg(**count).join(worked, on=by, how="left", nulls_equal=True)
    return sums.with_columns(pl.exclude(by).fill_null(0)).sort(by)


def clients_worked(attempts: pl.DataFrame) -> pl.DataFrame:
    """How many clients each agent tried on a day: [agent_id, on_date, client_count, attempt_count], sorted.

    A client counts once a day, however often tried. Project definition (NOC). Raises WrongFrame.
    """
    made = require(attempts, ATTEMPTS).group_by("agent_id", "on_date")
    counts = made.agg(client_count=pl.col("debtor_id").n_unique().cast(pl.Int64), attempt_count=pl.len().cast(pl.Int64))
    return counts.sort("agent_id", "on_date")


def days_since_contact(assigned: pl.DataFrame, attempts: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """How long nobody has spoken to the debtor: [account_id, days, is_never], sorted by account.

    Counts from the last contact with the right party by `as_of`; from the assignment, and marked, where
    there never was one. Project definition (DSLC). Raises WrongFrame.
    """
    given = require(assigned, ASSIGNED).filter(pl.col("assigned_on") <= as_of)
    spoken = require(attempts, ATTEMPTS).filter("is_rpc", pl.col("on_date") <= as_of)
    last = spoken.group_by("account_id").agg(last_on=pl.col("on_date").max())
    since = pl.coalesce("last_on", "assigned_on")
    return (
        given.join(last, on="account_id", how="left")
        .select("account_id", days=(pl.lit(as_of) - since).dt.total_days(), is_never=pl.col("last_on").is_null())
        .sort("account_id")
    )


def call_scores(items: pl.DataFrame, auto_fails: pl.DataFrame) -> pl.DataFrame:
    """The quality score of each reviewed call: [review_id, points, points_max, score_pct, is_failed].

    Points / greatest points of the items that apply; an automatic fail makes 0 points and a failed call,
    whatever else was good. score_pct is null where no item applies. Sorted by review. Project definition;
    the shape of the card follows Kirkpatrick's call criteria. Raises WrongFrame, also for points outside
    0 to points_max or an automatic fail of a call that has no items; BrokenLaw.
    """
    given, failed = require(items, SCORED_ITEMS), require(auto_fails, AUTO_FAILS)
    if given.filter((pl.col("points") < 0) | (pl.col("points") > pl.col("points_max"))).height:
        raise WrongFrame("items: column 'points' must lie between 0 and points_max")
    if failed.join(given, on="review_id", how="anti").height:
        raise WrongFrame("auto fails: a review has no items")
    applies = pl.col("points").is_not_null()
    sums = given.group_by("review_id").agg(
        points=pl.col("points").sum(), points_max=pl.col("points_max").filter(applies).sum()
    )
    is_failed = pl.col("review_id").is_in(failed["review_id"].unique().implode())
    made = sums.with_columns(is_failed=is_failed).with_columns(
        points=pl.when("is_failed").then(0).otherwise(pl.col("points"))
    )
    uphold("no call scores beyond its card", is_kept=bool((made["points"] <= made["points_max"]).all()))
    score = percent_text(pl.col("points"), pl.col("points_max"))
    return made.select("review_id", "points", "points_max", "is_failed", score_pct=score).sort("review_id")


def _counts() -> list[pl.Expr]:
    def accounts(condition: pl.Expr) -> pl.Expr:
        return pl.col("account_id").filter(condition).n_unique().cast(pl.Int64)

    def times(name: str) -> pl.Expr:
        return pl.col(name).sum().cast(pl.Int64)

    return [
        pl.col("account_id").n_unique().cast(pl.Int64).alias("attempted_accounts"),
        pl.len().cast(pl.Int64).alias("attempt_count"),
        times("is_connected").alias("connect_count"),
        times("is_contact").alias("contact_count"),
        times("is_rpc").alias("rpc_count"),
        accounts(pl.col("is_rpc")).alias("rpc_accounts"),
        times("is_promise").alias("promise_count"),
        accounts(pl.col("is_promise")).alias("promise_accounts"),
        times("is_effective").alias("effective_count"),
    ]
