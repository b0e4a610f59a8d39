"""Life on the floor of the twin: teams, weeks, somebody on leave, plans of the day, offers that wait; by acts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import TypeVar

import polars as pl

from ahadi.domain.arrangements.ports import PromiseAlreadyOpen, Promised
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Act, Actor, Performance
from ahadi.domain.negotiation import queries as negotiation
from ahadi.domain.negotiation.operations import propose_offer
from ahadi.domain.negotiation.proposing import OfferOutcome, UnableToProposeOffer
from ahadi.domain.people import operations as joining
from ahadi.domain.people import queries as people
from ahadi.domain.people.operations import TeamOutcome
from ahadi.domain.people.queries import House
from ahadi.domain.rosters import operations as rosters
from ahadi.domain.rosters.ports import (
    Away,
    Planned,
    PlanOutcome,
    RosterOutcome,
    UnableToCoverPerson,
    UnableToKeepRoster,
    UnableToTakeLeave,
    Week,
)
from ahadi.domain.work import queries as work
from ahadi.kernel.offer import SETTLEMENT

T = TypeVar("T")
_TEAMS = (("north", "North"), ("coast", "Coast"))
_WEEKDAYS, _SATURDAYS = (1, 2, 3, 4, 5), (1, 2, 3, 4, 5, 6)
_MORNING, _EVENING = 8 * 60, 17 * 60
_PLANNED_DAYS = 5
_ASKED = 3
_SEARCHED = 60
_SETTLED_FROM = 90
"""From so many days on something may be forgiven, by the mandate of the house."""
_ABOVE_BPS = 700


@dataclass(frozen=True)
class _Staff:
    """Who acts in a house."""

    house: House
    officers: tuple[Actor, ...]
    supervisors: tuple[Actor, ...]

    def act(self, by: Actor, name: str, operation: Callable[[Act], T], outcome: type[T], about: str) -> T:
        """One act of somebody."""
        inputs = f"{name} {about}".encode()
        return perform(name, operation, outcome, Performance(by, self.house.id, inputs, origin="generated"))


def man(house: House) -> int:
    """Puts the officers of a house into teams with weeks, leave, plans and offers, once; how many offers wait."""
    operator = Actor(OPERATOR.login, None, house.id)
    if people.teams(operator).height:
        return 0
    staff = _staff(house, operator)
    _teams(staff, operator)
    _weeks(staff)
    _leave(staff)
    _plans(staff)
    return _offers(staff, operator)


def _staff(house: House, operator: Actor) -> _Staff:
    found = people.people(operator).filter(pl.col("is_active")).sort("person_id")

    def of(role: str) -> tuple[Actor, ...]:
        rows = found.filter(pl.col("role") == role).select("person_id", "login").unique(maintain_order=True)
        return tuple(Actor(login, number, house.id) for number, login in rows.iter_rows())

    return _Staff(house, of("officer"), of("supervisor"))


def _teams(staff: _Staff, operator: Actor) -> None:
    """Two teams; where there is one supervisor they lead both, so that the floor is theirs whole."""
    for place, (code, name) in enumerate(_TEAMS):
        opening = partial(joining.open_team, code=code, name=name)
        team = staff.act(operator, "open_team", opening, TeamOutcome, code).team_id
        leader = staff.supervisors[place % len(staff.supervisors)]
        for part, one in (("leader", leader), *(("member", one) for one in staff.officers[place :: len(_TEAMS)])):
            join = partial(joining.join_team, team_id=team, person_id=one.person_id or 0, part=part)
            staff.act(operator, "join_team", join, TeamOutcome, f"{code} {one.login}")


def _weeks(staff: _Staff) -> None:
    """Weeks of five days; every third officer works on Saturdays too, the others have somebody for theirs."""
    for place, one in enumerate(staff.officers):
        days = _SATURDAYS if place % 3 == 0 else _WEEKDAYS
        week = Week(days, _MORNING + 30 * (place % 2), _EVENING + 30 * (place % 2), staff.house.today)
        keep = partial(rosters.keep_roster, person_id=one.person_id or 0, week=week)
        _tried(staff, "keep_roster", keep, one.login)


def _leave(staff: _Staff) -> None:
    """The last officer for whom somebody may stand in is on leave from tomorrow for three days."""
    from_date = staff.house.today + timedelta(days=1)
    for one in reversed(staff.officers):
        for other in staff.officers:
            if other == one:
                continue
            away = Away("annual", from_date, from_date + timedelta(days=2), other.person_id)
            take = partial(rosters.take_leave, person_id=one.person_id or 0, away=away)
            if _tried(staff, "take_leave", take, f"{one.login} {other.login}"):
                return


def _tried(staff: _Staff, name: str, operation: Callable[[Act], RosterOutcome], about: str) -> bool:
    """An act of the first supervisor that the house may refuse, as it refuses people: then it is not done."""
    try:
        staff.act(staff.supervisors[0], name, operation, RosterOutcome, about)
    except (UnableToCoverPerson, UnableToKeepRoster, UnableToTakeLeave):
        return False
    return True


def _plans(staff: _Staff) -> None:
    """What each officer is to do on the days of this week that are to come."""
    days = [staff.house.today + timedelta(days=offset) for offset in range(_PLANNED_DAYS)]
    for place, one in enumerate(staff.officers):
        planned = Planned(
            clients=60 + 5 * (place % 3), calls=70, promises=8 + place % 3, silent_max=25, effectiveness_bps=3_500
        )
        plan = partial(rosters.plan_work, people=[one.person_id or 0], days=days, planned=planned)
        staff.act(staff.supervisors[0], "plan_work", plan, PlanOutcome, one.login)


def _offers(staff: _Staff, operator: Actor) -> int:
    """Settlements that officers asked for and a supervisor or manager has to decide."""
    day, asked = staff.house.today, 0
    listed = work.listing(by=operator, as_of=day).ranked.sort("days_late", "account_id", descending=[True, False])
    for row in listed.filter(pl.col("days_late") >= _SETTLED_FROM).head(_SEARCHED).iter_rows(named=True):
        officer = next((one for one in staff.officers if people.owner_of(one.login) == row["owner_id"]), None)
        if officer is not None and _asks(staff, officer, row["account_id"], day):
            asked += 1
        if asked == _ASKED:
            break
    return asked


def _asks(staff: _Staff, officer: Actor, account_id: int, day: date) -> bool:
    """An officer asks for the least that settles an account; whether that waits for somebody here."""
    try:
        known = negotiation.table(by=officer, account_id=account_id, as_of=day)
    except negotiation.UnableToMakeOffer:
        return False
    least = known.terms["settle_min_bps"][0]
    parts = (negotiation.Part(day + timedelta(days=3), known.owed_minor * (least + _ABOVE_BPS) // 10_000 + 1),)
    judged = negotiation.judged(known, kind=SETTLEMENT, parts=parts)
    if not judged.is_lawful or not judged.is_affordable or judged.level not in ("supervisor", "manager"):
        return False
    promised = [Promised(one.due_on, one.amount_minor) for one in parts]
    propose = partial(propose_offer, account_id=account_id, kind=SETTLEMENT, parts=promised)
    try:
        staff.act(officer, "propose_offer", propose, OfferOutcome, str(account_id))
    except (PromiseAlreadyOpen, UnableToProposeOffer):
        return False
    return True
