"""Laws of the gate on random questions: what cannot matter does not, and what restrains never permits."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from random import Random

import polars as pl

from ahadi.kernel import gate

from .gate_draws import RESTRAINING, draw
from .gate_frames import decided, frames
from .gate_oracle import TICK, Attempt, Case, Fact, Said

SEED = 7
STRENGTH = {"allow": 0, "warn": 1, "block": 2}


@cache
def some() -> tuple[tuple[Case, Said], ...]:
    """A thousand random questions and what the gate says to them."""
    random = Random(SEED)
    cases = [draw(random) for _ in range(1000)]
    return tuple(zip(cases, decided(cases), strict=True))


def cases() -> list[Case]:
    """The questions alone."""
    return [case for case, _ in some()]


def uncounted(case: Case, random: Random) -> Attempt:
    """What no rule counts: they called and did not talk, it comes later, or it was about somebody else."""
    inbound = Attempt(at=case.at - timedelta(minutes=1), is_outbound=False)
    later = Attempt(at=case.at + TICK, is_conversation=True)
    of_others = Attempt(at=case.at - TICK, debts=((9, 9),), person=9, point=9, is_conversation=True)
    return random.choice((inbound, later, of_others))


def fact(case: Case, random: Random) -> Fact:
    """Something that restrains, for whom and from when ever."""
    begin = case.at + timedelta(hours=random.randrange(-500, 500))
    end = None if random.random() < 0.5 else begin + timedelta(hours=random.randrange(500))
    named = dict.fromkeys(random.sample(("account", "debtor", "person", "point"), 2), 1)
    return Fact(random.choice(RESTRAINING), begin, end, **named)


def test_attempt_that_does_not_count_changes_nothing() -> None:
    random = Random(SEED)
    tried = [replace(case, attempts=(*case.attempts, uncounted(case, random))) for case in cases()]
    assert decided(tried) == [said for _, said in some()]


def test_attempt_that_counts_is_noticed() -> None:
    busy = [
        replace(case, attempts=(*case.attempts, *[Attempt(at=case.at - TICK, debts=((1, 1),))] * 12))
        for case in cases()
    ]
    assert decided(busy) != [said for _, said in some()]


def test_fact_that_restrains_never_makes_an_answer_milder() -> None:
    random = Random(SEED)
    held = [replace(case, facts=(*case.facts, fact(case, random))) for case in cases()]
    harder = 0
    for (case, before), after in zip(some(), decided(held), strict=True):
        assert STRENGTH[after.answer] >= STRENGTH[before.answer], case
        assert before.spoken <= after.spoken, case
        if before.next_lawful_at is None:
            assert after.next_lawful_at is None, case
        elif after.next_lawful_at is not None:
            assert after.next_lawful_at >= before.next_lawful_at, case
        harder += after != before
    assert harder > 50


def test_question_alone_is_answered_as_among_a_thousand() -> None:
    for case, said in some()[:60]:
        assert decided([case]) == [said], case


def test_order_of_rows_is_free() -> None:
    questions, known = frames(cases())

    def shuffled(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.sample(fraction=1, shuffle=True, seed=SEED)

    first = gate.decide(questions, known)
    second = gate.decide(
        shuffled(questions),
        replace(
            known,
            facts=shuffled(known.facts),
            attempts=shuffled(known.attempts),
            preferences=shuffled(known.preferences),
        ),
    )
    assert second.answers.sort("question_id").equals(first.answers)
    assert second.reasons.sort("question_id", "rule_id", "action").equals(first.reasons)


def answers_at(changed: Sequence[Case]) -> list[str]:
    """The answers alone."""
    return [said.answer for said in decided(changed)]


def test_next_lawful_moment_is_lawful_and_the_one_before_it_is_not() -> None:
    # What happens in between is not known yet, and is left out.
    waiting = [
        (replace(case, attempts=tuple(one for one in case.attempts if one.at <= case.at)), said.next_lawful_at)
        for case, said in some()
        if said.answer == "block" and said.next_lawful_at is not None
    ]
    assert len(waiting) > 150
    assert "block" not in answers_at([replace(case, at=at) for case, at in waiting])
    assert set(answers_at([replace(case, at=at - TICK) for case, at in waiting])) == {"block"}


def test_what_is_not_blocked_is_lawful_now() -> None:
    for case, said in some():
        assert (said.next_lawful_at == case.at) == (said.answer != "block")
