"""The lists of codes: dispositions, reasons, holds, letters, stages and states, each with the sentence people read."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from ahadi.data.marked import Entry, read_entries
from ahadi.kernel.rule import RESULTS

LEVELS: Final = ("NOT_DIALLED", "NO_CONTACT", "THIRD_PARTY", "RIGHT_PARTY")
"""How near to the debtor a call came, from nothing to the debtor."""

_PLAIN: Final[tuple[str, ...]] = ()
LISTS: Final[dict[str, tuple[str, ...]]] = {
    "dispositions": ("level", "contact", "rpc", "next_action", "result", "conversation"),
    "reasons": ("x12",),
    "holds": ("stops", "ends"),
    "visits": ("level", "contact", "rpc", "result"),
    "messages": ("level", "contact", "rpc", "result"),
    "letters": ("day",),
    "legal_stages": _PLAIN,
    "complaints": _PLAIN,
    "documents": _PLAIN,
    "promise_states": ("next",),
    "plan_states": _PLAIN,
    "cheque_states": ("next",),
    "cheque_returns": _PLAIN,
    "scorecard": ("weight",),
    "call_failures": _PLAIN,
    "call_bands": ("from_score",),
    "root_causes": _PLAIN,
    "queries": _PLAIN,
    "notes": _PLAIN,
    "proof_refusals": _PLAIN,
    "adjustment_reasons": _PLAIN,
}
"""Every list, and what its codes have besides a label."""

_CODE: Final = re.compile(r"[A-Z][A-Z0-9_/]*|[a-z][a-z_]*")
_X12: Final = re.compile(r"\d{3}")
_HIGHEST: Final = 100


class UnableToReadCodes(Exception):
    """A list of codes cannot be used: the message names the file, the line, what was found and what was expected."""

    is_refusal = True


@dataclass(frozen=True)
class Code:
    """One code of a list. What its list does not have is None, or empty.

    `result` is how an attempt counts under rules of frequency, None where nothing was dialled; `day` is relative to
    the due date; `next` are the codes that may follow; `x12` is the code of element 641.
    """

    code: str
    label: str
    level: str | None = None
    is_contact: bool | None = None
    is_right_party: bool | None = None
    next_action: str | None = None
    result: str | None = None
    is_conversation: bool | None = None
    mapping: str | None = None
    x12: str | None = None
    stops: str | None = None
    ends: str | None = None
    day: int | None = None
    next: tuple[str, ...] = ()
    weight: int | None = None
    from_score: int | None = None


@cache
def codes(list_name: str) -> tuple[Code, ...]:
    """The codes of a list, in its order. Raises UnableToReadCodes."""
    if list_name not in LISTS:
        raise UnableToReadCodes(f"there is no list {list_name!r}; it may be one of {', '.join(LISTS)}")
    file = f"rulebook/codes/{list_name}.yaml"
    return read_codes(files("ahadi").joinpath(file).read_text("utf-8"), list_name=list_name, file=file)


def read_codes(text: str, *, list_name: str, file: str) -> tuple[Code, ...]:
    """The codes of a list that a text holds. Raises UnableToReadCodes."""
    head = read_entries(text, file=file, error=UnableToReadCodes)
    fields = head.fields(required=("list", "title", "source", "codes"))
    fields["list"].choice((list_name,))
    fields["title"].text()
    fields["source"].text()
    entries = tuple(fields["codes"].items())
    if not entries:
        raise fields["codes"].refused("the list has no codes")
    found = tuple(_code(entry, LISTS[list_name]) for entry in entries)
    _require_distinct(found, entries)
    _require_whole(found, fields["codes"], LISTS[list_name])
    return found


def _code(entry: Entry, extra: tuple[str, ...]) -> Code:
    optional = ("mapping",) if "level" in extra else ()
    fields = entry.fields(required=("code", "label", *extra), optional=optional)
    code = fields["code"].text()
    if not _CODE.fullmatch(code):
        raise fields["code"].refused(f"expected a code as RP_PLAN, found {code!r}")
    return Code(
        code=code,
        label=fields["label"].text(),
        level=fields["level"].choice(LEVELS) if "level" in fields else None,
        is_contact=fields["contact"].truth() if "contact" in fields else None,
        is_right_party=fields["rpc"].truth() if "rpc" in fields else None,
        next_action=_text(fields, "next_action"),
        result=fields["result"].choice(RESULTS) if _is_said(fields, "result") else None,
        is_conversation=fields["conversation"].truth() if "conversation" in fields else None,
        mapping=_text(fields, "mapping"),
        x12=_x12(fields["x12"]) if _is_said(fields, "x12") else None,
        stops=_text(fields, "stops"),
        ends=_text(fields, "ends"),
        day=fields["day"].whole(least=-366) if _is_said(fields, "day") else None,
        next=tuple(item.text() for item in fields["next"].items()) if "next" in fields else (),
        weight=_score(fields["weight"]) if "weight" in fields else None,
        from_score=_score(fields["from_score"]) if "from_score" in fields else None,
    )


def _require_distinct(found: tuple[Code, ...], entries: tuple[Entry, ...]) -> None:
    known = {code.code for code in found}
    seen: set[str] = set()
    for code, entry in zip(found, entries, strict=True):
        if code.code in seen:
            raise entry.refused(f"{code.code} stands twice; keep one of them")
        seen.add(code.code)
        strange = [name for name in code.next if name not in known]
        if strange:
            raise entry.refused(f"{code.code} leads to {strange[0]}, which the list does not have")
        if code.is_right_party and not code.is_contact:
            raise entry.refused(f"{code.code}: who reaches the debtor reaches somebody; make `contact` true")
        if code.is_conversation and code.result != "answered":
            raise entry.refused(f"{code.code}: a conversation is a call that was answered; mend `result`")


def _require_whole(found: tuple[Code, ...], entry: Entry, extra: tuple[str, ...]) -> None:
    total = sum(code.weight or 0 for code in found)
    if "weight" in extra and total != _HIGHEST:
        raise entry.refused(f"the weights must add up to {_HIGHEST}, found {total}")


def _text(fields: dict[str, Entry], name: str) -> str | None:
    return fields[name].text() if name in fields else None


def _is_said(fields: dict[str, Entry], name: str) -> bool:
    return name in fields and fields[name].value is not None


def _x12(entry: Entry) -> str:
    if not isinstance(entry.value, str) or not _X12.fullmatch(entry.value):
        raise entry.refused('expected three digits in quotes, as "006"')
    return entry.value


def _score(entry: Entry) -> int:
    score = entry.whole()
    if score > _HIGHEST:
        raise entry.refused(f"expected a number up to {_HIGHEST}, found {score}")
    return score
