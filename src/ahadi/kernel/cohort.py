"""How cohorts turn out: PAYGo PERFORM repayment rates, vintage curves, batch tracks, matured conversion."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from ahadi.kernel.money import percent_text
from ahadi.kernel.payg import scheduled_days
from ahadi.kernel.schema import Column, Spec, WrongFrame, require, uphold

RATES: Final = ("rr_pvp", "rr_pvfin", "rr_pvp_90", "rr_pvp_2x", "ownership_2x", "rar30", "rar90")
_MILESTONE_DAYS: Final = 90
_OUTCOME_TERMS: Final = 2

FINANCED: Final = Spec(
    "contracts",
    (
        Column("account_id", pl.Int64),
        Column("started", pl.Date),
        Column("term_days", pl.Int64, is_positive=True),
        Column("daily_price_minor", pl.Int64, is_nullable=True, is_positive=True),
        Column("financed_minor", pl.Int64),
        Column("outstanding_minor", pl.Int64),
        Column("zero_credit_days", pl.Int64),
    ),
    key=("account_id",),
)
"""Each contract: its first day after any free use, what was financed without deposit, what is open, and the
days it has been without credit. Written-off contracts stay in.
"""

DUES: Final = Spec(
    "dues",
    (Column("account_id", pl.Int64), Column("due_date", pl.Date), Column("amount_minor", pl.Int64)),
)
"""Instalments of contracts that have them; any other owes its daily price for each day of its term."""

REPAID: Final = Spec(
    "receipts",
    (Column("account_id", pl.Int64), Column("value_date", pl.Date), Column("amount_minor", pl.Int64)),
)
"""Money for the instalments: without deposits, penalties, fees and subsidies."""


def repayment_rates(
    contracts: pl.DataFrame, dues: pl.DataFrame, receipts: pl.DataFrame, *, as_of: date, by: Sequence[str] = ()
) -> pl.DataFrame:
    """The repayment rates of a book, or of its cohorts: [*by, kpi, numerator, denominator, pct].

    One row for each of RATES, in that order, for every group of `by`, which names columns of `contracts`.
    Money in minor units, ownership in contracts; pct has two decimals, null on a zero denominator.

    rr_pvp: applied to what was due / due, by `as_of`. rr_pvfin: the same / financed. rr_pvp_90: both by
    day 90, over contracts that reached it. rr_pvp_2x: applied within twice the term / due over the term,
    and ownership_2x: contracts fully paid by then / contracts that reached twice the term, whether paid,
    open or written off. rar30, rar90: outstanding of contracts with more than 30 (90) days without credit
    / outstanding. A rate of a group is a sum over a sum, never a mean of rates.

    Source: GOGLA, PAYGo PERFORM KPIs, Technical Guide, June 2026, pp. 8-18; CGAP, GOGLA, IFC 2021 guide
    pp. 21-23 (receivables at risk). Raises WrongFrame, BrokenLaw.
    """
    require(contracts, FINANCED)
    _require_groups(contracts, by)
    due, came = require(dues, DUES), require(receipts, REPAID)
    marks = contracts.select(*by, *FINANCED.column_names).with_columns(
        day_90=pl.col("started") + pl.duration(days=_MILESTONE_DAYS),
        day_2x=pl.col("started") + pl.duration(days=pl.col("term_days") * _OUTCOME_TERMS),
        day_now=pl.lit(as_of),
    )
    sized = marks.join(_received(marks, came), on="account_id", how="left").join(
        _due(marks, due), on="account_id", how="left"
    )
    sized = sized.with_columns(_due_by(moment) for moment in _MOMENTS).with_columns(
        pl.col(f"received_{moment}").fill_null(0) for moment in _MOMENTS
    )
    made = pl.concat(_summed(sized, by, kpi, *_measure(kpi, as_of)) for kpi in RATES)
    uphold(
        "a rate counts no more than it is out of, but for money against what was financed",
        is_kept=made.filter((pl.col("kpi") != "rr_pvfin") & (pl.col("numerator") > pl.col("denominator"))).is_empty(),
    )
    order = pl.col("kpi").replace_strict({kpi: place for place, kpi in enumerate(RATES)}, return_dtype=pl.Int64)
    pct = percent_text(pl.col("numerator"), pl.col("denominator"))
    return made.sort(*by, order).select(*by, "kpi", "numerator", "denominator", pct=pct)


_MOMENTS: Final = ("now", "90", "2x")


def _received(marks: pl.DataFrame, came: pl.DataFrame) -> pl.DataFrame:
    """What came by each moment of its contract."""
    dated = came.join(marks.select("account_id", "day_now", "day_90", "day_2x"), on="account_id")
    return dated.group_by("account_id").agg(
        pl.col("amount_minor").filter(_is_by("value_date", moment)).sum().alias(f"received_{moment}")
        for moment in _MOMENTS
    )


def _due(marks: pl.DataFrame, due: pl.DataFrame) -> pl.DataFrame:
    """What fell due by each moment, of the contracts that have instalments."""
    dated = due.join(marks.select("account_id", "day_now", "day_90", "day_2x"), on="account_id")
    return dated.group_by("account_id").agg(
        pl.col("amount_minor").filter(_is_by("due_date", moment)).sum().alias(f"due_{moment}") for moment in _MOMENTS
    )


def _is_by(column: str, moment: str) -> pl.Expr:
    """On the day of the moment or before it, and not after the day asked for."""
    return pl.col(column) <= pl.min_horizontal(f"day_{moment}", "day_now")


def _due_by(moment: str) -> pl.Expr:
    days = scheduled_days(pl.col("started"), pl.col("term_days"), pl.min_horizontal(f"day_{moment}", "day_now"))
    return pl.coalesce(f"due_{moment}", days * pl.col("daily_price_minor"), pl.lit(0, dtype=pl.Int64)).alias(
        f"due_{moment}"
    )


def _measure(kpi: str, as_of: date) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Which contracts count for a rate, what of them stands above the line, and what below it."""
    everyone, open_minor, dark = pl.lit(True), pl.col("outstanding_minor"), pl.col("zero_credit_days")
    at_90, at_2x = pl.col("day_90") <= as_of, pl.col("day_2x") <= as_of
    applied = {moment: pl.min_horizontal(f"received_{moment}", f"due_{moment}") for moment in _MOMENTS}
    is_owned = (pl.col("received_2x") >= pl.col("due_2x")).cast(pl.Int64)
    one = pl.lit(1, dtype=pl.Int64)
    return {
        "rr_pvp": (everyone, applied["now"], pl.col("due_now")),
        "rr_pvfin": (everyone, applied["now"], pl.col("financed_minor")),
        "rr_pvp_90": (at_90, applied["90"], pl.col("due_90")),
        "rr_pvp_2x": (at_2x, applied["2x"], pl.col("due_2x")),
        "ownership_2x": (at_2x, is_owned, one),
        "rar30": (everyone, pl.when(dark > 30).then(open_minor).otherwise(0), open_minor),
        "rar90": (everyone, pl.when(dark > 90).then(open_minor).otherwise(0), open_minor),
    }[kpi]


def _summed(
    sized: pl.DataFrame, by: Sequence[str], kpi: str, counts: pl.Expr, above: pl.Expr, below: pl.Expr
) -> pl.DataFrame:
    measured = sized.select(
        *by,
        numerator=pl.when(counts).then(above).otherwise(0).cast(pl.Int64),
        denominator=pl.when(counts).then(below).otherwise(0).cast(pl.Int64),
    )
    sums = [pl.col("numerator").sum(), pl.col("denominator").sum()]
    made = measured.group_by(by).agg(sums) if by else measured.select(sums)
    return made.with_columns(kpi=pl.lit(kpi))


def _require_groups(frame: pl.DataFrame, by: Sequence[str]) -> None:
    for name in by:
        if name not in frame.columns:
            raise WrongFrame(f"contracts: column '{name}' is missing")
