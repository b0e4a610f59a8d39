"""What is typed about a code: shapes alone."""

from dataclasses import dataclass

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from ahadi.domain.contact.codes import CodeChange

STEPS = ("add", "word", "retire", "revive")


class _CodeForm(forms.Form):
    step = forms.ChoiceField(choices=[(one, one) for one in STEPS])
    code = forms.CharField(max_length=40)
    label = forms.CharField(max_length=200)
    level = forms.CharField(max_length=20, required=False)
    result = forms.CharField(max_length=20, required=False)
    is_conversation = forms.BooleanField(required=False)


@dataclass(frozen=True)
class Typed:
    """A change and the step that it is."""

    step: str
    change: CodeChange


def typed(query: QueryDict, list_name: str) -> Typed | str:
    """The change that was typed, or what is wrong with it."""
    form = _CodeForm(query)
    if not form.is_valid():
        return _("A code needs its letters, 40 at most, and a label of 200 at most.")
    clean = form.cleaned_data
    change = CodeChange(
        list_name,
        clean["code"].strip().upper() if clean["step"] == "add" else clean["code"],
        clean["label"],
        is_active=clean["step"] != "retire" and "is_retired" not in query,
        level=clean["level"] or None,
        result=clean["result"] or None,
        is_conversation=clean["is_conversation"],
    )
    return Typed(clean["step"], change)
