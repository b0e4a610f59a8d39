"""What may be chosen in the list of people, and what is typed about somebody."""

from dataclasses import dataclass

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from ahadi.domain.people.operations import Joining
from ahadi.domain.people.ports import Access
from ahadi.web.frame.downloads import FORMATS
from ahadi.web.frame.duties import ROLES
from ahadi.web.frame.listing import Address

ORDERS: dict[str, list[str]] = {
    "name": ["name", "login"],
    "login": ["login"],
    "role": ["role", "name"],
    "seen": ["last_login"],
    "accounts": ["accounts", "name"],
}
WHERE = ("here", "left", "all")


class _ChoiceForm(forms.Form):
    role = forms.ChoiceField(choices=[(code, code) for code in ROLES], required=False)
    where = forms.ChoiceField(choices=[(code, code) for code in WHERE], required=False)
    q = forms.CharField(max_length=100, required=False)
    sort = forms.CharField(max_length=20, required=False)
    page = forms.IntegerField(min_value=1, max_value=1_000_000, required=False)
    format = forms.ChoiceField(choices=[(name, name) for name in FORMATS], required=False)


class _AccessForm(forms.Form):
    role = forms.ChoiceField(choices=[(code, code) for code in ROLES])
    branch = forms.CharField(max_length=60, required=False)
    receiver = forms.CharField(max_length=150, required=False)


class _JoiningForm(_AccessForm):
    login = forms.RegexField(r"^[^\s/]+$", max_length=150)
    name = forms.CharField(max_length=200)
    email = forms.EmailField(required=False)


class _TeamForm(forms.Form):
    code = forms.SlugField(max_length=60)
    name = forms.CharField(max_length=200)


@dataclass(frozen=True)
class Choice:
    """What was chosen in the list; empty texts mean everybody who works here."""

    role: str = ""
    where: str = "here"
    q: str = ""
    sort: str = "name"
    page: int = 1
    format: str = ""

    @property
    def is_narrow(self) -> bool:
        """Whether the list shows fewer than those who work here."""
        return bool(self.role or self.q or self.where != "here")

    def address(self, path: str) -> Address:
        """The address that makes this choice again; page and format are left to each link."""
        where = "" if self.where == "here" else self.where
        return Address(
            path, {"role": self.role, "where": where, "q": self.q, "sort": "" if self.sort == "name" else self.sort}
        )


@dataclass(frozen=True)
class Change:
    """Another access for somebody, and who receives the accounts that it does not cover."""

    terms: Access
    receiver: str


def chosen(query: QueryDict) -> Choice:
    """The choices of an address, without those that cannot be."""
    form = _ChoiceForm(query)
    form.is_valid()
    clean = {name: value for name, value in form.cleaned_data.items() if value}
    if clean.get("sort", "").lstrip("-") not in ORDERS:
        clean.pop("sort", None)
    return Choice(**clean)


def change(query: QueryDict) -> Change | None:
    """The access that was chosen; None where none was, or one that there is not."""
    form = _AccessForm(query)
    if not form.is_valid():
        return None
    creditors = tuple(text for text in query.getlist("creditor") if text)
    terms = Access(form.cleaned_data["role"], creditors, form.cleaned_data["branch"] or None)
    return Change(terms, form.cleaned_data["receiver"])


def joining(query: QueryDict) -> Joining | dict[str, str]:
    """Who joins, or what is wrong with what was typed, by field."""
    form = _JoiningForm(query)
    if not form.is_valid():
        said = {
            "login": _("A login has no spaces and no slash: amina.komba, or an e-mail address."),
            "name": _("Type the name as people say it."),
            "email": _("This is no e-mail address. Leave it empty if there is none."),
            "role": _("Choose a role."),
        }
        return {field: said.get(field, _("Check this.")) for field in form.errors}
    clean = form.cleaned_data
    creditors = tuple(text for text in query.getlist("creditor") if text)
    return Joining(
        clean["login"], clean["name"], None, clean["role"], creditors, clean["branch"] or None, clean["email"]
    )


def team(query: QueryDict) -> tuple[str, str] | None:
    """Code and name of a new team; None where something is missing."""
    form = _TeamForm(query)
    return (form.cleaned_data["code"], form.cleaned_data["name"]) if form.is_valid() else None
