"""May we? The people of an account, what the gate says of each, what is known, what waits and what was tried."""

from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from ahadi.domain.arrangements.reminders import CODES
from ahadi.domain.reporting.contacts import Held, Learnt, Reach, Tried, Waiting
from ahadi.web.frame import answers, contact, figures, reminding, words
from ahadi.web.frame.acting import new_key
from ahadi.web.frame.answers import PersonRow
from ahadi.web.frame.moments import Moment

_TRIED_MAX = 8


@dataclass(frozen=True)
class FactRow:
    """Something that is known; `state` is empty while it holds, and `end_url` where it can be ended."""

    label: str
    detail: str
    who: str
    told_by: str
    since: str
    until: str
    state: str
    code: str
    end_url: str
    care_url: str
    case_url: str = ""


@dataclass(frozen=True)
class WaitingRow:
    """A contact that waits, or was stopped by a rule."""

    channel: str
    icon: str
    who: str
    due: str
    is_waiting: bool
    rule: str
    rule_url: str
    begin_url: str


@dataclass(frozen=True)
class TriedRow:
    """An attempt and what came of it; `url` leads to where that is written down, while it is not."""

    channel: str
    icon: str
    who: str
    at: str
    result: str
    is_inbound: bool
    url: str


@dataclass(frozen=True)
class MayWe:
    """The panel: people with answers at a moment, and the sides."""

    moment: Moment
    at: str
    is_now: bool
    zone: str
    key: str
    people: tuple[PersonRow, ...]
    holds: tuple[FactRow, ...]
    facts: tuple[FactRow, ...]
    waiting: tuple[WaitingRow, ...]
    tried: tuple[TriedRow, ...]
    begin_url: str
    learn_url: str
    quiet_url: str
    decisions_url: str
    hold_url: str


def may_we(reach: Reach, moment: Moment, results: dict[str, str], *, today: date) -> MayWe:
    """The panel of an account; `results` words the codes of dispositions."""
    account = reach.account_id
    who = {one.person_id: contact.role(one.role) for one in reach.people}
    return MayWe(
        moment=moment,
        at=figures.moment(reach.at, reach.zone, today),
        is_now=moment.at is None,
        zone=reach.zone,
        key=new_key(),
        people=answers.people(reach, today=today),
        holds=tuple(_hold(one, account, today) for one in reach.holds),
        facts=tuple(_fact(one, reach, who.get(one.person_id, ""), today) for one in reach.learnt),
        waiting=tuple(_waiting(one, reach, today) for one in reach.waiting),
        tried=tuple(_tried(one, reach, results, today) for one in reach.tried[:_TRIED_MAX]),
        begin_url=reverse("begin", args=[account]),
        learn_url=reverse("learn", args=[account]),
        quiet_url=reverse("quiet", args=[account]),
        decisions_url=reverse("decisions", args=[account]),
        hold_url=reverse("place-hold", args=[account]),
    )


def _hold(one: Held, account: int, today: date) -> FactRow:
    label = words.rule(f"HOLD.{one.kind}")
    if one.charge:
        label = _("Charge %(reference)s: %(hold)s") % {"reference": one.charge, "hold": words.hold(one.kind)}
    until = _("ends after %(day)s") if one.ends_on else _("looked at again %(day)s")
    return FactRow(
        label=label,
        detail=one.reason or "",
        who=one.by or _("The system"),
        told_by="",
        since=figures.day(one.from_date, today),
        until=until % {"day": figures.day(one.ends_on or one.review_on, today)},
        state="",
        code=f"HOLD.{one.kind}",
        end_url=reverse("release", args=[account, one.hold_id]),
        care_url="",
        case_url=reverse("case", args=[one.case_id]) if one.case_id else "",
    )


def _fact(one: Learnt, reach: Reach, who: str, today: date) -> FactRow:
    address = [reach.account_id, one.circumstance_id]
    return FactRow(
        label=contact.fact(one.kind),
        detail=words.listed(_details(one, reach)),
        who=who,
        told_by=contact.source(one.source),
        since=figures.moment(one.from_at, reach.zone, today),
        until=_("until %(moment)s") % {"moment": figures.moment(one.until_at, reach.zone, today)}
        if one.until_at
        else "",
        state=_state(one, reach.at),
        code=one.kind,
        end_url=reverse("end", args=address),
        care_url=reverse("care", args=address) if one.kind == "VULNERABLE" else "",
    )


def _details(one: Learnt, reach: Reach) -> list[str]:
    points = {point.point_id: point for met in reach.people for point in met.points}
    point = points.get(one.point_id or 0)
    told = [
        one.value or "",
        contact.channel(one.channel) if one.channel else "",
        contact.masked(point.text, point.kind) if point else "",
        _("this account alone") if one.is_account_alone else "",
    ]
    return [text for text in told if text]


def _state(one: Learnt, at: datetime) -> str:
    if one.until_at is not None and one.until_at <= at:
        return _("over")
    return _("still to come") if one.from_at > at else ""


def _waiting(one: Waiting, reach: Reach, today: date) -> WaitingRow:
    return WaitingRow(
        channel=contact.channel(one.channel),
        icon=contact.ICONS.get(one.channel, "phone"),
        who=contact.role(one.role),
        due=figures.moment(one.due_at, reach.zone, today),
        is_waiting=one.status == "waiting",
        rule=reminding.why(one.rule, {}) if one.rule in CODES else one.rule or "",
        rule_url=reverse("rule", args=[one.rule]) if one.rule and one.rule not in CODES else "",
        begin_url=reverse("begin-planned", args=[reach.account_id, one.planned_contact_id]),
    )


def _tried(one: Tried, reach: Reach, results: dict[str, str], today: date) -> TriedRow:
    is_open = one.result is None and one.is_outbound
    return TriedRow(
        channel=contact.channel(one.channel),
        icon=contact.ICONS.get(one.channel, "phone"),
        who=contact.role(one.role),
        at=figures.moment(one.began_at, reach.zone, today),
        result=results.get(one.result or "", one.result or ""),
        is_inbound=not one.is_outbound,
        url=reverse("outcome", args=[reach.account_id, one.contact_id]) if is_open else "",
    )
