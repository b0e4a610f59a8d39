"""What may be chosen on the worklist; an impossible choice is one that nobody made."""

from dataclasses import dataclass

from django import forms
from django.http import QueryDict

from ahadi.web.frame.downloads import FORMATS
from ahadi.web.frame.listing import Address

ORDERS: dict[str, list[str]] = {
    "points": ["points", "days_late"],
    "name": ["debtor_name", "number"],
    "creditor": ["creditor", "debtor_name"],
    "account": ["number"],
    "arrears": ["currency", "overdue_minor"],
    "days": ["days_late", "points"],
    "age": ["days_late", "points"],
    "officer": ["officer", "rank"],
}


class ChoiceForm(forms.Form):
    """The shape of the choices in the address."""

    officer = forms.CharField(max_length=150, required=False)
    creditor = forms.CharField(max_length=200, required=False)
    bucket = forms.CharField(max_length=20, required=False)
    rule = forms.CharField(max_length=60, required=False)
    q = forms.CharField(max_length=100, required=False)
    sort = forms.CharField(max_length=20, required=False)
    page = forms.IntegerField(min_value=1, max_value=1_000_000, required=False)
    format = forms.ChoiceField(choices=[(name, name) for name in FORMATS], required=False)


@dataclass(frozen=True)
class Choice:
    """What was chosen; empty texts mean everything."""

    officer: str = ""
    creditor: str = ""
    bucket: str = ""
    rule: str = ""
    q: str = ""
    sort: str = "-points"
    page: int = 1
    format: str = ""

    @property
    def is_narrow(self) -> bool:
        """Whether something beside an officer was chosen."""
        return bool(self.creditor or self.bucket or self.rule or self.q)

    def address(self, path: str) -> Address:
        """The address that makes this choice again; the page and the format are left to each link."""
        names = ("officer", "creditor", "bucket", "rule", "q")
        chosen = {name: str(getattr(self, name)) for name in names}
        return Address(path, {**chosen, "sort": "" if self.sort == "-points" else self.sort})


def chosen(query: QueryDict) -> Choice:
    """The choices of an address, without those that cannot be."""
    form = ChoiceForm(query)
    form.is_valid()
    clean = {name: value for name, value in form.cleaned_data.items() if value}
    if clean.get("sort", "").lstrip("-") not in ORDERS:
        clean.pop("sort", None)
    return Choice(**clean)
