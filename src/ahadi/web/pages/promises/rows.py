"""Promises ready for the table."""

from dataclasses import dataclass
from datetime import date

import polars as pl
from django.urls import reverse
from django.utils.translation import gettext as _

from ahadi.domain.arrangements import reminders
from ahadi.domain.arrangements.listing import VIEWS
from ahadi.domain.audit.ports import Actor
from ahadi.domain.reporting import contacts
from ahadi.web.frame import figures, reminding
from ahadi.web.frame.doings import Word
from ahadi.web.frame.figures import Amount
from ahadi.web.frame.options import Option

_TONES = {"PENDING": ("next", "hourglass"), "KEPT": ("kept", "check-check"), "PARTIALLY_KEPT": ("warn", "circle-dot")}


@dataclass(frozen=True)
class PromiseRow:
    """One promise in the list."""

    url: str
    debtor: str
    number: str
    creditor: str
    officer: str
    due: str
    amount: Amount
    received: Amount
    word: str
    tone: str
    icon: str
    next_on: str
    reminder: Word | None


def views(chosen: str) -> tuple[Option, ...]:
    """The views to choose from."""
    labels = {"today": _("Due today"), "week": _("This week"), "broken": _("Broken"), "kept": _("Kept")}
    address = reverse("promises")
    return tuple(Option(view, labels[view], view == chosen, f"{address}?view={view}") for view in VIEWS)


def promise_rows(found: pl.DataFrame, *, by: Actor, zone: str, today: date) -> tuple[PromiseRow, ...]:
    """The promises of a page, those that are open with their next reminder."""
    is_open = found.filter(pl.col("status") == "PENDING")["promise_id"]
    told = reminders.next_reminder(reminders.reminded(is_open), today=today)
    titles = contacts.titles(by=by) if told["rule"].is_not_null().any() else {}
    words = {
        row.pop("promise_id"): reminding.told(
            row["status"], row["rule"], on=row["remind_on"], due_at=row["due_at"], zone=zone, today=today, titles=titles
        )
        for row in told.iter_rows(named=True)
    }
    return tuple(_row(row, words.get(row["promise_id"]), today) for row in found.iter_rows(named=True))


def _row(row: dict[str, object], reminder: Word | None, today: date) -> PromiseRow:
    status, currency = str(row["status"]), str(row["currency"])
    tone, icon = _TONES.get(status, ("late", "circle-x"))
    due, following = row["due_on"], row["next_action_on"]
    return PromiseRow(
        url=reverse("account", args=[row["account_id"]]),
        debtor=str(row["debtor"] or row["number"]),
        number=str(row["number"]),
        creditor=str(row["creditor"]),
        officer=str(row["officer"] or "—"),
        due=figures.day(due if isinstance(due, date) else None, today),
        amount=figures.amount(int(str(row["amount_minor"])), currency),
        received=figures.amount(int(str(row["received_minor"])), currency),
        word=_word(status),
        tone=tone,
        icon=icon,
        next_on=figures.day(following if isinstance(following, date) else None, today),
        reminder=reminder,
    )


def _word(status: str) -> str:
    known = {
        "PENDING": _("Open"),
        "KEPT": _("Kept"),
        "PARTIALLY_KEPT": _("Kept in part"),
        "BROKEN": _("Broken"),
    }
    return known.get(status, status)
