"""One question to the gate, an attempt under way, and past decisions, ready for the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from ahadi.domain.contact.codes import KeptCode
from ahadi.domain.contact.ports import Answer, Asked
from ahadi.domain.contact.replay import Replayed
from ahadi.domain.flows.begin_contact import REASONS
from ahadi.domain.reporting.contacts import Met, Point, Reach, Said, Tried
from ahadi.web.frame import answers, contact, figures, words
from ahadi.web.frame.answers import AnswerRow, PersonRow
from ahadi.web.frame.options import Option, options


@dataclass(frozen=True)
class AskView:
    """The answer to one question, with what can be done about it; `due` is the moment that a queue would wait for."""

    account_url: str
    person: PersonRow
    row: AnswerRow
    at: str
    is_now: bool
    zone: str
    headline: str
    due: str
    due_text: str
    overrides: tuple[Option, ...]


@dataclass(frozen=True)
class ResultRow:
    """A disposition to choose; the first nine have a key."""

    code: str
    label: str
    key: str


@dataclass(frozen=True)
class ResultGroup:
    """The dispositions of a level."""

    label: str
    icon: str
    rows: tuple[ResultRow, ...]


@dataclass(frozen=True)
class AttemptView:
    """An attempt under way: whom it reaches on which number, what is to be said and kept, what may come of it."""

    account_url: str
    icon: str
    channel: str
    name: str
    role: str
    point: str
    began: str
    row: AnswerRow | None
    groups: tuple[ResultGroup, ...]
    result: str


@dataclass(frozen=True)
class SaidRow:
    """A decision that was kept: a rule is (id, address, title, what it does, until)."""

    url: str
    at: str
    asked_at: str
    channel: str
    icon: str
    role: str
    purpose: str
    stage: str
    word: str
    tone: str
    answer_icon: str
    rules: tuple[tuple[str, str, str, str, str], ...]
    next_at: str
    override: str
    by: str


@dataclass(frozen=True)
class AgainView:
    """A decision beside the same decision made again."""

    is_equal: bool
    then: str
    now: str


def found(reach: Reach, asked: Asked) -> tuple[Answer, Met] | None:
    """The answer to what was asked among those of an account, and about whom it is."""
    for answer in reach.answers:
        met = next(one for one in reach.people if (one.person_id, one.role) == (answer.asked.person_id, answer.role))
        is_person = met.role == "debtor" if asked.person_id is None else met.person_id == asked.person_id
        is_point = asked.contact_point_id in (None, answer.asked.contact_point_id)
        if is_person and is_point:
            return answer, met
    return None


def ask_view(reach: Reach, answer: Answer, met: Met, *, is_now: bool, today: date) -> AskView:
    """One answer as its page shows it."""
    people = answers.people(reach, today=today)
    place = next(place for place, one in enumerate(reach.people) if (one.person_id, one.role) == _who(met))
    points = {one.point_id: one for one in met.points}
    row = answers.answer_row(
        answer,
        points.get(answer.asked.contact_point_id or 0),
        zone=reach.zone,
        today=today,
        now=reach.now,
        titles=reach.titles,
    )
    waits = answer.next_lawful_at is not None and answer.next_lawful_at > reach.now
    return AskView(
        account_url=reverse("account", args=[reach.account_id]),
        person=people[place],
        row=row,
        at=figures.moment(reach.at, reach.zone, today),
        is_now=is_now,
        zone=reach.zone,
        headline=_headline(row),
        due=answer.next_lawful_at.isoformat() if waits and answer.next_lawful_at else "",
        due_text=row.next_theirs if waits else "",
        overrides=options({one: contact.override(one) for one in REASONS}, "", _("Choose why")),
    )


def _who(met: Met) -> tuple[int, str]:
    return met.person_id, met.role


def _headline(row: AnswerRow) -> str:
    first = row.reasons[0].title if row.reasons else ""
    known = {
        "allow": _("Yes, nothing is against it."),
        "warn": _("Think twice. %(title)s.") % {"title": first},
        "block": _("Not now. %(title)s.") % {"title": first},
    }
    return known[row.answer]


def attempt_view(
    tried: Tried, met: Met | None, row: AnswerRow | None, listed: tuple[KeptCode, ...], *, account: int, at: str
) -> AttemptView:
    """An attempt as its page shows it; the number stands there in full, since it is about to be dialled."""
    points: dict[int, Point] = {one.point_id: one for one in met.points} if met else {}
    point = points.get(tried.point_id or 0)
    return AttemptView(
        account_url=reverse("account", args=[account]),
        icon=contact.ICONS.get(tried.channel, "phone"),
        channel=contact.channel(tried.channel),
        name=(met.name if met else "") or _("Somebody without a name"),
        role=contact.role(tried.role),
        point=point.text if point else "",
        began=at,
        row=row,
        groups=_groups([one for one in listed if one.is_active]),
        result=next(
            (words.said(one.code.label) for one in listed if one.code.code == tried.result), tried.result or ""
        ),
    )


def _groups(active: list[KeptCode]) -> tuple[ResultGroup, ...]:
    levels = {
        "NO_CONTACT": (_("Nobody was reached"), "phone-missed"),
        "RIGHT_PARTY": (_("The debtor was reached"), "phone-call"),
        "THIRD_PARTY": (_("Somebody else was reached"), "users"),
        "NOT_DIALLED": (_("Nothing went out"), "phone-off"),
    }
    keys, groups = iter("123456789"), []
    for level, (label, icon) in levels.items():
        mine = [one.code for one in active if one.code.level == level]
        rows = tuple(ResultRow(code.code, words.said(code.label), next(keys, "")) for code in mine)
        groups.append(ResultGroup(label, icon, rows))
    return tuple(group for group in groups if group.rows)


def said_row(said: Said, titles: Mapping[str, str], *, account: int, zone: str, today: date) -> SaidRow:
    """A past decision, by our clock."""
    return SaidRow(
        url=reverse("decision", args=[account, said.decision_id]),
        at=figures.moment(said.decided_at, zone, today),
        asked_at=figures.moment(said.asked_at, zone, today),
        channel=contact.channel(said.channel),
        icon=contact.ICONS.get(said.channel, "phone"),
        role=contact.role(said.role),
        purpose=contact.purpose(said.purpose),
        stage=_stage(said.stage),
        word=contact.answer(said.answer),
        tone=contact.TONES[said.answer],
        answer_icon=contact.ANSWER_ICONS[said.answer],
        rules=tuple(
            (
                rule,
                reverse("rule", args=[rule]),
                words.said(titles.get(rule, "")),
                contact.action(action),
                figures.moment(until, zone, today) if until else "",
            )
            for rule, action, until in said.reasons
        ),
        next_at=figures.moment(said.next_lawful_at, zone, today) if said.next_lawful_at else "",
        override=contact.override(said.override) if said.override else "",
        by=words.doer(said.by),
    )


def _stage(code: str) -> str:
    known = {
        "queued": _("asked as it was queued"),
        "begun": _("asked as it was to begin"),
        "issued": _("given beforehand, for a visit without a network"),
    }
    return known.get(code, code)


def again_view(made: Replayed, *, zone: str, today: date) -> AgainView:
    """A decision and itself made again, in a sentence each."""
    return AgainView(made.is_equal, _told(made.then, zone, today), _told(made.now, zone, today))


def _told(part: tuple[str, Any, list[Any]], zone: str, today: date) -> str:
    answer, next_at, reasons = part
    rules = words.listed(str(reason[0]) for reason in reasons) or _("no rule")
    return _("%(answer)s; spoke: %(rules)s; next lawful: %(next)s") % {
        "answer": contact.answer(answer),
        "rules": rules,
        "next": figures.moment(next_at, zone, today),
    }
