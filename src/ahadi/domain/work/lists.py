"""Worklists as they are stored: one row per owner and day, written by the close, read by the desk."""

from collections.abc import Iterator, Sequence
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


@dataclass(frozen=True)
class Share:
    """What a part of the book gives to the lists of a day: `ranked` [owner_id, account_id, points, overdue_minor,
    days_late, *REASONS], and `absent` [owner_id, rule, len], how many accounts a rule keeps off each list.

    Of a whole book all shares lie in memory at once: as narrow as they can be, with no texts.
    """

    ranked: pl.DataFrame
    absent: pl.DataFrame


def share(listed: Worklist, points: pl.DataFrame, late: pl.DataFrame) -> Share:
    """The share of a part whose accounts were listed among themselves, with their points by reason.

    `late` bears account_id, overdue_minor and days_late.
    """
    narrow = (pl.col("points", "days_late").cast(pl.Int32), pl.col(REASONS).cast(pl.Int16))
    ranked = (
        listed.ranked.select("owner_id", "account_id")
        .join(late.select("account_id", "overdue_minor", "days_late"), on="account_id", how="left")
        .join(_by_reason(points), on="account_id", how="left")
        .with_columns(pl.col("points", *REASONS).fill_null(0))
        .select("owner_id", "account_id", "points", "overdue_minor", "days_late", *REASONS)
        .with_columns(*narrow)
    )
    return Share(ranked, listed.absent.group_by("owner_id", "rule").len())


def _by_reason(points: pl.DataFrame) -> pl.DataFrame:
    """[account_id, points, *REASONS]: the sum of each account's points, and each reason in a column of its own."""
    wide = points.pivot("reason", on_columns=REASONS, index="account_id", values="points", aggregate_function="sum")
    wide = wide.with_columns(pl.col(REASONS).fill_null(0))
    sums = points.group_by("account_id").agg(pl.col("points").sum())
    full = wide.join(sums, on="account_id", how="full", coalesce=True)
    is_told = full.select(pl.sum_horizontal(REASONS) == pl.col("points")).to_series()
    uphold("the points of an account on a list are the sum of its reasons", is_kept=bool(is_told.all()))
    return full


# So many accounts are written as lists at once: texts of all of them would not fit into what a close may take.
_WRITTEN = 250_000


def rows(shares: Sequence[Share]) -> Iterator[pl.DataFrame]:
    """The rows of `worklist` for every owner who has an account, listed or absent; sorted by owner, in several frames.

    Of an owner's accounts more points go first, then more days late, then the lower id.
    """
    counted = pl.concat(
        [share.ranked.group_by("owner_id").len() for share in shares]
        + [share.absent.group_by("owner_id").agg(pl.col("len").min() * 0) for share in shares]
    )
    owners = counted.group_by("owner_id").agg(pl.col("len").sum()).sort("owner_id")
    turn = owners.select(pl.col("owner_id"), turn=(pl.col("len").cast(pl.Int64).cum_sum() - 1) // _WRITTEN)
    for _, some in turn.group_by("turn", maintain_order=True):
        yield _rows([_narrowed(share, some) for share in shares])


def _narrowed(share: Share, owners: pl.DataFrame) -> Share:
    first, last = owners["owner_id"][0], owners["owner_id"][-1]
    is_theirs = pl.col("owner_id").is_between(first, last)
    return Share(share.ranked.filter(is_theirs), share.absent.filter(is_theirs))


def _rows(shares: list[Share]) -> pl.DataFrame:
    """The rows of the owners of these shares."""
    told = pl.concat_str([pl.col(name).cast(pl.String) for name in REASONS], separator=",")
    texts = (
        pl.concat(share.ranked for share in shares)
        .sort("owner_id", "points", "days_late", "account_id", descending=[False, True, True, False])
        .with_columns(told=told)
        .group_by("owner_id", maintain_order=True)
        .agg(
            account_ids=_array("account_id"),
            points=_array("points"),
            overdue_minor=_array("overdue_minor"),
            days_late=_array("days_late"),
            reason_points=_array("told"),
        )
    )
    rules = pl.concat(share.absent for share in shares).group_by("owner_id", "rule").agg(pl.col("len").sum())
    absent = (
        rules.sort("owner_id", "rule")
        .group_by("owner_id", maintain_order=True)
        .agg(absent=pl.format('"{}":{}', "rule", "len").str.join(",").pipe(_braced))
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
