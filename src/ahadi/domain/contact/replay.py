"""Makes past decisions of the gate again, from the facts and rules that they were made from."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from ahadi.data import rule_sets
from ahadi.data.models.gate import GateDecision
from ahadi.kernel.gate import ATTEMPTS, FACTS, PREFERENCES, QUESTIONS, Known, decide
from ahadi.kernel.schema import Spec

_INSTANT = pl.Datetime("us", "UTC")


@dataclass(frozen=True)
class Replayed:
    """A decision made again: what was answered then, and what the same facts and rules answer now."""

    decision_id: int
    then: tuple[str, datetime | None, list[Any]]
    now: tuple[str, datetime | None, list[Any]]

    @property
    def is_equal(self) -> bool:
        """Whether the answer, the next lawful moment and every rule that spoke are as they were."""
        return self.then == self.now


def replayed(*, decision_ids: list[int] | None = None) -> Iterator[Replayed]:
    """Decisions made again in the order of their numbers, these or all."""
    made = GateDecision.objects.select_related("rule_set").order_by("id")
    if decision_ids is not None:
        made = made.filter(id__in=decision_ids)
    for decision in made.iterator(chunk_size=500):
        yield again(decision)


def again(decision: GateDecision) -> Replayed:
    """One decision made again."""
    rules, calendar = rule_sets.read(decision.rule_set.content)
    question = frame(decision.inputs["question"], QUESTIONS)
    regime, name = question["regime"][0], question["calendar"][0]
    known = Known(
        frame(decision.inputs["facts"], FACTS),
        frame(decision.inputs["attempts"], ATTEMPTS),
        frame(decision.inputs["preferences"], PREFERENCES),
        {regime: rules},
        {name: calendar},
    )
    found = decide(question, known)
    answer = found.answers.row(0, named=True)
    reasons = [
        [rule, action, until.isoformat() if until is not None else None]
        for _, rule, action, until, _ in found.reasons.iter_rows()
    ]
    return Replayed(
        decision.id,
        (decision.answer, decision.next_lawful_at, sorted(decision.reasons, key=_order)),
        (answer["answer"], answer["next_lawful_at"], sorted(reasons, key=_order)),
    )


def frame(rows: list[dict[str, Any]], spec: Spec) -> pl.DataFrame:
    """Kept values as a frame of the spec; instants are whole microseconds."""
    raw = {column.name: pl.Int64() if column.dtype == _INSTANT else column.dtype for column in spec.columns}
    held = pl.DataFrame(rows, schema=raw, orient="row")
    return held.with_columns(pl.col(column.name).cast(_INSTANT) for column in spec.columns if column.dtype == _INSTANT)


def _order(reason: list[Any]) -> tuple[bool, str]:
    return (reason[1] != "block", reason[0])
