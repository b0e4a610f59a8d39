"""Reasons ready for the table, and the accounts behind one."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

import polars as pl
from django.urls import reverse
from django.utils.translation import gettext as _

from ahadi.domain.contact import codes
from ahadi.web.frame import figures, words
from ahadi.web.frame.figures import Amount

UNASKED = "unasked"
"""Stands in an address for accounts of which nobody has told a reason."""


@dataclass(frozen=True)
class ReasonRow:
    """A reason in one currency; `share` is of all that is late in it."""

    url: str
    label: str
    accounts: str
    lately: str
    amount: Amount
    share: str
    width: int
    days_late: str
    is_told: bool


@dataclass(frozen=True)
class LateRow:
    """An account behind a reason."""

    url: str
    debtor: str
    number: str
    creditor: str
    officer: str
    amount: Amount
    days_late: str
    told: str


def labels(house: int) -> dict[str, str]:
    """The reasons of the house in words."""
    return {one.code.code: words.said(one.code.label) for one in codes.kept(house, "reasons").codes}


def label(reason: str | None, known: dict[str, str]) -> str:
    """A reason in words; what nobody has asked yet, too."""
    return known.get(reason, reason) if reason else _("Nobody has asked yet")


def reason_rows(summed: pl.DataFrame, known: dict[str, str], path: str) -> tuple[ReasonRow, ...]:
    """Each reason and currency."""
    whole = dict(summed.group_by("currency").agg(pl.col("overdue_minor").sum()).iter_rows())
    return tuple(
        ReasonRow(
            url=f"{path}?{urlencode({'reason': reason or UNASKED, 'currency': currency})}",
            label=label(reason, known),
            accounts=figures.count(accounts),
            lately=figures.count(lately) if reason else "—",
            amount=figures.amount(overdue, currency),
            share=figures.percent(f"{100 * overdue / whole[currency]:.1f}"),
            width=round(100 * overdue / whole[currency]),
            days_late=figures.count(days),
            is_told=reason is not None,
        )
        for reason, currency, accounts, lately, overdue, days in summed.iter_rows()
    )


def late_rows(late: pl.DataFrame, *, today: date) -> tuple[LateRow, ...]:
    """The accounts of a page."""
    return tuple(
        LateRow(
            url=reverse("account", args=[row["account_id"]]),
            debtor=row["debtor"] or row["number"],
            number=row["number"],
            creditor=row["creditor"],
            officer=row["officer"] or "—",
            amount=figures.amount(row["overdue_minor"], row["currency"]),
            days_late=figures.count(row["days_late"]),
            told=figures.day(row["told_on"], today),
        )
        for row in late.iter_rows(named=True)
    )
