"""Two supervisors who move the same accounts at once: one effect, and the other is told; and what is without that."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest

from ahadi.data import frames
from ahadi.data.models.account import Assignment
from ahadi.data.models.person import Owner
from ahadi.data.models.plan_of_work import Reassignment
from ahadi.domain.audit import steps
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Actor, Performance
from ahadi.domain.flows import reassign_accounts as reassigning
from ahadi.domain.flows.undo_reassignment import undo_reassignment
from ahadi.domain.oversight import moving
from ahadi.domain.oversight.ports import ReassignmentOutcome, Terms
from ahadi.domain.people.operations import Joining, PersonOutcome, add_person
from ahadi.domain.people.queries import today

from .acts import Acts, broken_laws
from .test_races import OneForEach, acts, kinds, together

__all__ = ["acts"]


def _joined(acts: Acts, login: str, role: str) -> Actor:
    how = Performance(OPERATOR, acts.organisation_id, login.encode())
    made = perform(
        "add_person", lambda act: add_person(act, joining=Joining(login, login, None, role)), PersonOutcome, how
    )
    return Actor(login, made.person_id, acts.organisation_id)


@pytest.fixture
def supervisors(acts: Acts) -> tuple[Actor, Actor]:
    """Two supervisors over three officers with four accounts."""
    for login in ("amina", "bakari", "chiku"):
        _joined(acts, login, "officer")
    acts.place(*((f"D{n}", f"D{n}", 1_000) for n in range(9)), file="all")
    return _joined(acts, "sara", "supervisor"), _joined(acts, "moses", "supervisor")


def owner(login: str) -> int:
    return int(Owner.objects.get(code=login).id)


def moves(by: Actor, taker: str) -> Callable[[], Any]:
    """What `by` does after having looked: everything of amina's to somebody."""
    terms = Terms((owner("amina"),), ((owner(taker), 1),))
    digest = moving.preview(by=by, terms=terms, as_of=today(by.organisation_id or 0)).digest
    act = partial(reassigning.reassign_accounts, terms=terms, digest=digest, reason="even out")
    how = Performance(by, by.organisation_id or 0, taker.encode())
    return lambda: perform("reassign", act, ReassignmentOutcome, how)


def of_amina() -> int:
    found: int = frames.scalar("SELECT count(*) FROM account_state WHERE owner_id = %(o)s", {"o": owner("amina")})
    return found


def test_two_who_move_the_same_accounts_at_once_have_one_effect(acts: Acts, supervisors: tuple[Actor, Actor]) -> None:
    sara, moses = supervisors
    had, before = of_amina(), Assignment.objects.count()
    assert had
    answers = together(moves(sara, "bakari"), moves(moses, "chiku"))
    assert kinds(answers) == ["ReassignmentOutcome", "UnableToReassignAccounts"]
    assert Reassignment.objects.count() == 1 and Assignment.objects.count() == before + had and of_amina() == 0
    assert broken_laws() == {}


def test_without_looking_again_under_the_lock_both_move_them(
    acts: Acts, supervisors: tuple[Actor, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    sara, moses = supervisors
    had, before = of_amina(), Assignment.objects.count()
    calls = moves(sara, "bakari"), moves(moses, "chiku")
    looked = {
        taker: moving.preview(
            by=sara, terms=Terms((owner("amina"),), ((owner(taker), 1),)), as_of=today(acts.organisation_id)
        )
        for taker in ("bakari", "chiku")
    }
    names = {owner(taker): taker for taker in looked}
    monkeypatch.setattr(moving, "preview", lambda *, by, terms, as_of: looked[names[terms.to[0][0]]])
    # Two that start in one microsecond would meet the table's "from that moment on, one owner" instead.
    clock, apart = steps.database_clock, count(1)
    monkeypatch.setattr(steps, "database_clock", lambda: clock() + timedelta(microseconds=next(apart)))
    answers = together(*calls)
    assert kinds(answers) == ["ReassignmentOutcome"] * 2, answers
    assert Assignment.objects.count() == before + 2 * had, "each account was given to two people one after the other"


def test_a_move_taken_back_twice_at_once_is_taken_back_once(acts: Acts, supervisors: tuple[Actor, Actor]) -> None:
    had = of_amina()
    done = moves(supervisors[0], "bakari")()

    def back(by: Actor) -> Callable[[], Any]:
        act = partial(undo_reassignment, reassignment_id=done.reassignment_id)
        return lambda: perform("undo", act, ReassignmentOutcome, Performance(by, acts.organisation_id, b"undo"))

    assert kinds(together(*(back(one) for one in supervisors))) == ["ReassignmentAlreadyUndone", "ReassignmentOutcome"]
    assert of_amina() == had and broken_laws() == {}


def test_without_the_lock_and_the_chain_the_second_undo_meets_the_table(
    acts: Acts, supervisors: tuple[Actor, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ahadi.domain.audit.steps.CHAINS", OneForEach())
    monkeypatch.setattr(frames, "lock", lambda what, number, using="default": None)
    done = moves(supervisors[0], "bakari")()

    def back(by: Actor) -> Callable[[], Any]:
        act = partial(undo_reassignment, reassignment_id=done.reassignment_id)
        return lambda: perform("undo", act, ReassignmentOutcome, Performance(by, acts.organisation_id, b"undo"))

    answers = together(*(back(one) for one in supervisors))
    assert sum(isinstance(one, ReassignmentOutcome) for one in answers) == 1, (
        "the table holds it where the lock does not"
    )
