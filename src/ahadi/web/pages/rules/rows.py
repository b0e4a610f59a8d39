"""Rules ready for the page: place by place, and one by itself with everything that is said of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from ahadi.domain.contact import catalogue
from ahadi.domain.contact.catalogue import GATE, NOT_YET, QUALITIES, HeldRule, Place
from ahadi.kernel.rule import ACTIONS
from ahadi.web.frame import clauses, contact, figures, words
from ahadi.web.frame.clauses import ExampleRow
from ahadi.web.frame.options import Option, options
from ahadi.web.pages.rules.forms import STATES, Choice


@dataclass(frozen=True)
class RuleRow:
    """One rule in the list; `asks` is what its text asks for, `does` what it does here."""

    rule_id: str
    url: str
    title: str
    topic: str
    since: str
    binds: str
    does: str
    tone: str
    is_softened: bool
    applied: str
    quality: str
    quality_words: str
    source: str
    examples: int
    signed: str


@dataclass(frozen=True)
class PlaceRow:
    """A place with those of its rules that fit."""

    code: str
    name: str
    count: int
    rules: tuple[RuleRow, ...]


@dataclass(frozen=True)
class Choosers:
    """What the list can be narrowed by."""

    places: tuple[Option, ...]
    topics: tuple[Option, ...]
    actions: tuple[Option, ...]
    states: tuple[Option, ...]


@dataclass(frozen=True)
class WordRow:
    """Counsel's word on a rule."""

    said: str
    is_given: bool
    reference: str
    at: str
    by: str


@dataclass(frozen=True)
class RuleView:
    """A rule by itself."""

    row: RuleRow
    place: str
    asks: str
    until: str
    reading: str
    gives_way: bool
    values: tuple[tuple[str, str], ...]
    clauses: tuple[str, ...]
    examples: tuple[ExampleRow, ...]
    tested_by: tuple[str, ...]
    says: tuple[str, ...]
    stores: tuple[str, ...]
    needs_sign_off: bool
    is_signed_off: bool
    words: tuple[WordRow, ...]
    file: str


def place_rows(places: tuple[Place, ...], choice: Choice, *, today: date) -> tuple[PlaceRow, ...]:
    """The places with the rules that fit what was chosen; a place without any is left out."""
    found = (
        PlaceRow(
            place.code,
            words.said(place.name),
            len(place.rules),
            tuple(rule_row(one, today=today) for one in place.rules if _fits(one, choice)),
        )
        for place in places
        if choice.place in ("", place.code)
    )
    return tuple(place for place in found if place.rules)


def choosers(places: tuple[Place, ...], choice: Choice) -> Choosers:
    """What may be chosen among these places."""
    topics = sorted({one.rule.topic for place in places for one in place.rules})
    return Choosers(
        places=options({place.code: words.said(place.name) for place in places}, choice.place, _("Every place")),
        topics=options({topic: words.said(topic) for topic in topics}, choice.topic, _("Every topic")),
        actions=options({one: contact.action(one) for one in ACTIONS}, choice.action, _("Whatever it does")),
        states=options({one: _state(one) for one in STATES}, choice.state, _("However applied")),
    )


def rule_row(held: HeldRule, *, today: date) -> RuleRow:
    """A rule of the list."""
    rule = held.rule
    return RuleRow(
        rule_id=rule.id,
        url=reverse("rule", args=[rule.id]),
        title=words.said(rule.title),
        topic=words.said(rule.topic),
        since=figures.day(rule.from_date, today)
        if rule.from_date
        else _("always")
        if rule.quality == "H"
        else _("not stated"),
        binds=clauses.binds(rule),
        does=contact.action(held.action),
        tone={"block": "late", "warn": "warn"}.get(held.action, "next"),
        is_softened=held.action != rule.action,
        applied=_applied(rule.applied_by),
        quality=rule.quality,
        quality_words=words.said(QUALITIES[rule.quality]),
        source=words.source(rule.source),
        examples=len(rule.examples) or len(rule.tested_by),
        signed=_signed(held),
    )


def rule_view(held: HeldRule, *, zone: str, today: date) -> RuleView:
    """Everything that is said of a rule."""
    rule, known = held.rule, catalogue.words()
    return RuleView(
        row=rule_row(held, today=today),
        place=words.said(held.place),
        asks=contact.action(rule.action),
        until=figures.day(rule.until_date, today) if rule.until_date else "",
        reading=rule.reading,
        gives_way=rule.unless_law is not None,
        values=tuple(clauses.value(one) for one in rule.values),
        clauses=clauses.clauses(rule),
        examples=tuple(clauses.example(one) for one in rule.examples),
        tested_by=rule.tested_by,
        says=_sentences(rule.says, known.says),
        stores=_sentences(rule.stores, known.stores),
        needs_sign_off=held.needs_sign_off,
        is_signed_off=held.is_signed_off,
        words=tuple(
            WordRow(
                said=_("signed off") if one.is_given else _("taken back"),
                is_given=one.is_given,
                reference=one.reference,
                at=figures.moment(one.at, zone, today),
                by=one.by,
            )
            for one in held.words
        ),
        file=rule.file,
    )


def _sentences(tags: Iterable[str], known: dict[str, str]) -> tuple[str, ...]:
    return tuple(words.said(known.get(tag, tag)) for tag in tags)


def _fits(held: HeldRule, choice: Choice) -> bool:
    rule = held.rule
    text = f"{rule.id} {rule.title} {words.said(rule.title)} {rule.source}".casefold()
    return (
        choice.topic in ("", rule.topic)
        and choice.action in ("", held.action)
        and (not choice.state or choice.state in _states(held))
        and all(word in text for word in choice.q.casefold().split())
    )


def _states(held: HeldRule) -> set[str]:
    by = held.rule.applied_by
    found = {by if by in (GATE, NOT_YET) else "module"}
    return found | {"needs sign-off"} if held.needs_sign_off and not held.is_signed_off else found


def _state(code: str) -> str:
    known = {
        "gate": _("Applied by the gate"),
        "module": _("Applied by a module"),
        "not yet": _("Not applied yet"),
        "needs sign-off": _("Waits for a sign-off"),
    }
    return known[code]


def _applied(by: str) -> str:
    return {GATE: _("the gate"), NOT_YET: _("nothing yet")}.get(by, by)


def _signed(held: HeldRule) -> str:
    if not held.needs_sign_off:
        return "—"
    return _("signed off") if held.is_signed_off else _("waits: it warns")
