"""A moment and a purpose as people choose them: shapes, and what is wrong with what was typed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from ahadi.kernel.rule import PURPOSES
from ahadi.web.frame import contact
from ahadi.web.frame.options import Option, options

SHAPES = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
_YEARS = timedelta(days=2 * 366)


class _MomentForm(forms.Form):
    at = forms.DateTimeField(required=False, input_formats=SHAPES)
    purpose = forms.ChoiceField(choices=[(one, one) for one in PURPOSES], required=False)


@dataclass(frozen=True)
class Moment:
    """When and for what somebody would be reached; None is now. `error` says what is wrong with what was typed."""

    at: datetime | None
    typed: str
    purpose: str
    purposes: tuple[Option, ...]
    error: str = ""


def moment(query: QueryDict, *, zone: str, today: date) -> Moment:
    """The moment of an address by the clock of a zone, and the purpose; what cannot be is now, and to collect."""
    form = _MomentForm(query)
    form.is_valid()
    purpose = form.cleaned_data.get("purpose") or "collect"
    at, error = in_zone(form.cleaned_data.get("at"), zone), ""
    if "at" in form.errors:
        error = _("Write the moment as %(moment)s.") % {"moment": f"{today.isoformat()}T14:30"}
    elif at is not None and abs(at.date() - today) > _YEARS:
        at, error = None, _("The rules are known for two years around today. Choose a moment among them.")
    return Moment(
        at, query.get("at", ""), purpose, options({one: contact.purpose(one) for one in PURPOSES}, purpose), error
    )


def in_zone(at: datetime | None, zone: str) -> datetime | None:
    """A moment that was typed without a zone, by the clock of this one."""
    return None if at is None else at.replace(tzinfo=ZoneInfo(zone))
