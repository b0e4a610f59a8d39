"""Weeks as a table of people and days, leave with who stands in, and plans against what was done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ahadi.domain.oversight.ports import Effort, Officer
from ahadi.web.frame import figures
from ahadi.web.frame.figures import Amount
from ahadi.web.frame.reference import written


@dataclass(frozen=True)
class DayCell:
    """One day of somebody: the hours, or why not, and who stands in; `is_alone` where nobody does."""

    text: str
    note: str
    is_off: bool
    is_alone: bool


@dataclass(frozen=True)
class WeekRow:
    """The days of somebody."""

    ref: str
    name: str
    cells: tuple[DayCell, ...]


@dataclass(frozen=True)
class LeaveRow:
    """Days on which somebody is away."""

    ref: str
    name: str
    kind: str
    first: str
    last: str
    stand_in: str
    accounts: str


@dataclass(frozen=True)
class PlanRow:
    """What somebody is to do on a day, and what was done."""

    ref: str
    name: str
    clients: str
    done: str
    calls: str
    called: str
    promises: str
    promised: str
    cash: Amount | None
    effectiveness: str
    silent_max: str


def leave_kind(code: str) -> str:
    """What a kind of leave is called."""
    known = {
        "annual": _("Annual leave"),
        "sick": _("Sick"),
        "training": _("Training"),
        "family": _("Family"),
        "other": _("Other"),
    }
    return known.get(code, code)


def week_rows(shifts: pl.DataFrame, alone: pl.DataFrame) -> tuple[WeekRow, ...]:
    """One row for each person, by name."""
    left = set(alone.select("person_id", "day").iter_rows())
    rows = []
    for (person_id, name), part in shifts.group_by(["person_id", "name"], maintain_order=True):
        cells = tuple(_cell(row, is_alone=(row["person_id"], row["day"]) in left) for row in part.iter_rows(named=True))
        rows.append(WeekRow(written("person", int(str(person_id))), str(name), cells))
    return tuple(rows)


def _cell(row: Mapping[str, object], *, is_alone: bool) -> DayCell:
    begins, ends = int(str(row["from_minute"])), int(str(row["until_minute"]))
    text = figures.apart(f"{figures.clock(begins)}–{figures.clock(ends)}")
    if not row["is_present"]:
        text = leave_kind(str(row["leave"])) if row["leave"] else _("off")
    note = _("%(name)s stands in") % {"name": row["stand_in"]} if row["stand_in"] and not row["is_present"] else ""
    return DayCell(text, note, not row["is_present"], is_alone)


def plan_row(one: Officer, planned: Mapping[str, Any] | None, done: Effort | None) -> PlanRow:
    """The plan of somebody with what was done of it; what was not planned is empty."""
    plan = planned or {}
    cash = plan.get("cash_minor")
    share = plan.get("effectiveness_bps")
    return PlanRow(
        ref=written("person", one.person_id),
        name=one.name,
        clients=_count(plan.get("clients")),
        done=_count(done.clients if done else None),
        calls=_count(plan.get("calls")),
        called=_count(done.attempts if done else None),
        promises=_count(plan.get("promises")),
        promised=_count(done.promises if done else None),
        cash=None if cash is None else figures.amount(cash, plan["currency"]),
        effectiveness="" if share is None else figures.percent(f"{share / 100:.0f}"),
        silent_max=_count(plan.get("silent_max")),
    )


def _count(number: int | None) -> str:
    return "" if number is None else figures.count(number)


def heads(days: list[date]) -> list[str]:
    """The days above the table."""
    return [date_format(one, "D j M") for one in days]


def leave_rows(leaves: pl.DataFrame, *, today: date) -> tuple[LeaveRow, ...]:
    """Leave that is not over."""
    return tuple(
        LeaveRow(
            ref=written("leave", row["leave_id"]),
            name=row["name"],
            kind=leave_kind(row["kind"]),
            first=figures.day(row["from_date"], today),
            last=figures.day(row["until_date"], today),
            stand_in=row["stand_in"] or "—",
            accounts=figures.count(row["accounts"]),
        )
        for row in leaves.iter_rows(named=True)
    )


def weekdays() -> tuple[tuple[int, str], ...]:
    """The days of the week in short."""
    # 2024-01-01 was a Monday.
    return tuple((number, date_format(date(2024, 1, number), "D")) for number in range(1, 8))
