"""Weeks, leave and who stands in: nobody's accounts are without somebody present on the next working day."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from ahadi.data import frames
from ahadi.data.models.plan_of_work import Leave, Roster
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import Act, Actor, Performance
from ahadi.domain.desk import shift, waiting
from ahadi.domain.people import access
from ahadi.domain.people.queries import today
from ahadi.domain.rosters import operations, queries
from ahadi.domain.rosters.ports import (
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

from .book import SmallBook, broken_laws, invoice

MONDAY = date(2026, 3, 2)
NINE, SIX = 540, 1080


@pytest.fixture
def people(book: SmallBook) -> SmallBook:
    """Two officers with accounts, and their supervisor."""
    for login in ("amina", "bakari"):
        book.join(login)
    book.join("sara", "supervisor")
    book.place(*(invoice(f"R{n}", 1_000 * n, debtor=f"D{n}") for n in range(1, 7)))
    return book


def actor(login: str) -> Actor:
    person, house = frames.rows("SELECT id, organisation_id FROM person WHERE login = %(l)s", {"l": login})[0]
    return Actor(login, person, house)


def of(login: str) -> int:
    return actor(login).person_id or 0


def sara(operation: Callable[[Act], Any], outcome: type[Any] = RosterOutcome, by: str = "sara") -> Any:
    who = actor(by)
    return perform("roster", operation, outcome, Performance(who, who.organisation_id or 0, b"r"))


def day_of(book: SmallBook) -> date:
    return today(book.organisation_id)


def away(book: SmallBook, stand_in: str | None = "bakari", first: int = 1, last: int = 5) -> Away:
    day = day_of(book)
    stands_in = of(stand_in) if stand_in else None
    return Away("annual", day + timedelta(days=first), day + timedelta(days=last), stands_in)


def every_day(book: SmallBook, *logins: str) -> None:
    """These people work every day of the week, so that tests do not depend on theirs."""
    for login in logins:
        week = Week((1, 2, 3, 4, 5, 6, 7), NINE, SIX, day_of(book))
        sara(partial(operations.keep_roster, person_id=of(login), week=week))


def test_without_a_roster_everybody_works_on_weekdays_that_are_no_holidays(people: SmallBook) -> None:
    days = [MONDAY + timedelta(days=offset) for offset in (0, 5, 6)]
    found = queries.shifts(people.organisation_id, days, people=[of("amina")])
    assert found["is_present"].to_list() == [True, False, False]
    labour_day = queries.shifts(people.organisation_id, [date(2026, 5, 1)], people=[of("amina")])
    assert labour_day["is_present"].to_list() == [False]
    assert queries.next_working_day(people.organisation_id, after=date(2026, 4, 30)) == date(2026, 5, 4)


def test_newest_week_holds_and_the_change_of_a_day_stands_above_it(people: SmallBook) -> None:
    every_day(people, "amina", "bakari")
    day = day_of(people) + timedelta(days=3)
    change = partial(operations.change_shift, person_id=of("amina"), day=day)
    sara(partial(change, minutes=(600, 700)))
    (row,) = queries.shifts(people.organisation_id, [day], people=[of("amina")]).iter_rows(named=True)
    assert (row["from_minute"], row["until_minute"]) == (600, 700)
    sara(partial(change, minutes=None, stand_in_id=of("bakari")))
    (row,) = queries.shifts(people.organisation_id, [day], people=[of("amina")]).iter_rows(named=True)
    assert not row["is_present"] and row["stand_in"] == "bakari"


def test_leave_without_anybody_who_stands_in_is_refused(people: SmallBook) -> None:
    with pytest.raises(UnableToTakeLeave, match="choose who stands in"):
        sara(partial(operations.take_leave, person_id=of("amina"), away=away(people, None)))
    assert not Leave.objects.exists() and broken_laws() == {}


def test_leave_with_cover_leaves_nobody_alone_and_the_stand_in_works_the_list(people: SmallBook) -> None:
    every_day(people, "amina", "bakari")
    day = day_of(people)
    mine = queries.owned(of("bakari"))
    sara(partial(operations.take_leave, person_id=of("amina"), away=away(people, first=0)))
    assert broken_laws() == {}
    assert queries.stands_in_for(by=actor("bakari"), as_of=day)
    scope = access.accounts(actor("bakari"))
    seen = frames.scalar(f"SELECT count(*) FROM account a WHERE {scope.condition}", scope.parameters)
    assert seen == 6 > mine
    listed = {row.account_id for row in waiting.queue(by=actor("bakari"), as_of=day, rows=9).rows}
    theirs = frames.rows(
        "SELECT s.account_id FROM account_state s JOIN owner o ON o.id = s.owner_id WHERE o.code = 'amina'", {}
    )
    assert {row[0] for row in theirs} <= listed


def test_two_who_are_away_together_do_not_stand_in_for_each_other(people: SmallBook) -> None:
    every_day(people, "amina", "bakari")
    sara(partial(operations.take_leave, person_id=of("amina"), away=away(people)))
    with pytest.raises(UnableToTakeLeave, match=r"nobody present|on leave too"):
        sara(partial(operations.take_leave, person_id=of("bakari"), away=away(people, "amina")))
    assert Leave.objects.count() == 1


def test_leave_is_taken_back_once_with_its_cover(people: SmallBook) -> None:
    every_day(people, "amina", "bakari")
    taken = sara(partial(operations.take_leave, person_id=of("amina"), away=away(people, first=0)))
    back = partial(operations.take_back_leave, leave_id=taken.id)
    sara(back)
    assert not queries.stands_in_for(by=actor("bakari"), as_of=day_of(people))
    assert queries.leaves(people.organisation_id, from_date=day_of(people)).is_empty()
    with pytest.raises(LeaveAlreadyTakenBack):
        sara(back)


def test_somebody_who_begins_saturdays_leaves_nobody_alone_on_them(people: SmallBook) -> None:
    weekdays = Week((1, 2, 3, 4, 5), NINE, SIX, day_of(people))
    sara(partial(operations.keep_roster, person_id=of("amina"), week=weekdays))
    saturdays = Week((1, 2, 3, 4, 5, 6), NINE, SIX, day_of(people))
    with pytest.raises(UnableToKeepRoster, match="amina"):
        sara(partial(operations.keep_roster, person_id=of("bakari"), week=saturdays))
    sara(partial(operations.keep_roster, person_id=of("amina"), week=weekdays, stand_in_id=of("bakari")))
    sara(partial(operations.keep_roster, person_id=of("bakari"), week=saturdays, stand_in_id=of("amina")))
    assert Roster.objects.count() == 3 and broken_laws() == {}


def test_nobody_stands_in_who_may_not_see_the_accounts_and_nobody_for_themselves(people: SmallBook) -> None:
    people.open_creditor("Zawadi")
    people.join("dida", "officer", (frames.scalar("SELECT code FROM creditor WHERE name = 'Zawadi'"),))
    for login in ("dida", "amina"):
        with pytest.raises(UnableToCoverPerson):
            sara(partial(operations.take_leave, person_id=of("amina"), away=away(people, login)))


def test_an_officer_keeps_no_roster_and_plans_nothing(people: SmallBook) -> None:
    week = Week((1,), NINE, SIX, day_of(people))
    with pytest.raises(UnableToKeepRoster, match="ask one"):
        sara(partial(operations.keep_roster, person_id=of("amina"), week=week), by="amina")
    with pytest.raises(UnableToPlanWork, match="ask one"):
        plan = partial(operations.plan_work, people=[of("amina")], days=[day_of(people)], planned=Planned(clients=5))
        sara(plan, PlanOutcome, by="amina")


def test_newest_plan_of_a_day_is_what_the_desk_counts_against(people: SmallBook) -> None:
    day = day_of(people)
    usual = shift.so_far(by=actor("amina"), as_of=day).planned
    plan = partial(operations.plan_work, people=[of("amina")], days=[day])
    sara(partial(plan, planned=Planned(clients=33, promises=7)), PlanOutcome)
    sara(partial(plan, planned=Planned(clients=35, promises=7, cash_minor=5_000, currency="USD")), PlanOutcome)
    told = shift.so_far(by=actor("amina"), as_of=day)
    assert told.planned == 35 and told.plan.promises == 7 and told.plan.cash_minor == 5_000
    assert shift.so_far(by=actor("bakari"), as_of=day).planned == usual
    with pytest.raises(UnableToPlanWork):
        sara(partial(operations.plan_work, people=[of("amina")], days=[day - timedelta(days=1)], planned=Planned()))
