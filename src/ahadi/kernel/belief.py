"""How far a number or address is believed to reach its person, and why: points that add up."""

from datetime import date
from functools import lru_cache
from typing import Final

import polars as pl

from ahadi.kernel.schema import Column, Spec, require, uphold

POINTS: Final = Spec(
    "points",
    (
        Column("point_id", pl.Int64),
        Column("told_by", pl.String),
        Column("told_on", pl.Date),
        Column("others", pl.Int64),
        Column("is_marked", pl.Boolean),
    ),
    key=("point_id",),
)
"""Numbers and addresses: who told of each last and when, of how many other debtors it is told as well, and whether
somebody marked it as not theirs.
"""

RIGHT, OTHER, SILENT, DEAD = "right_party", "third_party", "no_contact", "not_in_service"
CAME: Final = (RIGHT, OTHER, SILENT, DEAD)

TRIES: Final = Spec("tries", (Column("point_id", pl.Int64), Column("on", pl.Date), Column("came", pl.String)))
"""What came of each attempt at it, one of CAME."""

REASONS: Final = Spec(
    "reasons",
    (Column("point_id", pl.Int64), Column("reason", pl.String), Column("points", pl.Int64)),
    key=("point_id", "reason"),
)
BELIEFS: Final = Spec("beliefs", (Column("point_id", pl.Int64), Column("belief", pl.Int64)), key=("point_id",))
"""0 to 100; the reasons of a point add up to it, save where they would leave that range."""

TOLD: Final = {"debtor": 50, "officer": 45, "creditor": 40, "registry": 40, "person": 35}
_TOLD_ELSE = 30
_OLD_AFTER_DAYS, _OLD, _OLD_MAX = 182, 5, 20
_SPOKEN = ((90, 40), (365, 25))
_SPOKEN_EVER = 10
_SILENT_FREE, _SILENT, _SILENT_MAX = 2, 5, 30
_OTHER, _DEAD = 20, 40
_SHARED, _SHARED_MAX = 10, 30
_MOST = 100


def believe(points: pl.DataFrame, tries: pl.DataFrame, *, as_of: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The belief in each point as of a day (BELIEFS, by point), and its reasons (REASONS): `told`, `old`, `spoken`,
    `silent`, `other`, `dead`, `shared`, `marked`.

    Tries after the day and at points that are not given are left out. Source: project definition. Raises WrongFrame.
    """
    require(points, POINTS)
    require(tries, TRIES)
    each = _tried(points, tries, as_of).select("point_id", "is_marked", *_weights(as_of)).with_columns(*_SUMMED)
    beliefs = each[["point_id", "belief"]].sort("point_id")
    reasons = (
        each.unpivot([*_WEIGHED, "marked"], index="point_id", variable_name="reason", value_name="points")
        .filter(pl.col("points") != 0)
        .sort("point_id", pl.col("points").abs(), "reason", descending=[False, True, False])
    )
    found = beliefs["belief"].to_numpy()
    is_kept = bool(((found >= 0) & (found <= _MOST)).all()) and len(found) == points.height
    uphold("every point is believed from 0 to 100", is_kept=is_kept)
    return beliefs, reasons


_WEIGHED: Final = ("told", "old", "spoken", "silent", "other", "dead", "shared")
_ADDED: Final = pl.sum_horizontal(_WEIGHED)
_SUMMED: Final = (
    pl.when("is_marked").then(-_ADDED).otherwise(0).alias("marked"),
    pl.when("is_marked").then(0).otherwise(_ADDED.clip(0, _MOST)).alias("belief"),
)


@lru_cache(maxsize=16)
def _weights(as_of: date) -> tuple[pl.Expr, ...]:
    """The points for and against, from what was told and tried; nothing of it but the day ever changes."""
    age = (pl.lit(as_of) - pl.col("told_on")).dt.total_days().clip(0)
    since = (pl.lit(as_of) - pl.col("spoken_on")).dt.total_days()
    spoken = pl.when(since <= _SPOKEN[0][0]).then(_SPOKEN[0][1]).when(since <= _SPOKEN[1][0]).then(_SPOKEN[1][1])
    silent = (pl.col("silent").fill_null(0) - _SILENT_FREE).clip(0) * _SILENT
    each = {
        "told": pl.col("told_by").replace_strict(TOLD, default=_TOLD_ELSE, return_dtype=pl.Int64),
        "old": -((age // _OLD_AFTER_DAYS) * _OLD).clip(0, _OLD_MAX),
        "spoken": pl.when(since.is_not_null()).then(spoken.otherwise(_SPOKEN_EVER)).otherwise(0),
        "silent": -silent.clip(0, _SILENT_MAX),
        "other": pl.when(pl.col("last") == OTHER).then(-_OTHER).otherwise(0),
        "dead": pl.when(pl.col("last") == DEAD).then(-_DEAD).otherwise(0),
        "shared": -(pl.col("others") * _SHARED).clip(0, _SHARED_MAX),
    }
    return tuple(each[name].cast(pl.Int64).alias(name) for name in _WEIGHED)


_UNTRIED: Final = (
    pl.lit(None, dtype=pl.Date).alias("spoken_on"),
    pl.lit(None, dtype=pl.Int64).alias("silent"),
    pl.lit(None, dtype=pl.String).alias("last"),
)
_IN_VAIN: Final = pl.col("came") == SILENT
_ANSWERED_ON: Final = pl.col("on").filter(pl.col("came").is_in([RIGHT, OTHER])).max()
_COUNTED: Final = (
    pl.col("on").filter(pl.col("came") == RIGHT).max().alias("spoken_on"),
    (_IN_VAIN & (pl.col("on") > _ANSWERED_ON).fill_null(value=True)).sum().cast(pl.Int64).alias("silent"),
    pl.col("came").filter(~_IN_VAIN).last().alias("last"),
)
"""The newest talk with its person, attempts in vain since anybody answered, and, of tries in the order of their days,
the newest that says something of whose it is.
"""


def _tried(points: pl.DataFrame, tries: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The points with what came of the tries up to a day."""
    known = tries.filter(pl.col("on") <= as_of) if tries.height else tries
    if known.is_empty():
        return points.with_columns(*_UNTRIED)
    counted = known.sort("on", maintain_order=True).group_by("point_id").agg(*_COUNTED)
    return points.join(counted, on="point_id", how="left", maintain_order="left")
