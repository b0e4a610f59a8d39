"""What is typed about a person: shapes alone; whether it can be so is decided elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from ahadi.domain.flows.keep_care import CHARACTERS_MAX
from ahadi.domain.flows.take_down import KINDS, SOURCES, Learnt
from ahadi.kernel.rule import CHANNELS
from ahadi.web.frame import reference
from ahadi.web.frame.moments import SHAPES, in_zone

SPANS = 2
"""How many times of a day the week form offers."""
_DAY_MINUTES = 1440

# Which fields each kind asks for, besides who told, since when and until when.
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "OPT_OUT": ("channel", "point"),
    "CONSENT": ("channel", "point"),
    "CALL_CONSENT": ("point",),
    "ADDRESS_PROVEN": ("point",),
    "WORK_BARRED": (),
    "TIME_ZONE": ("value",),
    "LANGUAGE": ("value",),
}
_OF_ACCOUNT = ("CEASE", "REPRESENTED", "BANKRUPTCY", "BREATHING_SPACE", "OPT_OUT", "CONSENT", "CALL_CONSENT")


class _LearnForm(forms.Form):
    kind = forms.ChoiceField(choices=[(one, one) for one in KINDS])
    source = forms.ChoiceField(choices=[(one, one) for one in SOURCES])
    person = forms.CharField(max_length=20, required=False)
    channel = forms.ChoiceField(choices=[(one, one) for one in CHANNELS], required=False)
    point = forms.CharField(max_length=20, required=False)
    value = forms.CharField(max_length=64, required=False)
    on_account_alone = forms.BooleanField(required=False)
    from_at = forms.DateTimeField(required=False, input_formats=SHAPES)
    until_at = forms.DateTimeField(required=False, input_formats=SHAPES)


class _WeekForm(forms.Form):
    source = forms.ChoiceField(choices=[(one, one) for one in SOURCES])
    person = forms.CharField(max_length=20, required=False)


class _CareForm(forms.Form):
    text = forms.CharField(max_length=CHARACTERS_MAX, required=False)
    has_consent = forms.BooleanField(required=False)


@dataclass(frozen=True)
class Told:
    """Something to take down about a person (None: the debtor)."""

    person_id: int | None
    learnt: Learnt


@dataclass(frozen=True)
class Week:
    """The times of a week to take down about a person."""

    person_id: int | None
    source: str
    times: tuple[tuple[int, int, int], ...]


def fields_of(kind: str) -> tuple[str, ...]:
    """The fields that a kind of circumstance asks for."""
    return (*_FIELDS.get(kind, ()), *(("on_account_alone",) if kind in _OF_ACCOUNT else ()))


def kind_of(query: QueryDict) -> str:
    """The kind that was chosen, empty where none was."""
    kind = query.get("kind", "")
    return kind if kind in KINDS else ""


def told(query: QueryDict, *, zone: str) -> Told | dict[str, str]:
    """What is to be taken down, or by field what is wrong with it."""
    form = _LearnForm(query)
    errors = {} if form.is_valid() else {name: _error(name) for name in form.errors}
    clean = form.cleaned_data
    person, point = (_number(kind, clean.get(kind, ""), errors) for kind in ("person", "point"))
    if errors:
        return errors
    learnt = Learnt(
        kind=clean["kind"],
        source=clean["source"],
        value=clean["value"].strip() or None,
        channel=clean["channel"] or None,
        contact_point_id=point,
        on_account_alone=clean["on_account_alone"],
        from_at=in_zone(clean["from_at"], zone),
        until_at=in_zone(clean["until_at"], zone),
    )
    return Told(person, learnt)


def week(query: QueryDict) -> Week | dict[str, str]:
    """The week that was typed, or by field what is wrong with it; a day without times is free."""
    form = _WeekForm(query)
    errors = {} if form.is_valid() else {name: _error(name) for name in form.errors}
    person = _number("person", form.cleaned_data.get("person", ""), errors)
    times = []
    for day in range(1, 8):
        for span in range(SPANS):
            field = f"d{day}s{span}"
            begin, end = (_minute(query.get(f"{field}{edge}", "")) for edge in ("from", "until"))
            if begin is None and end is None:
                continue
            end = _DAY_MINUTES if end == 0 else end
            if begin is None or end is None or begin >= end:
                errors[field] = _("Give a time to begin and a later one to end.")
            else:
                times.append((day, begin, end))
    return errors or Week(person, form.cleaned_data["source"], tuple(times))


def care(query: QueryDict) -> tuple[str, bool]:
    """The text that is to be kept, and whether the person agreed; too long a text is cut nowhere but refused."""
    form = _CareForm(query)
    form.is_valid()
    text = query.get("text", "")
    return text, bool(form.cleaned_data.get("has_consent"))


def _minute(text: str) -> int | None:
    try:
        found = time.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found.hour * 60 + found.minute if found is not None else None


def _number(kind: str, text: str, errors: dict[str, str]) -> int | None:
    try:
        return reference.read(kind, text) if text else None
    except reference.UnableToReadReference:
        errors[kind] = _error(kind)
        return None


def _error(field: str) -> str:
    known = {
        "kind": _("Choose what was learnt."),
        "source": _("Choose who told."),
        "person": _("Choose a person of this account."),
        "channel": _("Choose a channel of the list."),
        "point": _("Choose a number or address of that person."),
        "value": _("Write at most 64 characters."),
        "from_at": _("Choose a day and a time."),
        "until_at": _("Choose a day and a time."),
    }
    return known.get(field, _("Choose one of the list."))
