"""Cases of the oracle as the frames of the kernel: many at once, each with people and facts of its own."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from ahadi.data.law import regime, rules
from ahadi.kernel import gate
from ahadi.kernel.rule import Attempts, Calendar, Conversation, Gap, Hours, Ramadan, Rule, Unless, Where
from ahadi.kernel.schema import Spec

from .gate_oracle import Case, Said

POLICY = (
    Rule("POLICY-RAMADAN", "block", Hours(540, 1020, None, False, (600, 840)), Where(channels=frozenset({"letter"}))),
    Rule("POLICY-DEBTOR", "block", Attempts(2, ("debtor",), hours=36), Where(channels=frozenset({"sms", "email"}))),
    Rule(
        "POLICY-TALKED",
        "block",
        Conversation(3, ("person",)),
        Where(channels=frozenset({"email"})),
        date(2025, 3, 1),
        date(2027, 6, 30),
    ),
    Rule(
        "POLICY-GAP",
        "block",
        Gap(90, ("account", "point"), frozenset({"call", "visit"})),
        Where(channels=frozenset({"call"})),
    ),
    Rule("POLICY-CONSENT", "block", Unless(frozenset({"CONSENT"})), Where(channels=frozenset({"app"}))),
)
"""An office's own rules, so that every kind of test is met."""


WEAK = frozenset(rule.id for rule in rules().values() if rule.quality not in "PML")
APART = 10


def decided(cases: Sequence[Case]) -> list[Said]:
    """What the kernel says to all of them in one call."""
    questions, known = frames(cases)
    found = gate.decide(questions, known)
    spoken: dict[int, set[tuple[str, str]]] = {}
    for number, rule_id, action in found.reasons.select("question_id", "rule_id", "action").iter_rows():
        spoken.setdefault(number, set()).add((rule_id, action))
    return [Said(answer, frozenset(spoken.get(number, ())), at) for number, answer, at in found.answers.iter_rows()]


def frames(cases: Sequence[Case]) -> tuple[pl.DataFrame, gate.Known]:
    """The questions, and what is known; ids of a case lie apart from those of every other."""
    regimes: dict[str, tuple[Rule, ...]] = {}
    calendars: dict[str, Calendar] = {}
    questions, facts, attempts, preferences = [], [], [], []
    for number, case in enumerate(cases):
        questions.append(_question(number, case, regimes, calendars))
        facts += _facts(number, case, len(facts))
        attempts += _attempts(number, case)
        preferences += [(APART * number + wish.person, wish.weekday, wish.start, wish.end) for wish in case.wishes]
    known = gate.Known(
        frame(gate.FACTS, facts),
        frame(gate.ATTEMPTS, attempts),
        frame(gate.PREFERENCES, preferences),
        regimes,
        calendars,
    )
    return frame(gate.QUESTIONS, questions), known


def frame(spec: Spec, rows: Sequence[tuple[Any, ...]]) -> pl.DataFrame:
    """Rows in the order of the spec's columns."""
    return pl.DataFrame(list(rows), schema={column.name: column.dtype for column in spec.columns}, orient="row")


def _question(
    number: int, case: Case, regimes: dict[str, tuple[Rule, ...]], calendars: dict[str, Calendar]
) -> tuple[Any, ...]:
    held = (sorted(case.places), case.is_third_party, case.debtor_kind, case.is_signed_off, case.has_policy)
    regime_name = repr(held)
    if regime_name not in regimes:
        regimes[regime_name] = regime(
            case.places,
            is_third_party=case.is_third_party,
            debtor_kind=case.debtor_kind,
            signed_off=WEAK if case.is_signed_off else frozenset(),
            policies=POLICY if case.has_policy else (),
        )
    calendar_name = repr((sorted(case.holidays)[:1], sorted(case.rest), case.ramadan[:1]))
    if calendar_name not in calendars:
        calendars[calendar_name] = Calendar(
            case.holidays, case.rest, tuple(Ramadan(first, last) for first, last in case.ramadan)
        )
    return (
        number,
        *(
            None if one is None else APART * number + one
            for one in (case.account, case.debtor, case.person, case.point)
        ),
        case.role,
        case.has_basis,
        case.channel,
        case.place,
        case.purpose,
        None if case.content is None else "+".join(sorted(case.content)),
        regime_name,
        "+".join(case.zones),
        calendar_name,
        case.at,
    )


def _facts(number: int, case: Case, first: int) -> list[tuple[Any, ...]]:
    return [
        (
            first + place,
            one.kind,
            *(
                None if named is None else APART * number + named
                for named in (one.account, one.debtor, one.person, one.point)
            ),
            one.channel,
            one.begin,
            one.end,
        )
        for place, one in enumerate(case.facts)
    ]


def _attempts(number: int, case: Case) -> list[tuple[Any, ...]]:
    return [
        (
            1000 * number + place,
            APART * number + account,
            APART * number + debtor,
            APART * number + one.person,
            None if one.point is None else APART * number + one.point,
            one.channel,
            one.place,
            one.at,
            one.result,
            one.is_outbound,
            one.is_conversation,
        )
        for place, one in enumerate(case.attempts)
        for account, debtor in one.debts
    ]
