"""The calendar of a country ready for the page."""

from dataclasses import dataclass
from datetime import date

from babel import Locale
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ahadi.domain.contact.catalogue import Year, YearDay
from ahadi.web.frame import contact, figures, words


@dataclass(frozen=True)
class DayRow:
    """A day: what the calendar calls it, whether contact rests on it, and whether we say so ourselves."""

    iso: str
    day: str
    name: str
    is_closed: bool
    is_estimated: bool
    is_ours: bool
    is_over: bool


@dataclass(frozen=True)
class YearView:
    """A country's year."""

    country: str
    place: str
    year: int
    rest: str
    weekend: str
    days: tuple[DayRow, ...]
    fasts: tuple[tuple[str, bool], ...]


def year_view(year: Year, *, today: date) -> YearView:
    """The calendar of a year as its page shows it."""
    return YearView(
        country=year.country,
        place=_country(year.country),
        year=year.year,
        rest=_named(year.rest),
        weekend=_named(year.weekend),
        days=tuple(_row(one, today) for one in year.days),
        fasts=tuple(
            (f"{figures.day(first, today)} – {figures.day(last, today)}", is_estimated)
            for first, last, is_estimated in year.fasts
        ),
    )


def _country(code: str) -> str:
    """A country by its name in the language of the page."""
    return str(Locale.parse(get_language() or "en", sep="-").territories.get(code, code))


def _named(days: frozenset[int]) -> str:
    return words.listed(contact.weekday(day) for day in sorted(days)) or _("none")


def _row(one: YearDay, today: date) -> DayRow:
    return DayRow(
        iso=one.day.isoformat(),
        day=figures.day(one.day, today),
        name=one.name.removesuffix(" (estimated)"),
        is_closed=one.is_national if one.override is None else one.override,
        is_estimated=one.is_estimated,
        is_ours=one.override is not None,
        is_over=one.day < today,
    )
