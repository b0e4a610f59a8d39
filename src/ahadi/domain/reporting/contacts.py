"""The people of an account: how each may be reached, what is known of them, what waits, and what was decided."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from ahadi.data import facts, frames, law, reach
from ahadi.data.models.gate import GateDecision
from ahadi.domain.arrangements.reminders import PROMISE_OVER
from ahadi.domain.audit.ports import Actor
from ahadi.domain.audit.steps import database_clock
from ahadi.domain.contact import queries, replay
from ahadi.domain.contact.catalogue import OWN_RULES, policy_titles
from ahadi.domain.contact.gathering import Gathered, gather
from ahadi.domain.contact.ports import Answer, Asked
from ahadi.domain.contact.replay import Replayed
from ahadi.domain.parties.believing import Believed, believed
from ahadi.domain.work.queries import require_seen
from ahadi.kernel.rule import CHANNELS

_NEWEST = 50


class UnableToFindDecision(Exception):
    """There is no such decision, contact or circumstance on this account; open it from the account's page."""

    is_refusal = True


@dataclass(frozen=True)
class Point:
    """A number or address of a person."""

    point_id: int
    kind: str
    text: str
    place: str | None


@dataclass(frozen=True)
class Met:
    """Somebody who has to do with an account; `quiet` are (weekday, from minute, until minute) to be left alone.

    `basis` is the code of the one on which somebody who is not the debtor may be contacted, None where there is none.
    """

    person_id: int
    role: str
    name: str | None
    basis: str | None
    language: str | None
    zone: str | None
    points: tuple[Point, ...]
    quiet: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class Learnt:
    """Something that is known of a person and was not ended; what is over or still to come is told by its dates."""

    circumstance_id: int
    person_id: int
    kind: str
    value: str | None
    channel: str | None
    point_id: int | None
    is_account_alone: bool
    source: str
    from_at: datetime
    until_at: datetime | None
    has_care: bool


@dataclass(frozen=True)
class Held:
    """A hold in force; `charge` is the reference of the one it is about, None for the whole account.

    `by` placed it, `reason` is in their words, and `case_id` names the case that it belongs to.
    """

    hold_id: int
    kind: str
    charge: str | None
    from_date: date
    review_on: date
    ends_on: date | None
    by: str | None
    reason: str | None
    case_id: int | None


@dataclass(frozen=True)
class Waiting:
    """A contact that waits for its moment, or was stopped by a rule before it came."""

    planned_contact_id: int
    person_id: int
    role: str
    channel: str
    due_at: datetime
    status: str
    rule: str | None


@dataclass(frozen=True)
class Tried:
    """An attempt; `result` is the code of its disposition, None while nobody wrote down what came of it."""

    contact_id: int
    person_id: int
    role: str
    channel: str
    point_id: int | None
    purpose: str
    is_outbound: bool
    began_at: datetime
    result: str | None


@dataclass(frozen=True)
class Said:
    """A decision of the gate that was kept; `override` is the reason for which a warning was taken on."""

    decision_id: int
    person_id: int
    role: str
    channel: str
    purpose: str
    stage: str
    asked_at: datetime
    decided_at: datetime
    answer: str
    next_lawful_at: datetime | None
    reasons: tuple[tuple[str, str, datetime | None], ...]
    override: str | None
    by: str


@dataclass(frozen=True)
class Reach:
    """Who can be reached about an account at a moment, in every way; `zone` is the organisation's own.

    `titles` are those of the organisation's policies by the id of their rule.
    """

    account_id: int
    now: datetime
    at: datetime
    zone: str
    people: tuple[Met, ...]
    answers: tuple[Answer, ...]
    learnt: tuple[Learnt, ...]
    holds: tuple[Held, ...]
    waiting: tuple[Waiting, ...]
    tried: tuple[Tried, ...]
    titles: dict[str, str]


def reached(
    *,
    by: Actor,
    account_id: int,
    at: datetime | None = None,
    purpose: str = "collect",
    channels: Sequence[str] = CHANNELS,
) -> Reach:
    """Everybody who has to do with an account, and what the gate says of each by these channels (None: now).

    Raises UnableToFindAccount.
    """
    require_seen(by=by, account_id=account_id)
    now = database_clock()
    asked_at = at or now
    gathered = gather(facts.of_accounts([account_id]), at=asked_at, known_at=facts.FOREVER)
    answers = queries.ways(gathered, account_id=account_id, channels=channels, purpose=purpose)
    house = gathered.people.row(0, named=True)
    people = _people(gathered, now)
    ids = [one.person_id for one in people]
    is_own = any(reason.rule_id.startswith(OWN_RULES) for answer in answers for reason in answer.reasons)
    return Reach(
        account_id=account_id,
        now=now,
        at=asked_at,
        zone=house["organisation_zone"],
        people=people,
        answers=tuple(answers),
        learnt=_learnt(account_id, ids),
        holds=_holds(account_id, asked_at.astimezone(ZoneInfo(house["organisation_zone"])).date()),
        waiting=_waiting(account_id),
        tried=_tried(account_id),
        titles=policy_titles(house["organisation_id"]) if is_own else {},
    )


def beliefs(reach: Reach, *, as_of: date) -> Mapping[int, tuple[Believed, ...]]:
    """The numbers and addresses of everybody of an account by person, the best believed first."""
    ids = frames.distinct(pl.Series([one.person_id for one in reach.people], dtype=pl.Int64))
    debtor = next(one.person_id for one in reach.people if one.role == "debtor")
    return believed(ids, debtor_id=debtor, as_of=as_of)


def begun(*, by: Actor, account_id: int, contact_id: int) -> tuple[Tried, Met | None, Answer | None]:
    """An attempt with whom it reaches, and what is to be said and kept (None for one that the other side began).

    Raises UnableToFindAccount, UnableToFindDecision.
    """
    require_seen(by=by, account_id=account_id)
    found = _tried(account_id, contact_id)
    if not found:
        raise UnableToFindDecision("there is no such contact on this account; open one from the account's page")
    one = found[0]
    gathered = gather(facts.of_accounts([account_id]), at=one.began_at, known_at=facts.FOREVER)
    met = next((met for met in _people(gathered, one.began_at) if met.person_id == one.person_id), None)
    if met is None or not one.is_outbound or one.channel not in CHANNELS:
        return one, met, None
    asked_ = Asked(account_id, one.channel, one.person_id, one.point_id, one.purpose)
    answer, _, _ = queries.ask(asked_, at=one.began_at)
    return one, met, answer


def decisions(*, by: Actor, account_id: int) -> tuple[Said, ...]:
    """The newest fifty decisions about an account, newest first. Raises UnableToFindAccount."""
    require_seen(by=by, account_id=account_id)
    return _said("g.account_id = %(account)s", {"account": account_id})


def decision(*, by: Actor, account_id: int, decision_id: int) -> Said:
    """One decision. Raises UnableToFindAccount, UnableToFindDecision."""
    require_seen(by=by, account_id=account_id)
    found = _said("g.account_id = %(account)s AND g.id = %(id)s", {"account": account_id, "id": decision_id})
    if not found:
        raise UnableToFindDecision("there is no such decision on this account; open one from the account's page")
    return found[0]


def made_again(*, by: Actor, account_id: int, decision_id: int) -> Replayed:
    """A decision made again from the facts and rules it was made from. Raises as `decision` does."""
    decision(by=by, account_id=account_id, decision_id=decision_id)
    return replay.again(GateDecision.objects.select_related("rule_set").get(id=decision_id))


def titles(*, by: Actor) -> dict[str, str]:
    """The titles of every rule that may have spoken to an organisation, by id."""
    shipped = {rule.id: rule.title for rule in law.rules().values()}
    return {**shipped, **policy_titles(by.organisation_id or 0)}


_NAMES = """
    SELECT DISTINCT ON (s.stands_for_id) s.stands_for_id, m.name
    FROM party_name m JOIN party_state s ON s.party_id = m.party_id
    LEFT JOIN act_withdrawal w ON w.withdrawn_act_id = m.act_id
    WHERE s.stands_for_id = ANY(%(people)s)
    ORDER BY s.stands_for_id, w.act_id IS NOT NULL, m.seen DESC, m.id
"""
_TEXTS = "SELECT id, raw FROM contact_point WHERE id = ANY(%(ids)s) ORDER BY id"


def _people(gathered: Gathered, now: datetime) -> tuple[Met, ...]:
    rows = gathered.people
    ids = frames.distinct(rows["person_id"])
    named = frames.told(_NAMES, {"people": frames.ids(ids)}, ("person_id", "name"))
    names = {row["person_id"]: row["name"] for row in named}
    told = gathered.traits if now == gathered.at else reach.traits(ids, at=now, known_at=facts.FOREVER)
    traits = {(person_id, kind): value for person_id, kind, value in told.iter_rows()}
    quiet = _quiet(gathered.known.preferences)
    known = _points(gathered.points)
    return tuple(
        Met(
            person_id=row["person_id"],
            role=row["role"],
            name=names.get(row["person_id"]),
            basis=row["basis"],
            language=traits.get((row["person_id"], "LANGUAGE")),
            zone=traits.get((row["person_id"], "TIME_ZONE")),
            points=known.get(row["person_id"], ()),
            quiet=quiet.get(row["person_id"], ()),
        )
        for row in rows.iter_rows(named=True)
    )


def _quiet(preferences: pl.DataFrame) -> dict[int, tuple[tuple[int, int, int], ...]]:
    found: dict[int, tuple[tuple[int, int, int], ...]] = {}
    for person_id, weekday, begin, end in preferences.iter_rows():
        found[person_id] = (*found.get(person_id, ()), (weekday, begin, end))
    return found


def points(person_id: int) -> tuple[Point, ...]:
    """The numbers and addresses of one person, as `reached` gives them."""
    rows = reach.points(pl.Series([person_id], dtype=pl.Int64), known_at=facts.FOREVER)
    return _points(rows).get(person_id, ())


def _points(rows: pl.DataFrame) -> dict[int, tuple[Point, ...]]:
    bare = [point_id for point_id, normal in rows[["point_id", "normal"]].iter_rows() if not normal]
    told = frames.told(_TEXTS, {"ids": frames.ids(bare)}, ("point_id", "raw")) if bare else []
    written = {row["point_id"]: row["raw"] for row in told}
    found: dict[int, tuple[Point, ...]] = {}
    for row in rows.iter_rows(named=True):
        text = row["normal"] or written.get(row["point_id"]) or ""
        point = Point(row["point_id"], row["kind"], text, row["place"])
        found[row["person_id"]] = (*found.get(row["person_id"], ()), point)
    return found


_CIRCUMSTANCES = f"""
    SELECT c.id, s.stands_for_id, c.kind, c.value, c.channel, c.contact_point_id, c.account_id IS NOT NULL, c.source,
           c.from_at, c.until_at, r.circumstance_id IS NOT NULL
    FROM circumstance c JOIN party_state s ON s.party_id = c.party_id
    LEFT JOIN care_record r ON r.circumstance_id = c.id
    WHERE s.stands_for_id = ANY(%(people)s) AND {facts.counts("c")} AND NOT {reach.ended("c")}
      AND (c.account_id IS NULL OR c.account_id = %(account)s)
    ORDER BY c.from_at DESC, c.id DESC
"""


def _learnt(account_id: int, people: list[int]) -> tuple[Learnt, ...]:
    return frames.made(Learnt, _CIRCUMSTANCES, {"people": people, "account": account_id})


_HOLDS = """
    SELECT h.id, h.kind, c.reference, h.from_date, h.review_on, h.ends_on, p.name,
           coalesce((SELECT n.text FROM note n WHERE n.act_id = h.act_id AND n.account_id = h.account_id LIMIT 1),
                    (SELECT f.reference FROM proof f WHERE f.hold_id = h.id)), k.case_id
    FROM hold h LEFT JOIN charge c ON c.id = h.charge
    JOIN act t ON t.id = h.act_id LEFT JOIN person p ON p.id = t.by_id
    LEFT JOIN case_hold k ON k.hold_id = h.id
    LEFT JOIN hold_release e ON e.hold_id = h.id
    LEFT JOIN act_withdrawal w ON w.withdrawn_act_id = h.act_id
    WHERE h.account_id = %(account)s AND e.hold_id IS NULL AND w.act_id IS NULL
      AND (h.ends_on IS NULL OR h.ends_on >= %(day)s)
    ORDER BY h.from_date DESC, h.id DESC
"""


def _holds(account_id: int, day: date) -> tuple[Held, ...]:
    return frames.made(Held, _HOLDS, {"account": account_id, "day": day})


_PLANNED = f"""
    SELECT p.id, s.stands_for_id, p.role, p.channel, p.due_at,
      CASE WHEN h.status <> 'PENDING' THEN 'stopped' ELSE t.status END,
      CASE WHEN h.status <> 'PENDING' THEN coalesce(t.rule, '{PROMISE_OVER}') ELSE t.rule END
    FROM planned_contact p JOIN planned_contact_state t ON t.planned_contact_id = p.id
    JOIN party_state s ON s.party_id = p.party_id
    LEFT JOIN reminder_plan q ON q.planned_contact_id = p.id LEFT JOIN promise_reminder r ON r.id = q.reminder_id
    LEFT JOIN promise_state h ON h.promise_id = r.promise_id
    WHERE p.account_id = %(account)s AND t.status <> 'begun'
    ORDER BY 6 DESC, p.due_at, p.id
"""


def _waiting(account_id: int) -> tuple[Waiting, ...]:
    return frames.made(Waiting, _PLANNED, {"account": account_id})[:_NEWEST]


_TRIED = """
    SELECT c.id, coalesce(s.stands_for_id, d.stands_for_id), c.role, c.channel, c.contact_point_id, c.purpose,
           c.direction = 'outbound', c.began_at, o.result
    FROM contact c JOIN account a ON a.id = c.account_id JOIN party_state d ON d.party_id = a.party_id
    LEFT JOIN party_state s ON s.party_id = c.party_id
    LEFT JOIN contact_outcome o ON o.contact_id = c.id
      AND NOT EXISTS (SELECT 1 FROM act_withdrawal x WHERE x.withdrawn_act_id = o.act_id)
    LEFT JOIN act_withdrawal w ON w.withdrawn_act_id = c.act_id
    WHERE w.act_id IS NULL AND c.id IN (SELECT k.id FROM contact k WHERE k.account_id = %(account)s
       UNION ALL SELECT m.contact_id FROM contact_account m WHERE m.account_id = %(account)s)
      AND (%(contact)s::bigint IS NULL OR c.id = %(contact)s)
    ORDER BY c.began_at DESC, c.id DESC LIMIT %(newest)s
"""


def _tried(account_id: int, contact_id: int | None = None) -> tuple[Tried, ...]:
    bound = {"account": account_id, "contact": contact_id, "newest": _NEWEST}
    return frames.made(Tried, _TRIED, bound)


_SAID = """
    SELECT g.id, s.stands_for_id, g.role, g.channel, g.purpose, g.stage,
           g.asked_at, g.decided_at, g.answer,
           g.next_lawful_at, g.reasons::text, v.reason, coalesce(p.name, 'operator')
    FROM gate_decision g JOIN party_state s ON s.party_id = g.party_id JOIN act t ON t.id = g.act_id
    LEFT JOIN person p ON p.id = t.by_id
    LEFT JOIN gate_override v ON v.decision_id = g.id
    WHERE {condition} ORDER BY g.decided_at DESC, g.id DESC LIMIT %(newest)s
"""


def _said(condition: str, parameters: dict[str, object]) -> tuple[Said, ...]:
    return frames.made(_as_said, _SAID.format(condition=condition), {**parameters, "newest": _NEWEST})


def _as_said(*row: Any) -> Said:
    values = (*row[:10], _spoken(row[10]), *row[11:])
    return Said(*values)


def _spoken(text: str) -> tuple[tuple[str, str, datetime | None], ...]:
    return tuple(
        (rule, action, datetime.fromisoformat(until) if until is not None else None)
        for rule, action, until in json.loads(text)
    )
