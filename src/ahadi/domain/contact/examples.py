"""Puts the examples of a rule to the gate: whether the rule alone says what its text shows."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import polars as pl

from ahadi.data.law import LawRule
from ahadi.data.law_example import SILENT, Example
from ahadi.kernel import gate
from ahadi.kernel.rule import Calendar, Rule
from ahadi.kernel.schema import Spec

_REGIME, _CALENDAR = "rule", "calendar"
_RESTRAINING = (gate.BLOCK, gate.WARN)


def wrong(rule: LawRule) -> Iterator[str]:
    """A sentence for each example to which the rule says something else than its text shows."""
    for one in rule.examples:
        action, until_at = said(rule, one)
        where = f"line {one.line}: the example {one.say!r}"
        if action != one.expect:
            yield f"{where} expects {one.expect}, and the rule says {action}"
        elif one.until_at is not None and until_at != one.until_at:
            yield f"{where} ends at {one.until_at}, and the rule lets go at {until_at or 'no moment'}"
        elif one.is_endless and until_at is not None:
            yield f"{where} never ends, and the rule lets go at {until_at}"


def said(rule: LawRule, example: Example) -> tuple[str, datetime | None]:
    """What the rule alone says to an example, and until when."""
    asked = _question(example)
    reasons = gate.decide(asked, _known(rule.tests, example)).reasons
    if reasons.height:
        spoken = dict(reasons.select("action", "until_at").iter_rows())
        strongest = next(action for action in _RESTRAINING if action in spoken)
        return strongest, spoken[strongest]
    asks = gate.duties(asked, {_REGIME: rule.tests})["action"]
    return next((action for action in asks if action not in _RESTRAINING), SILENT), None


def _known(rules: tuple[Rule, ...], example: Example) -> gate.Known:
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
    preferences = [{"person_id": example.person, **vars(one)} for one in example.preferences]
    return gate.Known(
        _frame(gate.FACTS, facts),
        _frame(gate.ATTEMPTS, list(_attempts(example))),
        _frame(gate.PREFERENCES, preferences),
        {_REGIME: rules},
        {_CALENDAR: Calendar(holidays=example.holidays)},
    )


def _attempts(example: Example) -> Iterator[dict[str, object]]:
    number = 0
    for one in example.attempts:
        for _turn in range(one.times):
            number += 1
            yield {
                "attempt_id": number,
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


def _question(example: Example) -> pl.DataFrame:
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
        "regime": _REGIME,
        "zones": "+".join(example.zones),
        "calendar": _CALENDAR,
        "at": example.at.astimezone(UTC),
    }
    return _frame(gate.QUESTIONS, [row])


def _frame(spec: Spec, rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    """Rows as a frame of the spec, null where a row says nothing."""
    schema = {column.name: column.dtype for column in spec.columns}
    return pl.DataFrame([{**dict.fromkeys(schema), **row} for row in rows], schema=schema)
