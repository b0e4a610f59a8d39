"""What is typed about a guideline: shapes alone."""

from dataclasses import dataclass
from datetime import date

from django import forms
from django.http import QueryDict


class _GuidelineForm(forms.Form):
    creditor = forms.CharField(max_length=120, required=False)
    section = forms.CharField(max_length=10, required=False)
    text = forms.CharField(max_length=4000, required=False)
    from_date = forms.DateField(required=False, input_formats=["%Y-%m-%d"])


@dataclass(frozen=True)
class Choice:
    """A guideline as it was typed; from today on unless another day was chosen."""

    creditor: str
    section: str
    text: str
    from_date: date


def chosen(query: QueryDict, *, today: date) -> Choice:
    """What an address or a form says; what cannot be is empty."""
    form = _GuidelineForm(query)
    form.is_valid()
    clean = form.cleaned_data
    return Choice(
        clean.get("creditor", ""), clean.get("section", ""), clean.get("text", ""), clean.get("from_date") or today
    )
