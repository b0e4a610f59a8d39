"""Lists of codes ready for the page."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from ahadi.domain.contact.codes import RESULTS_OF_LEVEL, CodeList, KeptCode
from ahadi.web.frame import contact, words
from ahadi.web.frame.options import Option, options


@dataclass(frozen=True)
class ListRow:
    """A list in the overview."""

    url: str
    title: str
    name: str
    codes: int
    own: int
    retired: int
    is_closed: bool


@dataclass(frozen=True)
class CodeRow:
    """A code with what it means; `label` as it is kept, `shown` in the language of the page."""

    code: str
    label: str
    shown: str
    meaning: str
    is_own: bool
    is_active: bool


@dataclass(frozen=True)
class Group:
    """Codes that belong together; the label is empty where the list has no groups."""

    label: str
    rows: tuple[CodeRow, ...]


@dataclass(frozen=True)
class ListView:
    """A list by itself, in groups."""

    row: ListRow
    groups: tuple[Group, ...]
    levels: tuple[Option, ...]
    results: tuple[Option, ...]
    is_disposition: bool


def list_row(one: CodeList) -> ListRow:
    """A list of the overview."""
    return ListRow(
        url=reverse("code-list", args=[one.name]),
        title=_title(one.name),
        name=one.name,
        codes=len([code for code in one.codes if code.is_active]),
        own=len([code for code in one.codes if code.is_own]),
        retired=len([code for code in one.codes if not code.is_active]),
        is_closed=one.is_closed,
    )


def list_view(one: CodeList) -> ListView:
    """A list with its codes by level."""
    levels = dict.fromkeys(code.code.level for code in one.codes)
    results = dict.fromkeys(result for some in RESULTS_OF_LEVEL.values() for result in some if result)
    return ListView(
        row=list_row(one),
        groups=tuple(
            Group(_level(level) if level else "", tuple(_row(code) for code in one.codes if code.code.level == level))
            for level in levels
        ),
        levels=options({level: _level(level) for level in RESULTS_OF_LEVEL}, "NO_CONTACT"),
        results=options({result: contact.result(result) for result in results}, "", _("nothing was dialled")),
        is_disposition=any(levels),
    )


def _row(one: KeptCode) -> CodeRow:
    code = one.code
    told = [
        contact.result(code.result) if code.result else "",
        _("a conversation") if code.is_conversation else "",
        _("stops %(what)s") % {"what": words.said(code.stops)} if code.stops else "",
        _("ends with %(what)s") % {"what": words.said(code.ends)} if code.ends else "",
        _("day %(n)s") % {"n": code.day} if code.day is not None else "",
        _("then %(codes)s") % {"codes": words.listed(code.next)} if code.next else "",
        _("weighs %(n)s") % {"n": code.weight} if code.weight is not None else "",
        _("from %(n)s points") % {"n": code.from_score} if code.from_score is not None else "",
        f"X12 {code.x12}" if code.x12 else "",
    ]
    return CodeRow(
        code.code,
        code.label,
        words.said(code.label),
        " · ".join(part for part in told if part),
        one.is_own,
        one.is_active,
    )


def _title(name: str) -> str:
    known = {
        "dispositions": _("What came of a talk"),
        "reasons": _("Why somebody is late"),
        "holds": _("What restrains an account"),
        "visits": _("What came of a visit"),
        "messages": _("What came of a message or a letter"),
        "letters": _("Letters"),
        "legal_stages": _("Stages of a legal matter"),
        "complaints": _("Kinds of complaint"),
        "documents": _("Kinds of document"),
        "promise_states": _("States of a promise"),
        "plan_states": _("States of a plan"),
        "cheque_states": _("States of a cheque"),
        "cheque_returns": _("Why a cheque came back"),
        "scorecard": _("How a call is judged"),
        "call_failures": _("What fails a call"),
        "call_bands": _("Bands of a call’s points"),
        "root_causes": _("Why a case arose"),
        "queries": _("What a question is about"),
        "notes": _("Kinds of note"),
        "proof_refusals": _("Why a proof is refused"),
        "adjustment_reasons": _("Why what is owed is adjusted"),
    }
    return known.get(name, name)


def _level(code: str) -> str:
    known = {
        "NOT_DIALLED": _("Nothing went out"),
        "NO_CONTACT": _("Nobody was reached"),
        "THIRD_PARTY": _("Somebody else was reached"),
        "RIGHT_PARTY": _("The debtor was reached"),
    }
    return known[code]
