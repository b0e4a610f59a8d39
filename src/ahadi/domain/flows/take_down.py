"""Takes down what is learnt about a person, and stops at once what it makes unlawful."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from ahadi.data import facts, news, reach
from ahadi.data.models.circumstance import OF_DEBTOR, OF_PERSON, SOURCES, Circumstance, CircumstanceEnd, QuietWeek
from ahadi.data.models.party import ContactPoint
from ahadi.domain.audit.ports import Act
from ahadi.domain.audit.steps import database_clock
from ahadi.domain.contact import places
from ahadi.domain.contact import steps as gate_steps
from ahadi.domain.contact.gathering import DEBTOR
from ahadi.domain.people import access
from ahadi.domain.work import queries
from ahadi.kernel.opening import MINUTES_OF_DAY
from ahadi.kernel.rule import CHANNELS

__all__ = [
    "KINDS",
    "OF_DEBTOR",
    "SOURCES",
    "CircumstanceAlreadyEnded",
    "Learnt",
    "LearntOutcome",
    "QuietOutcome",
    "UnableToTakeDownCircumstance",
    "end",
    "set_quiet_week",
    "take_down",
]

KINDS = OF_DEBTOR + OF_PERSON
_DAYS = range(1, 8)
_FINAL_SAY = ("supervisor", "manager", "legal", "admin")
# Ending one of these lets people be reached again: not everybody may say so.
_WEIGHTY = frozenset(OF_DEBTOR)


class UnableToTakeDownCircumstance(Exception):
    """What was learnt cannot be taken down: the text says what of it is wrong, and what to give instead."""

    is_refusal = True


class CircumstanceAlreadyEnded(Exception):
    """This was ended before; what is known of the person now stands on their page."""

    is_refusal = True

    def __init__(self, circumstance_id: int) -> None:
        super().__init__("this was ended before; see what is known of the person now")
        self.circumstance_id = circumstance_id


@dataclass(frozen=True)
class Learnt:
    """Something that is known from a moment on (None: now), until another (None: no end known)."""

    kind: str
    source: str
    value: str | None = None
    channel: str | None = None
    contact_point_id: int | None = None
    on_account_alone: bool = False
    from_at: datetime | None = None
    until_at: datetime | None = None


@dataclass(frozen=True)
class LearntOutcome:
    """What was taken down, and the planned contacts that it stopped."""

    circumstance_id: int
    stopped: int


@dataclass(frozen=True)
class QuietOutcome:
    """The week that was taken down, and the planned contacts that it stopped."""

    quiet_week_id: int
    stopped: int


def take_down(act: Act, *, account_id: int, person_id: int | None, learnt: Learnt) -> LearntOutcome:
    """Takes down something about the debtor of an account, or about a person who has to do with it.

    Raises, in this order: UnableToFindAccount, UnableToTakeDownCircumstance.
    """
    queries.require_seen(by=act.by, account_id=account_id)
    party_id = _party(account_id, person_id)
    _require_sensible(learnt, party_id)
    news.of_accounts(act.organisation_id, [account_id], what=act.name)
    gate_steps.hold(account_id, party_id=party_id)
    now = database_clock()
    made = Circumstance(
        party_id=party_id,
        account_id=account_id if learnt.on_account_alone else None,
        contact_point_id=learnt.contact_point_id,
        channel=learnt.channel,
        kind=learnt.kind,
        value=learnt.value,
        source=learnt.source,
        from_at=learnt.from_at or now,
        until_at=learnt.until_at,
        booked_at=now,
        act_id=act.id,
    )
    made.save(force_insert=True)
    if learnt.kind == reach.WRONG_NUMBER and learnt.contact_point_id is not None:
        gate_steps.mark_wrong(act, learnt.contact_point_id, source=learnt.source, but=made.contact_point_id)
    return LearntOutcome(made.id, gate_steps.stop_what_is_blocked(act, party_id))


def end(act: Act, *, circumstance_id: int, account_id: int) -> LearntOutcome:
    """Ends what was known of a person; what restrains everything about a debt only by those who answer for it.

    Raises, in this order: UnableToFindAccount, UnableToTakeDownCircumstance, CircumstanceAlreadyEnded.
    """
    queries.require_seen(by=act.by, account_id=account_id)
    known = Circumstance.objects.filter(id=circumstance_id).first()
    if known is None or known.party_id not in _parties(account_id):
        raise UnableToTakeDownCircumstance("there is no such circumstance on this account; choose one from its page")
    if known.kind in _WEIGHTY and not access.rights(act.by).may(*_FINAL_SAY):
        raise UnableToTakeDownCircumstance(f"{known.kind} is ended by a supervisor, manager or legal clerk; ask one")
    if gate_steps.is_ended(circumstance_id):
        raise CircumstanceAlreadyEnded(circumstance_id)
    gate_steps.hold(account_id, party_id=known.party_id)
    now = database_clock()
    CircumstanceEnd(circumstance_id=circumstance_id, ended_at=now, booked_at=now, act_id=act.id).save(force_insert=True)
    return LearntOutcome(circumstance_id, gate_steps.stop_what_is_blocked(act, known.party_id))


def set_quiet_week(
    act: Act, *, account_id: int, person_id: int | None, source: str, times: Sequence[tuple[int, int, int]]
) -> QuietOutcome:
    """Takes down when a person does not want to be disturbed: (weekday 1-7, from minute, until minute) each.

    What was said before is replaced; no times at all: any time will do. Raises, in this order: UnableToFindAccount,
    UnableToTakeDownCircumstance.
    """
    queries.require_seen(by=act.by, account_id=account_id)
    party_id = _party(account_id, person_id)
    if source not in SOURCES:
        raise UnableToTakeDownCircumstance(f"source {source!r} is not one of {', '.join(SOURCES)}")
    for weekday, begin, finish in times:
        if weekday not in _DAYS or not 0 <= begin < finish <= MINUTES_OF_DAY:
            raise UnableToTakeDownCircumstance(
                f"({weekday}, {begin}, {finish}): a weekday of 1 to 7 and minutes of the day in order"
            )
    gate_steps.hold(account_id, party_id=party_id)
    week = QuietWeek(
        party_id=party_id, times=[list(one) for one in times], source=source, booked_at=act.at, act_id=act.id
    )
    week.save(force_insert=True)
    return QuietOutcome(week.id, gate_steps.stop_what_is_blocked(act, party_id))


def _require_sensible(learnt: Learnt, party_id: int) -> None:
    allowed = {
        "kind": (learnt.kind, KINDS),
        "source": (learnt.source, SOURCES),
        "channel": (learnt.channel, (None, *CHANNELS)),
    }
    for name, (given, choices) in allowed.items():
        if given not in choices:
            raise UnableToTakeDownCircumstance(
                f"{name} {given!r} is not one of {', '.join(str(one) for one in choices if one)}"
            )
    if learnt.kind == "TIME_ZONE" and learnt.value not in places.known_zones():
        raise UnableToTakeDownCircumstance(f"{learnt.value!r} is no time zone; write it as Africa/Nairobi")
    if learnt.kind == "LANGUAGE" and not learnt.value:
        raise UnableToTakeDownCircumstance("a language needs its code, such as sw")
    if (
        learnt.contact_point_id is not None
        and not ContactPoint.objects.filter(
            id=learnt.contact_point_id, party_id__in=gate_steps.merged(party_id)
        ).exists()
    ):
        raise UnableToTakeDownCircumstance("this number or address is not of that person; choose one that is")
    if learnt.from_at and learnt.until_at and learnt.until_at <= learnt.from_at:
        raise UnableToTakeDownCircumstance("it ends before it begins; give a later end")


def _party(account_id: int, person_id: int | None) -> int:
    people = _people(account_id)
    mine = (
        people.filter(pl.col("role") == DEBTOR)
        if person_id is None
        else people.filter(pl.col("person_id") == person_id)
    )
    if mine.is_empty():
        raise UnableToTakeDownCircumstance(
            f"person {person_id} has nothing to do with this account; choose one who has"
        )
    return int(mine["party_id"][0])


def _parties(account_id: int) -> set[int]:
    people = _people(account_id)
    return {*people["party_id"], *(one for person in people["person_id"] for one in gate_steps.merged(person))}


def _people(account_id: int) -> pl.DataFrame:
    return reach.people(facts.of_accounts([account_id]))
