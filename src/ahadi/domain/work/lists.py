"""Worklists as they are stored: one row per owner and day, written by the close, read by the desk."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from ahadi.data import frames
from ahadi.data.facts import Selection
from ahadi.kernel.schema import uphold
from ahadi.kernel.worklist import Worklist

REASONS = [
    "ARREARS",
    "DISPUTED",
    "DAYS_LATE",
    "NEAR_NEXT_BUCKET",
    "NO_CONTACT",
    "NEWLY_PLACED",
    "BROKEN_PROMISE",
    "RECENT_RECEIPT",
]
"""The reasons for points, in the order in which a list stores them."""


def told(points: pl.DataFrame) -> pl.DataFrame:
    """[account_id, points, told]: the sum of each account's points, and by reason as a list stores them."""
    wide = points.pivot("reason", on_columns=REASONS, index="account_id", values="points", aggregate_function="sum")
    wide = wide.with_columns(pl.col(REASONS).fill_null(0))
    sums = points.group_by("account_id").agg(pl.col("points").sum())
    full = wide.join(sums, on="account_id", how="full", coalesce=True)
    is_told = full.select(pl.sum_horizontal(REASONS) == pl.col("points")).to_series()
    uphold("the points of an account on a list are the sum of its reasons", is_kept=bool(is_told.all()))
    return full.select(
        "account_id",
        "points",
        told=pl.concat_str([pl.col(name).cast(pl.String) for name in REASONS], separator=","),
    )


def rows(listed: Worklist, told_: pl.DataFrame, late: pl.DataFrame) -> pl.DataFrame:
    """The rows of `worklist` for every owner who has an account, listed or absent; sorted by owner."""
    nothing = pl.lit(",".join("0" for _ in REASONS))
    full = (
        listed.ranked.join(late, on="account_id", how="left", maintain_order="left")
        .join(told_.select("account_id", "told"), on="account_id", how="left", maintain_order="left")
        .with_columns(pl.col("told").fill_null(nothing))
    )
    texts = full.group_by("owner_id", maintain_order=True).agg(
        account_ids=_array("account_id"),
        points=_array("points"),
        overdue_minor=_array("overdue_minor"),
        days_late=_array("days_late"),
        reason_points=_array("told"),
    )
    rules = listed.absent.group_by("owner_id", "rule").len().sort("owner_id", "rule")
    absent = rules.group_by("owner_id", maintain_order=True).agg(
        absent=pl.format('"{}":{}', "rule", "len").str.join(",").pipe(_braced)
    )
    empty = pl.lit("{}")
    return (
        texts.join(absent, on="owner_id", how="full", coalesce=True)
        .with_columns(pl.exclude("owner_id").fill_null(empty), reasons=_braced(pl.lit(",".join(REASONS))))
        .sort("owner_id")
    )


def _array(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.join(",").pipe(_braced)


def _braced(text: pl.Expr) -> pl.Expr:
    return pl.concat_str(pl.lit("{"), text, pl.lit("}"))


LISTED = {
    "owner_id": pl.Int64,
    "account_id": pl.Int64,
    "rank": pl.Int64,
    "points": pl.Int64,
    "overdue_minor": pl.Int64,
    "days_late": pl.Int64,
    "reasons": pl.String,
    "reason_points": pl.String,
}
_LISTED = """
    SELECT w.owner_id, e.account_id, e.place, e.points, e.overdue_minor, e.days_late, array_to_string(w.reasons, ','),
           array_to_string(w.reason_points[(e.place - 1) * cardinality(w.reasons) + 1 :
                                           e.place * cardinality(w.reasons)], ',')
    FROM worklist w,
         unnest(w.account_ids, w.points, w.overdue_minor, w.days_late) WITH ORDINALITY
           AS e (account_id, points, overdue_minor, days_late, place)
    WHERE w.day = %(day)s AND w.owner_id = ANY(%(owners)s) ORDER BY w.owner_id, e.place
"""


def stored(owner_ids: list[int], *, day: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lists of these owners for a day: [owner_id, account_id, rank, points, overdue_minor, days_late], by owner and
    rank, and the points of each account by reason: [account_id, reason, points].
    """
    found = frames.read(_LISTED, {"day": day, "owners": owner_ids}, LISTED)
    told = found.select(
        "account_id",
        reason=pl.col("reasons").str.split(","),
        points=pl.col("reason_points").str.split(",").list.eval(pl.element().cast(pl.Int64, strict=False)),
    ).explode("reason", "points")
    return found.drop("reasons", "reason_points"), told.filter(pl.col("points") != 0)


@dataclass(frozen=True)
class Written:
    """For which owners a list of a day was written, and whether it is the newest there is."""

    owner_ids: list[int]
    is_newest: bool


def written(organisation_id: int, *, day: date) -> Written:
    """Which lists of a day an organisation has."""
    found = frames.read(
        "SELECT w.owner_id, NOT EXISTS (SELECT 1 FROM worklist x WHERE x.owner_id = w.owner_id AND x.day > w.day)"
        " FROM worklist w JOIN owner o ON o.id = w.owner_id"
        " WHERE o.organisation_id = %(organisation)s AND w.day = %(day)s ORDER BY w.owner_id",
        {"organisation": organisation_id, "day": day},
        {"owner_id": pl.Int64, "is_newest": pl.Boolean},
    )
    return Written(found["owner_id"].to_list(), bool(found["is_newest"].all()))


ABOUT = {
    "account_id": pl.Int64,
    "number": pl.String,
    "currency": pl.String,
    "product": pl.String,
    "creditor": pl.String,
    "debtor_id": pl.Int64,
    "officer": pl.String,
    "owner_id": pl.Int64,
    "as_of": pl.Date,
}
_ABOUT = """
    SELECT a.id, a.number, a.currency, a.product, c.name, p.stands_for_id, o.code, t.owner_id, t.as_of
    FROM account a JOIN creditor c ON c.id = a.creditor_id JOIN party_state p ON p.party_id = a.party_id
    JOIN account_state t ON t.account_id = a.id LEFT JOIN owner o ON o.id = t.owner_id
    WHERE t.status <> 'withdrawn' AND {condition} ORDER BY a.id
"""


def about(selection: Selection) -> pl.DataFrame:
    """Who the accounts of a selection are, whose they are now, and when their state last changed: ABOUT."""
    return frames.read(_ABOUT.format(condition=selection.condition), selection.parameters, ABOUT)
