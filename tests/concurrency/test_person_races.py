"""Two debtors become one person while others work with them: nobody is lost, held twice or reached in spite."""

from functools import partial
from typing import Any

import pytest

from ahadi.data import frames
from ahadi.domain.contact import steps as contact_steps
from ahadi.domain.desk import steps as desk_steps

from .acts import Acts, broken_laws
from .test_desk_races import Someone, people
from .test_races import (
    ROUNDS,
    Lingering,
    acts,
    kinds,
    lingering,
    lockless,
    meanwhile,
    reached_in_spite,
    slow_to_learn,
    together,
)

__all__ = ["acts", "lingering", "lockless", "people"]


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> Lingering:
    """A merge lingers after it has said who stands for whom, and before its commit."""
    lingers = Lingering()
    slow_to_learn(lingers, monkeypatch)
    return lingers


def persons() -> int:
    """How many people owe."""
    found: int = frames.scalar(
        "SELECT count(DISTINCT s.stands_for_id) FROM account a JOIN party_state s ON s.party_id = a.party_id"
    )
    return found


def holders() -> int:
    """How many people have the one person before them."""
    found: int = frames.scalar(
        "SELECT count(DISTINCT k.holder_id) FROM claim_state k JOIN account a ON a.id = k.account_id"
        " JOIN party_state s ON s.party_id = a.party_id WHERE k.expires_at > clock_timestamp()"
    )
    return found


def two(acts: Acts, *names: str) -> list[int]:
    """Debtors with an account each; the accounts."""
    acts.place(*((name, name, 1_000) for name in names), file=" ".join(names))
    return [acts.account(name) for name in names]


def test_a_merge_and_a_receipt_at_once_are_both_there(acts: Acts) -> None:
    for turn in range(ROUNDS):
        one, other = f"A{turn}", f"B{turn}"
        two(acts, one, other)
        proposal = acts.alike(one, other)
        answers = together(
            partial(acts.judge_one, proposal), lambda other=other: acts.receive((other, f"R {other}", 400))
        )
        assert kinds(answers) == ["BatchOutcome", "JudgedOutcome"]
    assert broken_laws() == {}


def test_merges_of_pairs_that_share_a_debtor_make_one_person(acts: Acts) -> None:
    for turn in range(ROUNDS):
        names = [f"{letter}{turn}" for letter in "ABC"]
        two(acts, *names)
        before = persons()
        first, second = acts.alike(names[0], names[1]), acts.alike(names[1], names[2])
        answers = together(partial(acts.judge_one, first), partial(acts.judge_one, second))
        assert kinds(answers) == ["JudgedOutcome"] * 2
        assert persons() == before - 2
    assert broken_laws() == {}


def test_without_the_lock_merges_of_pairs_that_share_a_debtor_miss_each_other(
    lockless: Acts, lingering: Lingering
) -> None:
    two(lockless, "A", "B", "C")
    first, second = lockless.alike("A", "C"), lockless.alike("B", "C")
    meanwhile(partial(lockless.judge_one, first), partial(lockless.judge_one, second), lingering)
    assert "mergers-stated" in broken_laws()


def test_one_pair_judged_by_two_at_once_is_judged_once(acts: Acts) -> None:
    two(acts, "A", "B")
    proposal = acts.alike("A", "B")
    answers = together(*[partial(acts.judge_one, proposal)] * 2)
    assert kinds(answers) == ["IdentityAlreadyJudged", "JudgedOutcome"]
    assert broken_laws() == {}


def test_a_merge_and_a_claim_at_once_leave_one_holder(acts: Acts, people: tuple[Someone, Someone]) -> None:
    for turn in range(ROUNDS):
        one, other = two(acts, f"A{turn}", f"B{turn}")
        proposal = acts.alike(f"A{turn}", f"B{turn}")
        people[0].pulls(one)
        answers = together(partial(acts.judge_one, proposal), partial(people[1].pulls, other))
        refused = [answer for answer in answers if type(answer).__name__ == "DebtorAlreadyClaimed"]
        assert len(refused) == 1, answers
    assert broken_laws() == {}


def _merging_meanwhile(acts: Acts, people: tuple[Someone, Someone], late: Lingering) -> list[Any]:
    """One has the first debtor; while both become one person, the other takes the second."""
    one, other = two(acts, "A", "B")
    proposal = acts.alike("A", "B")
    people[0].pulls(one)
    return meanwhile(partial(acts.judge_one, proposal), partial(people[1].pulls, other), late)


def test_a_claim_waits_for_a_merge_that_is_under_way(
    acts: Acts, people: tuple[Someone, Someone], late: Lingering
) -> None:
    answers = _merging_meanwhile(acts, people, late)
    assert [type(one).__name__ for one in answers] == ["JudgedOutcome", "DebtorAlreadyClaimed"]
    assert holders() == 1


def test_without_the_shared_row_two_have_one_person_before_them(
    acts: Acts, people: tuple[Someone, Someone], late: Lingering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_steps, "_CLAIM", desk_steps._CLAIM.replace(" FOR SHARE OF s", ""))
    answers = _merging_meanwhile(acts, people, late)
    assert [type(one).__name__ for one in answers] == ["JudgedOutcome", "DeskOutcome"]
    assert holders() == 2


def _mailing_meanwhile(acts: Acts, late: Lingering) -> list[Any]:
    """Somebody who wants no contact becomes one person with another, who is written to at that moment."""
    two(acts, "A", "B")
    acts.learns("A", "CEASE")
    proposal = acts.alike("A", "B")
    return meanwhile(partial(acts.judge_one, proposal), lambda: acts.mail("B"), late)


def test_a_contact_waits_for_a_merge_and_hears_what_is_known_of_the_person(acts: Acts, late: Lingering) -> None:
    _, begun = _mailing_meanwhile(acts, late)
    assert (begun.answer, begun.contact_id) == ("block", None)
    assert broken_laws() == {}


def test_without_the_shared_row_a_contact_begins_in_spite_of_what_is_known_of_the_person(
    acts: Acts, late: Lingering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contact_steps, "_HELD", contact_steps._HELD.replace("FOR SHARE OF s", ""))
    _, begun = _mailing_meanwhile(acts, late)
    assert begun.contact_id is not None
    assert reached_in_spite()


def test_what_was_told_is_taken_back_once_by_two_at_once(acts: Acts) -> None:
    acts.tell("BASE", "+254712000001")
    told = frames.scalar("SELECT max(id) FROM act WHERE name = 'tell_detail'")
    answers = together(*[partial(acts.take_back, "BASE", told)] * 2)
    assert kinds(answers) == ["TakenBackOutcome", "TellingAlreadyTakenBack"]
    assert broken_laws() == {}
