"""Local time: the offset of a zone at an instant, the local day of an instant, the instant at which a day begins.

Instants are whole microseconds since 1970 in UTC, days whole days since 1970. The zone's own rules are read once
for each year and kept as the pieces of that year in which its offset stays the same.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from ahadi.kernel.ragged import Ints

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 86_400 * SECOND
EPOCH: Final = date(1970, 1, 1)
_EPOCH_AT: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Offsets change at most once in half a day.
_STEP_SECONDS: Final = 12 * 3600


def zone_names(joined: str) -> tuple[str, ...]:
    """The parts of names joined by a plus sign; the one of `Etc/GMT+1` belongs to the name, which no digit begins."""
    return tuple(re.split(r"\+(?!\d)", joined))


def instant(moment: datetime) -> int:
    """A moment with a zone as an instant."""
    return (moment - _EPOCH_AT) // timedelta(microseconds=1)


def moment(at: int) -> datetime:
    """An instant as a moment in UTC."""
    return _EPOCH_AT + timedelta(microseconds=at)


def day_number(day: date) -> int:
    """A date as days since 1970."""
    return (day - EPOCH).days


def local_days(zone: str, instants: Ints) -> Ints:
    """The local day of each instant."""
    found: Ints = (instants + offsets(zone, instants)) // DAY
    return found


def offsets(zone: str, instants: Ints) -> Ints:
    """How much the zone is ahead of UTC at each instant, in microseconds."""
    if not len(instants):
        return np.zeros(0, dtype=np.int64)
    begins, ahead = pieces(zone, int(instants.min()), int(instants.max()) + 1)
    found: Ints = ahead[np.searchsorted(begins, instants, side="right") - 1]
    return found


def pieces(zone: str, low: int, high: int) -> tuple[Ints, Ints]:
    """Where the pieces of constant offset begin that cover low <= t < high, and the offset of each."""
    first, last = moment(low).year, moment(high - 1).year
    if first == last:
        return _pieces(zone, first)
    years = [_pieces(zone, year) for year in range(first, last + 1)]
    return np.concatenate([begins for begins, _ in years]), np.concatenate([ahead for _, ahead in years])


@lru_cache(maxsize=4096)
def start_of_day(zone: str, day: int) -> int:
    """The first instant of a local day."""
    # Read with fold 0: where midnight does not exist, that is the instant at which the clock jumps over it.
    return instant(datetime.combine(EPOCH + timedelta(days=day), datetime.min.time(), ZoneInfo(zone)))


def starts_of_days(zone: str, days: Ints) -> Ints:
    """The first instant of each local day."""
    distinct, place = np.unique(days, return_inverse=True)
    return np.array([start_of_day(zone, int(day)) for day in distinct], dtype=np.int64)[place]


@lru_cache(maxsize=4096)
def _pieces(zone: str, year: int) -> tuple[Ints, Ints]:
    local = ZoneInfo(zone)
    second = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
    end = int(datetime(year + 1, 1, 1, tzinfo=UTC).timestamp())
    begins, ahead = [second], [_ahead(local, second)]
    while second < end:
        following = min(second + _STEP_SECONDS, end)
        if following < end and (later := _ahead(local, following)) != ahead[-1]:
            begins.append(_change(local, second, following))
            ahead.append(later)
        elif following == end and (later := _ahead(local, end - 1)) != ahead[-1]:
            begins.append(_change(local, second, end - 1))
            ahead.append(later)
        second = following
    return np.array(begins, dtype=np.int64) * SECOND, np.array(ahead, dtype=np.int64) * SECOND


def _ahead(local: ZoneInfo, second: int) -> int:
    ahead = datetime.fromtimestamp(second, local).utcoffset()
    assert ahead is not None
    return int(ahead.total_seconds())


def _change(local: ZoneInfo, before: int, after: int) -> int:
    """The second at which the offset changes: it is another at `after` than at `before`."""
    old = _ahead(local, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _ahead(local, middle) == old:
            before = middle
        else:
            after = middle
    return after
