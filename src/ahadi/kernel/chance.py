"""How likely a promise is kept: counted from the book's own matured promises that are most like it."""

from typing import Final

import polars as pl

from ahadi.kernel.money import divide_rounded
from ahadi.kernel.schema import Column, Spec, WrongFrame, require, uphold

WHOLE_BPS: Final = 10_000
RECORDS: Final = ("none", "kept", "broken")
"""What became of the account's promise before: there was none, it was kept, it was not kept in full."""
SIZES: Final = ("small", "usual", "large", "unknown")
"""The promise beside what the debtor usually pays at once: up to 3/4, up to 5/4, above; nothing is known of it."""
DELAYS: Final = (1, 3, 7, 14, 31)
"""Last days of the bands of waiting, from the day of the promise to its due day; what waits longer is one band."""
WEIGHT: Final = 20
"""So many promises a wider group counts for beside those of the narrower one: few are believed less than many."""

MATURED: Final = Spec(
    "matured promises",
    (
        Column("promise_id", pl.Int64),
        Column("record", pl.String),
        Column("delay_days", pl.Int64),
        Column("amount_minor", pl.Int64, is_positive=True),
        Column("usual_minor", pl.Int64, is_nullable=True),
        Column("is_kept", pl.Boolean),
    ),
    key=("promise_id",),
)
"""Promises whose time is over; `usual_minor` is what the debtor usually paid at once before, null: not known."""

ASKED: Final = Spec(
    "promises thought of",
    (
        Column("ask_id", pl.Int64),
        Column("record", pl.String),
        Column("delay_days", pl.Int64),
        Column("amount_minor", pl.Int64, is_positive=True),
        Column("usual_minor", pl.Int64, is_nullable=True),
    ),
    key=("ask_id",),
)

CELLS: Final = Spec(
    "cells",
    (
        Column("record", pl.String, is_nullable=True),
        Column("delay", pl.Int64, is_nullable=True),
        Column("size", pl.String, is_nullable=True),
        Column("matured_count", pl.Int64),
        Column("kept_count", pl.Int64),
    ),
)
"""Counts of promises that are alike, from all of them (all null) down to the same record, wait and size."""

CHANCES: Final = Spec(
    "chances",
    (
        Column("ask_id", pl.Int64),
        Column("chance_bps", pl.Int64),
        Column("like_count", pl.Int64),
        Column("like_kept_count", pl.Int64),
    ),
    key=("ask_id",),
)
"""`like_count` matured promises were of the same record, wait and size, and `like_kept_count` of them kept."""

CALIBRATION: Final = Spec(
    "calibration",
    (
        Column("band", pl.Int64),
        Column("count", pl.Int64),
        Column("said_bps", pl.Int64),
        Column("came_bps", pl.Int64),
    ),
    key=("band",),
)
"""By tenths of what was said: how many, what was said on average, and what share was kept."""

_EVERY: Final = "every"
"""A column that is the same in every row: what all promises have in common is a group like the others."""
_GROUPS: Final = ((), ("record",), ("record", "delay"), ("record", "delay", "size"))


def learn(matured: pl.DataFrame) -> pl.DataFrame:
    """The counts of promises that are alike: CELLS, from the widest group to the narrowest.

    Source: project definition. Raises WrongFrame, also for an unknown record or a wait below 0.
    """
    told = _banded(require(matured, MATURED))
    counted = [
        told.group_by(_EVERY, *group).agg(
            matured_count=pl.len().cast(pl.Int64), kept_count=pl.col("is_kept").sum().cast(pl.Int64)
        )
        for group in _GROUPS
    ]
    cells = pl.concat(counted, how="diagonal")
    return require(cells.sort("record", "delay", "size", nulls_last=False), CELLS)


def chances(asked: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """How likely each promise thought of is kept, in basis points: CHANCES, sorted by `ask_id`.

    A group of promises that are alike says what share of it was kept; with it counts the next wider group, as WEIGHT
    promises would: the share of all promises is refined by the record, then by the wait, then by the size. Where
    nothing matured yet it is one half, which the like count of 0 tells. A chance is never 0 or 1.

    Source: project definition (shrinkage towards the wider group). Raises WrongFrame.
    """
    told, known = _banded(require(asked, ASKED)), require(cells, CELLS)
    told = told.with_columns(share=pl.lit(WHOLE_BPS // 2, pl.Int64), matured_count=0, kept_count=0)
    for group in _GROUPS:
        told = _refined(told, known, group)
    found = told.select(
        "ask_id",
        chance_bps=pl.col("share").clip(1, WHOLE_BPS - 1),
        like_count="matured_count",
        like_kept_count="kept_count",
    ).sort("ask_id")
    uphold(
        "no more promises were kept than matured", is_kept=bool((found["like_kept_count"] <= found["like_count"]).all())
    )
    return require(found, CHANCES)


def calibration(asked: pl.DataFrame, outcomes: pl.DataFrame) -> pl.DataFrame:
    """What was said beside what came, by tenths: CALIBRATION.

    `asked` is CHANCES; `outcomes` bears ask_id and is_kept for the same promises once they have matured. Source:
    project definition (reliability table). Raises WrongFrame.
    """
    said = require(asked, CHANCES)
    met = said.join(outcomes.select("ask_id", "is_kept"), on="ask_id", how="left")
    if met["is_kept"].null_count():
        raise WrongFrame("outcomes: a promise has no row; give what became of each")
    table = (
        met.group_by(band=(pl.col("chance_bps") // (WHOLE_BPS // 10)).clip(0, 9))
        .agg(
            count=pl.len().cast(pl.Int64),
            said_bps=divide_rounded(pl.col("chance_bps").sum(), pl.len().cast(pl.Int64), "half_up"),
            came_bps=divide_rounded(
                pl.col("is_kept").sum().cast(pl.Int64) * WHOLE_BPS, pl.len().cast(pl.Int64), "half_up"
            ),
        )
        .sort("band")
    )
    return require(table, CALIBRATION)


def _refined(told: pl.DataFrame, known: pl.DataFrame, group: tuple[str, ...]) -> pl.DataFrame:
    """Each row with the share of its group, as the wider group's share counts beside it."""
    names = ("record", "delay", "size")
    of_group = known.filter(
        *(pl.col(name).is_not_null() if name in group else pl.col(name).is_null() for name in names)
    ).select(*group, matured="matured_count", kept="kept_count")
    of_group = of_group.with_columns(pl.lit(0).alias(_EVERY))
    joined = told.join(of_group, on=[_EVERY, *group], how="left", maintain_order="left")
    joined = joined.with_columns(pl.col("matured", "kept").cast(pl.Int64).fill_null(0))
    prior = WEIGHT if group else 2
    share = divide_rounded(
        pl.col("kept").cast(pl.Int128) * WHOLE_BPS + pl.col("share").cast(pl.Int128) * prior,
        pl.col("matured") + prior,
        "half_up",
    )
    return joined.with_columns(share=share, matured_count=pl.col("matured"), kept_count=pl.col("kept")).drop(
        "matured", "kept"
    )


def _banded(rows: pl.DataFrame) -> pl.DataFrame:
    strange = rows.filter(~pl.col("record").is_in(RECORDS))
    if strange.height:
        raise WrongFrame(f"promises: record must be one of {list(RECORDS)}, found {strange['record'][0]!r}")
    if (rows["delay_days"] < 0).any():
        raise WrongFrame(f"promises: column 'delay_days' must be 0 or more, found {rows['delay_days'].min()!r}")
    delay = pl.sum_horizontal((pl.col("delay_days") > last).cast(pl.Int64) for last in DELAYS)
    amount, usual = pl.col("amount_minor").cast(pl.Int128) * 4, pl.col("usual_minor").cast(pl.Int128)
    size = (
        pl.when(pl.col("usual_minor").fill_null(0) <= 0)
        .then(pl.lit("unknown"))
        .when(amount <= usual * 3)
        .then(pl.lit("small"))
        .when(amount <= usual * 5)
        .then(pl.lit("usual"))
        .otherwise(pl.lit("large"))
    )
    return rows.with_columns(pl.lit(0).alias(_EVERY), delay=delay, size=size)
