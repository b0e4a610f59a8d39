"""Policies of the house ready for the page: the list, one by itself, and the form that makes one."""

from dataclasses import dataclass
from datetime import date

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from ahadi.domain.contact import catalogue
from ahadi.domain.contact.catalogue import FACTS, LawRule, PolicySeen
from ahadi.domain.reporting.forecast import Forecast
from ahadi.kernel.rule import CHANNELS, KEYS
from ahadi.web.frame import clauses, contact, figures, words
from ahadi.web.frame.asked import TONES
from ahadi.web.frame.clauses import ExampleRow
from ahadi.web.frame.options import Option
from ahadi.web.pages.policies.drafts import KINDS
from ahadi.web.pages.policies.forms import ACTIONS, OTHERS


@dataclass(frozen=True)
class VerdictRow:
    """Something that was decided about a policy."""

    word: str
    icon: str
    tone: str
    at: str
    by: str


@dataclass(frozen=True)
class PolicyRow:
    """One policy in the list."""

    url: str
    code: str
    title: str
    does: str
    word: str
    tone: str
    icon: str
    proposed: VerdictRow
    last: VerdictRow | None


@dataclass(frozen=True)
class Reading:
    """A rule as it was read from a text: in plain words, with its examples."""

    code: str
    title: str
    does: str
    source: str
    clauses: tuple[str, ...]
    examples: tuple[ExampleRow, ...]


@dataclass(frozen=True)
class Effect:
    """What a policy would stop on a day: contacts planned, lawful as things are, and lawful with it."""

    day: str
    planned: str
    before: str
    after: str
    stopped: str
    is_any: bool


@dataclass(frozen=True)
class Draft:
    """The form of a kind with what was typed: entries to tick or choose by field, and texts."""

    kind: str
    kinds: tuple[Option, ...]
    channels: tuple[Option, ...]
    actions: tuple[Option, ...]
    weekdays: tuple[Option, ...]
    keys: tuple[Option, ...]
    facts: tuple[Option, ...]
    roles: tuple[Option, ...]
    required: tuple[Option, ...]
    forbidden: tuple[Option, ...]
    values: dict[str, str]


def policy_row(one: PolicySeen, *, zone: str, today: date) -> PolicyRow:
    """A policy with its state, who and when."""
    tone, icon = TONES[one.state]
    verdicts = verdict_rows(one, zone=zone, today=today)
    return PolicyRow(
        url=reverse("policy", args=[one.policy_id]),
        code=one.rule.id,
        title=one.rule.title,
        does=contact.action(one.rule.action),
        word=_word(one.state),
        tone=tone,
        icon=icon,
        proposed=verdicts[0],
        last=verdicts[-1] if len(verdicts) > 1 else None,
    )


def verdict_rows(one: PolicySeen, *, zone: str, today: date) -> tuple[VerdictRow, ...]:
    """Who proposed a policy and what was decided since, in order."""
    told = [("proposed", one.at, one.by), *((said.verdict, said.at, said.by) for said in one.verdicts)]
    return tuple(
        VerdictRow(_word(state), TONES[state][1], TONES[state][0], figures.moment(at, zone, today), words.doer(by))
        for state, at, by in told
    )


def reading(rule: LawRule) -> Reading:
    """A rule in plain words."""
    return Reading(
        code=rule.id,
        title=rule.title,
        does=contact.action(rule.action),
        source=words.source(rule.source),
        clauses=clauses.clauses(rule),
        examples=tuple(clauses.example(one) for one in rule.examples),
    )


def effect(before: Forecast, after: Forecast, *, today: date) -> Effect:
    """What changes on a day when a policy is added."""
    return Effect(
        day=figures.day(before.day, today),
        planned=figures.count(before.planned),
        before=figures.count(before.lawful),
        after=figures.count(after.lawful),
        stopped=figures.count(before.lawful - after.lawful),
        is_any=before.lawful != after.lawful,
    )


def draft(kind: str, typed: QueryDict) -> Draft:
    """The form of a kind, with what was typed before."""
    content = {tag: words.said(sentence).rstrip(".") for tag, sentence in sorted(catalogue.words().content.items())}
    return Draft(
        kind=kind,
        kinds=tuple(Option(one, _kind(one), one == kind, f"{reverse('write-policy')}?kind={one}") for one in KINDS),
        channels=_several(typed, "channels", {one: contact.channel(one) for one in CHANNELS}),
        actions=_several(typed, "action", {one: _act(one) for one in ACTIONS}, default="block"),
        weekdays=_several(typed, "weekdays", {str(day): contact.weekday(day) for day in range(1, 8)}),
        keys=_several(typed, "per", {one: _key(one) for one in KEYS}, default="account"),
        facts=_several(typed, "facts", {one: contact.fact(one) for one in FACTS}),
        roles=_several(typed, "roles", {one: contact.role(one) for one in OTHERS}),
        required=_several(typed, "required", content),
        forbidden=_several(typed, "forbidden", content),
        values={name: typed.get(name, "") for name in _TEXTS},
    )


_TEXTS = ("code", "title", "source", "start", "end", "most", "days", "holidays", "basis")


def _several(typed: QueryDict, name: str, labels: dict[str, str], default: str = "") -> tuple[Option, ...]:
    chosen = set(typed.getlist(name)) or {default}
    return tuple(Option(value, label, value in chosen) for value, label in labels.items())


def _kind(code: str) -> str:
    known = {
        "hours": _("Hours"),
        "attempts": _("How often"),
        "pause": _("What pauses a channel"),
        "people": _("Whom never to reach"),
        "content": _("What a message must say"),
    }
    return known[code]


def _act(code: str) -> str:
    return {"block": _("Refuse, for everybody"), "warn": _("Ask for a second thought")}[code]


def _key(code: str) -> str:
    known = {
        "account": _("the same account"),
        "person": _("the same person"),
        "point": _("the same number or address"),
        "debtor": _("the same debtor, over all accounts"),
    }
    return known[code]


def _word(state: str) -> str:
    known = {
        "proposed": _("proposed"),
        "approved": _("approved: it holds"),
        "refused": _("refused"),
        "withdrawn": _("withdrawn"),
    }
    return known[state]
