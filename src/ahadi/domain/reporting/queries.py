"""Ageing and the figures of receivables, for any past date, as known at any moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from ahadi.data import facts
from ahadi.data.facts import Selection
from ahadi.domain.accounts import queries as accounts
from ahadi.domain.audit.ports import Actor
from ahadi.domain.people import access
from ahadi.kernel import metric
from ahadi.kernel.ageing import Buckets, ageing_table

# What a person asks by -> the column that answers.
DIMENSIONS = {
    "creditor": "creditor",
    "officer": "officer",
    "branch": "branch",
    "product": "product",
    "currency": "currency",
    "country": "country",
    "debtor": "debtor_number",
    "account": "number",
}


@dataclass(frozen=True)
class Ageing:
    """Ageing as of a date, as known at a moment.

    `table`: [dimensions, currency, bucket, charge_count, account_count, open_minor]; `groups`: one row per
    group with its open, late and disputed money; `totals`: the figures of receivables per currency;
    `punctuality`: how charges were paid, per currency; `items`: the open charges behind every figure.
    """

    as_of: date
    known_at: datetime | None
    buckets: Buckets
    columns: tuple[str, ...]
    table: pl.DataFrame
    groups: pl.DataFrame
    totals: pl.DataFrame
    punctuality: pl.DataFrame
    items: pl.DataFrame

    @property
    def overdue_debtors(self) -> int:
        """Debtors with anything late, each counted once whatever its accounts and currencies."""
        return self.items.filter(pl.col("days_late") > 0)["debtor_id"].n_unique()


def ageing(
    *,
    by: Actor,
    as_of: date,
    dimensions: Sequence[str] = (),
    known_at: datetime | None = None,
    buckets: Buckets = accounts.STANDARD,
    creditor_id: int | None = None,
) -> Ageing:
    """What was open on a day, by bucket and by the dimensions asked for; currencies are never added."""
    scope = access.accounts(by)
    if creditor_id is not None:
        scope = scope.narrowed("a.creditor_id = %(only_creditor)s", only_creditor=creditor_id)
    selection = Selection(scope.condition, scope.parameters, known_at)
    book = facts.book(selection)
    charges, allocations = accounts.aged(book, as_of=as_of, buckets=buckets)
    about = book.accounts.join(facts.debtors(selection), on="debtor_id", how="left")
    items = (
        charges.join(about, on="account_id", how="left")
        .join(book.charges.select("charge_id", "charge_country", "reference"), on="charge_id", how="left")
        .with_columns(country=pl.coalesce("charge_country", "country"))
    )
    columns = tuple(DIMENSIONS[name] for name in dimensions if name not in ("currency", "bucket"))
    places = book.accounts.select("account_id", "currency")
    return Ageing(
        as_of=as_of,
        known_at=known_at,
        buckets=buckets,
        columns=columns,
        table=ageing_table(items, by=columns, buckets=buckets),
        groups=_groups(items, [*columns, "currency"]),
        totals=metric.receivables(book.charges, allocations, book.receipts, book.holds, places, as_of=as_of),
        punctuality=metric.punctuality(book.charges, allocations, book.holds, places, as_of=as_of),
        items=items.filter(pl.col("open_minor") > 0),
    )


def _groups(items: pl.DataFrame, groups: list[str]) -> pl.DataFrame:
    is_open, is_late = pl.col("open_minor") > 0, pl.col("days_late") > 0
    return (
        items.group_by(groups)
        .agg(
            open_count=is_open.sum(),
            account_count=pl.col("account_id").filter(is_open).n_unique(),
            open_minor=pl.col("open_minor").filter(is_open).sum(),
            overdue_minor=pl.col("open_minor").filter(is_late).sum(),
            overdue_debtors=pl.col("debtor_id").filter(is_late).n_unique(),
            disputed_minor=pl.col("open_minor").filter(is_open & pl.col("is_disputed")).sum(),
            credit_minor=-pl.col("open_minor").filter(pl.col("open_minor") < 0).sum(),
        )
        .sort(groups, nulls_last=True)
    )
