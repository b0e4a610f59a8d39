"""By when something is to be answered, counted in the hours that an office is open: due, what is left, what is used.

Problem: "two business days" and "four business hours" end behind evenings, weekends, holidays and changes of the
clock. Choice: what is open is laid out once as spans of instants (local hours turned into instants day by day, so that
a day of 23 or 25 hours needs no rule of its own), and the open time before each span is summed up; an instant is then a
point on the line of open time, a due moment is the point so much further on, and both ways are one binary search.
It refuses openings that overlap and clocks that run out of what was laid out, instead of answering something near.
"""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final

import numpy as np
import polars as pl

from ahadi.kernel.ragged import Ints
from ahadi.kernel.schema import Column, Spec, WrongFrame, require, uphold
from ahadi.kernel.zone import DAY, MINUTE, day_number, offsets

MINUTES, DAYS = "minutes", "days"
WHOLE_BPS: Final = 10_000

OPENINGS: Final = Spec(
    "openings",
    (
        Column("calendar", pl.String),
        Column("day", pl.Date),
        Column("opens_at", pl.Int64),
        Column("closes_at", pl.Int64),
    ),
    key=("calendar", "day"),
)
"""When each calendar is open, a span (instants) a day; days that are closed are left out."""

CLOCKS: Final = Spec(
    "clocks",
    (
        Column("clock_id", pl.Int64),
        Column("calendar", pl.String),
        Column("from_day", pl.Date),
        Column("from_at", pl.Int64),
        Column("unit", pl.String),
        Column("amount", pl.Int64, is_positive=True),
    ),
    key=("clock_id",),
)
"""What is to be answered within so many open `minutes`, or by the end of so many open `days` after that of receipt."""

DUE: Final = Spec(
    "due",
    (
        Column("clock_id", pl.Int64),
        Column("calendar", pl.String),
        Column("from_at", pl.Int64),
        Column("due_at", pl.Int64),
    ),
    key=("clock_id",),
)
"""Clocks with the instant at which each runs out."""

_DATED: Final = tuple(name for name in DUE.column_names)


def openings(
    name: str, zone: str, *, first: date, last: date, hours: tuple[int, int], closed: Collection[date]
) -> pl.DataFrame:
    """OPENINGS of one calendar from `first` to `last`: `hours` are minutes of the local day (0 to 1440), none on a day
    that is `closed`. A time that the clock skips or repeats is taken at one of the two offsets.
    """
    opens, closes = hours
    if not 0 <= opens < closes <= 1440:
        raise WrongFrame(f"openings: hours must rise within 0 to 1440, found {opens} and {closes}")
    count = (last - first).days + 1
    days = [day for day in (first + timedelta(days=turn) for turn in range(count)) if day not in closed]
    numbers = np.array([day_number(day) for day in days], dtype=np.int64)
    made = pl.DataFrame(
        {
            "calendar": pl.Series([name] * len(days), dtype=pl.String),
            "day": pl.Series(days, dtype=pl.Date),
            "opens_at": _instants(zone, numbers, opens),
            "closes_at": _instants(zone, numbers, closes),
        }
    )
    return require(made.filter(pl.col("closes_at") > pl.col("opens_at")), OPENINGS)


def due(clocks: pl.DataFrame, open_spans: pl.DataFrame) -> pl.DataFrame:
    """When each clock runs out: DUE, sorted by clock.

    Minutes are counted from `from_at`, or from the next opening; days end with the closing of the last of so many open
    days behind `from_day`, which itself is not counted. Raises WrongFrame, also where the openings end before.
    """
    given, spans = require(clocks, CLOCKS).sort("clock_id"), _laid_out(open_spans)
    parts = []
    for (name, unit), part in given.group_by(["calendar", "unit"], maintain_order=True):
        line = _Line(spans, str(name))
        if unit == MINUTES:
            ends = line.instant(line.point(_ints(part["from_at"])) + _ints(part["amount"]) * MINUTE)
        elif unit == DAYS:
            ends = line.closing(part["from_day"], _ints(part["amount"]))
        else:
            raise WrongFrame(f"clocks: unit must be {MINUTES} or {DAYS}, found {unit!r}")
        parts.append(part.with_columns(due_at=pl.Series(ends)))
    made = pl.concat(parts) if parts else given.with_columns(due_at=pl.lit(None, dtype=pl.Int64))
    made = made.select(_DATED).sort("clock_id")
    uphold("a clock runs out after it began", is_kept=bool((made["due_at"] > made["from_at"]).all()))
    return require(made, DUE)


def at_share(clocks: pl.DataFrame, open_spans: pl.DataFrame, *, share_bps: int) -> pl.DataFrame:
    """The instant at which so much of each clock (DUE) is used: [clock_id, at], sorted; beyond 10,000 it is overdue by
    the rest. Raises WrongFrame, also where the openings end before.
    """
    given, spans = require(clocks, DUE).sort("clock_id"), _laid_out(open_spans)
    parts = []
    for (name,), part in given.group_by(["calendar"], maintain_order=True):
        line = _Line(spans, str(name))
        begin, end = line.point(_ints(part["from_at"])), line.point(_ints(part["due_at"]))
        parts.append(
            part.select("clock_id", at=pl.Series(line.instant(begin + (end - begin) * share_bps // WHOLE_BPS)))
        )
    made = pl.concat(parts) if parts else pl.DataFrame(schema={"clock_id": pl.Int64, "at": pl.Int64})
    return made.sort("clock_id")


def read(clocks: pl.DataFrame, open_spans: pl.DataFrame, *, at: int) -> pl.DataFrame:
    """How far each clock (DUE) is at an instant: [clock_id, used_bps, remaining_minutes], sorted.

    Both count open time; what remains is below 0 once it is overdue. Raises WrongFrame.
    """
    given, spans = require(clocks, DUE).sort("clock_id"), _laid_out(open_spans)
    parts = []
    for (name,), part in given.group_by(["calendar"], maintain_order=True):
        line = _Line(spans, str(name))
        begin, end = line.point(_ints(part["from_at"])), line.point(_ints(part["due_at"]))
        here = line.point(np.full(len(begin), at, dtype=np.int64))
        whole = np.maximum(end - begin, 1)
        parts.append(
            part.select(
                "clock_id",
                used_bps=pl.Series(np.maximum(here - begin, 0) * WHOLE_BPS // whole),
                remaining_minutes=pl.Series(-((here - end) // MINUTE)),
            )
        )
    schema = {"clock_id": pl.Int64, "used_bps": pl.Int64, "remaining_minutes": pl.Int64}
    return (pl.concat(parts) if parts else pl.DataFrame(schema=schema)).sort("clock_id")


class _Line:
    """The open time of one calendar as a line: where each opening begins on it."""

    def __init__(self, spans: pl.DataFrame, name: str) -> None:
        mine = spans.filter(pl.col("calendar") == name)
        if mine.is_empty():
            raise WrongFrame(f"openings: calendar {name!r} has no row; lay it out first")
        self._name, self._days = name, mine["day"]
        self._opens, self._closes = _ints(mine["opens_at"]), _ints(mine["closes_at"])
        self._before = np.concatenate([[0], np.cumsum(self._closes - self._opens)])

    def point(self, instants: Ints) -> Ints:
        """Where each instant lies on the line; a closed one lies where the next opening begins."""
        if len(instants) and int(instants.min()) < int(self._opens[0]) - DAY:
            raise WrongFrame(f"openings: calendar {self._name!r} begins after a clock; lay out earlier days")
        place = np.searchsorted(self._opens, instants, side="right") - 1
        inside = np.maximum(place, 0)
        gone = np.clip(instants - self._opens[inside], 0, self._closes[inside] - self._opens[inside])
        found: Ints = self._before[inside] + gone
        return found

    def instant(self, points: Ints) -> Ints:
        """The earliest instant at each point of the line. Raises WrongFrame behind its end."""
        if len(points) and int(points.max()) > int(self._before[-1]):
            raise WrongFrame(f"openings: calendar {self._name!r} ends before a clock does; lay out more days")
        place = np.maximum(np.searchsorted(self._before, points, side="left") - 1, 0)
        found: Ints = self._opens[place] + points - self._before[place]
        return found

    def closing(self, days: pl.Series, amounts: Ints) -> Ints:
        """The closing of the last of so many open days behind each day. Raises WrongFrame behind the end."""
        place = self._days.search_sorted(days, side="right").to_numpy().astype(np.int64) + amounts - 1
        if len(place) and int(place.max()) >= len(self._days):
            raise WrongFrame(f"openings: calendar {self._name!r} ends before a clock does; lay out more days")
        found: Ints = self._closes[place]
        return found


def _laid_out(open_spans: pl.DataFrame) -> pl.DataFrame:
    spans = require(open_spans, OPENINGS).sort("calendar", "day")
    before = pl.col("closes_at").shift(1).over("calendar")
    wrong = spans.filter((pl.col("closes_at") <= pl.col("opens_at")) | (pl.col("opens_at") < before))
    if wrong.height:
        raise WrongFrame(f"openings: {wrong['calendar'][0]} on {wrong['day'][0]} overlaps the day before or ends early")
    return spans


def _instants(zone: str, days: Ints, minute: int) -> pl.Series:
    """The instant of a local time on each day: the offset is that which holds there, asked for twice."""
    local = days * DAY + minute * MINUTE
    guess = local - offsets(zone, local)
    return pl.Series(local - offsets(zone, guess), dtype=pl.Int64)


def _ints(column: pl.Series) -> Ints:
    found: Ints = column.to_numpy().astype(np.int64)
    return found
