"""The portfolio on a day: what is open and late, what moved since the month began, and what was collected in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import polars as pl

from ahadi.data import facts
from ahadi.data.facts import Book
from ahadi.domain.accounts import queries as accounts
from ahadi.domain.audit.ports import Actor
from ahadi.domain.reporting.queries import reported
from ahadi.kernel import risk
from ahadi.kernel.calendar import month_start
from ahadi.kernel.ratio import ratios
from ahadi.kernel.schema import COMPONENT_COLUMNS

# What a person asks by -> the column that answers; each is a property of the account.
DIMENSIONS = {name: name for name in ("creditor", "product", "branch", "officer", "country", "currency")}

MONEY_KINDS = ("cash", "direct")
"""Receipts that are money; a credit note lowers what is owed and is no cash."""

_Renames = Mapping[str, str]
_RATES: Final[Mapping[str, tuple[str, _Renames]]] = {
    "par30_pct": ("par", {"at_risk_minor": "par30_minor", "gross_minor": "outstanding_minor"}),
    "par90_pct": ("par", {"at_risk_minor": "par90_minor", "gross_minor": "outstanding_minor"}),
    "cure_pct": ("cure", {}),
    "collection_rate_pct": ("collection_rate", {"collected_of_due_minor": "applied_minor"}),
    "cer_current_pct": ("cer_current", {}),
    "cer_total_pct": ("cer_total", {}),
}


@dataclass(frozen=True)
class Portfolio:
    """The portfolio as of a day, and what became of it since `first`, the first day of its calendar month.

    `groups`: one row per [*columns, currency]. On the day: account_count (open), late_count, outstanding_minor,
    overdue_minor, par30_minor and par90_minor (all that is open on accounts more than so many days late).
    Against the end of the day before `first`: late_before_count, overdue_before_minor, cured_count (late then,
    not now), new_late_count (late now, not then) and new_late_minor (overdue of those). In the month up to the
    day: received_count and received_minor (money by value date), fell_due_minor, and what that money paid:
    applied_minor, of which applied_to_current_minor (charges that fell due in the month) and
    applied_to_overdue_minor (before it). Texts of two decimals, null out of nothing: those of `_RATES`.
    `rolls`: `risk.roll_rates` of each group, from the end of the day before `first` to the day.
    """

    as_of: date
    known_at: datetime | None
    first: date
    columns: tuple[str, ...]
    groups: pl.DataFrame
    rolls: pl.DataFrame


def portfolio(
    *,
    by: Actor,
    as_of: date,
    dimensions: Sequence[str] = (),
    known_at: datetime | None = None,
    creditor_id: int | None = None,
) -> Portfolio:
    """The portfolio of what `by` may see; currencies are never added. Definitions: docs/reference/reports.md."""
    book = facts.book(reported(by=by, known_at=known_at, creditor_id=creditor_id))
    first = month_start(as_of)
    columns = tuple(DIMENSIONS[name] for name in dimensions if name != "currency")
    moved = _moved(book, first, as_of)
    groups = [*columns, "currency"]
    return Portfolio(
        as_of=as_of,
        known_at=known_at,
        first=first,
        columns=columns,
        groups=with_rates(_sums(moved, groups), groups, _RATES),
        rolls=_rolls(moved, groups),
    )


def with_rates(sums: pl.DataFrame, by: Sequence[str], rates: Mapping[str, tuple[str, _Renames]]) -> pl.DataFrame:
    """Each group with the figures of `ratio` under the names of `rates`: a figure, and which column is which sum."""
    for name, (kpi, renames) in rates.items():
        found = ratios(sums.with_columns(**{told: pl.col(own) for told, own in renames.items()}), kpis=[kpi], by=by)
        shown = found.select(*by, pl.col("shown").alias(name))
        sums = sums.join(shown, on=list(by), how="left", nulls_equal=True, maintain_order="left")
    return sums


def _moved(book: Book, first: date, as_of: date) -> pl.DataFrame:
    """One row per account: who it is, where it stands, where it stood when the month began, and what came."""
    now = accounts.position(book, as_of=as_of)
    figures = ["outstanding_minor", "overdue_minor", "days_late", "bucket"]
    then = accounts.position(book, as_of=first - timedelta(days=1)).select(
        "account_id", *(pl.col(name).alias(f"{name}_before") for name in figures)
    )
    moved = (
        now.select("account_id", *DIMENSIONS, "status", *figures)
        .join(then, on="account_id", how="left")
        .join(_came(book, first, as_of), on="account_id", how="left")
        .join(_fell_due(book, first, as_of), on="account_id", how="left")
        .join(_applied(book, first, as_of), on="account_id", how="left")
    )
    return moved.with_columns(pl.col(pl.Int64).fill_null(0))


def _came(book: Book, first: date, as_of: date) -> pl.DataFrame:
    money = pl.col("kind").is_in(MONEY_KINDS) & pl.col("value_date").is_between(first, as_of)
    return (
        book.receipts.filter(money)
        .group_by("account_id")
        .agg(received_count=pl.len().cast(pl.Int64), received_minor=pl.col("amount_minor").sum())
    )


def _fell_due(book: Book, first: date, as_of: date) -> pl.DataFrame:
    amount = pl.sum_horizontal(COMPONENT_COLUMNS)
    due = book.charges.filter(pl.col("due_date").is_between(first, as_of) & (amount > 0))
    return due.group_by("account_id").agg(fell_due_minor=amount.sum())


def _applied(book: Book, first: date, as_of: date) -> pl.DataFrame:
    """What the money of the month paid, by when the charge fell due."""
    _, allocations = accounts.aged(book, as_of=as_of)
    paid = (
        allocations.filter(pl.col("value_date").is_between(first, as_of))
        .join(book.receipts.filter(pl.col("kind").is_in(MONEY_KINDS)), on="receipt_id", how="semi")
        .join(book.charges.select("charge_id", "due_date"), on="charge_id")
        .with_columns(paid_minor=pl.sum_horizontal(COMPONENT_COLUMNS))
    )
    is_current = pl.col("due_date").is_between(first, as_of)
    return paid.group_by("account_id").agg(
        applied_minor=pl.col("paid_minor").sum(),
        applied_to_current_minor=pl.col("paid_minor").filter(is_current).sum(),
        applied_to_overdue_minor=pl.col("paid_minor").filter(pl.col("due_date") < first).sum(),
    )


def _sums(moved: pl.DataFrame, groups: Sequence[str]) -> pl.DataFrame:
    is_late, was_late = pl.col("days_late") > 0, pl.col("days_late_before") > 0

    def count(condition: pl.Expr) -> pl.Expr:
        return condition.sum().cast(pl.Int64)

    def open_later_than(days: int) -> pl.Expr:
        return pl.col("outstanding_minor").filter(pl.col("days_late") > days).sum()

    return (
        moved.group_by(groups)
        .agg(
            account_count=count(pl.col("status") == "open"),
            late_count=count(is_late),
            outstanding_minor=pl.col("outstanding_minor").sum(),
            overdue_minor=pl.col("overdue_minor").sum(),
            par30_minor=open_later_than(30),
            par90_minor=open_later_than(90),
            late_before_count=count(was_late),
            overdue_before_minor=pl.col("overdue_minor_before").sum(),
            cured_count=count(was_late & ~is_late),
            new_late_count=count(is_late & ~was_late),
            new_late_minor=pl.col("overdue_minor").filter(is_late & ~was_late).sum(),
            received_count=pl.col("received_count").sum(),
            received_minor=pl.col("received_minor").sum(),
            fell_due_minor=pl.col("fell_due_minor").sum(),
            applied_minor=pl.col("applied_minor").sum(),
            applied_to_current_minor=pl.col("applied_to_current_minor").sum(),
            applied_to_overdue_minor=pl.col("applied_to_overdue_minor").sum(),
        )
        .sort(groups, nulls_last=True)
    )


def _rolls(moved: pl.DataFrame, groups: Sequence[str]) -> pl.DataFrame:
    """The roll rates of each group; an account that owes nothing any more is PAID."""
    was_open, is_open = pl.col("outstanding_minor_before") > 0, pl.col("outstanding_minor") > 0
    followed = moved.filter(was_open | is_open).sort(groups, nulls_last=True)
    parts = []
    for key, part in followed.group_by(groups, maintain_order=True):
        before = part.filter(was_open).select(
            "account_id", state="bucket_before", open_minor="outstanding_minor_before"
        )
        after = part.select(
            "account_id",
            state=pl.when(is_open).then("bucket").otherwise(pl.lit(risk.PAID)),
            open_minor="outstanding_minor",
        )
        rates = risk.roll_rates(before, after, buckets=accounts.STANDARD.codes)
        told = [pl.lit(value, dtype=pl.String).alias(name) for name, value in zip(groups, key, strict=True)]
        parts.append(rates.select(*told, pl.all()))
    return pl.concat(parts) if parts else pl.DataFrame(schema=dict.fromkeys(groups, pl.String))
