"""The lists of codes as an organisation keeps them: those of the rulebook, renamed or retired, and codes of its own."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from ahadi.data import codes as shipped
from ahadi.data import frames
from ahadi.data.codes import LEVELS, LISTS, Code
from ahadi.data.models.gate import Code as CodeRow
from ahadi.data.once import asked_once
from ahadi.domain.audit.ports import Act
from ahadi.domain.people import access

__all__ = [
    "DISPOSITIONS",
    "LISTS",
    "OUTCOMES",
    "OWN",
    "RESULTS_OF_LEVEL",
    "CodeChange",
    "CodeList",
    "CodeOutcome",
    "KeptCode",
    "UnableToKeepCode",
    "keep_code",
    "kept",
    "lists",
    "outcomes",
    "results",
]

DISPOSITIONS: Final = "dispositions"
OUTCOMES: Final = (DISPOSITIONS, "visits", "messages")
"""The lists that say what came of a contact; together they have each code once."""
_LIST_OF: Final = {"call": DISPOSITIONS, "in_person": DISPOSITIONS, "visit": "visits"}
OWN: Final = "OWN_"
"""Codes of an organisation begin so: no later list of the rulebook can mean something else by one."""
RESULTS_OF_LEVEL: Final[dict[str, tuple[str | None, ...]]] = {
    "NOT_DIALLED": (None,),
    "NO_CONTACT": ("no_answer", "voicemail", "busy", "not_in_service", "dropped", "failed", "sent"),
    "THIRD_PARTY": ("answered", "met"),
    "RIGHT_PARTY": ("answered", "met"),
}
"""How an attempt of each level may count under rules of frequency: whoever was reached cannot count as nothing."""
_CLOSED: Final = frozenset(
    ("holds", "promise_states", "plan_states", "cheque_states", "scorecard", "call_bands", "letters")
)
_PATTERN: Final = re.compile(rf"{OWN}[A-Z0-9_]{{1,36}}")
_LABEL_MAX: Final = 200


class UnableToKeepCode(Exception):
    """A code cannot be kept as described: the text says what of it is wrong or who may, and what to do."""

    is_refusal = True


@dataclass(frozen=True)
class KeptCode:
    """A code as an organisation keeps it; one that is not active any more stays readable and is not offered."""

    code: Code
    is_own: bool
    is_active: bool


@dataclass(frozen=True)
class CodeList:
    """A list by its name; one that is closed can be worded anew, and nothing be added to it or taken out."""

    name: str
    is_closed: bool
    codes: tuple[KeptCode, ...]


@dataclass(frozen=True)
class CodeChange:
    """A code as it is to be kept. `level`, `result` and `is_conversation` are for outcomes of one's own alone."""

    list_name: str
    code: str
    label: str
    is_active: bool = True
    level: str | None = None
    result: str | None = None
    is_conversation: bool = False


@dataclass(frozen=True)
class CodeOutcome:
    """The code that was kept."""

    list_name: str
    code: str
    is_active: bool


def kept(organisation_id: int, list_name: str) -> CodeList:
    """A list as the organisation keeps it: the rulebook's order, then its own by code. Raises UnableToKeepCode."""
    if list_name not in LISTS:
        raise UnableToKeepCode(f"there is no list {list_name!r}; choose one of {', '.join(LISTS)}")
    return lists(organisation_id, (list_name,))[list_name]


def lists(organisation_id: int, names: Sequence[str]) -> dict[str, CodeList]:
    """Several lists by their names, as `kept` gives each, asked for at once."""
    rows = _own_rows(organisation_id)
    return {name: _kept(name, rows[name]) if name in rows else _untouched(name) for name in names}


@dataclass(frozen=True)
class _Own:
    """A row of an organisation's codes; `values` is JSON."""

    list_name: str
    code: str
    label: str
    is_active: bool
    values: str


_OWN_ROWS = """
    SELECT list, code, label, is_active, "values"::text FROM code WHERE organisation_id = %(organisation)s
    ORDER BY list, code
"""


@asked_once
def _own_rows(organisation_id: int) -> dict[str, dict[str, _Own]]:
    """What an organisation worded anew, retired or added, by list and code; of most lists that is nothing."""
    rows: dict[str, dict[str, _Own]] = {}
    for row in frames.made(_Own, _OWN_ROWS, {"organisation": organisation_id}):
        rows.setdefault(row.list_name, {})[row.code] = row
    return rows


@cache
def _untouched(list_name: str) -> CodeList:
    return _kept(list_name, {})


def outcomes(organisation_id: int, channel: str | None = None) -> tuple[KeptCode, ...]:
    """What may come of a contact by a channel, or by any: talks, visits and messages have lists of their own."""
    names = OUTCOMES if channel is None else (_LIST_OF.get(channel, "messages"),)
    return tuple(one for listed in lists(organisation_id, names).values() for one in listed.codes)


def results(organisation_ids: Iterable[int]) -> dict[str, tuple[str | None, bool]]:
    """How each outcome counts, and whether it was a conversation, by its code.

    A code of which two of the organisations think otherwise is left out: an attempt whose result is not known counts.
    """
    found: dict[str, tuple[str | None, bool]] = {}
    unclear: set[str] = set()
    for organisation_id in sorted(set(organisation_ids)):
        for one in outcomes(organisation_id):
            meaning = (one.code.result, bool(one.code.is_conversation))
            if found.setdefault(one.code.code, meaning) != meaning:
                unclear.add(one.code.code)
    return {code: meaning for code, meaning in found.items() if code not in unclear}


def keep_code(act: Act, *, change: CodeChange) -> CodeOutcome:
    """Adds a code, words one anew, retires it or takes it up again; what it meant does not change, and it stays.

    Raises UnableToKeepCode.
    """
    if not access.rights(act.by).may("admin"):
        raise UnableToKeepCode("lists of codes are kept by an administrator; ask one")
    listed = kept(act.organisation_id, change.list_name)
    before = next((one for one in listed.codes if one.code.code == change.code), None)
    label = change.label.strip()
    if not 0 < len(label) <= _LABEL_MAX:
        raise UnableToKeepCode(f"{change.code}: write a label of 1 to {_LABEL_MAX} characters")
    if listed.is_closed and (before is None or not change.is_active):
        raise UnableToKeepCode(
            f"{change.list_name}: the program itself relies on these codes; they can be worded anew, and no more"
        )
    values = _values(change) if before is None else _values_of(before)
    CodeRow.objects.update_or_create(
        organisation_id=act.organisation_id,
        list=change.list_name,
        code=change.code,
        defaults={"label": label, "is_active": change.is_active, "values": values},
    )
    return CodeOutcome(change.list_name, change.code, change.is_active)


def _values(change: CodeChange) -> dict[str, Any]:
    """What a new code of one's own means; it never changes afterwards, since past attempts were counted by it."""
    if not _PATTERN.fullmatch(change.code):
        raise UnableToKeepCode(f"{change.code!r}: a code of your own is written as {OWN}SHOP_CLOSED, 40 signs at most")
    if change.list_name not in OUTCOMES:
        return {}
    if change.level not in LEVELS:
        raise UnableToKeepCode(f"{change.code}: say how near it came to the debtor: one of {', '.join(LEVELS)}")
    allowed = RESULTS_OF_LEVEL[change.level]
    if change.result not in allowed:
        names = ", ".join(one for one in allowed if one) or "nothing, as nobody was dialled"
        raise UnableToKeepCode(f"{change.code}: at {change.level} an attempt counts as {names}; choose that")
    if change.is_conversation and change.result != "answered":
        raise UnableToKeepCode(f"{change.code}: a conversation by telephone was answered; choose that result")
    return {"level": change.level, "result": change.result, "conversation": change.is_conversation}


def _values_of(before: KeptCode) -> dict[str, Any]:
    if not before.is_own or before.code.level is None:
        return {}
    return {
        "level": before.code.level,
        "result": before.code.result,
        "conversation": bool(before.code.is_conversation),
    }


def _kept(list_name: str, rows: Mapping[str, _Own]) -> CodeList:
    known = shipped.codes(list_name)
    ours = [_shipped(code, rows.get(code.code)) for code in known]
    own = [_own(rows[code]) for code in sorted(set(rows) - {one.code for one in known})]
    return CodeList(list_name, list_name in _CLOSED, (*ours, *own))


def _shipped(code: Code, row: _Own | None) -> KeptCode:
    if row is None:
        return KeptCode(code, is_own=False, is_active=True)
    return KeptCode(replace(code, label=row.label), is_own=False, is_active=row.is_active)


def _own(row: _Own) -> KeptCode:
    values = json.loads(row.values)
    level = values.get("level")
    told = (
        {
            "level": level,
            "result": values.get("result"),
            "is_conversation": bool(values.get("conversation")),
            "is_contact": level in ("THIRD_PARTY", "RIGHT_PARTY"),
            "is_right_party": level == "RIGHT_PARTY",
        }
        if level is not None
        else {}
    )
    return KeptCode(Code(code=row.code, label=row.label, **told), is_own=True, is_active=row.is_active)
