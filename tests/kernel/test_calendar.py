"""Months keep their day and business days skip what is free."""

import calendar as stdlib_calendar
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.calendar import (
    UnableToStepBusinessDays,
    add_business_days,
    add_months,
    month_end,
    month_start,
    roll_to_business_day,
)

days = st.dates(date(1999, 1, 1), date(2060, 12, 31))


def one(expression: pl.Expr) -> object:
    return pl.select(expression).item()


def later_month(start: date, months: int, anchor_day: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(anchor_day, stdlib_calendar.monthrange(year, month + 1)[1]))


def test_month_end_anchor_is_kept() -> None:
    frame = pl.DataFrame({"first": [date(2026, 1, 31)] * 4, "number": [0, 1, 2, 3]})
    stepped = frame.select(add_months(pl.col("first"), pl.col("number"))).to_series().to_list()
    assert stepped == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]


def test_stepping_from_the_month_before_would_have_lost_the_anchor() -> None:
    february = one(add_months(pl.lit(date(2026, 1, 31)), 1))
    assert isinstance(february, date)
    assert one(add_months(pl.lit(february), 1)) == date(2026, 3, 28)
    assert one(add_months(pl.lit(february), 1, anchor_day=pl.lit(31))) == date(2026, 3, 31)


@given(days, st.integers(-400, 400), st.none() | st.integers(1, 31))
def test_months_later_agrees_with_the_calendar(start: date, months: int, anchor_day: int | None) -> None:
    anchor = None if anchor_day is None else pl.lit(anchor_day)
    expected = later_month(start, months, anchor_day or start.day)
    assert one(add_months(pl.lit(start), months, anchor_day=anchor)) == expected


@given(days)
def test_month_bounds_are_those_of_the_calendar(day: date) -> None:
    last = stdlib_calendar.monthrange(day.year, day.month)[1]
    assert month_start(day) == one(month_start(pl.lit(day))) == day.replace(day=1)
    assert month_end(day) == one(month_end(pl.lit(day))) == day.replace(day=last)


@given(
    st.dates(date(2026, 1, 1), date(2026, 3, 1)),
    st.integers(-12, 12),
    st.sampled_from([{6, 7}, {5, 6}, {7}, set[int]()]),
    st.sets(st.dates(date(2025, 12, 20), date(2026, 3, 10)), max_size=6),
)
def test_business_days_agree_with_counting_one_by_one(
    start: date, steps: int, weekend: set[int], holidays: set[date]
) -> None:
    def is_business_day(day: date) -> bool:
        return day.isoweekday() not in weekend and day not in holidays

    expected = start
    while not is_business_day(expected):
        expected += timedelta(days=1)
    for _ in range(abs(steps)):
        expected += timedelta(days=1 if steps > 0 else -1)
        while not is_business_day(expected):
            expected += timedelta(days=1 if steps > 0 else -1)
    assert one(add_business_days(pl.lit(start), steps, weekend=weekend, holidays=holidays)) == expected


def test_friday_is_a_weekend_only_where_the_calendar_says_so() -> None:
    thursday = pl.lit(date(2026, 6, 4))
    assert one(add_business_days(thursday, 1)) == date(2026, 6, 5)
    assert one(add_business_days(thursday, 1, weekend={5, 6})) == date(2026, 6, 7)


def test_holiday_rolls_to_the_nearest_business_day_of_the_direction() -> None:
    new_year = pl.lit(date(2026, 1, 1))
    assert one(roll_to_business_day(new_year, "forward", holidays=[date(2026, 1, 1)])) == date(2026, 1, 2)
    assert one(roll_to_business_day(new_year, "backward", holidays=[date(2026, 1, 1)])) == date(2025, 12, 31)


@pytest.mark.parametrize("weekend", [{1, 2, 3, 4, 5, 6, 7}, {0}, {8}])
def test_weekend_without_a_working_day_is_refused(weekend: set[int]) -> None:
    with pytest.raises(UnableToStepBusinessDays):
        add_business_days(pl.lit(date(2026, 1, 1)), 1, weekend=weekend)
