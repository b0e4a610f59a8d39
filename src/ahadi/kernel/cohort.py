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
    )
    sized = _with_sums(marks, due, came, as_of)
    measures = sized.select(*by, *(pl.struct(top, bottom).alias(kpi) for kpi, (top, bottom) in _measures(as_of).items()))
    rows = [
        measures.group_by(by).agg(_summed(kpi)) if by else measures.select(_summed(kpi))
        for kpi in RATES
    ]
    made = pl.concat(
        rows_of.unnest("sums").with_columns(kpi=pl.lit(kpi), place=pl.lit(place))
        for place, (kpi, rows_of) in enumerate(zip(RATES, rows, strict=True))
    ).sort(*by, "place", nulls_last=True)
    shares = made.filter(~pl.col("kpi").str.starts_with("rr_pvfin"))
    uphold("a rate counts no more than it is out of", is_kept=bool((shares["numerator"] <= shares["denominator"]).all()))
    return made.select(
        *by, "kpi", "numerator", "denominator", pct=percent_text(pl.col("numerator"), pl.col("denominator"))
    )
