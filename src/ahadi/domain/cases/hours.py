"""The hours of an organisation's office, and the clocks that run in them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from ahadi.data import calendars
from ahadi.data.models.gate import DayOverride
from ahadi.data.models.organisation import Organisation
from ahadi.data.sla import EVERY_DAY, OFFICE, Sla, slas
from ahadi.kernel import clock
from ahadi.kernel.zone import instant, moment

_EARLIER = timedelta(days=10)
# Open days are at least a fifth of all days, and the manager's share lies beyond the whole.
_LATER = timedelta(days=60)
_FACTOR = 8


@dataclass(frozen=True)
class Times:
    """A clock that was set: by what, and the moments at which it presses, runs out, and reaches the manager."""

    sla: Sla
    from_at: datetime
    amber_at: datetime
    red_at: datetime
    due_at: datetime
    manager_at: datetime


def times(organisation_id: int, kind: str, *, received_at: datetime) -> Times:
    """The clock of something of a kind that came at a moment. Raises UnableToReadSla."""
    organisation = Organisation.objects.get(id=organisation_id)
    day = received_at.astimezone(ZoneInfo(organisation.time_zone)).date()
    rules = slas()
    sla = rules.at(kind, organisation.country, day)
    days = sla.amount if sla.unit == clock.DAYS else -(-sla.amount // (rules.closes - rules.opens))
    spans = laid_out(
        organisation, sla.calendar, first=day - _EARLIER, last=day + _LATER + timedelta(days=_FACTOR * days)
    )
    clocks = pl.DataFrame(
        [(1, sla.calendar, day, instant(received_at), sla.unit, sla.amount)],
        schema={column.name: column.dtype for column in clock.CLOCKS.columns},
        orient="row",
    )
    due = clock.due(clocks, spans)
    amber, red, manager = (
        moment(clock.at_share(due, spans, share_bps=share)["at"][0])
        for share in (rules.amber_bps, rules.red_bps, rules.manager_bps)
    )
    ends = moment(due["due_at"][0])
    # What came while the office was closed begins with the next opening, which may be the moment it is due less little.
    return Times(sla, received_at, max(amber, received_at), max(red, received_at), ends, max(manager, ends))


def laid_out(organisation: Organisation, calendar: str, *, first: date, last: date) -> pl.DataFrame:
    """The openings of an organisation's office, or of every day whole, between two days."""
    if calendar == EVERY_DAY:
        return clock.openings(EVERY_DAY, organisation.time_zone, first=first, last=last, hours=(0, 1440), closed=())
    rules, country = slas(), organisation.country
    overrides = tuple(
        calendars.Override(row.country, row.day, row.is_holiday)
        for row in DayOverride.objects.filter(organisation_id=organisation.id, country=country)
    )
    years = range(first.year, last.year + 1)
    known = calendars.calendar(frozenset([country]), years=years, overrides=overrides)
    weekend = calendars.week(country).weekend
    days = (first + timedelta(days=turn) for turn in range((last - first).days + 1))
    closed = {day for day in days if day.isoweekday() in weekend or day in known.holidays}
    hours = (rules.opens, rules.closes)
    return clock.openings(OFFICE, organisation.time_zone, first=first, last=last, hours=hours, closed=closed)


def remaining_minutes(organisation_id: int, times_of: pl.DataFrame, *, at: datetime) -> pl.DataFrame:
    """[clock_id, used_bps, remaining_minutes] of clocks (clock_id, calendar, from_at and due_at)."""
    if times_of.is_empty():
        return pl.DataFrame(schema={"clock_id": pl.Int64, "used_bps": pl.Int64, "remaining_minutes": pl.Int64})
    organisation = Organisation.objects.get(id=organisation_id)
    edges = [*times_of["from_at"], *times_of["due_at"], at]
    first, last = min(edges).date() - _EARLIER, max(edges).date() + _LATER
    spans = pl.concat(
        laid_out(organisation, str(name), first=first, last=last) for name in times_of["calendar"].unique().sort()
    )
    clocks = times_of.with_columns(pl.col("from_at", "due_at").dt.epoch("us"))
    return clock.read(clocks.select(clock.DUE.column_names), spans, at=instant(at))
