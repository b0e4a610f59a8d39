"""Every example of every rule is put to the gate: the rule alone must say what its file says it does."""

import pytest

from ahadi.data import law
from ahadi.data.law import LawRule
from ahadi.data.law_example import Example
from ahadi.domain.contact.examples import said

GATED = [rule for rule in law.rules().values() if rule.applied_by == law.GATE]
EXAMPLES = [(rule, example) for rule in GATED for example in rule.examples]


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
