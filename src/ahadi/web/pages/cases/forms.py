"""What is typed about a case: shapes alone; whether it can be so is decided elsewhere."""

from datetime import datetime

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from ahadi.domain.cases.ports import CASE_KINDS, Care, CaseTerms, Wanted
from ahadi.domain.flows.place_hold import HoldTerms
from ahadi.web.frame import amounts, reference
from ahadi.web.frame.moments import SHAPES, in_zone


class _TimesForm(forms.Form):
    received_at = forms.DateTimeField(required=False, input_formats=SHAPES)


class _CareForm(forms.Form):
    severity = forms.IntegerField(min_value=1, max_value=10)
    hold_days = forms.IntegerField(min_value=1, max_value=365)
    has_consent = forms.BooleanField(required=False)
    proof_asked_on = forms.DateField(required=False)
    proof_received_on = forms.DateField(required=False)


class _HoldForm(forms.Form):
    review_on = forms.DateField()
    ends_on = forms.DateField(required=False)


def kind_of(query: QueryDict) -> str:
    """The kind that was chosen, a dispute where none was."""
    kind = query.get("kind", "")
    return kind if kind in CASE_KINDS else CASE_KINDS[0]


def terms(query: QueryDict, *, zone: str) -> CaseTerms | dict[str, str]:
    """The case that is to be opened, or by field what is wrong with it."""
    kind, errors = kind_of(query), {}
    times = _TimesForm(query)
    if not times.is_valid():
        errors["received_at"] = _("Choose a day and a time.")
    charges = _numbers("charge", [str(one) for one in query.getlist("charge")], errors)
    against = _numbers("colleague", _given(query, "against"), errors)
    found = care(query) if kind == "hardship" else None
    if isinstance(found, dict):
        errors |= found
    if errors or isinstance(found, dict):
        return errors
    received: datetime | None = in_zone(times.cleaned_data["received_at"], zone)
    return CaseTerms(
        kind=kind,
        category=query.get("category", ""),
        details=query.get("details", ""),
        grievances=query.get("grievances", ""),
        referred_by=query.get("referred_by", "debtor"),
        priority=query.get("priority", "normal"),
        against_id=against[0] if against else None,
        received_at=received,
        charges=tuple(charges),
        care=found,
    )


def care(query: QueryDict) -> Care | dict[str, str]:
    """Severity, consent, proof and days to hold, or by field what is wrong with them."""
    form = _CareForm(query)
    if not form.is_valid():
        said = {
            "severity": _("Choose how grave it is, from 1 to 10."),
            "hold_days": _("Give 1 to 365 days."),
        }
        return {name: said.get(name, _("Choose a day.")) for name in form.errors}
    clean = form.cleaned_data
    return Care(
        clean["severity"],
        has_consent=clean["has_consent"],
        hold_days=clean["hold_days"],
        proof_asked_on=clean["proof_asked_on"],
        proof_received_on=clean["proof_received_on"],
    )


def held(query: QueryDict) -> HoldTerms | dict[str, str]:
    """The hold that is to be placed, or by field what is wrong with it."""
    form, errors = _HoldForm(query), {}
    if not form.is_valid():
        errors = {name: _("Choose a day.") for name in form.errors}
    charges = _numbers("charge", [str(one) for one in query.getlist("charge")], errors)
    if errors:
        return errors
    clean = form.cleaned_data
    return HoldTerms(
        kind=query.get("kind", ""),
        reason=query.get("reason", ""),
        review_on=clean["review_on"],
        ends_on=clean["ends_on"],
        charges=tuple(charges),
    )


def wanted(query: QueryDict, *, currency: str) -> Wanted | dict[str, str]:
    """The adjustment that is asked for, or by field what is wrong with it."""
    errors: dict[str, str] = {}
    kind = query.get("adjustment", "credit")
    amount = amounts.read(query.get("amount", ""), currency)
    if kind != "reversal" and (amount is None or amount <= 0):
        errors["amount"] = _("Write an amount above 0, as 1250.00.")
    charge = _numbers("charge", _given(query, "charge"), errors)
    before = _numbers("adjustment", _given(query, "reverses"), errors)
    if errors:
        return errors
    return Wanted(
        kind=kind,
        reason=query.get("reason", ""),
        amount_minor=amount or 0,
        charge_id=charge[0] if charge else None,
        component=query.get("component") or None,
        reverses_id=before[0] if before else None,
    )


def _given(query: QueryDict, field: str) -> list[str]:
    text = query.get(field, "")
    return [text] if text else []


def _numbers(kind: str, texts: list[str], errors: dict[str, str]) -> list[int]:
    try:
        return [reference.read(kind, text) for text in texts]
    except reference.UnableToReadReference:
        errors[kind] = _("Choose from the list.")
        return []
