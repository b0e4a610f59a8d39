"""When money comes: paydays, school fees, harvests, public holidays, and the hours of a working day."""

from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# Fixed-date public holidays (month, day); feasts that move with the moon are left out.
HOLIDAYS: dict[str, tuple[tuple[int, int], ...]] = {
    "TZ": ((1, 1), (1, 12), (4, 7), (4, 26), (5, 1), (7, 7), (8, 8), (10, 14), (12, 9), (12, 25), (12, 26)),
    "KE": ((1, 1), (5, 1), (6, 1), (10, 10), (10, 20), (12, 12), (12, 25), (12, 26)),
    "NG": ((1, 1), (5, 1), (6, 12), (10, 1), (12, 25), (12, 26)),
    "AE": ((1, 1), (12, 2), (12, 3)),
}
# How much likelier than usual an instalment is paid in time, January to December: school fees in January and
# September press, harvests and year-end pay relieve.
SEASONS: dict[str, tuple[float, ...]] = {
    "TZ": (0.82, 0.95, 1.0, 0.97, 1.0, 1.03, 1.06, 1.06, 0.90, 0.98, 1.0, 1.03),
    "KE": (0.84, 0.96, 1.0, 0.98, 0.96, 1.0, 1.04, 1.05, 0.91, 1.0, 1.02, 1.02),
    "NG": (0.88, 0.97, 1.0, 1.0, 1.0, 0.99, 1.0, 1.0, 0.90, 1.03, 1.04, 1.02),
    "AE": (1.0, 1.0, 1.0, 1.0, 1.0, 0.98, 0.94, 0.94, 0.95, 1.0, 1.02, 1.02),
}
PAYDAY = 25
"""The first day of the month on which wages come; they come until its end."""
CALL_HOURS = (8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18)
CALL_WEIGHTS = np.array([4, 9, 13, 12, 8, 5, 8, 10, 12, 12, 7]) / 100
# A call in the early evening is answered most often.
ANSWER_BY_HOUR = np.array([0.85, 0.92, 1.0, 1.0, 0.95, 0.88, 0.92, 1.0, 1.08, 1.18, 1.22])

_EPOCH = np.datetime64("1970-01-01", "D")


def days(dates: pl.Series) -> Ints:
    """Dates as days since 1970."""
    return dates.cast(pl.Int32).cast(pl.Int64).to_numpy()


def dates(numbers: Ints) -> pl.Series:
    """Days since 1970 as dates."""
    return pl.Series(numbers.astype(np.int32)).cast(pl.Date)


def number(day: date) -> int:
    """One date as days since 1970."""
    return int((np.datetime64(day, "D") - _EPOCH).astype(np.int64))


def months(numbers: Ints) -> Ints:
    """The month, 0 to 11, of days since 1970."""
    found: Ints = (_EPOCH + numbers).astype("datetime64[M]").astype(np.int64) % 12
    return found


def month_days(numbers: Ints) -> Ints:
    """The day of the month of days since 1970."""
    moments = _EPOCH + numbers
    found: Ints = (moments - moments.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    return found


def weekdays(numbers: Ints) -> Ints:
    """0 Monday to 6 Sunday of days since 1970, which began on a Thursday."""
    found: Ints = (numbers + 3) % 7
    return found


def season(countries: npt.NDArray[np.str_], numbers: Ints) -> Floats:
    """The factor of the season in each country on each day."""
    month = months(numbers)
    found = np.ones(len(numbers))
    for country, factors in SEASONS.items():
        here = countries == country
        found[here] = np.array(factors)[month[here]]
    return found


def to_payday(numbers: Ints, random: np.random.Generator) -> Ints:
    """Each day put off to the paydays of its month, unless they have come already."""
    day = month_days(numbers)
    found: Ints = np.where(day < PAYDAY, numbers - day + PAYDAY + random.integers(0, 4, len(numbers)), numbers)
    return found


def off_holidays(countries: npt.NDArray[np.str_], numbers: Ints) -> Ints:
    """Each day, or the next that is no public holiday of its country."""
    found = numbers.copy()
    for country, fixed in HOLIDAYS.items():
        here = np.flatnonzero(countries == country)
        closed = np.array([100 * month + day for month, day in fixed])
        for _ in range(2):
            is_closed = np.isin(100 * (months(found[here]) + 1) + month_days(found[here]), closed)
            found[here] += is_closed
    return found


def off_sundays(numbers: Ints) -> Ints:
    """Each day, or the Monday after it."""
    found: Ints = numbers + (weekdays(numbers) == 6)
    return found


def moments(numbers: Ints, seconds: Ints, zone: str) -> pl.Series:
    """The instants `seconds` after midnight, by the clock of `zone`, of days since 1970; in UTC."""
    micros = (numbers * 86_400 + seconds) * 1_000_000
    local = pl.Series(micros).cast(pl.Datetime("us")).dt.replace_time_zone(zone, ambiguous="earliest")
    return local.dt.convert_time_zone("UTC")
