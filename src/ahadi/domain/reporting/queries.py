"""Ageing and the figures of receivables, for any past date, as known at any moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from ahadi.data import facts, frames
from ahadi.data.facts import Book, Selection
from ahadi.domain.accounts import queries as accounts
from ahadi.domain.audit.ports import Actor
from ahadi.domain.people import access
from ahadi.domain.work import queries as work
from ahadi.domain.work.queries import UnableToFindAccount
from ahadi.kernel import metric
from ahadi.kernel.ageing import Buckets, ageing_table
from ahadi.kernel.allocation import unapplied

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
    `punctuality`: how charges were paid, per currency; `items`: the open charges behind every figure;
    `unapplied`: accounts with `unapplied_minor`, receipts and credits that pay no charge yet.
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
    unapplied: pl.DataFrame

    @property
    def overdue_debtors(self) -> int:
        """Debtors with anything late, each counted once whatever its accounts and currencies."""
        return self.items.filter(pl.col("days_late") > 0)["debtor_id"].n_unique()


def reported(*, by: Actor, known_at: datetime | None, creditor_id: int | None) -> Selection:
    """The accounts that a report is about: those that `by` may see, maybe of one creditor, as known at a moment."""
    scope = access.accounts(by)
    if creditor_id is not None:
        scope = scope.narrowed("a.creditor_id = %(only_creditor)s", only_creditor=creditor_id)
    return Selection(scope.condition, scope.parameters, known_at)


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
    selection = reported(by=by, known_at=known_at, creditor_id=creditor_id)
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
        unapplied=about.join(_unapplied(book, charges, allocations, as_of), on="account_id"),
    )


def _unapplied(book: Book, charges: pl.DataFrame, allocations: pl.DataFrame, as_of: date) -> pl.DataFrame:
    idle = unapplied(book.receipts, allocations, as_of=as_of).select("account_id", "unapplied_minor")
    credits = charges.filter(pl.col("open_minor") < 0).select("account_id", unapplied_minor=-pl.col("open_minor"))
    summed = pl.concat([idle, credits]).group_by("account_id").agg(pl.col("unapplied_minor").sum())
    return summed.filter(pl.col("unapplied_minor") > 0)


def _groups(items: pl.DataFrame, groups: list[str]) -> pl.DataFrame:
    is_open, is_late = pl.col("open_minor") > 0, pl.col("days_late") > 0
    worst = pl.col("days_late").max().over("account_id")
    return (
        items.with_columns(account_days_late=worst)
        .group_by(groups)
        .agg(
            open_count=is_open.sum(),
            account_count=pl.col("account_id").filter(is_open).n_unique(),
            open_minor=pl.col("open_minor").filter(is_open).sum(),
            overdue_minor=pl.col("open_minor").filter(is_late).sum(),
            overdue_debtors=pl.col("debtor_id").filter(is_late).n_unique(),
            par30_minor=pl.col("open_minor").filter(is_open & (pl.col("account_days_late") > 30)).sum(),
            disputed_minor=pl.col("open_minor").filter(is_open & pl.col("is_disputed")).sum(),
            credit_minor=-pl.col("open_minor").filter(pl.col("open_minor") < 0).sum(),
        )
        .sort(groups, nulls_last=True)
    )


@dataclass(frozen=True)
class Statement:
    """An account opened to what made it.

    `accounts`: this account and the debtor's others that may be seen, as `accounts.position` gives them with
    debtor_number and debtor_name; `charges`: aged charges with reference and components; `receipts`: with
    source_reference, applied_minor and unapplied_minor; `allocations`: what each receipt paid of each charge;
    `holds`: those in force; `next_action`: [action, due_on], at most one row.
    """

    account_id: int
    as_of: date
    accounts: pl.DataFrame
    charges: pl.DataFrame
    receipts: pl.DataFrame
    allocations: pl.DataFrame
    holds: pl.DataFrame
    next_action: pl.DataFrame


def statement(*, by: Actor, account_id: int, as_of: date) -> Statement:
    """What was charged, received and paid on an account as of a day. Raises UnableToFindAccount."""
    selection = facts.of_accounts(work.of_debtor(by=by, account_id=account_id))
    of_debtor = facts.book(selection)
    book = _only(of_debtor, account_id)
    if book.accounts.is_empty():
        raise UnableToFindAccount(account_id)
    charges, allocations = accounts.aged(book, as_of=as_of)
    told = book.charges.drop("account_id", "value_date", "due_date")
    return Statement(
        account_id=account_id,
        as_of=as_of,
        accounts=accounts.position(of_debtor, as_of=as_of).join(facts.debtors(selection), on="debtor_id", how="left"),
        charges=charges.join(told, on="charge_id", how="left"),
        receipts=_receipts(book, allocations, as_of),
        allocations=allocations,
        holds=_in_force(book.holds, as_of),
        next_action=facts.next_actions(facts.of_accounts([account_id])),
    )


def _in_force(holds: pl.DataFrame, as_of: date) -> pl.DataFrame:
    if holds.is_empty():
        return holds
    is_over = pl.col("until_date") < as_of
    return holds.filter((pl.col("from_date") <= as_of) & ~is_over.fill_null(value=False))


def _only(book: Book, account_id: int) -> Book:
    """The part of a book that belongs to one account."""
    receipts, meant = _of(book.receipts, account_id), book.designations
    return Book(
        accounts=_of(book.accounts, account_id),
        charges=_of(book.charges, account_id),
        receipts=receipts,
        designations=meant.join(receipts, on="receipt_id", how="semi") if meant.height else meant,
        holds=_of(book.holds, account_id),
    )


def _of(rows: pl.DataFrame, account_id: int) -> pl.DataFrame:
    is_mine = rows["account_id"] == account_id
    return rows if is_mine.all() else rows.filter(is_mine)


_NO_RECEIPTS = pl.DataFrame(
    schema={name: kind for name, kind in facts.RECEIPTS.items() if name != "kind"}
    | {"applied_minor": pl.Int64, "unapplied_minor": pl.Int64, "kind": pl.String, "source_reference": pl.String}
)


def _receipts(book: Book, allocations: pl.DataFrame, as_of: date) -> pl.DataFrame:
    if book.receipts.is_empty():
        return _NO_RECEIPTS
    references = frames.asking(book.receipts.height)(
        "SELECT id, source_reference FROM receipt WHERE id = ANY(%(ids)s) ORDER BY id",
        {"ids": frames.ids(book.receipts["receipt_id"])},
        {"receipt_id": pl.Int64, "source_reference": pl.String},
    )
    kinds = book.receipts.select("receipt_id", "kind").join(references, on="receipt_id", how="left")
    return unapplied(book.receipts, allocations, as_of=as_of).join(kinds, on="receipt_id", how="left")
