"""The figures of a book of receivables on a day: what is open, late, disputed, cashed, DSO, CEI and PAR."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Final, Literal, TypedDict

import polars as pl

from ahadi.kernel.ageing import Buckets, age_charges
from ahadi.kernel.calendar import month_start
from ahadi.kernel.money import percent_text, ratio_text, require_currencies
from ahadi.kernel.schema import (
    ALLOCATIONS,
    RECEIPTS,
    Column,
    Spec,
    WrongFrame,
    require,
    uphold,
)

DIMENSIONS: Final = Spec(
    "dimensions", (Column("account_id", pl.Int64), Column("currency", pl.String)), key=("account_id",)
)
"""One row per account: its currency and whatever else figures are asked by."""


MONTH_SALES: Final = Spec(
    "months",
    (Column("place", pl.Int64, is_positive=True), Column("days", pl.Int64), Column("sales_minor", pl.Int64)),
    key=("place",),
)
"""The sales of months, the newest at place 1."""

OPEN_INVOICES: Final = Spec(
    "invoices",
    (
        Column("invoice_id", pl.Int64),
        Column("invoiced_on", pl.Date),
        Column("open_minor", pl.Int64),
        Column("month_sales_minor", pl.Int64),
    ),
    key=("invoice_id",),
)

TURNAROUNDS: Final = Spec(
    "placements",
    (
        Column("account_id", pl.Int64),
        Column("placed_on", pl.Date),
        Column("closed_on", pl.Date, is_nullable=True),
    ),
    key=("account_id",),
)


class _Join(TypedDict):
    on: list[str]
    how: Literal["left"]
    nulls_equal: bool


PAR_DAYS: Final = (30, 60, 90)
_ANY_BUCKETS: Final = Buckets.named("standard")


def receivables(
    charges: pl.DataFrame,
    allocations: pl.DataFrame,
    receipts: pl.DataFrame,
    holds: pl.DataFrame,
    dimensions: pl.DataFrame,
    *,
    as_of: date,
    by: Sequence[str] = (),
) -> pl.DataFrame:
    """One row per [*by, currency], sorted; currencies are never added.

    A column of `by` stands in `dimensions` (then every group of accounts has a row) or else in `charges`
    (then every group of charges owed has a row, and the cash figures are null, since a receipt has no
    such column).

    Whole numbers: open_count, open_minor, overdue_minor, overdue_accounts, disputed_open_count,
    disputed_open_minor, due_next_7_count, due_next_7_minor (as_of < due <= as_of + 7), cash_month_count,
    cash_month_minor (receipts valued in as_of's calendar month up to as_of), sales_90_minor (charges
    valued in (as_of - 90, as_of]), dso_90_numerator_minor, dso_90_denominator_minor; for the calendar
    month cei_beginning_minor, cei_sales_minor, cei_ending_minor, cei_ending_not_due_minor,
    cei_numerator_minor, cei_denominator_minor; par30_minor, par60_minor, par90_minor (all that is open
    on accounts more than so many days late). Texts with two decimals, half up, null on a zero
    denominator: dso_90 (days), cei_pct, par30_pct, par60_pct, par90_pct (of open_minor).

    Credits (negative charges) lessen neither sales nor what is open: they stand with unapplied money.
    Definitions and their sources: docs/algorithms/metric.md. Raises WrongFrame, UnknownCurrency, BrokenLaw.
    """
    grouping = _grouping(dimensions, charges, by)
    first = month_start(as_of)
    aged = age_charges(charges, allocations, holds, as_of=as_of, buckets=_ANY_BUCKETS)
    before = age_charges(charges, allocations, holds, as_of=first - timedelta(days=1), buckets=_ANY_BUCKETS)
    now = grouping.placed(_by_account(aged, grouping, as_of))
    earlier = grouping.placed(_by_account(before, grouping, as_of))
    groups = grouping.names
    figures = (
        grouping.present(now)
        .join(now.group_by(groups).agg(_group_sums()), **_by(groups))
        .join(earlier.group_by(groups).agg(cei_beginning_minor=pl.col("open_minor").sum()), **_by(groups))
        .with_columns(pl.exclude(groups).fill_null(0))
    )
    figures = _with_cash(figures, receipts, grouping, as_of)
    uphold(
        "figures by group add up to the figures of the book",
        is_kept=int(figures["open_minor"].sum()) == int(aged["open_minor"].clip(0).sum()),
    )
    return figures.with_columns(_quotients()).with_columns(_texts()).select(*groups, *_FIGURES).sort(groups)


def punctuality(
    charges: pl.DataFrame,
    allocations: pl.DataFrame,
    holds: pl.DataFrame,
    dimensions: pl.DataFrame,
    *,
    as_of: date,
    by: Sequence[str] = (),
) -> pl.DataFrame:
    """How punctually charges were paid: one row per [*by, currency], sorted (`by` as in `receivables`).

    Whole numbers over the charges (credits left out) owed by `as_of`: account_count, charge_count,
    charged_minor, disputed_count (on dispute hold at `as_of`), paid_count (fully), paid_late_count (the
    last of it came after the due date), late_days_total (days after the due date, over those). Raises
    WrongFrame, UnknownCurrency, BrokenLaw.
    """
    grouping = _grouping(dimensions, charges, by)
    in_force = require(allocations, ALLOCATIONS).filter(pl.col("value_date") <= as_of)
    last = in_force.group_by("charge_id").agg(last_paid=pl.col("value_date").max())
    aged = age_charges(charges, allocations, holds, as_of=as_of, buckets=_ANY_BUCKETS)
    judged = (
        aged.filter(pl.col("amount_minor") > 0)
        .join(last, on="charge_id", how="left")
        .with_columns(late=(pl.col("last_paid") - pl.col("due_date")).dt.total_days())
    )
    is_paid = pl.col("open_minor") == 0
    is_paid_late = is_paid & (pl.col("late") > 0)
    placed = grouping.placed(judged.join(grouping.of_charges, on="charge_id"))
    sums = placed.group_by(grouping.names).agg(
        account_count=pl.col("account_id").n_unique().cast(pl.Int64),
        charge_count=pl.len().cast(pl.Int64),
        charged_minor=pl.col("amount_minor").sum(),
        disputed_count=pl.col("is_disputed").sum().cast(pl.Int64),
        paid_count=is_paid.sum().cast(pl.Int64),
        paid_late_count=is_paid_late.sum().cast(pl.Int64),
        late_days_total=pl.col("late").filter(is_paid_late).sum(),
    )
    figures = grouping.present(placed).join(sums, **_by(grouping.names))
    return figures.with_columns(pl.exclude(grouping.names).fill_null(0)).sort(grouping.names)


def count_back(months: pl.DataFrame, *, receivable_minor: int) -> pl.DataFrame:
    """Days sales outstanding by counting back: one row [numerator, denominator, days], exact.

    MONTH_SALES, in any order; from the newest (place 1) on, each month's sales are taken whole, with all
    its days, until the receivables are used up; the last one in proportion. days is a text of two
    decimals, null where the sales given do not reach. Project definition. Raises WrongFrame.
    """
    left, whole_days = receivable_minor, 0
    for days, sales in require(months, MONTH_SALES).sort("place").select("days", "sales_minor").iter_rows():
        if sales > 0 and left <= sales:
            numerator = whole_days * sales + left * days
            shown = ratio_text(numerator, sales)
            return pl.DataFrame({"numerator": [numerator], "denominator": [sales], "days": [shown]})
        left, whole_days = left - sales, whole_days + days
    return pl.DataFrame({"numerator": [0], "denominator": [0], "days": [None]}, schema_overrides={"days": pl.String})


def true_dso(invoices: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """True days sales outstanding of each open invoice: [invoice_id, numerator, denominator, days], sorted.

    days = days since the invoice x its open amount / sales of its month; a text of two decimals, null
    without sales. The figure of a book is the sum of the exact quotients, `true_dso_total`. Source:
    Oracle Receivables (true DSO). Raises WrongFrame.
    """
    given = require(invoices, OPEN_INVOICES).sort("invoice_id")
    age = (pl.lit(as_of) - pl.col("invoiced_on")).dt.total_days()
    parts = given.select("invoice_id", numerator=age * pl.col("open_minor"), denominator=pl.col("month_sales_minor"))
    return parts.with_columns(days=ratio_text(pl.col("numerator"), pl.col("denominator")))


def true_dso_total(invoices: pl.DataFrame, *, as_of: date) -> str | None:
    """The sum of `true_dso` over the invoices, exact, with two decimals, half up; None without invoices or
    sales.
    """
    parts = true_dso(invoices, as_of=as_of)
    summed = parts.group_by("denominator").agg(pl.col("numerator").sum())
    if summed.is_empty() or (summed["denominator"] == 0).any():
        return None
    total = sum((Fraction(above, below) for below, above in summed.iter_rows()), Fraction(0))
    return ratio_text(total.numerator, total.denominator)


def turnaround(placements: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """How long recovered accounts took: one row [closed_count, open_count, days_total, mean_days,
    median_days].

    Days from placement to the day an account closed as recovered or cured; mean and median (texts of two
    decimals, null where none has closed) over the closed, and the open counted beside them, since they
    only look quick. Accounts placed after `as_of` are left out, and one closed after it is open. Project
    definition. Raises WrongFrame, also for an account closed before it was placed.
    """
    given = require(placements, TURNAROUNDS).filter(pl.col("placed_on") <= as_of)
    if given.filter(pl.col("closed_on") < pl.col("placed_on")).height:
        raise WrongFrame("placements: an account is closed before it was placed")
    days = (pl.col("closed_on") - pl.col("placed_on")).dt.total_days()
    closed = given.filter(pl.col("closed_on") <= as_of).select(days=days)["days"].sort()
    count, total = closed.len(), int(closed.sum())
    middle = int(closed[(count - 1) // 2]) + int(closed[count // 2]) if count else 0
    counts = {"closed_count": [count], "open_count": [given.height - count], "days_total": [total]}
    texts = {"mean_days": [ratio_text(total, count)], "median_days": [ratio_text(middle, 2) if count else None]}
    return pl.DataFrame(counts | texts, schema_overrides=dict.fromkeys(texts, pl.String))


_FIGURES: Final = [
    "open_count",
    "open_minor",
    "overdue_minor",
    "overdue_accounts",
    "disputed_open_count",
    "disputed_open_minor",
    "due_next_7_count",
    "due_next_7_minor",
    "cash_month_count",
    "cash_month_minor",
    "sales_90_minor",
    "dso_90_numerator_minor",
    "dso_90_denominator_minor",
    "dso_90",
    "cei_beginning_minor",
    "cei_sales_minor",
    "cei_ending_minor",
    "cei_ending_not_due_minor",
    "cei_numerator_minor",
    "cei_denominator_minor",
    "cei_pct",
    *(f"par{days}_{suffix}" for days in PAR_DAYS for suffix in ("minor", "pct")),
]

_SUMMED: Final = [
    "open_count",
    "open_minor",
    "overdue_minor",
    "cei_ending_not_due_minor",
    "disputed_open_count",
    "disputed_open_minor",
    "due_next_7_count",
    "due_next_7_minor",
    "sales_90_minor",
    "cei_sales_minor",
]


@dataclass(frozen=True)
class _Grouping:
    """The columns figures are given by: those of the account, and the rest, which stand on the charge
    itself.
    """

    names: list[str]
    of_accounts: pl.DataFrame
    of_charges: pl.DataFrame

    def placed(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows with the columns of their account."""
        lost = rows.join(self.of_accounts, on="account_id", how="anti")
        if lost.height:
            raise WrongFrame(f"dimensions: account {lost['account_id'].min()!r} has no row")
        return rows.join(self.of_accounts, on="account_id")

    def present(self, placed: pl.DataFrame) -> pl.DataFrame:
        """The groups: all of the accounts', or those of the charges where charges decide."""
        source = placed if self.charge_names else self.of_accounts
        return source.select(self.names).unique()

    @property
    def charge_names(self) -> list[str]:
        return [name for name in self.of_charges.columns if name != "charge_id"]


def _grouping(dimensions: pl.DataFrame, charges: pl.DataFrame, by: Sequence[str]) -> _Grouping:
    require(dimensions, DIMENSIONS)
    require_currencies(dimensions["currency"])
    names = list(dict.fromkeys([*by, "currency"]))
    of_accounts = [name for name in names if name in dimensions.columns]
    of_charges = [name for name in names if name not in dimensions.columns]
    for name in of_charges:
        if name not in charges.columns:
            raise WrongFrame(f"dimensions: column '{name}' is missing, and charges have none of that name")
    return _Grouping(names, dimensions.select("account_id", *of_accounts), charges.select("charge_id", *of_charges))


def _by(groups: list[str]) -> _Join:
    return {"on": groups, "how": "left", "nulls_equal": True}


def _with_cash(figures: pl.DataFrame, receipts: pl.DataFrame, grouping: _Grouping, as_of: date) -> pl.DataFrame:
    """The receipts of the month; null where figures are by a column of charges, which receipts do not
    have.
    """
    if grouping.charge_names:
        nothing = pl.lit(None, dtype=pl.Int64)
        return figures.with_columns(cash_month_count=nothing, cash_month_minor=nothing)
    in_month = pl.col("value_date").is_between(month_start(as_of), as_of)
    cash = grouping.placed(require(receipts, RECEIPTS).filter(in_month)).group_by(grouping.names)
    sums = cash.agg(cash_month_count=pl.len().cast(pl.Int64), cash_month_minor=pl.col("amount_minor").sum())
    names = ("cash_month_count", "cash_month_minor")
    return figures.join(sums, **_by(grouping.names)).with_columns(pl.col(names).fill_null(0))


def _by_account(aged: pl.DataFrame, grouping: _Grouping, as_of: date) -> pl.DataFrame:
    """Sums per account (and what figures are by on its charges), with the days of its oldest open charge."""
    sums = (
        aged.join(grouping.of_charges, on="charge_id")
        .group_by("account_id", *grouping.charge_names)
        .agg(*_open_sums(as_of), *_sales_sums(as_of), days_late=pl.col("days_late").max())
    )
    return sums.with_columns(account_days_late=pl.col("days_late").max().over("account_id"))


def _group_sums() -> list[pl.Expr]:
    is_late = pl.col("overdue_minor") > 0
    par = [
        pl.col("open_minor").filter(pl.col("account_days_late") > days).sum().alias(f"par{days}_minor")
        for days in PAR_DAYS
    ]
    return [
        pl.col(_SUMMED).sum(),
        pl.col("account_id").filter(is_late).n_unique().cast(pl.Int64).alias("overdue_accounts"),
        *par,
    ]


def _open_minor(condition: pl.Expr | None = None) -> pl.Expr:
    is_open = pl.col("open_minor") > 0
    return pl.col("open_minor").filter(is_open if condition is None else is_open & condition).sum()


def _open_count(condition: pl.Expr) -> pl.Expr:
    return ((pl.col("open_minor") > 0) & condition).sum().cast(pl.Int64)


def _open_sums(as_of: date) -> list[pl.Expr]:
    is_late, is_disputed = pl.col("days_late") > 0, pl.col("is_disputed")
    is_due_next_7 = (pl.col("due_date") > as_of) & (pl.col("due_date") <= as_of + timedelta(days=7))
    return [
        _open_count(pl.lit(True)).alias("open_count"),
        _open_minor().alias("open_minor"),
        _open_minor(is_late).alias("overdue_minor"),
        _open_minor(~is_late).alias("cei_ending_not_due_minor"),
        _open_count(is_disputed).alias("disputed_open_count"),
        _open_minor(is_disputed).alias("disputed_open_minor"),
        _open_count(is_due_next_7).alias("due_next_7_count"),
        _open_minor(is_due_next_7).alias("due_next_7_minor"),
    ]


def _sales_sums(as_of: date) -> list[pl.Expr]:
    is_sale = pl.col("amount_minor") > 0
    in_90 = pl.col("value_date") > as_of - timedelta(days=90)
    in_month = pl.col("value_date") >= month_start(as_of)
    return [
        pl.col("amount_minor").filter(is_sale & in_90).sum().alias("sales_90_minor"),
        pl.col("amount_minor").filter(is_sale & in_month).sum().alias("cei_sales_minor"),
    ]


def _quotients() -> list[pl.Expr]:
    available = pl.col("cei_beginning_minor") + pl.col("cei_sales_minor")
    return [
        (pl.col("open_minor") * 90).alias("dso_90_numerator_minor"),
        pl.col("sales_90_minor").alias("dso_90_denominator_minor"),
        pl.col("open_minor").alias("cei_ending_minor"),
        (available - pl.col("open_minor")).alias("cei_numerator_minor"),
        (available - pl.col("cei_ending_not_due_minor")).alias("cei_denominator_minor"),
    ]


def _texts() -> list[pl.Expr]:
    par = [percent_text(pl.col(f"par{days}_minor"), pl.col("open_minor")).alias(f"par{days}_pct") for days in PAR_DAYS]
    return [
        ratio_text(pl.col("dso_90_numerator_minor"), pl.col("dso_90_denominator_minor")).alias("dso_90"),
        percent_text(pl.col("cei_numerator_minor"), pl.col("cei_denominator_minor")).alias("cei_pct"),
        *par,
    ]
