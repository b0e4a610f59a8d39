"""Inner moves of rosters: who may keep them, who stands in, and that nobody's accounts are left alone."""

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from ahadi.data import frames
from ahadi.data.models.organisation import Organisation
from ahadi.data.models.person import Owner, Person
from ahadi.data.models.plan_of_work import Cover
from ahadi.domain.accounts import queries as accounts
from ahadi.domain.audit.ports import Act
from ahadi.domain.people import access
from ahadi.domain.rosters import queries
from ahadi.domain.rosters.ports import Away, UnableToCoverPerson, UnableToTakeLeave

OVERSEERS = ("supervisor", "manager", "admin")
_JUDGED_DAYS = 62


def today(act: Act) -> date:
    """The day that it is for the organisation when the act happens."""
    zone = Organisation.objects.values_list("time_zone", flat=True).get(id=act.organisation_id)
    return act.at.astimezone(ZoneInfo(zone)).date()


def require_overseer(act: Act, refusal: type[Exception]) -> None:
    """Who keeps rosters looks after others; one act at a time in an organisation, so that cover stays whole."""
    frames.lock("roster", act.organisation_id)
    if not access.rights(act.by).may(*OVERSEERS):
        raise refusal("a supervisor or a manager does that; ask one")


def worker(act: Act, person_id: int, refusal: type[Exception]) -> Person:
    """Somebody of the organisation who may own accounts and works here."""
    found = Person.objects.filter(id=person_id, organisation_id=act.organisation_id, is_active=True).first()
    if found is None or not Owner.objects.filter(person=found).exists():
        raise refusal("nobody who works here and has accounts bears this reference; choose somebody from the list")
    return found


def cover(
    act: Act,
    person: Person,
    stand_in_id: int,
    *,
    from_date: date,
    until_date: date | None,
    weekdays: Sequence[int],
    leave_id: int | None = None,
) -> Cover:
    """Books who stands in. Raises UnableToCoverPerson."""
    other = worker(act, stand_in_id, UnableToCoverPerson)
    if other.id == person.id:
        raise UnableToCoverPerson(f"{person.name} cannot stand in for themselves; choose somebody else")
    beyond = accounts.beyond(Owner.objects.get(person=other).id, of_person=person.id)
    if beyond:
        raise UnableToCoverPerson(
            f"{beyond} of {person.name}’s accounts are outside of what {other.name} may see; choose somebody else"
        )
    made = Cover(
        person=person,
        stand_in=other,
        leave_id=leave_id,
        weekdays=sorted(set(weekdays)),
        from_date=from_date,
        until_date=until_date,
        booked_at=act.at,
        act_id=act.id,
    )
    made.save(force_insert=True)
    return made


def require_stand_in_free(act: Act, person_id: int, away: Away) -> None:
    """Whoever stands in works on every day of the leave on which the one who is away would have. Raises
    UnableToTakeLeave.
    """
    if away.stand_in_id is None:
        return
    first = max(away.from_date, today(act))
    span = min((away.until_date - first).days, _JUDGED_DAYS)
    days = [first + timedelta(days=offset) for offset in range(span + 1)]
    found = queries.shifts(act.organisation_id, days)
    worked = found.filter(queries.WORKED, pl.col("person_id") == person_id)["day"].unique()
    theirs = found.filter(pl.col("person_id") == away.stand_in_id, pl.col("leave").is_not_null())
    missing = theirs.filter(pl.col("day").is_in(worked.implode()))["day"].sort()
    if len(missing):
        raise UnableToTakeLeave(f"who stands in is on leave too on {missing[0]}; choose somebody else for these days")


def left_alone(act: Act) -> frozenset[tuple[int, date]]:
    """Who has nobody present for their open accounts on which day of the week to come."""
    found = queries.alone(act.organisation_id, _week(act))
    return frozenset(found.select("person_id", "day").iter_rows())


def require_somebody(act: Act, refusal: type[Exception], before: frozenset[tuple[int, date]]) -> None:
    """In the week to come nobody is left alone who was not `before`: what an act did not cause it may mend."""
    found = queries.alone(act.organisation_id, _week(act))
    for row in found.iter_rows(named=True):
        if (row["person_id"], row["day"]) not in before:
            raise refusal(
                f"the accounts of {row['name']}, {row['accounts']} of them open, would have nobody present on "
                f"{row['day']}: choose who stands in"
            )


def _week(act: Act) -> list[date]:
    return [today(act) + timedelta(days=offset) for offset in range(1, 8)]
