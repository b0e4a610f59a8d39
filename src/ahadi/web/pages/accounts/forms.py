"""What may be chosen on an account: the day, and whether what is paid is shown too."""

from dataclasses import dataclass
from datetime import date

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from ahadi.web.frame.listing import Address


class StatementForm(forms.Form):
    """The shape of the choices in the address."""

    as_of = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    charges = forms.ChoiceField(choices=[("all", "all")], required=False)
    page = forms.IntegerField(min_value=1, max_value=1_000_000, required=False)


@dataclass(frozen=True)
class Choice:
    """What was chosen; `error` says what is wrong with the day that was typed."""

    as_of: date
    typed: str
    is_all: bool
    page: int
    error: str = ""

    def address(self, path: str) -> Address:
        """The address that makes this choice again; the page is left to each link."""
        return Address(path, {"as_of": self.as_of.isoformat(), "charges": "all" if self.is_all else ""})


def chosen(query: QueryDict, *, today: date) -> Choice:
    """The choices of an address, without those that cannot be."""
    form = StatementForm(query)
    form.is_valid()
    clean = form.cleaned_data
    as_of, error = clean.get("as_of") or today, ""
    if "as_of" in form.errors:
        error = _("Write the day as year-month-day, such as %(day)s.") % {"day": today.isoformat()}
    elif as_of > today:
        as_of, error = today, _("That day is still to come. Choose today or a day before.")
    typed = query.get("as_of", "") or as_of.isoformat()
    return Choice(as_of, typed, clean.get("charges") == "all", clean.get("page") or 1, error)
