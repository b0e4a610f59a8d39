"""What is typed about offers, means and mandates: shapes alone; what is allowed is judged where mandates are read."""

from dataclasses import dataclass
from decimal import Decimal

from django import forms
from django.http import QueryDict

from ahadi.domain.negotiation.operations import Told
from ahadi.kernel.money import exponent
from ahadi.web.frame import bargains, figures

EACH, SETTLE = "each", "settle"
_UNITS_MAX = 10**12


class _FigureForm(forms.Form):
    named = forms.DecimalField(min_value=0, max_value=_UNITS_MAX, required=False)
    how = forms.ChoiceField(choices=[(EACH, EACH), (SETTLE, SETTLE)], required=False)


class _MeansForm(forms.Form):
    income = forms.DecimalField(min_value=0, max_value=_UNITS_MAX)
    expenses = forms.DecimalField(min_value=0, max_value=_UNITS_MAX)
    household = forms.IntegerField(min_value=1, max_value=30)
    payday = forms.CharField(max_length=13, required=False)


@dataclass(frozen=True)
class Figure:
    """What somebody says they can pay, in minor units; 0: nothing was named."""

    minor: int = 0
    how: str = EACH
    typed: str = ""


def figure(query: QueryDict, currency: str) -> Figure:
    """The figure of an address, without one that cannot be."""
    form = _FigureForm({**query.dict(), "named": figures.typed(query.get("named", ""))})
    form.is_valid()
    named = form.cleaned_data.get("named")
    how = form.cleaned_data.get("how") or EACH
    return Figure(_minor(named, currency), how, query.get("named", "")[:20]) if named else Figure(how=how)


def offered(query: QueryDict) -> tuple[str, tuple[tuple[object, int], ...]] | None:
    """The offer that was chosen; None where none was."""
    return bargains.read(query.get("offer", ""))


def means(query: QueryDict, currency: str) -> Told | None:
    """What a household told; None where something is missing."""
    sums = {name: figures.typed(query.get(name, "")) for name in ("income", "expenses")}
    form = _MeansForm({**query.dict(), **sums})
    if not form.is_valid():
        return None
    told = form.cleaned_data
    return Told(
        income_minor=_minor(told["income"], currency),
        expenses_minor=_minor(told["expenses"], currency),
        household=told["household"],
        payday=told["payday"] or None,
    )


def _minor(units: Decimal, currency: str) -> int:
    return int(units * 10 ** exponent(currency))
