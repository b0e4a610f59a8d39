"""Two people who reach for one debtor at once: one has them, the other is told by whom; and what is without that."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from ahadi.data import frames
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Actor, Performance
from ahadi.domain.contact.ports import Asked
from ahadi.domain.desk import operations, steps
from ahadi.domain.desk.ports import DeskOutcome
from ahadi.domain.flows.begin_contact import ReachOutcome, begin_contact
from ahadi.domain.flows.record_outcome import Along, ContactResult, record_outcome
from ahadi.domain.people.operations import Joining, PersonOutcome, add_person

from .acts import Acts, broken_laws
from .test_races import ROUNDS, acts, kinds, together

__all__ = ["acts"]


@dataclass(frozen=True)
class Someone:
    """A supervisor, who may take anybody's account."""

    actor: Actor
    organisation_id: int

    def pulls(self, account: int) -> DeskOutcome:
        """Takes an account before its turn."""
        act = lambda act: operations.pull_ahead(act, account_id=account, reason="walked_in")  # noqa: E731
        return perform("pull", act, DeskOutcome, self._how("pull"))

    def mails(self, account: int) -> ReachOutcome:
        """Begins a contact that may be at any hour."""
        asked = Asked(account, "email")
        return perform("begin", lambda act: begin_contact(act, asked=asked), ReachOutcome, self._how("begin"))

    def ends(self, contact: int) -> ContactResult:
        """Writes down what came of it."""
        act = lambda act: record_outcome(act, contact_id=contact, result="UNDELIVERED", along=Along())  # noqa: E731
        return perform("end", act, ContactResult, self._how("end"))

    def _how(self, name: str) -> Performance:
        return Performance(self.actor, self.organisation_id, name.encode())


@pytest.fixture
def people(acts: Acts) -> tuple[Someone, Someone]:
    """Two supervisors."""
    return _joined(acts, "one"), _joined(acts, "two")


def _joined(acts: Acts, login: str) -> Someone:
    how = Performance(OPERATOR, acts.organisation_id, login.encode())
    joining = Joining(login, login.capitalize(), None, "supervisor")
    made = perform("add_person", lambda act: add_person(act, joining=joining), PersonOutcome, how)
    return Someone(Actor(login, made.person_id, acts.organisation_id), acts.organisation_id)


def _account(acts: Acts, name: str) -> int:
    acts.place((name, name, 1_000), file=name)
    found: int = frames.scalar("SELECT account_id FROM charge WHERE reference = %(n)s", {"n": name})
    return found


def _both(people: tuple[Someone, Someone], call: Callable[[Someone], Any]) -> list[Any]:
    return together(*(lambda one=one: call(one) for one in people))


def test_one_of_two_who_take_a_debtor_at_once_has_them(acts: Acts, people: tuple[Someone, Someone]) -> None:
    for turn in range(ROUNDS):
        account = _account(acts, f"D{turn}")
        answers = _both(people, lambda one, account=account: one.pulls(account))
        assert kinds(answers) == ["DebtorAlreadyClaimed", "DeskOutcome"]
    assert broken_laws() == {}


def test_without_the_condition_both_believe_that_they_have_them(
    acts: Acts, people: tuple[Someone, Someone], monkeypatch: pytest.MonkeyPatch
) -> None:
    unconditional = steps._CLAIM[: steps._CLAIM.index("WHERE claim_state")]
    monkeypatch.setattr(steps, "_CLAIM", unconditional)
    account = _account(acts, "D")
    assert kinds(_both(people, lambda one: one.pulls(account))) == ["DeskOutcome"] * 2
    states = frames.scalar("SELECT count(*) FROM desk_state WHERE account_id = %(a)s", {"a": account})
    assert states == 2


def test_nobody_is_reached_by_two_where_one_has_them(acts: Acts, people: tuple[Someone, Someone]) -> None:
    for turn in range(ROUNDS):
        account = _account(acts, f"D{turn}")
        people[0].pulls(account)
        answers = _both(people, lambda one, account=account: one.mails(account))
        assert sorted(type(one).__name__ for one in answers) == ["DebtorAlreadyClaimed", "ReachOutcome"]
        begun = next(one for one in answers if isinstance(one, ReachOutcome))
        people[0].ends(begun.contact_id or 0)
    assert broken_laws() == {}


def test_without_the_claim_both_reach_them(
    acts: Acts, people: tuple[Someone, Someone], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "require_free", lambda act, *account_ids: None)
    account = _account(acts, "D")
    people[0].pulls(account)
    assert kinds(_both(people, lambda one: one.mails(account))) == ["ReachOutcome"] * 2


def test_one_contact_ended_twice_at_once_ends_once(acts: Acts, people: tuple[Someone, Someone]) -> None:
    for turn in range(ROUNDS):
        account = _account(acts, f"D{turn}")
        contact = people[0].mails(account).contact_id
        assert contact is not None
        answers = _both(people, lambda one, contact=contact: one.ends(contact))
        assert kinds(answers) == ["ContactAlreadyEnded", "ContactResult"]
    assert broken_laws() == {}


def test_without_the_lock_one_contact_ends_twice(
    acts: Acts, people: tuple[Someone, Someone], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No constraint keeps the second away: an outcome that is taken back must leave room for another."""
    monkeypatch.setattr(frames, "lock", lambda what, number, using="default": None)
    twice = 0
    for turn in range(ROUNDS):
        contact = people[0].mails(_account(acts, f"D{turn}")).contact_id
        assert contact is not None
        answers = _both(people, lambda one, contact=contact: one.ends(contact))
        twice += kinds(answers) == ["ContactResult"] * 2
    assert twice > 0
