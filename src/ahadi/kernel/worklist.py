"""The day's list of each owner in order of points, and for everyone else the rule that keeps them off it."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from ahadi.kernel.priority import total
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
    ),
    key=("account_id",),
)
"""One row per account: its owner, its state, the next action, and the hold in force that weighs most, if
any.
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
    lifts nothing; NOT_LATE while nothing is overdue; NEXT_ACTION_LATER until that day. Ranked: more
    points first, then more days late, then the lower account id. `points` is a frame of `priority.score`
    or `priority.total`; an account without points has 0. Sorted by owner and rank; by account. Raises
    WrongFrame, BrokenLaw.
    """
    listed = require(accounts, LISTED_ACCOUNTS).with_columns(rule=_rule(day), until_date=_until_date(day))
    ranked = (
        listed.filter(pl.col("rule").is_null())
        .join(total(points), on="account_id", how="left")
        .with_columns(pl.col("points").fill_null(0))
        .sort("owner_id", "points", "days_late", "account_id", descending=[False, True, True, False])
        .with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("owner_id"))
        .select(RANKED.column_names)
    )
    absent = listed.filter(pl.col("rule").is_not_null()).select(ABSENT.column_names).sort("account_id")
    require(ranked, RANKED)
    require(absent, ABSENT)
    uphold(
        "every account is either ranked or absent",
        is_kept=pl.concat([ranked["account_id"], absent["account_id"]]).sort().equals(listed["account_id"].sort()),
    )
    last = ranked.group_by("owner_id").agg(pl.col("rank").max(), count=pl.len())
    uphold("the ranks of an owner are 1, 2, 3 and so on", is_kept=bool((last["rank"] == last["count"]).all()))
    return Worklist(ranked=ranked, absent=absent)


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
    )
