"""The gate's answers ready for a page: who may be reached how, by which rule not, until when, what is to be said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from ahadi.domain.contact import catalogue
from ahadi.domain.contact.gathering import KIND_OF_POINT
from ahadi.domain.contact.ports import Answer, Reason
from ahadi.domain.reporting.contacts import Met, Point, Reach
from ahadi.web.frame import contact, figures, words
from ahadi.web.frame.reference import written


@dataclass(frozen=True)
class ReasonRow:
    """A rule that spoke: in plain words, by its id, until when it restrains and where it stands."""

    rule_id: str
    url: str
    title: str
    is_block: bool
    action: str
    until: str
    fact: str
    source: str


@dataclass(frozen=True)
class DutyRow:
    """A sentence of what is to be said or kept, and the rule that asks for it."""

    text: str
    rule_id: str
    url: str


@dataclass(frozen=True)
class Way:
    """One way to reach somebody, as forms name it."""

    person: str
    channel: str
    point: str
    purpose: str

    @property
    def fields(self) -> dict[str, str]:
        """The fields of a form, or of an address."""
        return {name: text for name, text in vars(self).items() if text}


@dataclass(frozen=True)
class AnswerRow:
    """What the gate says of one way: answer with word, icon and tone, the rules, next lawful moment, and duties."""

    way: Way
    label: str
    icon: str
    point: str
    place: str
    answer: str
    word: str
    tone: str
    answer_icon: str
    reasons: tuple[ReasonRow, ...]
    next_theirs: str
    next_ours: str
    wait: str
    says: tuple[DutyRow, ...]
    stores: tuple[DutyRow, ...]
    url: str

    @property
    def more(self) -> int:
        """How many rules spoke besides the first."""
        return max(0, len(self.reasons) - 1)


@dataclass(frozen=True)
class ClockRow:
    """The time it is in a zone where somebody may be."""

    zone: str
    time: str


@dataclass(frozen=True)
class PersonRow:
    """Somebody who has to do with an account: where they may be, and every way to reach them."""

    person: str
    name: str
    role: str
    is_debtor: bool
    clocks: tuple[ClockRow, ...]
    is_conflict: bool
    is_confirmed: bool
    language: str
    quiet: str
    answers: tuple[AnswerRow, ...]
    missing: str


def people(reach: Reach, *, today: date) -> tuple[PersonRow, ...]:
    """Everybody of an account with the answers about them."""
    return tuple(_person(one, reach, today) for one in reach.people)


def answer_row(
    answer: Answer, point: Point | None, *, zone: str, today: date, now: datetime, titles: Mapping[str, str]
) -> AnswerRow:
    """One answer; `titles` are those of rules that the rulebook does not have."""
    asked = answer.asked
    way = Way(
        written("person", asked.person_id or 0),
        asked.channel,
        written("point", asked.contact_point_id) if asked.contact_point_id else "",
        asked.purpose,
    )
    return AnswerRow(
        way=way,
        label=contact.channel(asked.channel),
        icon=contact.ICONS.get(asked.channel, "phone"),
        point=contact.masked(point.text, point.kind) if point else "",
        place=contact.place(point.place) if point else "",
        answer=answer.answer,
        word=contact.answer(answer.answer),
        tone=contact.TONES[answer.answer],
        answer_icon=contact.ANSWER_ICONS[answer.answer],
        reasons=tuple(reason_row(one, zone=zone, today=today, titles=titles) for one in answer.reasons),
        next_theirs=_theirs(answer, today),
        next_ours=figures.moment(answer.next_lawful_at, zone, today) if answer.next_lawful_at else "",
        wait=figures.wait(now, answer.next_lawful_at),
        says=_duties(answer, is_said=True),
        stores=_duties(answer, is_said=False),
        url=f"{reverse('contact', args=[asked.account_id])}?{urlencode(way.fields)}",
    )


def duties_row(answer: Answer, *, zone: str, today: date) -> AnswerRow:
    """An answer for what it asks to be said and kept, its number left out."""
    return answer_row(answer, None, zone=zone, today=today, now=answer.at, titles={})


def reason_row(reason: Reason, *, zone: str, today: date, titles: Mapping[str, str]) -> ReasonRow:
    """A rule that spoke, by the clock of a zone."""
    is_own = reason.rule_id in titles
    return ReasonRow(
        rule_id=reason.rule_id,
        url=reverse("rule", args=[reason.rule_id]),
        title=words.said(titles.get(reason.rule_id, reason.title)),
        is_block=reason.action == "block",
        action=contact.action(reason.action),
        until=figures.moment(reason.until_at, zone, today) if reason.until_at else "",
        fact=contact.fact(reason.fact) if reason.fact else "",
        source=_("a policy of the house") if is_own else words.source(reason.source),
    )


def _theirs(answer: Answer, today: date) -> str:
    """The next lawful moment by the clocks of the zones where the person may be."""
    if answer.next_lawful_at is None:
        return ""
    told = [(zone, figures.moment(answer.next_lawful_at, zone, today)) for zone in answer.zones]
    if len({text for _zone, text in told}) == 1:
        return told[0][1]
    return "; ".join(f"{text} ({zone})" for zone, text in told)


def _duties(answer: Answer, *, is_said: bool) -> tuple[DutyRow, ...]:
    known = catalogue.words().says if is_said else catalogue.words().stores
    seen: dict[str, DutyRow] = {}
    for duty in answer.duties:
        for tag in duty.says if is_said else duty.stores:
            seen.setdefault(
                tag, DutyRow(words.said(known.get(tag, tag)), duty.rule_id, reverse("rule", args=[duty.rule_id]))
            )
    return tuple(seen.values())


def _person(met: Met, reach: Reach, today: date) -> PersonRow:
    mine = [one for one in reach.answers if one.asked.person_id == met.person_id and one.role == met.role]
    points = {one.point_id: one for one in met.points}
    have = {one.kind for one in met.points}
    zones = mine[0].zones if mine else ()
    clocks = tuple(ClockRow(zone, figures.moment(reach.at, zone, today)) for zone in zones)
    return PersonRow(
        person=written("person", met.person_id),
        name=met.name or _("Somebody without a name"),
        role=contact.role(met.role),
        is_debtor=met.role == "debtor",
        clocks=clocks,
        is_conflict=len({one.time for one in clocks}) > 1,
        is_confirmed=met.zone is not None,
        language=met.language or "",
        quiet="; ".join(
            f"{contact.weekday(day)} {figures.apart(f'{figures.clock(begin)}–{figures.clock(end)}')}"
            for day, begin, end in met.quiet
        ),
        answers=tuple(
            answer_row(
                one,
                points.get(one.asked.contact_point_id or 0),
                zone=reach.zone,
                today=today,
                now=reach.now,
                titles=reach.titles,
            )
            for one in mine
            if KIND_OF_POINT.get(one.asked.channel) in (None, *have)
        ),
        missing=words.listed(
            contact.channel(code)
            for code in dict.fromkeys(one.asked.channel for one in mine)
            if KIND_OF_POINT.get(code) not in (None, *have)
        ),
    )
