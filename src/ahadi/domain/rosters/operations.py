"""Keeping weeks, changing days, booking leave with who stands in, and planning what is to be done on a day."""

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from ahadi.data.models.act import ActWithdrawal
from ahadi.data.models.plan_of_work import LEAVE_KINDS, Leave, Roster, ShiftChange, WorkPlan
from ahadi.domain.audit import steps as trail
from ahadi.domain.audit.ports import Act
from ahadi.domain.rosters import queries, steps
from ahadi.domain.rosters.ports import (
    EVERY_DAY,
    Away,
    LeaveAlreadyTakenBack,
    Planned,
    PlanOutcome,
    RosterOutcome,
    UnableToCoverPerson,
    UnableToKeepRoster,
    UnableToPlanWork,
    UnableToTakeLeave,
    Week,
)

_LEAVE_DAYS_MAX = 370


def keep_roster(act: Act, *, person_id: int, week: Week, stand_in_id: int | None = None) -> RosterOutcome:
    """Keeps the week of somebody from a day on; `stand_in_id` works their accounts on the other days of the week.

    Raises, in this order: UnableToKeepRoster, UnableToCoverPerson.
    """
    steps.require_overseer(act, UnableToKeepRoster)
    person = steps.worker(act, person_id, UnableToKeepRoster)
    if not week.weekdays or not 0 <= week.from_minute < week.until_minute <= 24 * 60:
        raise UnableToKeepRoster("a week has a day or more, and a shift ends after it began; mend that")
    if set(week.weekdays) - set(EVERY_DAY):
        raise UnableToKeepRoster("the days of a week are 1 (Monday) to 7 (Sunday)")
    before = steps.left_alone(act)
    kept = Roster(
        person_id=person.id,
        weekdays=sorted(set(week.weekdays)),
        from_minute=week.from_minute,
        until_minute=week.until_minute,
        from_date=week.from_date,
        booked_at=act.at,
        act_id=act.id,
    )
    kept.save(force_insert=True)
    others = tuple(day for day in EVERY_DAY if day not in week.weekdays)
    if stand_in_id is not None and others:
        steps.cover(act, person, stand_in_id, from_date=week.from_date, until_date=None, weekdays=others)
    steps.require_somebody(act, UnableToKeepRoster, before)
    return RosterOutcome(kept.id)


def change_shift(
    act: Act, *, person_id: int, day: date, minutes: tuple[int, int] | None, stand_in_id: int | None = None
) -> RosterOutcome:
    """Says of one day that somebody works from and until these minutes, or not at all; `stand_in_id` then does.

    Raises, in this order: UnableToKeepRoster, UnableToCoverPerson.
    """
    steps.require_overseer(act, UnableToKeepRoster)
    person = steps.worker(act, person_id, UnableToKeepRoster)
    if day < steps.today(act):
        raise UnableToKeepRoster(f"{day} is over; change a day that is to come")
    if minutes is not None and not 0 <= minutes[0] < minutes[1] <= 24 * 60:
        raise UnableToKeepRoster("a shift ends after it began; mend the times")
    before = steps.left_alone(act)
    changed = ShiftChange(
        person_id=person.id,
        day=day,
        is_present=minutes is not None,
        from_minute=minutes[0] if minutes else None,
        until_minute=minutes[1] if minutes else None,
        booked_at=act.at,
        act_id=act.id,
    )
    changed.save(force_insert=True)
    if stand_in_id is not None and minutes is None:
        steps.cover(act, person, stand_in_id, from_date=day, until_date=day, weekdays=EVERY_DAY)
    steps.require_somebody(act, UnableToKeepRoster, before)
    return RosterOutcome(changed.id)


def take_leave(act: Act, *, person_id: int, away: Away) -> RosterOutcome:
    """Books leave with who stands in: nobody is away without.

    Raises, in this order: UnableToTakeLeave, UnableToCoverPerson.
    """
    steps.require_overseer(act, UnableToTakeLeave)
    person = steps.worker(act, person_id, UnableToTakeLeave)
    _require_leave(act, person_id, away)
    if away.stand_in_id is None:
        raise UnableToTakeLeave(
            f"{person.name} has {queries.owned(person.id)} open accounts, and more may be placed: choose who stands in"
        )
    before = steps.left_alone(act)
    taken = Leave(
        person_id=person.id,
        kind=away.kind,
        from_date=away.from_date,
        until_date=away.until_date,
        booked_at=act.at,
        act_id=act.id,
    )
    taken.save(force_insert=True)
    steps.cover(
        act,
        person,
        away.stand_in_id,
        from_date=away.from_date,
        until_date=away.until_date,
        weekdays=EVERY_DAY,
        leave_id=taken.id,
    )
    steps.require_stand_in_free(act, person.id, away)
    steps.require_somebody(act, UnableToTakeLeave, before)
    return RosterOutcome(taken.id)


def _require_leave(act: Act, person_id: int, away: Away) -> None:
    if away.kind not in LEAVE_KINDS:
        raise UnableToTakeLeave(f"{away.kind!r} is no kind of leave: choose one of {', '.join(LEAVE_KINDS)}")
    if away.until_date < away.from_date or away.until_date < steps.today(act):
        raise UnableToTakeLeave("leave ends on its first day or later, and not before today")
    if (away.until_date - away.from_date).days > _LEAVE_DAYS_MAX:
        raise UnableToTakeLeave("leave of more than a year: let the person leave, and their accounts go on to others")
    known = queries.leaves(act.organisation_id, from_date=away.from_date).filter(pl.col("person_id") == person_id)
    if known.filter(pl.col("from_date") <= away.until_date).height:
        raise UnableToTakeLeave("some of these days are leave already; take that back first, or choose other days")


def take_back_leave(act: Act, *, leave_id: int) -> RosterOutcome:
    """Takes leave back with who would have stood in. Raises UnableToTakeLeave, LeaveAlreadyTakenBack."""
    steps.require_overseer(act, UnableToTakeLeave)
    leave = Leave.objects.filter(id=leave_id, person__organisation_id=act.organisation_id).first()
    if leave is None:
        raise UnableToTakeLeave("there is no such leave here; choose one from the list")
    if ActWithdrawal.objects.filter(withdrawn_act_id=leave.act_id).exists():
        raise LeaveAlreadyTakenBack
    trail.withdraw(act, leave.act_id)
    return RosterOutcome(leave.id)


def stand_in(
    act: Act, *, person_id: int, stand_in_id: int, from_date: date, until_date: date | None, weekdays: Sequence[int]
) -> RosterOutcome:
    """Lets somebody stand in for another on these days of the week. Raises UnableToCoverPerson."""
    steps.require_overseer(act, UnableToCoverPerson)
    person = steps.worker(act, person_id, UnableToCoverPerson)
    if not weekdays or set(weekdays) - set(EVERY_DAY) or (until_date is not None and until_date < from_date):
        raise UnableToCoverPerson("choose a day of the week or more, and an end that is not before the beginning")
    made = steps.cover(act, person, stand_in_id, from_date=from_date, until_date=until_date, weekdays=weekdays)
    return RosterOutcome(made.id)


def plan_work(act: Act, *, people: Sequence[int], days: Sequence[date], planned: Planned) -> PlanOutcome:
    """Plans the same for each of these people on each of these days; the newest plan of a day holds.

    Raises UnableToPlanWork.
    """
    steps.require_overseer(act, UnableToPlanWork)
    chosen = [steps.worker(act, person_id, UnableToPlanWork) for person_id in people]
    if not chosen or not days:
        raise UnableToPlanWork("choose a person and a day or more")
    if min(days) < steps.today(act) or max(days) > steps.today(act) + timedelta(days=_LEAVE_DAYS_MAX):
        raise UnableToPlanWork("a plan is for today or a day of the year to come; choose another day")
    figures = [planned.clients, planned.calls, planned.promises, planned.cash_minor, planned.silent_max]
    if any(one is not None and one < 0 for one in figures) or (planned.effectiveness_bps or 0) > 10_000:
        raise UnableToPlanWork("no figure of a plan is below 0, and no share above 100 %; mend that")
    for person in chosen:
        for day in days:
            WorkPlan(person_id=person.id, day=day, booked_at=act.at, act_id=act.id, **vars(planned)).save(
                force_insert=True
            )
    return PlanOutcome(len(chosen) * len(days))
