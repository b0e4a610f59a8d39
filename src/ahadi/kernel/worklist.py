"""The day's list of each owner in order of points, and for everyone else the rule that keeps them off it."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import polars as pl

from ahadi.kernel.priority import total
from ahadi.kernel.ragged import extremes, in_order, ints, of_account, starts
from ahadi.kernel.schema import Column, Spec, require, uphold

LISTED_ACCOUNTS: Final = Spec(
    "accounts",
    (
        Column("account_id", pl.Int64),
        Column("owner_id", pl.Int64),
        Column("is_open", pl.Boolean),
        Column("overdue_minor", pl.Int64),
        Column("days_late", pl.Int64),
        Column("next_action_on", pl.Date, is_nullable=True),
        Column("hold_kind", pl.String, is_nullable=True),
        Column("hold_review_on", pl.Date, is_nullable=True),
        Column("stopped_by", pl.String, is_nullable=True),
        Column("stopped_until", pl.Date, is_nullable=True),
    ),
    key=("account_id",),
)
"""One row per account: its owner, its state, the next action, the hold in force that weighs most, if any, and the rule
of contact by which nobody may be reached on the day, if one does not let.
"""

RANKED: Final = Spec(
    "ranked",
    (
        Column("owner_id", pl.Int64),
        Column("account_id", pl.Int64),
        Column("rank", pl.Int64, is_positive=True),
        Column("points", pl.Int64),
    ),
    key=("account_id",),
)

ABSENT: Final = Spec(
    "absent",
    (
        Column("account_id", pl.Int64),
        Column("owner_id", pl.Int64),
        Column("rule", pl.String),
        Column("until_date", pl.Date, is_nullable=True),
    ),
    key=("account_id",),
)


@dataclass(frozen=True)
class Worklist:
    """`ranked`: who is to be worked, 1, 2, 3 ... per owner; `absent`: who is not, by which rule, and
    until when.
    """

    ranked: pl.DataFrame
    absent: pl.DataFrame


def build(accounts: pl.DataFrame, points: pl.DataFrame, *, day: date) -> Worklist:
    """Split the accounts into RANKED and ABSENT; every account is in exactly one of them.

    Absent, by the first rule that applies: CLOSED; HOLD.<KIND> until its review, which raises work and
    lifts nothing; NOT_LATE while nothing is overdue; NEXT_ACTION_LATER until that day; GATE.<RULE> until it
    lets. Ranked: more points first, then more days late, then the lower account id. `points` is a frame of
    `priority.score` or `priority.total`; an account without points has 0. Sorted by owner and rank; by
    account. Raises WrongFrame, BrokenLaw.
    """
    listed = in_order(require(accounts, LISTED_ACCOUNTS), "account_id")
    scored = total(points)
    listed = listed.with_columns(
        points=pl.Series(of_account(ints(listed, "account_id"), ints(scored, "account_id"), ints(scored, "points")))
    )
    is_absent = listed.select(_is_absent(day)).to_series()
    ranked = _ranked(listed.select("owner_id", "account_id", "points", "days_late").filter(~is_absent))
    absent = listed.filter(is_absent).select("account_id", "owner_id", rule=_rule(day), until_date=_until_date(day))
    require(absent, ABSENT)
    both = np.sort(np.concatenate([ints(ranked, "account_id"), ints(absent, "account_id")]), kind="stable")
    uphold("every account is either ranked or absent", is_kept=np.array_equal(both, ints(listed, "account_id")))
    return Worklist(ranked=ranked, absent=absent)


def candidates(accounts: pl.DataFrame, *, day: date) -> pl.Series:
    """The account ids that rank on the day unless a rule of contact stops them: about these alone the gate is asked."""
    return accounts.filter(_may_rank(day))["account_id"]


def _ranked(working: pl.DataFrame) -> pl.DataFrame:
    """RANKED of the accounts that are to be worked, sorted by owner and rank."""
    # The accounts come in the order of their ids, which decides last: a stable sort keeps it.
    turn = np.lexsort((-ints(working, "days_late"), -ints(working, "points"), ints(working, "owner_id")))
    ordered = working[turn]
    begin = starts(ints(ordered, "owner_id"))
    count = np.diff(begin, append=ordered.height)
    rank = np.arange(1, ordered.height + 1) - np.repeat(begin, count)
    ranked = require(ordered.with_columns(rank=pl.Series(rank, dtype=pl.Int64)).select(RANKED.column_names), RANKED)
    uphold(
        "the ranks of an owner are 1, 2, 3 and so on", is_kept=np.array_equal(extremes(np.maximum, rank, begin), count)
    )
    return ranked


def _is_absent(day: date) -> pl.Expr:
    return ~_may_rank(day) | pl.col("stopped_by").is_not_null()


def _may_rank(day: date) -> pl.Expr:
    is_later = (pl.col("next_action_on") > day).fill_null(False)
    return pl.col("is_open") & pl.col("hold_kind").is_null() & (pl.col("overdue_minor") > 0) & ~is_later


def _rule(day: date) -> pl.Expr:
    return (
        pl.when(~pl.col("is_open"))
        .then(pl.lit("CLOSED"))
        .when(pl.col("hold_kind").is_not_null())
        .then(pl.lit("HOLD.") + pl.col("hold_kind"))
        .when(pl.col("overdue_minor") <= 0)
        .then(pl.lit("NOT_LATE"))
        .when(pl.col("next_action_on") > day)
        .then(pl.lit("NEXT_ACTION_LATER"))
        .otherwise(pl.lit("GATE.") + pl.col("stopped_by"))
    )


def _until_date(day: date) -> pl.Expr:
    return (
        pl.when(~pl.col("is_open"))
        .then(None)
        .when(pl.col("hold_kind").is_not_null())
        .then(pl.col("hold_review_on"))
        .when(pl.col("overdue_minor") <= 0)
        .then(None)
        .when(pl.col("next_action_on") > day)
        .then(pl.col("next_action_on"))
        .otherwise(pl.col("stopped_until"))
    )
