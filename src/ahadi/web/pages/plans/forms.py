"""Weeks, leave and plans as a form sends them; what cannot be read is told in a sentence."""

from collections.abc import Mapping
from datetime import date, timedelta

from django.http import QueryDict
from django.utils.translation import gettext as _

from ahadi.domain.rosters.ports import Away, Planned, Week
from ahadi.kernel.money import exponent
from ahadi.web.frame.reference import UnableToReadReference, read

_PEOPLE_MAX = 500


class UnableToReadPlan(ValueError):
    """A field of the form cannot be read: the text names it and how it is written."""


def person(text: str) -> int:
    """The person behind a reference; 0 where it is none."""
    try:
        return read("person", text)
    except UnableToReadReference:
        return 0


def people(posted: QueryDict) -> list[int]:
    """Everybody who was chosen."""
    return [found for text in posted.getlist("person")[:_PEOPLE_MAX] if (found := person(text))]


def day(posted: Mapping[str, str], name: str, label: str) -> date:
    """A day. Raises UnableToReadPlan."""
    try:
        return date.fromisoformat(posted.get(name, ""))
    except ValueError as error:
        told = {"label": label, "text": posted.get(name, "")}
        raise UnableToReadPlan(_("%(label)s: “%(text)s” is no day; write it as 2026-06-30.") % told) from error


def minute(posted: Mapping[str, str], name: str, label: str) -> int:
    """A time of day as its minute. Raises UnableToReadPlan."""
    hours, colon, minutes = posted.get(name, "").partition(":")
    if not colon or not hours.isdecimal() or not minutes.isdecimal() or int(hours) > 24 or int(minutes) > 59:
        told = {"label": label, "text": posted.get(name, "")}
        raise UnableToReadPlan(_("%(label)s: “%(text)s” is no time; write it as 08:30.") % told)
    return int(hours) * 60 + int(minutes)


def week(posted: QueryDict) -> Week:
    """The week of somebody. Raises UnableToReadPlan."""
    chosen = tuple(sorted({int(text) for text in posted.getlist("weekday") if text in "1234567" and len(text) == 1}))
    return Week(
        weekdays=chosen,
        from_minute=minute(posted, "from", _("From")),
        until_minute=minute(posted, "until", _("Until")),
        from_date=day(posted, "from_date", _("From the day")),
    )


def away(posted: QueryDict) -> Away:
    """Leave. Raises UnableToReadPlan."""
    return Away(
        kind=posted.get("kind", ""),
        from_date=day(posted, "from_date", _("First day")),
        until_date=day(posted, "until_date", _("Last day")),
        stand_in_id=person(posted.get("stand_in", "")) or None,
    )


def shift(posted: QueryDict) -> tuple[int, int] | None:
    """From and until which minute a day is worked; None where it is off. Raises UnableToReadPlan."""
    if posted.get("is_off"):
        return None
    return minute(posted, "from", _("From")), minute(posted, "until", _("Until"))


def days(posted: QueryDict) -> list[date]:
    """The days of a plan: from one to another, both included. Raises UnableToReadPlan."""
    first = day(posted, "from_date", _("First day"))
    last = day(posted, "until_date", _("Last day")) if posted.get("until_date") else first
    if not timedelta(0) <= last - first <= timedelta(days=62):
        raise UnableToReadPlan(_("A plan is for two months at most, and ends after it begins."))
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def planned(posted: QueryDict, *, currency: str) -> Planned:
    """The figures of a plan; empty fields stay open. Raises UnableToReadPlan."""
    cash = _whole(posted, "cash", _("Cash"))
    share = _whole(posted, "effectiveness", _("Effectiveness"))
    return Planned(
        clients=_whole(posted, "clients", _("Clients")),
        calls=_whole(posted, "calls", _("Calls")),
        effectiveness_bps=None if share is None else share * 100,
        promises=_whole(posted, "promises", _("Promises")),
        cash_minor=None if cash is None else int(cash * 10 ** exponent(currency)),
        currency=None if cash is None else currency,
        silent_max=_whole(posted, "silent_max", _("Long without a talk")),
    )


def _whole(posted: QueryDict, name: str, label: str) -> int | None:
    text = posted.get(name, "").replace(",", "").strip()
    if not text:
        return None
    if not text.isdecimal() or len(text) > 12:
        raise UnableToReadPlan(_("%(label)s: “%(text)s” is no whole number.") % {"label": label, "text": text})
    return int(text)
