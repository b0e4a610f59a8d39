"""Dates as contracts count them: months that keep their day, business days that skip weekends and
holidays.
"""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Literal, overload

import polars as pl

SATURDAY_SUNDAY = frozenset({6, 7})
DAY_COUNTS = ("30/360", "actual/360", "actual/364", "actual/365", "actual/actual")
_ACTUAL_YEAR = 365 * 366


class UnableToStepBusinessDays(ValueError):
    """Business days could not be counted: the weekend leaves no working day, or names a day that is not
    1 (Monday) to 7 (Sunday).
    """


def add_months(dates: pl.Expr, months: pl.Expr | int, *, anchor_day: pl.Expr | None = None) -> pl.Expr:
    """The date so many months later on the same day of the month, or on the month's last day where it is
    shorter.

    Steps are counted from the first date, never from the one before, so 31 Jan gives 28 Feb, 31 Mar, 30
    Apr. Where the contract's day is not the day of the date itself (a first due date of 28 Feb in a
    contract of the 31st), give it as `anchor_day`.
    """
    day = dates.dt.day() if anchor_day is None else anchor_day
    elapsed = dates.dt.year().cast(pl.Int32) * 12 + dates.dt.month().cast(pl.Int32) - 1 + months
    first_of_month = pl.date(elapsed // 12, elapsed % 12 + 1, 1)
    days_in_month = first_of_month.dt.month_end().dt.day()
    return pl.date(elapsed // 12, elapsed % 12 + 1, pl.min_horizontal(day, days_in_month))


def later_by(dates: pl.Expr, steps: pl.Expr | int, unit: str) -> pl.Expr:
    """The date so many days, weeks or months later; months keep the day of the date or end with the month."""
    if unit == "month":
        return add_months(dates, steps)
    count = pl.lit(steps) if isinstance(steps, int) else steps
    return dates + pl.duration(days=count * (7 if unit == "week" else 1))


def day_parts(start: pl.Expr, end: pl.Expr, day_count: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """The length of a period as whole `days` of a whole `year`, so that days / year is exact.

    30/360: whole months of 30 days and the days that remain; actual/360, /364, /365: days over that year;
    actual/actual: days of leap years over 366 and the others over 365, on their common denominator. The
    first day counts, the last does not. Null for another day count.
    """
    actual = (end - start).dt.total_days()
    leap = _leap_days_before(end) - _leap_days_before(start)
    elapsed = (end.dt.year() - start.dt.year()).cast(pl.Int64) * 12 + end.dt.month() - start.dt.month()
    months = elapsed - (add_months(start, elapsed) > end).cast(pl.Int64)
    thirty = months * 30 + (end - add_months(start, months)).dt.total_days()
    days = (
        pl.when(day_count == "30/360")
        .then(thirty)
        .when(day_count == "actual/actual")
        .then(leap * 365 + (actual - leap) * 366)
        .when(day_count.is_in(DAY_COUNTS))
        .then(actual)
    )
    years = {"30/360": 360, "actual/360": 360, "actual/364": 364, "actual/365": 365, "actual/actual": _ACTUAL_YEAR}
    return days, day_count.replace_strict(years, default=None, return_dtype=pl.Int64)


def _leap_days_before(dates: pl.Expr) -> pl.Expr:
    """How many days of leap years lie before the date."""
    before = dates.dt.year().cast(pl.Int64) - 1
    whole_years = (before // 4 - before // 100 + before // 400) * 366
    return whole_years + pl.when(dates.dt.is_leap_year()).then(dates.dt.ordinal_day().cast(pl.Int64) - 1).otherwise(0)


def add_business_days(
    dates: pl.Expr,
    days: pl.Expr | int,
    *,
    weekend: Collection[int] = SATURDAY_SUNDAY,
    holidays: Collection[date] = (),
) -> pl.Expr:
    """The date so many business days later (earlier when negative); a date that is not one counts as the
    next one.

    `weekend` holds ISO weekdays (1 Monday ... 7 Sunday): {5, 6} where Friday and Saturday are free.
    Raises UnableToStepBusinessDays for a weekend of seven days or a day outside 1-7.
    """
    return dates.dt.add_business_days(days, week_mask=_week_mask(weekend), holidays=sorted(holidays), roll="forward")


def roll_to_business_day(
    dates: pl.Expr,
    direction: Literal["forward", "backward"],
    *,
    weekend: Collection[int] = SATURDAY_SUNDAY,
    holidays: Collection[date] = (),
) -> pl.Expr:
    """The date itself if it is a business day, else the nearest one after (`forward`) or before
    (`backward`) it.
    """
    return dates.dt.add_business_days(0, week_mask=_week_mask(weekend), holidays=sorted(holidays), roll=direction)


@overload
def month_start(day: date) -> date: ...
@overload
def month_start(day: pl.Expr) -> pl.Expr: ...
def month_start(day: date | pl.Expr) -> date | pl.Expr:
    """The first day of the date's month."""
    return day.replace(day=1) if isinstance(day, date) else day.dt.month_start()


@overload
def month_end(day: date) -> date: ...
@overload
def month_end(day: pl.Expr) -> pl.Expr: ...
def month_end(day: date | pl.Expr) -> date | pl.Expr:
    """The last day of the date's month."""
    if isinstance(day, date):
        in_next_month = day.replace(day=28) + timedelta(days=4)
        return in_next_month.replace(day=1) - timedelta(days=1)
    return day.dt.month_end()


def _week_mask(weekend: Collection[int]) -> list[bool]:
    if not set(weekend) < set(range(1, 8)):
        raise UnableToStepBusinessDays(
            f"cannot step business days with the weekend {sorted(weekend)}: it must leave a working day "
            "and hold only 1 (Monday) to 7 (Sunday); correct the calendar"
        )
    return [weekday not in weekend for weekday in range(1, 8)]
