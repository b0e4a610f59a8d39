"""Decisions that meet: one effect of each approval, and what is edited meanwhile is not approved."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from ahadi.data import frames
from ahadi.domain.approvals import steps as approvals
from ahadi.domain.audit import steps
from ahadi.domain.audit.ports import Actor

from .acts import Acts, broken_laws
from .test_races import OneForEach, kinds, lingering, together

__all__ = ["lingering"]

ROUNDS = 3


@pytest.fixture
def bargaining(committed_book: Any) -> tuple[Acts, Actor, Actor, Actor]:
    """Accounts that owe 100.00 since 200 days, a supervisor who asks, and two managers who decide."""
    acts = Acts.opened()
    people = [acts.enrol(login, role) for login, role in (("s", "supervisor"), ("m", "manager"), ("n", "manager"))]
    long_ago = acts.today() - timedelta(days=200)
    for turn in range(ROUNDS):
        acts.place((f"D{turn}", f"I{turn}", 10_000), file=f"debts {turn}", due_on=long_ago)
    return acts, people[0], people[1], people[2]


def settles(acts: Acts, by: Actor, number: str) -> int:
    """A settlement that waits for a manager."""
    asked = acts.offer(by, number, 8_000)
    assert asked.approval_id is not None and asked.level == "manager"
    return asked.approval_id


def effects() -> int:
    """How many agreements there are."""
    return int(frames.scalar("SELECT count(*) FROM agreement"))


def test_two_who_approve_at_once_have_one_effect(bargaining: tuple[Acts, Actor, Actor, Actor]) -> None:
    acts, asker, one, two = bargaining
    for turn in range(ROUNDS):
        approval = settles(acts, asker, f"D{turn}")
        answers = together(
            lambda approval=approval: acts.decide(one, approval), lambda approval=approval: acts.decide(two, approval)
        )
        assert kinds(answers) == ["ApprovalAlreadyDecided", "DecisionOutcome"]
    assert effects() == ROUNDS and broken_laws() == {}


def test_approved_and_refused_at_once_is_one_of_both(bargaining: tuple[Acts, Actor, Actor, Actor]) -> None:
    acts, asker, one, two = bargaining
    for turn in range(ROUNDS):
        approval = settles(acts, asker, f"D{turn}")
        answers = together(
            lambda approval=approval: acts.decide(one, approval),
            lambda approval=approval: acts.decide(two, approval, "refused"),
        )
        assert kinds(answers) == ["ApprovalAlreadyDecided", "DecisionOutcome"]
    approved = frames.scalar("SELECT count(*) FROM approval_decision WHERE decision = 'approved'")
    assert effects() == approved and broken_laws() == {}


def test_offer_that_is_made_anew_while_it_is_approved_is_one_of_both(
    bargaining: tuple[Acts, Actor, Actor, Actor],
) -> None:
    acts, asker, one, _ = bargaining
    for turn in range(ROUNDS):
        approval = settles(acts, asker, f"D{turn}")
        answers = together(
            lambda approval=approval: acts.decide(one, approval), lambda turn=turn: acts.offer(asker, f"D{turn}", 8_500)
        )
        assert kinds(answers) in (["ApprovalAlreadyDecided", "OfferOutcome"], ["DecisionOutcome", "PromiseAlreadyOpen"])
    assert broken_laws() == {}


def test_two_offers_at_once_leave_one_that_is_open(bargaining: tuple[Acts, Actor, Actor, Actor]) -> None:
    acts, asker, one, _ = bargaining
    answers = together(
        lambda: acts.offer(one, "D0", 10_000, kind="payoff"), lambda: acts.offer(asker, "D0", 10_000, kind="payoff")
    )
    assert kinds(answers) == ["OfferOutcome", "PromiseAlreadyOpen"]
    assert effects() == 1 and broken_laws() == {}


def test_without_locks_and_the_key_an_approval_has_two_effects(
    bargaining: tuple[Acts, Actor, Actor, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    acts, asker, one, two = bargaining
    approval = settles(acts, asker, "D0")
    for statement in (
        "ALTER TABLE approval_decision DROP CONSTRAINT approval_decision_pkey",
        "ALTER TABLE agreement DROP CONSTRAINT agreement_pkey CASCADE",
        "DROP INDEX promise_state_one_open",
    ):
        with connections["owner"].cursor() as cursor:
            cursor.execute(statement)
    monkeypatch.setattr(steps, "CHAINS", OneForEach())
    monkeypatch.setattr(frames, "lock", lambda what, number, using="default": None)
    monkeypatch.setattr(approvals, "require_open", lambda asked, at: None)
    answers = together(lambda: acts.decide(one, approval), lambda: acts.decide(two, approval))
    assert kinds(answers) == ["DecisionOutcome"] * 2 and effects() == 2


def test_two_batches_in_opposite_order_decide_each_once(bargaining: tuple[Acts, Actor, Actor, Actor]) -> None:
    acts, asker, one, two = bargaining
    waiting = [settles(acts, asker, f"D{turn}") for turn in range(ROUNDS)]

    def decides(by: Actor, order: list[int], decision: str = "approved") -> list[str]:
        done = []
        for approval in order:
            try:
                done.append(type(acts.decide(by, approval, decision)).__name__)
            except approvals.ApprovalAlreadyDecided as late:
                done.append(type(late).__name__)
        return done

    answers = together(lambda: decides(one, waiting), lambda: decides(two, waiting[::-1], "refused"))
    told = sorted(name for answer in answers for name in answer)  # type: ignore[union-attr]
    assert told == ["ApprovalAlreadyDecided"] * ROUNDS + ["DecisionOutcome"] * ROUNDS
    assert effects() == frames.scalar("SELECT count(*) FROM approval_decision WHERE decision = 'approved'")
    assert broken_laws() == {}
