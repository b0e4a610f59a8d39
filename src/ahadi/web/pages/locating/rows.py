"""Tellings, relations and their history ready for the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from ahadi.domain.flows.relate_party import RELATIONS
from ahadi.domain.parties.telling import KINDS, SOURCES, bases
from ahadi.domain.reporting.contacts import Reach
from ahadi.domain.reporting.histories import Happened
from ahadi.web.frame import beliefs, contact, figures, relations
from ahadi.web.frame.options import Option, options
from ahadi.web.frame.reference import written


@dataclass(frozen=True)
class TellView:
    """The form of a telling, with what was typed before; `old` is what it takes the place of, masked."""

    kinds: tuple[Option, ...]
    people: tuple[Option, ...]
    sources: tuple[Option, ...]
    kind: str
    label: str
    example: str
    text: str
    replaces: str
    old: str


@dataclass(frozen=True)
class RelateView:
    """The form of a relation, with what was typed before."""

    relations: tuple[Option, ...]
    bases: tuple[Option, ...]
    people: tuple[Option, ...]
    sources: tuple[Option, ...]
    name: str
    phone: str
    from_date: str


@dataclass(frozen=True)
class EventRow:
    """One thing that happened to a field; `back_url` takes it back, where that may be."""

    at: str
    icon: str
    text: str
    detail: str
    who: str
    taken_back: str
    back_url: str


def tell_view(reach: Reach, typed: QueryDict) -> TellView:
    """The form."""
    kind = typed.get("kind", "")
    kind = kind if kind in KINDS else "phone"
    points = {written("point", one.point_id): one for met in reach.people for one in met.points}
    old = points.get(typed.get("replaces", ""))
    whose = next((met.person_id for met in reach.people if old in met.points), None) if old else None
    chosen = written("person", whose) if whose is not None else typed.get("person", "")
    return TellView(
        kinds=options({one: beliefs.kind(one) for one in KINDS}, kind),
        people=relations.people(reach.people, chosen),
        sources=sources(typed.get("source", "")),
        kind=kind,
        label=beliefs.kind(kind),
        example=_EXAMPLES[kind],
        text=typed.get("text", ""),
        replaces=typed.get("replaces", "") if old else "",
        old=contact.masked(old.text, old.kind) if old else "",
    )


_EXAMPLES = {
    "phone": "+254712345678",
    "email": "name@example.org",
    "address": "",
    "identity": "",
    "birth_date": "1988-04-30",
}


def relate_view(reach: Reach, typed: QueryDict) -> RelateView:
    """The form; whoever is known already can be given another basis."""
    known = {
        written("person", one.person_id): relations.with_role(one.name or "", contact.role(one.role))
        for one in reach.people
        if one.role != "debtor"
    }
    return RelateView(
        relations=options({one: contact.role(one) for one in RELATIONS}, typed.get("relation", "") or "relative"),
        bases=options(
            {one: relations.basis(one) for one in bases()}, typed.get("basis", ""), _("none: may not be contacted")
        ),
        people=options(known, typed.get("person", ""), _("somebody new")),
        sources=sources(typed.get("source", "")),
        name=typed.get("name", ""),
        phone=typed.get("phone", ""),
        from_date=typed.get("from_date", ""),
    )


def sources(chosen: str) -> tuple[Option, ...]:
    """Who may have told."""
    return options({one: beliefs.source(one) for one in SOURCES}, chosen or "debtor")


def event_rows(
    events: Sequence[Happened], *, account: int, zone: str, today: date, me: int | None, may_all: bool
) -> tuple[EventRow, ...]:
    """What happened, in words; numbers and papers stay masked."""
    return tuple(_event(one, account, zone, today, me, may_all=may_all) for one in events)


_ICONS = {
    "brought": "inbox",
    "told": "plus",
    "replaced": "repeat",
    "denied": "ban",
    "restored": "undo-2",
    "uncovered": "eye",
    "detail": "file-text",
    "related": "users",
    "ended": "user-x",
}
_TAKEN_BACK_FROM = ("told", "replaced", "denied", "detail", "related", "ended")


def _event(one: Happened, account: int, zone: str, today: date, me: int | None, *, may_all: bool) -> EventRow:
    taken_back = ""
    if one.is_taken_back:
        taken_back = _("taken back by %(who)s") % {"who": one.taken_back or _("the system")}
    is_telling = one.may_be_taken_back and one.kind in _TAKEN_BACK_FROM
    is_open = is_telling and not one.is_taken_back and (may_all or one.by_id == me)
    return EventRow(
        at=figures.moment(one.at, zone, today),
        icon=_ICONS[one.kind],
        text=_text(one),
        detail=_detail(one),
        who=one.by or _("The system"),
        taken_back=taken_back,
        back_url=reverse("take-back", args=[account, one.act_id]) if is_open and me is not None else "",
    )


def _text(one: Happened) -> str:
    value = contact.masked(one.text, one.field) if one.field in ("phone", "email", "address") else one.text
    if one.kind == "detail":
        value = f"•••{one.text[-3:]}"
    named = {"what": beliefs.kind(one.field), "value": figures.as_written(value), "relation": contact.role(one.field)}
    known = {
        "brought": _("%(what)s %(value)s came with a creditor’s sheet."),
        "told": _("%(what)s %(value)s was told."),
        "replaced": _("%(what)s is %(value)s now."),
        "denied": _("%(what)s %(value)s is not theirs."),
        "restored": _("%(what)s %(value)s counts again."),
        "uncovered": _("%(what)s %(value)s was looked at in full."),
        "detail": _("%(what)s %(value)s was told."),
        "related": _("%(value)s stands beside the debtor: %(relation)s."),
        "ended": _("%(value)s does not stand beside the debtor any more: %(relation)s."),
    }
    return known[one.kind] % named


def _detail(one: Happened) -> str:
    if one.kind == "uncovered":
        return relations.uncovering(one.source)
    if one.kind == "related":
        return relations.basis(one.source) if one.source else _("no basis to contact them")
    if one.kind == "replaced" and one.before:
        before = figures.as_written(contact.masked(one.before, one.field))
        return _("before: %(before)s; told by %(source)s") % {"before": before, "source": beliefs.source(one.source)}
    return _("told by %(source)s") % {"source": beliefs.source(one.source)} if one.source else ""
