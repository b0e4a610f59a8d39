"""The calendars of countries: national holidays, days of rest, months of Ramadan, and what an office knows better."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from inspect import signature
from typing import Any, Final

from holidays import HolidayBase, country_holidays, list_supported_countries

# The package keeps its lunar calendar under this name and offers no other way to the days of Ramadan.
from holidays.calendars.islamic import _IslamicLunar

from ahadi.data.marked import Entry, read_entries
from ahadi.kernel.rule import Calendar, Ramadan

ANY: Final = "*"
_FILE: Final = "rulebook/calendars.yaml"
_CALLED: Final = {"UK": "GB"}
_LANGUAGE: Final = "en_US"
_ESTIMATED: Final = "estimated"
_SHOW_ESTIMATED: Final = "islamic_show_estimated"
_LONGEST_MONTH: Final = timedelta(days=30)


class UnableToReadCalendars(Exception):
    """The file of weekly days of rest cannot be used: the message names the line and what was expected."""

    is_refusal = True


@dataclass(frozen=True)
class Override:
    """What an office knows of a day better: that it is a holiday in a country, or that it is none."""

    country: str
    day: date
    is_holiday: bool


@dataclass(frozen=True)
class Holiday:
    """A national holiday; estimated where it waits for the moon."""

    day: date
    name: str
    is_estimated: bool


@dataclass(frozen=True)
class Fast:
    """A month of Ramadan, first and last day; estimated where it waits for the moon."""

    first: date
    last: date
    is_estimated: bool


@dataclass(frozen=True)
class Week:
    """The days of the week (1 Monday to 7 Sunday) on which a country rests, and those that are no business days."""

    rest: frozenset[int]
    weekend: frozenset[int]


@lru_cache(maxsize=1024)
def calendar(countries: frozenset[str], *, years: range, overrides: tuple[Override, ...] = ()) -> Calendar:
    """What is closed in one or another of the countries in these years, as the gate asks it.

    A country is a code as KE; of a part (US-MA) the country's days count, holidays of a part alone are left out. What
    an office overrides wins over the package, each for its own country. Of a country that nobody knows, and where none
    is given, only the Sunday is closed. Raises UnableToReadCalendars.
    """
    known = sorted({_code(country) for country in countries}) or [ANY]
    months = {month for country in known for month in fasts(country, years=years)}
    return Calendar(
        holidays=frozenset(day for country in known for day in _closed(country, years, overrides)),
        rest=frozenset(day for country in known for day in week(country).rest),
        ramadan=tuple(Ramadan(month.first, month.last) for month in sorted(months, key=lambda month: month.first)),
    )


def _closed(country: str, years: range, overrides: tuple[Override, ...]) -> set[date]:
    closed = {holiday.day for holiday in holidays(country, years=years)}
    for override in overrides:
        if _code(override.country) == country:
            (closed.add if override.is_holiday else closed.discard)(override.day)
    return closed


@lru_cache(maxsize=1024)
def holidays(country: str, *, years: range) -> tuple[Holiday, ...]:
    """The national holidays of a country in these years, in order; none of a country that the package lacks."""
    found = _packaged(_code(country), years)
    if found is None:
        return ()
    return tuple(Holiday(day, name, _ESTIMATED in name.lower()) for day, name in sorted(found.items()))


@lru_cache(maxsize=1024)
def fasts(country: str, *, years: range) -> tuple[Fast, ...]:
    """The months of Ramadan that touch these years, from the first day to the one before the feast, as a country keeps
    them where the package says so, else by the tables of the Umm al-Qura.
    """
    lunar = getattr(_packaged(_code(country), years), "_islamic_calendar", None) or _IslamicLunar()
    ends = sorted(_days(lunar.eid_al_fitr_dates, years))
    months = (
        Fast(begin, end - timedelta(days=1), is_guess or is_end_guess)
        for begin, is_guess in sorted(_days(lunar.ramadan_beginning_dates, years))
        for end, is_end_guess in ends
        if begin < end <= begin + _LONGEST_MONTH
    )
    return tuple(month for month in months if month.first.year in years or month.last.year in years)


def week(country: str) -> Week:
    """The days of rest and the weekend of a country. Raises UnableToReadCalendars."""
    known = _weeks()
    return known.get(_code(country), known[ANY])


def _days(asked: Any, years: range) -> set[tuple[date, bool]]:
    # The package gives the dates of the year before with those of a year; a month may begin in one and end in the next.
    return {found for year in (*years, *(year + 1 for year in years[-1:])) for found in asked(year)}


def _code(country: str) -> str:
    whole = country.partition("-")[0]
    return _CALLED.get(whole, whole)


def _packaged(country: str, years: range) -> HolidayBase | None:
    """The package's own object, a new one each time: it fills itself while it is read, which threads must not share."""
    if country not in _supported():
        return None
    kind: Any = type(country_holidays(country))
    known = country_holidays(country).supported_languages
    # Some countries hide that a day is estimated unless they are asked for it.
    shown = {_SHOW_ESTIMATED: True} if _SHOW_ESTIMATED in signature(kind).parameters else {}
    language = _LANGUAGE if _LANGUAGE in known else None
    found: HolidayBase = kind(years=years, language=language, expand=False, **shown)
    return found


@cache
def _supported() -> frozenset[str]:
    return frozenset(list_supported_countries())


@cache
def _weeks() -> dict[str, Week]:
    text = files("ahadi").joinpath(_FILE).read_text("utf-8")
    return read_weeks(text, file=_FILE)


def read_weeks(text: str, *, file: str) -> dict[str, Week]:
    """The week of each country that a text holds, `*` for the others. Raises UnableToReadCalendars."""
    head = read_entries(text, file=file, error=UnableToReadCalendars)
    fields = head.fields(required=("parameter", "unit", "source", "quality", "countries"))
    found = {country: _week(entry) for country, entry in fields["countries"].named().items()}
    if ANY not in found:
        raise fields["countries"].refused(f"{ANY!r} missing, for every country that is not named")
    return found


def _week(entry: Entry) -> Week:
    fields = entry.fields(required=("rest", "weekend"))
    rest, weekend = (frozenset(_weekdays(fields[name])) for name in ("rest", "weekend"))
    if not rest <= weekend:
        raise fields["rest"].refused("a day of rest is a day of the weekend")
    return Week(rest, weekend)


def _weekdays(entry: Entry) -> Iterator[int]:
    for item in entry.items():
        if item.whole(least=1) > 7:
            raise item.refused(f"expected a weekday from 1 (Monday) to 7, found {item.value}")
        yield item.value
