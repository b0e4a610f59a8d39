"""The gate says what an oracle says that was written from the texts of the rules: thousands of random questions."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from random import Random
from secrets import randbelow

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.data.law import GATE, rules

from .gate_draws import draw
from .gate_frames import decided
from .gate_hints import RULES
from .gate_oracle import Case, Said, say
from .gate_oracle_house import LAWS, ask, held_for

SEED = 20261122
AT_ONCE = 1000
ORDINARY, NIGHTLY = 3_000, 100_000
LEAST_ALLOWED = 0.3
LEAST_FIRED = 100


def batches(seed: int, count: int) -> Iterator[list[Case]]:
    """So many random cases, a thousand at a time."""
    random = Random(seed)
    for _ in range(0, count, AT_ONCE):
        yield [draw(random) for _ in range(AT_ONCE)]


def told(case: Case) -> str:
    """What is not as usual in a case."""
    usual = Case(at=case.at)
    shown = {field.name: getattr(case, field.name) for field in fields(Case) if field.name != "holidays"}
    return "\n  ".join(f"{name}={value!r}" for name, value in shown.items() if value != getattr(usual, name, None))


def difference(case: Case, found: Said, expected: Said) -> str:
    """Both opinions of a case, and the case."""
    by_gate, by_oracle = sorted(found.spoken - expected.spoken), sorted(expected.spoken - found.spoken)
    return (
        f"the gate says {found.answer} until {found.next_lawful_at}, it alone by {by_gate};\n"
        f"the oracle {expected.answer} until {expected.next_lawful_at}, it alone by {by_oracle};\n"
        f"both by {sorted(found.spoken & expected.spoken)}\n  at={case.at!r}\n  {told(case)}"
    )


def compared(seed: int, count: int) -> tuple[Counter[str], Counter[str]]:
    """Fails where the gate and the oracle differ; how often each answer was given, and each rule spoke."""
    answers: Counter[str] = Counter()
    fired: Counter[str] = Counter()
    for number, cases in enumerate(batches(seed, count)):
        for case, found in zip(cases, decided(cases), strict=True):
            expected = ask(case)
            assert found == expected, f"seed {seed}, thousand {number}: {difference(case, found, expected)}"
            answers[expected.answer] += 1
            fired.update({rule_id for rule_id, _ in expected.spoken})
    return answers, fired


def test_gate_says_what_the_texts_say() -> None:
    answers, _ = compared(SEED, ORDINARY)
    assert answers["allow"] >= LEAST_ALLOWED * answers.total()
    assert answers["warn"] and answers["block"] >= LEAST_ALLOWED * answers.total()


@pytest.mark.nightly
def test_gate_says_what_the_texts_say_a_hundred_thousand_times_over() -> None:
    seed = randbelow(2**32)
    print(f"seed {seed}")
    answers, fired = compared(seed, NIGHTLY)
    rarest = sorted((fired[law.id], law.id) for law in {law.id: law for law in LAWS}.values())
    print(answers, rarest[:10])
    assert answers["allow"] >= LEAST_ALLOWED * answers.total()
    assert rarest[0][0] >= LEAST_FIRED, rarest[:10]


@given(st.randoms(use_true_random=False))
def test_gate_says_what_the_texts_say_of_one_question_alone(random: Random) -> None:
    case = draw(random)
    (found,), expected = decided([case]), ask(case)
    assert found == expected, difference(case, found, expected)


def test_oracle_knows_every_rule_that_restrains() -> None:
    restraining = {
        rule.id
        for rule in rules().values()
        if rule.applied_by == GATE and any(test.action in ("block", "warn") for test in rule.tests)
    }
    known = {law.id for law in LAWS}
    assert {rule_id for rule_id in known if not rule_id.startswith("POLICY-")} == restraining
    assert known == set(RULES)


def test_oracle_that_forgets_a_rule_is_noticed() -> None:
    cases = next(batches(SEED, AT_ONCE))
    case, found = next(pair for pair in zip(cases, decided(cases), strict=True) if pair[1].answer == "block")
    forgotten = {rule_id for rule_id, _ in found.spoken}
    assert found == say(case, held_for(case))
    assert found != say(case, [law for law in held_for(case) if law.id not in forgotten])
