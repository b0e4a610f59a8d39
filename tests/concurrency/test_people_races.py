"""Leaving meets placing, and administrators meet each other: no account is nobody's, and one looks after access."""

import contextlib
import threading
from typing import Any

import pytest

from ahadi.data.models.account import AccountState
from ahadi.data.models.grant import Grant
from ahadi.data.models.person import Person
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Actor, Performance
from ahadi.domain.flows.move_person import move_person
from ahadi.domain.people import steps
from ahadi.domain.people.operations import Joining, PersonOutcome, add_person
from ahadi.domain.people.ports import AccessOutcome
from ahadi.domain.people.steps import UnableToChangeAccess

from .acts import Acts, broken_laws
from .test_races import Call, Lingering, acts, lingering, lockless, meanwhile, together

__all__ = ["acts", "lingering", "lockless"]


def join(acts: Acts, login: str, role: str = "officer") -> Actor:
    """Lets somebody join."""
    joining = Joining(login, login, None, role)
    how = Performance(OPERATOR, acts.organisation_id, login.encode())
    made = perform("add_person", lambda act: add_person(act, joining=joining), PersonOutcome, how)
    return Actor(login, made.person_id, acts.organisation_id)


def leave(acts: Acts, who: Actor, by: Actor = OPERATOR) -> Call:
    """The act by which somebody leaves; their accounts go to the queue."""
    how = Performance(by, acts.organisation_id, who.login.encode())

    def left() -> Any:
        return perform(
            "leave",
            lambda act: move_person(act, person_id=who.person_id or 0, terms=None, receiver="unassigned"),
            AccessOutcome,
            how,
        )

    return left


def nobodys() -> int:
    """Open accounts of somebody who has left."""
    return AccountState.objects.filter(status="open", owner__person__is_active=False).count()


def place(acts: Acts) -> Call:
    return lambda: acts.place(("NEW1", "NEW1", 1_000), ("NEW2", "NEW2", 2_000), file="new")


def test_what_is_placed_while_somebody_leaves_goes_to_somebody_else(acts: Acts, lingering: Lingering) -> None:
    juma = join(acts, "juma")
    placed, left = meanwhile(place(acts), leave(acts, juma), lingering)
    assert placed.accepted and left.accounts_moved == 2
    assert nobodys() == 0 and not Person.objects.get(login="juma").is_active
    assert not broken_laws()


def test_without_the_lock_accounts_are_placed_with_somebody_who_has_left(lockless: Acts, lingering: Lingering) -> None:
    juma = join(lockless, "juma")
    meanwhile(place(lockless), leave(lockless, juma), lingering)
    assert nobodys() == 2


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two who change access meet after both have looked whether they may, where nothing keeps one waiting."""
    met, end_all = threading.Barrier(2), steps.end_all

    def slow(*words: Any) -> Any:
        with contextlib.suppress(threading.BrokenBarrierError):
            met.wait(timeout=3)
        return end_all(*words)

    monkeypatch.setattr(steps, "end_all", slow)


def administrators(acts: Acts) -> int:
    return Grant.objects.filter(role="admin", person__is_active=True).count()


def test_two_administrators_who_take_each_other_out_leave_one(acts: Acts, slowly: None) -> None:
    one, two = join(acts, "one", "admin"), join(acts, "two", "admin")
    answers = together(leave(acts, two, by=one), leave(acts, one, by=two))
    assert {type(answer) for answer in answers} == {AccessOutcome, UnableToChangeAccess}
    assert administrators(acts) == 1


def test_without_the_lock_nobody_would_be_left_to_look_after_access(lockless: Acts, slowly: None) -> None:
    one, two = join(lockless, "one", "admin"), join(lockless, "two", "admin")
    together(leave(lockless, two, by=one), leave(lockless, one, by=two))
    assert administrators(lockless) == 0
