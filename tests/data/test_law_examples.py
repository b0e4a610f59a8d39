"""Every example of every rule is put to the gate: the rule alone must say what its file says it does."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import polars as pl
import pytest

from ahadi.data import law
from ahadi.data.law import LawRule
from ahadi.data.law_example import Example
from ahadi.kernel import gate
from ahadi.kernel.rule import Calendar, Rule
from ahadi.kernel.schema import Spec

GATED = [rule for rule in law.rules().values() if rule.applied_by == law.GATE]
EXAMPLES = [(rule, example) for rule in GATED for example in rule.examples]
RESTRAINING = ("block", "warn")


def frame(spec: Spec, rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    """Rows as a frame of the spec, null where a row says nothing."""
    schema = {column.name: column.dtype for column in spec.columns}
    return pl.DataFrame([{**dict.fromkeys(schema), **row} for row in rows], schema=schema)


def known(rules: tuple[Rule, ...], example: Example) -> gate.Known:
    """What the example says was so."""
    facts = [
        {
            "fact_id": number,
            "kind": one.kind,
            "account_id": one.account,
            "person_id": one.person,
            "point_id": one.point,
            "channel": one.channel,
            "from_at": one.from_at.astimezone(UTC),
            "until_at": one.until_at and one.until_at.astimezone(UTC),
        }
        for number, one in enumerate(example.facts)
    ]
    attempts = [
        {
            "attempt_id": 100 * number + turn,
            "account_id": one.account,
            "debtor_id": 1,
            "person_id": one.person,
            "point_id": one.point,
            "channel": one.channel,
            "place": one.place,
            "at": one.at.astimezone(UTC),
            "result": one.result,
            "is_outbound": one.is_outbound,
            "is_conversation": one.is_conversation,
        }
        for number, one in enumerate(example.attempts)
        for turn in range(one.times)
    ]
    preferences = [
        {
            "person_id": example.person,
            "weekday": one.weekday,
            "from_minute": one.from_minute,
            "until_minute": one.until_minute,
        }
        for one in example.preferences
    ]
    return gate.Known(
        frame(gate.FACTS, facts),
        frame(gate.ATTEMPTS, attempts),
        frame(gate.PREFERENCES, preferences),
        {"R": rules},
        {"C": Calendar(holidays=example.holidays)},
    )


def question(example: Example) -> pl.DataFrame:
    """What the example asks."""
    row = {
        "question_id": 0,
        "account_id": example.account,
        "debtor_id": 1,
        "person_id": example.person,
        "point_id": example.point,
        "role": example.role,
        "has_basis": example.has_basis,
        "channel": example.channel,
        "place": example.place,
        "purpose": example.purpose,
        "content": None if example.content is None else "+".join(sorted(example.content)),
        "regime": "R",
        "zones": "+".join(example.zones),
        "calendar": "C",
        "at": example.at.astimezone(UTC),
    }
    return frame(gate.QUESTIONS, [row])


def said(rule: LawRule, example: Example) -> tuple[str, datetime | None]:
    """What the rule alone says to the example, and until when."""
    asked = question(example)
    reasons = gate.decide(asked, known(rule.tests, example)).reasons
    if reasons.height:
        spoken = dict(reasons.select("action", "until_at").iter_rows())
        strongest = next(action for action in RESTRAINING if action in spoken)
        return strongest, spoken[strongest]
    softer = [action for action in gate.duties(asked, {"R": rule.tests})["action"] if action not in RESTRAINING]
    return (softer[0], None) if softer else ("silent", None)


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=[f"{rule.id}:{one.line}" for rule, one in EXAMPLES])
def test_rule_says_what_its_example_shows(rule: LawRule, example: Example) -> None:
    action, until_at = said(rule, example)
    assert action == example.expect, example.say
    if example.until_at is not None:
        assert until_at == example.until_at, example.say
    if example.is_endless:
        assert until_at is None, example.say


def test_every_gate_rule_is_shown_where_it_speaks_and_where_it_is_silent() -> None:
    for rule in GATED:
        said_ = {example.expect for example in rule.examples}
        assert len(rule.examples) >= 2, rule.id
        assert "silent" in said_ and len(said_) >= 2, rule.id


def test_example_that_shows_otherwise_is_noticed() -> None:
    rule, example = next((rule, one) for rule, one in EXAMPLES if one.expect == "block")
    assert said(rule, example)[0] != "silent"
