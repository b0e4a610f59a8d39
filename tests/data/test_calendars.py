"""Countries rest on their own days, fast in their own month, and an office that knows better is heard."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from holidays import country_holidays, list_supported_countries

from ahadi.data.calendars import (
    ANY,
    Override,
    UnableToReadCalendars,
    calendar,
    fasts,
    holidays,
    read_weeks,
    week,
)

YEARS = range(2026, 2028)
JAMHURI = date(2026, 12, 12)
TEXT = """\
parameter: calendars
unit: days
source: "a source"
quality: P
countries:
  "*": {rest: [7], weekend: [6, 7]}
  SA: {rest: [5], weekend: [5, 6]}
"""


def days(*countries: str, overrides: tuple[Override, ...] = ()) -> frozenset[date]:
    return calendar(frozenset(countries), years=YEARS, overrides=overrides).holidays


def test_national_holidays_are_closed() -> None:
    assert JAMHURI in days("KE") and date(2026, 7, 4) in days("US") and date(2026, 12, 25) in days("UK")
    assert date(2026, 3, 11) not in days("KE")


def test_holiday_of_a_part_is_not_national() -> None:
    patriots_day = date(2026, 4, 20)
    assert patriots_day in country_holidays("US", subdiv="MA", years=2026)
    assert patriots_day not in days("US-MA") and days("US-MA") == days("US")


def test_day_of_rest_is_that_of_the_country() -> None:
    rest = {code: calendar(frozenset({code}), years=YEARS).rest for code in ("KE", "SA", "KW", "AE", "XX")}
    assert rest == {"KE": {7}, "SA": {5}, "KW": {5}, "AE": {7}, "XX": {7}}


def test_weekends_are_those_of_the_package() -> None:
    for code in (code for code in list_supported_countries() if len(code) == 2):
        packaged = {day + 1 for day in country_holidays(code, years=2026).weekend}
        assert week(code).weekend == packaged, code
        assert week(code).rest <= packaged or week(code) == week(ANY), code


def test_country_nobody_knows_has_sundays_alone() -> None:
    unknown = calendar(frozenset({"XX"}), years=YEARS)
    assert not unknown.holidays and unknown.rest == {7}
    assert calendar(frozenset(), years=YEARS) == unknown


def test_several_countries_are_closed_on_the_days_of_each() -> None:
    both = calendar(frozenset({"KE", "SA"}), years=YEARS)
    assert both.holidays == days("KE") | days("SA") and both.rest == {5, 7}


def test_fast_ends_the_day_before_the_feast() -> None:
    first, second = fasts("SA", years=YEARS)
    assert (first.first, first.last) == (date(2026, 2, 18), date(2026, 3, 19))
    assert first.is_estimated and second.first.year == 2027
    made = calendar(frozenset({"SA"}), years=YEARS)
    assert made.is_ramadan(first.first) and made.is_ramadan(first.last)
    assert not made.is_ramadan(first.last + timedelta(days=1))
    assert not made.is_ramadan(first.first - timedelta(days=1))


def test_fast_that_was_confirmed_is_not_estimated() -> None:
    (month,) = fasts("OM", years=range(2026, 2027))
    assert (month.first, month.last, month.is_estimated) == (date(2026, 2, 19), date(2026, 3, 19), False)


def test_two_fasts_of_one_year_and_one_over_new_year_are_found() -> None:
    months = fasts("TZ", years=range(2030, 2031))
    assert [month.first.month for month in months] == [1, 12]
    assert months[1].last.year == 2031
    assert months[1] in fasts("TZ", years=range(2031, 2032))
    assert all(
        28 <= (month.last - month.first).days <= 30
        for year in range(1990, 2077)
        for month in fasts(ANY, years=range(year, year + 1))
    )


def test_holiday_that_waits_for_the_moon_is_estimated() -> None:
    feasts = [holiday for holiday in holidays("SA", years=range(2027, 2028)) if "Eid" in holiday.name]
    assert feasts and all(holiday.is_estimated for holiday in feasts)
    assert not any(holiday.is_estimated for holiday in holidays("US", years=YEARS))


def test_office_that_knows_better_is_heard_for_its_own_country() -> None:
    moved = date(2026, 12, 14)
    overrides = (Override("KE", JAMHURI, is_holiday=False), Override("KE", moved, is_holiday=True))
    assert JAMHURI in days("KE") and moved not in days("KE")
    heard = days("KE", overrides=overrides)
    assert JAMHURI not in heard and moved in heard
    assert days("TZ", overrides=overrides) == days("TZ")
    christmas = Override("KE", date(2026, 12, 25), is_holiday=False)
    assert date(2026, 12, 25) in days("KE", "TZ", overrides=(christmas,))


def test_calendar_is_made_once_and_the_same_for_every_thread() -> None:
    years = range(2019, 2024)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: calendar(frozenset({"EG", "KE"}), years=years), range(32)))
    assert all(one == made[0] for one in made)
    assert calendar(frozenset({"KE", "EG"}), years=years) is calendar(frozenset({"EG", "KE"}), years=years)


def test_years_that_nobody_asked_for_are_left_out() -> None:
    assert {day.year for day in days("KE")} == set(YEARS)
    assert calendar(frozenset({"KE"}), years=range(0)).holidays == frozenset()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("parameter", "parametre", "own.yaml, line 1: unknown key 'parametre'"),
        ('  "*": {rest: [7], weekend: [6, 7]}\n', "", "own.yaml, line 6: '\\*' missing"),
        ("rest: [5]", "rest: [8]", "own.yaml, line 7: expected a weekday from 1"),
        ("rest: [5]", "rest: [3]", "own.yaml, line 7: a day of rest is a day of the weekend"),
        (", weekend: [5, 6]", "", "own.yaml, line 7: weekend missing"),
        ("rest: [5]", "rest: [fri]", "own.yaml, line 7: expected a whole number from 1 on, found 'fri'"),
    ],
)
def test_mistake_is_named_with_its_line(old: str, new: str, said: str) -> None:
    assert read_weeks(TEXT, file="own.yaml")["SA"].rest == {5}
    with pytest.raises(UnableToReadCalendars, match=said):
        read_weeks(TEXT.replace(old, new, 1), file="own.yaml")
