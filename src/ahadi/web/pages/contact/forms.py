"""One way to reach somebody, as an address or a form names it: shapes alone."""

from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.http import Http404, QueryDict

from ahadi.domain.contact.ports import Asked
from ahadi.kernel.rule import CHANNELS, PURPOSES
from ahadi.web.frame import reference


def _choices(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(code, code) for code in codes]


class _WayForm(forms.Form):
    person = forms.CharField(max_length=20, required=False)
    channel = forms.ChoiceField(choices=_choices(CHANNELS), required=False)
    point = forms.CharField(max_length=20, required=False)
    purpose = forms.ChoiceField(choices=_choices(PURPOSES), required=False)
    reason = forms.CharField(max_length=40, required=False)
    due = forms.CharField(max_length=40, required=False)
    refused = forms.CharField(max_length=20, required=False)


@dataclass(frozen=True)
class Chosen:
    """What is asked, with the reason for which a warning is taken on, the moment to wait for, a decision refused."""

    asked: Asked
    reason: str | None
    due_at: datetime | None
    refused: int | None


def chosen(query: QueryDict, account: int) -> Chosen:
    """The way of an address, the debtor by a call where nothing is said. Raises Http404 for what names nobody."""
    form = _WayForm(query)
    if not form.is_valid():
        raise Http404("no such way to reach somebody")
    clean = form.cleaned_data
    asked = Asked(
        account,
        clean["channel"] or "call",
        person_id=_number("person", clean["person"]),
        contact_point_id=_number("point", clean["point"]),
        purpose=clean["purpose"] or "collect",
    )
    return Chosen(asked, clean["reason"] or None, _instant(clean["due"]), _number("decision", clean["refused"]))


def _number(kind: str, text: str) -> int | None:
    if not text:
        return None
    try:
        return reference.read(kind, text)
    except reference.UnableToReadReference as error:
        raise Http404(str(error)) from error


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError as error:
        raise Http404(str(error)) from error
    return found if found is None or found.tzinfo is not None else None
