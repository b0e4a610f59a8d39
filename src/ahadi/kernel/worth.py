"""What offers are worth: how likely each is kept, what it brings, and which three to put before somebody."""

from datetime import date
from typing import Final

import polars as pl

from ahadi.kernel.chance import ASKED, CHANCES
from ahadi.kernel.money import divide_rounded
from ahadi.kernel.offer import OFFERS, PARTS, SETTLEMENT
from ahadi.kernel.schema import Column, Spec, WrongFrame, require, uphold

WHOLE_BPS: Final = 10_000
_YEAR_DAYS: Final = 365
SHOWN: Final = 3

PAYERS: Final = Spec(
    "payers",
    (
        Column("account_id", pl.Int64),
        Column("record", pl.String),
        Column("usual_minor", pl.Int64, is_nullable=True),
        Column("owed_minor", pl.Int64, is_positive=True),
        Column("rest_bps", pl.Int64),
    ),
    key=("account_id",),
)
"""What is known of how an account pays: its last promise, what it usually pays at once, and what share of such debts
comes in the end without any agreement (`rest_bps`).
"""

WORTH: Final = Spec(
    "worth of offers",
    (
        Column("account_id", pl.Int64),
        Column("offer_id", pl.Int64),
        Column("count", pl.Int64),
        Column("now_minor", pl.Int64),
        Column("part_minor", pl.Int64),
        Column("last_on", pl.Date),
        Column("kept_bps", pl.Int64),
        Column("like_count", pl.Int64),
        Column("expected_minor", pl.Int64),
    ),
    key=("account_id", "offer_id"),
)
"""`now_minor` and `part_minor` are the first and the largest part, `kept_bps` how likely all of it is kept, after
`like_count` promises as its first; `expected_minor` is what it brings on average, in the money of today.
"""


def asked(parts: pl.DataFrame, payers: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """The promises that parts of offers are, to be asked about in `chance`: ASKED with account_id, offer_id, number.

    The first waits from `as_of` on and follows the account's record; each other waits from the part before, which was
    kept or it would not come to this one. Source: project definition. Raises WrongFrame.
    """
    keys = ["account_id", "offer_id"]
    cut = require(parts, PARTS).sort(*keys, "number")
    known = require(payers, PAYERS).select("account_id", "record", "usual_minor")
    before = pl.col("due_on").shift(1).over(keys)
    waits = (pl.col("due_on") - pl.coalesce(before, pl.lit(as_of))).dt.total_days()
    told = cut.with_columns(delay_days=waits).join(known, on="account_id", how="left", maintain_order="left")
    if told["record"].null_count():
        raise WrongFrame("parts of offers: an account is not among the payers; say how it pays")
    return told.with_columns(
        ask_id=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
        record=pl.when(before.is_null()).then("record").otherwise(pl.lit("kept")),
    ).select(*ASKED.column_names, *keys, "number", "due_on")


def worth(
    offers: pl.DataFrame,
    promises: pl.DataFrame,
    chances: pl.DataFrame,
    payers: pl.DataFrame,
    *,
    as_of: date,
    year_bps: int,
) -> pl.DataFrame:
    """What offers bring on average: WORTH, by account and offer.

    `promises` is what `asked` gave, `chances` its CHANCES. A part comes if it and all before it are kept; money later
    is worth less, by `year_bps` a year. Of what is still owed then, `rest_bps` comes in the end: nothing is owed any
    more of a settlement that is kept, all of it once it is broken.

    Source: project definition (expected value). Raises WrongFrame; BrokenLaw.
    """
    keys = ["account_id", "offer_id"]
    told = promises.join(require(chances, CHANCES), on="ask_id", how="left", maintain_order="left").sort(
        *keys, "number"
    )
    if told["chance_bps"].null_count():
        raise WrongFrame("chances: a part of an offer has none; ask about each")
    alive = (pl.col("chance_bps") / WHOLE_BPS).cum_prod().over(keys)
    told = told.with_columns(alive_bps=(alive * WHOLE_BPS).round().cast(pl.Int64).clip(1, WHOLE_BPS))
    days = (pl.col("due_on") - pl.lit(as_of)).dt.total_days()
    whole = _YEAR_DAYS * WHOLE_BPS
    comes = divide_rounded(
        pl.col("amount_minor").cast(pl.Int128) * pl.col("alive_bps") * whole,
        (whole + days * year_bps).cast(pl.Int128) * WHOLE_BPS,
        "down",
    )
    summed = (
        told.with_columns(comes=comes)
        .group_by(keys, maintain_order=True)
        .agg(
            count=pl.len().cast(pl.Int64),
            now_minor=pl.col("amount_minor").first(),
            part_minor=pl.col("amount_minor").max(),
            last_on=pl.col("due_on").last(),
            kept_bps=pl.col("alive_bps").last(),
            like_count=pl.col("like_count").first(),
            comes=pl.col("comes").sum(),
            paid=divide_rounded(
                (pl.col("amount_minor").cast(pl.Int128) * pl.col("alive_bps")).sum(), WHOLE_BPS, "down"
            ),
        )
    )
    known = require(payers, PAYERS).select("account_id", "owed_minor", "rest_bps")
    valued = require(offers, OFFERS).join(summed, on=keys, how="inner").join(known, on="account_id", how="left")
    forgiven = (
        pl.when(pl.col("kind") == SETTLEMENT)
        .then(pl.col("owed_minor") - pl.col("total_minor"))
        .otherwise(0)
        .cast(pl.Int128)
    )
    left = pl.col("owed_minor") - pl.col("paid") - divide_rounded(forgiven * pl.col("kept_bps"), WHOLE_BPS, "down")
    later = divide_rounded(left.clip(0).cast(pl.Int128) * pl.col("rest_bps"), WHOLE_BPS, "down")
    uphold(
        "an offer brings no more than it asks for",
        is_kept=valued.filter(pl.col("comes") > pl.col("total_minor")).is_empty(),
    )
    return require(valued.with_columns(expected_minor=pl.col("comes") + later).sort(keys), WORTH)


def ladder(valued: pl.DataFrame) -> pl.DataFrame:
    """The three offers of each account to put before somebody, most money now first: WORTH.

    The one that brings most; then, among those that ask for less at once and then again less, the one that brings
    most of each: so that whoever cannot pay the first is offered the next rather than nothing. Where nothing asks for
    less, more at once is looked for instead. Source: project definition.
    """
    left = require(valued, WORTH).sort("account_id", "expected_minor", "offer_id", descending=[False, True, False])
    keys = ["account_id", "offer_id"]
    chosen = left.unique("account_id", keep="first", maintain_order=True)
    for is_less in (True, True, False, False):
        edge = chosen.group_by("account_id").agg(
            taken=pl.len(), low=pl.col("part_minor").min(), high=pl.col("part_minor").max()
        )
        met = left.join(edge, on="account_id", how="left", maintain_order="left").filter(
            (pl.col("taken") < SHOWN)
            & ((pl.col("part_minor") * 4 <= pl.col("low") * 3) if is_less else (pl.col("part_minor") > pl.col("high")))
        )
        chosen = pl.concat([chosen, met.unique("account_id", keep="first", maintain_order=True).select(chosen.columns)])
    return require(chosen.sort("account_id", "part_minor", *keys[1:], descending=[False, True, False]), WORTH)


def nearest(valued: pl.DataFrame, *, named_minor: int) -> pl.DataFrame:
    """The offer of each account whose parts are nearest to a figure that the debtor names: WORTH.

    Of two that are equally near the one that brings more. `named_minor` in minor units, above 0. Source: project
    definition. Raises WrongFrame.
    """
    if named_minor <= 0:
        raise WrongFrame(f"named_minor must be above 0, found {named_minor}")
    away = require(valued, WORTH).with_columns(away=(pl.col("part_minor") - named_minor).abs())
    first = away.sort("account_id", "away", "expected_minor", "offer_id", descending=[False, False, True, False])
    return require(first.unique("account_id", keep="first", maintain_order=True), WORTH)
