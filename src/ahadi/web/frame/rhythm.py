"""How a debtor pays: the last due dates of an account, how long after each the money came, and where that is going."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from statistics import mean
from typing import Any

import polars as pl
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ahadi.domain.reporting.queries import Statement
from ahadi.web.frame import figures

_DATES = 12
_COMPARED = 3
# What is no more than this is as before: one receipt on a Monday makes three days.
_SAME_DAYS = 3


@dataclass(frozen=True)
class Due:
    """How one due date was met: its month, and in words and an icon what came of it; `late_days` until it was."""

    month: str
    note: str
    word: str
    icon: str
    tone: str
    late_days: int


def rhythm(statement: Statement, today: date) -> tuple[Due, ...]:
    """The last twelve due dates of the account, each with how long after it the last of it was paid."""
    came = statement.receipts.select("receipt_id", came_on="value_date")
    paid = statement.allocations.join(came, on="receipt_id", how="left").group_by("charge_id")
    last = paid.agg(pl.col("came_on").max())
    due = statement.charges.filter((pl.col("due_date") <= today) & (pl.col("amount_minor") > 0))
    rows = due.join(last, on="charge_id", how="left").sort("due_date", "charge_id").tail(_DATES)
    return tuple(_due(row, today) for row in rows.iter_rows(named=True))


def trend(dues: tuple[Due, ...]) -> str:
    """Where it is going: how many of the last due dates nothing was paid of, else whether the last three were met
    sooner or later than the three before; empty where there are fewer.
    """
    unpaid = next((turn for turn, one in enumerate(reversed(dues)) if one.tone != "late"), len(dues))
    if unpaid:
        return ngettext("The last due date is not paid.", "The last %(number)s due dates are not paid.", unpaid) % {
            "number": figures.count(unpaid)
        }
    if len(dues) < 2 * _COMPARED:
        return ""
    now, before = (
        round(mean(one.late_days for one in part)) for part in (dues[-_COMPARED:], dues[-2 * _COMPARED : -_COMPARED])
    )
    told = {"now": figures.count(now), "before": figures.count(before)}
    if now - before > _SAME_DAYS:
        return _("Later than before: %(now)s days after the due date, %(before)s before that.") % told
    if before - now > _SAME_DAYS:
        return _("Sooner than before: %(now)s days after the due date, %(before)s before that.") % told
    return _("As before: %(now)s days after the due date.") % told


def _due(row: Mapping[str, Any], today: date) -> Due:
    month = figures.month(row["due_date"])
    late = ((today if row["open_minor"] > 0 else row["came_on"] or row["due_date"]) - row["due_date"]).days
    note = _("%(n)s d") % {"n": late} if late > 0 else ""
    if row["open_minor"] > 0:
        return Due(month, note, _("not paid"), "circle-x", "late", max(late, 0))
    if late > 0:
        return Due(month, note, _("paid late"), "circle-arrow-right", "warn", late)
    return Due(month, "", _("on time"), "circle-check", "kept", 0)
