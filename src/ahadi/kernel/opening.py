"""When it is neither too early nor too late: the hours that are open in every zone where somebody may be.

Problem: hours are said in local time, and the moment looked for lies behind weekends, holidays, months of Ramadan
and changes of the clock, in several zones at once. Choice: the open hours of a month are laid out as spans of
instants, zone by zone within the pieces of constant offset, so that an hour that the clock skips or repeats needs no
rule of its own; spans of several zones are cut with one another; what is laid out is kept.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import numpy as np

from ahadi.kernel.ragged import Ints
from ahadi.kernel.rule import Calendar, Hours
from ahadi.kernel.zone import DAY, EPOCH, MINUTE, pieces, start_of_day

FOREVER: Final = np.iinfo(np.int64).max
MINUTES_OF_DAY: Final = 1440
_CHUNK_DAYS: Final = 32


@dataclass(frozen=True)
class Quiet:
    """Times of a weekday (1 Monday to 7 Sunday) at which somebody is not to be disturbed, in minutes of the day."""

    weekday: int
    start: int
    end: int


Week = Hours | tuple[Quiet, ...]
"""What opens and closes through the week: hours that are open, or times that are not."""


@dataclass(frozen=True)
class Opening:
    """When a rule lets contact be: in `week`, by the days of the calendar, in all of the zones.

    Before `force_begin` and from `force_end` on (instants) the rule is not in force and everything is open.
    """

    week: Week
    zones: tuple[str, ...]
    calendar: Calendar
    force_begin: int
    force_end: int

    def next_open(self, instants: Ints, limit: int) -> Ints:
        """The first open instant at or after each; FOREVER where there is none before `limit`."""
        found = np.full(len(instants), FOREVER, dtype=np.int64)
        if not len(instants):
            return found
        waiting = np.arange(len(instants))
        chunk = int(instants.min()) // (_CHUNK_DAYS * DAY)
        while len(waiting) and chunk * _CHUNK_DAYS * DAY < limit:
            begins, ends = spans(self.week, self.zones, self.calendar, chunk)
            if len(begins):
                asked = instants[waiting]
                place = np.searchsorted(ends, asked, side="right")
                is_found = place < len(ends)
                found[waiting[is_found]] = np.maximum(asked[is_found], begins[place[is_found]])
                waiting = waiting[~is_found]
            chunk += 1
        in_force = (instants >= self.force_begin) & (instants < self.force_end)
        return np.where(in_force, np.minimum(found, self.force_end), instants)


@lru_cache(maxsize=16384)
def spans(week: Week, zones: tuple[str, ...], calendar: Calendar, chunk: int) -> tuple[Ints, Ints]:
    """Begins and ends of what is open in all the zones within the chunk of 32 days, in order."""
    begins, ends = zone_spans(week, zones[0], calendar, chunk)
    for zone in zones[1:]:
        begins, ends = _cut(begins, ends, *zone_spans(week, zone, calendar, chunk))
    return begins, ends


@lru_cache(maxsize=16384)
def zone_spans(week: Week, zone: str, calendar: Calendar, chunk: int) -> tuple[Ints, Ints]:
    """Begins and ends of what is open in one zone within the chunk, in order."""
    low, high = chunk * _CHUNK_DAYS * DAY, (chunk + 1) * _CHUNK_DAYS * DAY
    piece_begins, offsets = pieces(zone, low, high)
    piece_ends = np.append(piece_begins[1:], high)
    begins, ends = [], []
    for piece_begin, piece_end, offset in zip(piece_begins, piece_ends, offsets, strict=True):
        first, last = max(int(piece_begin), low), min(int(piece_end), high)
        if first >= last:
            continue
        for day in range((first + int(offset)) // DAY, (last - 1 + int(offset)) // DAY + 1):
            for start, end in open_minutes(week, calendar, EPOCH + timedelta(days=day)):
                begin = max(day * DAY + start * MINUTE - int(offset), first)
                finish = min(day * DAY + end * MINUTE - int(offset), last)
                if begin < finish:
                    begins.append(begin)
                    ends.append(finish)
    return np.array(begins, dtype=np.int64), np.array(ends, dtype=np.int64)


def open_minutes(week: Week, calendar: Calendar, day: date) -> list[tuple[int, int]]:
    """What is open on a day, in minutes of the day, in order."""
    if isinstance(week, Hours):
        return _hours(week, calendar, day)
    closed = sorted((quiet.start, quiet.end) for quiet in week if quiet.weekday == day.isoweekday())
    found, begin = [], 0
    for start, end in closed:
        if start > begin:
            found.append((begin, start))
        begin = max(begin, end)
    if begin < MINUTES_OF_DAY:
        found.append((begin, MINUTES_OF_DAY))
    return found


def _hours(hours: Hours, calendar: Calendar, day: date) -> list[tuple[int, int]]:
    weekday = day.isoweekday()
    is_closed = weekday in calendar.rest if hours.weekdays is None else weekday not in hours.weekdays
    if is_closed or (not hours.with_holidays and day in calendar.holidays):
        return []
    if hours.ramadan is not None and calendar.is_ramadan(day):
        return [hours.ramadan]
    return [(hours.start, hours.end)]


def _cut(begins: Ints, ends: Ints, other_begins: Ints, other_ends: Ints) -> tuple[Ints, Ints]:
    """What lies in spans of both; each list is in order."""
    # Spans that only touch (one ends at midnight, the next begins there) stay two: they are open all the same.
    left = np.searchsorted(other_ends, begins, side="right")
    right = np.searchsorted(other_begins, ends, side="left")
    count = np.maximum(right - left, 0)
    mine = np.repeat(np.arange(len(begins)), count)
    theirs = np.repeat(left, count) + np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return np.maximum(begins[mine], other_begins[theirs]), np.minimum(ends[mine], other_ends[theirs])


@lru_cache(maxsize=16384)
def force(zones: tuple[str, ...], from_date: date | None, until_date: date | None) -> tuple[int, int]:
    """The instants between which a rule is in force somewhere: from the first moment of its first day in the
    earliest of the zones to the last moment of its last day in the latest.
    """
    begin = -FOREVER if from_date is None else min(start_of_day(zone, (from_date - EPOCH).days) for zone in zones)
    end = FOREVER if until_date is None else max(start_of_day(zone, (until_date - EPOCH).days + 1) for zone in zones)
    return begin, end
