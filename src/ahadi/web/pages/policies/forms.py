"""What is typed to make a policy of a common kind: shapes alone, the text itself is read where law is read."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from ahadi.domain.contact.catalogue import FACTS, words
from ahadi.kernel.rule import CHANNELS, KEYS, ROLES
from ahadi.web.pages.policies.drafts import KINDS

PREFIX = "POLICY-"
ACTIONS = ("block", "warn")
OTHERS = tuple(role for role in ROLES if role not in ("debtor", "co_borrower", "representative"))
_CODE = re.compile(r"POLICY-[A-Z0-9.]+(?:-[A-Z0-9.]+)*")
_TEXT_MAX = 20_000


def _choices(codes: Iterable[str]) -> list[tuple[str, str]]:
    return [(code, code) for code in codes]


class _Several(forms.MultipleChoiceField):
    def __init__(self, codes: Iterable[str], *, is_required: bool = False) -> None:
        super().__init__(choices=_choices(codes), required=is_required)


class _PolicyForm(forms.Form):
    code = forms.CharField(max_length=40)
    title = forms.CharField(max_length=200)
    source = forms.CharField(max_length=200)
    action = forms.ChoiceField(choices=_choices(ACTIONS))
    channels = _Several(CHANNELS)

    def clean_code(self) -> str:
        """The id of the rule, in capitals, with its beginning."""
        code = re.sub(r"[\s_]+", "-", str(self.cleaned_data["code"]).strip().upper())
        code = code if code.startswith(PREFIX) else PREFIX + code
        if not _CODE.fullmatch(code) or len(code) > 40:
            raise forms.ValidationError("code")
        return code


class _HoursForm(_PolicyForm):
    start = forms.TimeField(input_formats=["%H:%M"])
    end = forms.TimeField(input_formats=["%H:%M"])
    weekdays = _Several(map(str, range(1, 8)))
    holidays = forms.BooleanField(required=False)

    def clean_start(self) -> int:
        """Minutes of the day."""
        return _minutes(self.cleaned_data["start"])

    def clean_end(self) -> int:
        """Minutes of the day, midnight is its end."""
        end = _minutes(self.cleaned_data["end"]) or 1440
        if end <= int(self.cleaned_data.get("start") or 0):
            raise forms.ValidationError("end")
        return end


class _AttemptsForm(_PolicyForm):
    most = forms.IntegerField(min_value=1, max_value=1000)
    days = forms.IntegerField(min_value=1, max_value=366)
    per = forms.ChoiceField(choices=_choices(KEYS))


class _PauseForm(_PolicyForm):
    facts = _Several(FACTS, is_required=True)


class _PeopleForm(_PolicyForm):
    roles = _Several(OTHERS, is_required=True)
    basis = forms.BooleanField(required=False)


class _ContentForm(_PolicyForm):
    required = _Several(sorted(words().content))
    forbidden = _Several(sorted(words().content))

    def clean_forbidden(self) -> list[str]:
        """Elements that a message must not have, none of which it must."""
        required, forbidden = self.cleaned_data.get("required") or [], self.cleaned_data["forbidden"]
        if (not required and not forbidden) or set(required) & set(forbidden):
            raise forms.ValidationError("forbidden")
        return list(forbidden)


_FORMS = dict(zip(KINDS, (_HoursForm, _AttemptsForm, _PauseForm, _PeopleForm, _ContentForm), strict=True))


def kind_of(query: QueryDict) -> str:
    """The kind that was chosen, hours where none was."""
    kind = query.get("kind", "")
    return kind if kind in KINDS else KINDS[0]


def typed(query: QueryDict, kind: str) -> tuple[dict[str, Any], dict[str, str]]:
    """What the form of a kind holds, and by field what is wrong with it."""
    form = _FORMS[kind](query)
    errors = {} if form.is_valid() else {name: _error(name) for name in form.errors}
    return form.cleaned_data, errors


def text_of(query: QueryDict) -> str:
    """The text of a policy as it was typed or made before."""
    return query.get("text", "").replace("\r\n", "\n")[:_TEXT_MAX]


def _minutes(at: Any) -> int:
    return int(at.hour) * 60 + int(at.minute)


def _error(field: str) -> str:
    known = {
        "code": _("A short name of letters, digits and dashes, such as POLICY-NO-LUNCH."),
        "title": _("Say in one sentence what holds, in at most 200 characters."),
        "source": _("Say who decided it, and where that is written."),
        "start": _("A time such as 08:00."),
        "end": _("A time after the one at which it begins, such as 19:00."),
        "most": _("A whole number from 1 to 1000."),
        "days": _("A whole number from 1 to 366."),
        "facts": _("Choose at least one."),
        "roles": _("Choose at least one."),
        "forbidden": _("Choose something that a message must have or must not have, and nothing twice."),
    }
    return known.get(field, _("Choose one of the list."))
