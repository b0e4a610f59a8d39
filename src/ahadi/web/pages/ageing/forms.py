"""What may be chosen on the ageing: a day, what it is asked by, and which figure is opened."""

from dataclasses import dataclass
from datetime import date

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from ahadi.kernel.money import EXPONENTS
from ahadi.web.frame.downloads import FORMATS
from ahadi.web.frame.listing import Address

DIMENSIONS = ("creditor", "officer", "branch", "product", "country")
FIGURES = ("open", "overdue", "disputed", "par30", "par60", "par90", "unapplied")
ORDERS: dict[str, list[str]] = {
    "name": ["debtor_name", "number"],
    "creditor": ["creditor", "debtor_name"],
    "account": ["number"],
    "amount": ["currency", "amount_minor"],
    "days": ["days_late", "amount_minor"],
    "charges": ["charge_count"],
    "officer": ["officer"],
}
NOBODY = "-"


class AgeingForm(forms.Form):
    """The shape of the choices in the address."""

    as_of = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    by = forms.ChoiceField(choices=[(name, name) for name in DIMENSIONS], required=False)
    of = forms.CharField(max_length=200, required=False)
    currency = forms.ChoiceField(choices=[(code, code) for code in EXPONENTS], required=False)
    bucket = forms.CharField(max_length=20, required=False)
    figure = forms.ChoiceField(choices=[(name, name) for name in FIGURES], required=False)
    sort = forms.CharField(max_length=20, required=False)
    page = forms.IntegerField(min_value=1, max_value=1_000_000, required=False)
    format = forms.ChoiceField(choices=[(name, name) for name in FORMATS], required=False)


@dataclass(frozen=True)
class Choice:
    """What was chosen. `of` is a value of the dimension `by` (NOBODY: those without one; empty: all).

    `error` says what is wrong with the day that was typed; the figures are then those of today.
    """

    as_of: date
    typed: str
    by: str = "creditor"
    of: str = ""
    currency: str = ""
    bucket: str = ""
    figure: str = "open"
    sort: str = "-amount"
    page: int = 1
    format: str = ""
    error: str = ""

    def address(self, path: str) -> Address:
        """The address that makes this choice again; the page and the format are left to each link."""
        chosen = {name: str(getattr(self, name)) for name in ("of", "currency", "bucket")}
        chosen |= {"as_of": self.as_of.isoformat(), "by": self.by}
        chosen |= {"figure": "" if self.figure == "open" else self.figure}
        return Address(path, {**chosen, "sort": "" if self.sort == "-amount" else self.sort})


def chosen(query: QueryDict, *, today: date, dimensions: tuple[str, ...]) -> Choice:
    """The choices of an address, without those that cannot be; no day after today, which nobody knows yet."""
    form = AgeingForm(query)
    form.is_valid()
    clean = {name: value for name, value in form.cleaned_data.items() if value}
    as_of, typed = clean.pop("as_of", today), query.get("as_of", "")
    error = ""
    if "as_of" in form.errors:
        error = _("Write the day as year-month-day, such as %(day)s.") % {"day": today.isoformat()}
    elif as_of > today:
        as_of, error = today, _("That day is still to come. Choose today or a day before.")
    if clean.get("by") not in dimensions:
        clean.pop("by", None)
    if clean.get("sort", "").lstrip("-") not in ORDERS:
        clean.pop("sort", None)
    return Choice(as_of=as_of, typed=typed or as_of.isoformat(), error=error, **clean)
