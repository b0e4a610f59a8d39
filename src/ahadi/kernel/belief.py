"""How far a number or address is believed to reach its person, and why: points that add up."""

from datetime import date
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
    known = tries.filter(pl.col("on") <= as_of).join(points, on="point_id", how="semi")
    told = points.join(_counted(known), on="point_id", how="left", maintain_order="left")
    age = (pl.lit(as_of) - pl.col("told_on")).dt.total_days().clip(0)
    since = (pl.lit(as_of) - pl.col("spoken_on")).dt.total_days()
    spoken = pl.when(since <= _SPOKEN[0][0]).then(_SPOKEN[0][1]).when(since <= _SPOKEN[1][0]).then(_SPOKEN[1][1])
    silent = (pl.col("silent").fill_null(0) - _SILENT_FREE).clip(0) * _SILENT
    each = told.select(
        "point_id",
        "is_marked",
        told=pl.col("told_by").replace_strict(TOLD, default=_TOLD_ELSE, return_dtype=pl.Int64),
        old=-((age // _OLD_AFTER_DAYS) * _OLD).clip(0, _OLD_MAX),
        spoken=pl.when(since.is_not_null()).then(spoken.otherwise(_SPOKEN_EVER)).otherwise(0),
        silent=-silent.clip(0, _SILENT_MAX),
        other=pl.when(pl.col("last") == OTHER).then(-_OTHER).otherwise(0),
        dead=pl.when(pl.col("last") == DEAD).then(-_DEAD).otherwise(0),
        shared=-(pl.col("others") * _SHARED).clip(0, _SHARED_MAX),
    )
    names = ["told", "old", "spoken", "silent", "other", "dead", "shared"]
    added = pl.sum_horizontal(pl.col(name).cast(pl.Int64) for name in names)
    each = each.with_columns(marked=pl.when("is_marked").then(-added).otherwise(0), belief=added.clip(0, _MOST))
    beliefs = each.select("point_id", belief=pl.when("is_marked").then(0).otherwise("belief")).sort("point_id")
    reasons = (
        each.unpivot([*names, "marked"], index="point_id", variable_name="reason", value_name="points")
        .with_columns(pl.col("points").cast(pl.Int64))
        .filter(pl.col("points") != 0)
        .sort("point_id", pl.col("points").abs(), "reason", descending=[False, True, False])
    )
    is_kept = beliefs["belief"].is_between(0, _MOST).all() and beliefs.height == points.height
    uphold("every point is believed from 0 to 100", is_kept=bool(is_kept))
    return beliefs.cast({"belief": pl.Int64}), reasons


def _counted(tries: pl.DataFrame) -> pl.DataFrame:
    """[point_id, spoken_on, silent, last]: the newest talk with its person, attempts in vain since anybody answered,
    and the newest that says something of whose it is.
    """
    spoken = tries.filter(pl.col("came") == RIGHT).group_by("point_id").agg(spoken_on=pl.col("on").max())
    answered = (
        tries.filter(pl.col("came").is_in([RIGHT, OTHER])).group_by("point_id").agg(answered_on=pl.col("on").max())
    )
    vain = tries.filter(pl.col("came") == SILENT).join(answered, on="point_id", how="left")
    is_since = (pl.col("on") > pl.col("answered_on")).fill_null(value=True)
    silent = vain.filter(is_since).group_by("point_id").agg(silent=pl.len().cast(pl.Int64))
    telling = tries.filter(pl.col("came") != SILENT).sort("point_id", "on", maintain_order=True)
    last = telling.group_by("point_id", maintain_order=True).agg(last=pl.col("came").last())
    points = tries.select("point_id").unique()
    return (
        points.join(spoken, on="point_id", how="left")
        .join(silent, on="point_id", how="left")
        .join(last, on="point_id", how="left")
    )
