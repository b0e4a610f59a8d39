"""Which calendar is looked at, and what is typed about a day."""

import re
from dataclasses import dataclass
from datetime import date

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

_COUNTRY = re.compile(r"[A-Za-z]{2}")
_AROUND = 5


class _DayForm(forms.Form):
    day = forms.DateField(input_formats=["%Y-%m-%d"])
    name = forms.CharField(max_length=120, required=False)
    is_holiday = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")])


@dataclass(frozen=True)
class Choice:
    """The country by its code and the year; `error` says what is wrong with what was typed."""

    country: str
    year: int
    error: str = ""


@dataclass(frozen=True)
class Kept:
    """A day as it is to be kept."""

    day: date
    name: str
    is_holiday: bool


def chosen(query: QueryDict, *, country: str, today: date) -> Choice:
    """The calendar of an address, that of the organisation's country and this year where nothing fits."""
    typed, year = query.get("country", "") or country, query.get("year", "") or str(today.year)
    if not _COUNTRY.fullmatch(typed):
        return Choice(country, today.year, _("A country is written by its two letters, such as TZ."))
    if not year.isdigit() or abs(int(year) - today.year) > _AROUND:
        return Choice(typed.upper(), today.year, _("Choose a year at most five away from this one."))
    return Choice(typed.upper(), int(year))


def kept(query: QueryDict) -> Kept | str:
    """The day that was typed, or what is wrong with it."""
    form = _DayForm(query)
    if not form.is_valid():
        return _("Give a day, and say whether it is a holiday.")
    return Kept(form.cleaned_data["day"], form.cleaned_data["name"], form.cleaned_data["is_holiday"] == "yes")
