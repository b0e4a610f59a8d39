"""Asks the gate: one contact, every channel of an account, or the planned contacts of a day."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any

import polars as pl

from ahadi.data import facts, law
from ahadi.domain.contact.gathering import DEBTOR, KIND_OF_POINT, Gathered, gather
from ahadi.domain.contact.ports import Answer, Asked, Duty, Reason
from ahadi.kernel.gate import ALLOW, decide, duties
from ahadi.kernel.rule import CHANNELS
from ahadi.kernel.zone import zone_names

WANTED = {
    "account_id": pl.Int64,
    "person_id": pl.Int64,
    "channel": pl.String,
    "point_id": pl.Int64,
    "purpose": pl.String,
    "content": pl.String,
}
_OWN_RULE = "a policy of the house"


class UnableToAskGate(Exception):
    """The gate cannot be asked this: the text says what of it is not there, and what to choose from."""

    is_refusal = True


def ask(asked: Asked, *, at: datetime, known_at: datetime = facts.FOREVER) -> tuple[Answer, Gathered, pl.DataFrame]:
    """The answer about one contact at a moment, with what it was answered from and the question itself.

    Raises UnableToAskGate for a person who has nothing to do with the account, or a contact point of somebody else.
    """
    gathered = gather(facts.of_accounts([asked.account_id]), at=at, known_at=known_at)
    person_id = asked.person_id if asked.person_id is not None else _debtor(gathered, asked.account_id)
    if person_id not in gathered.people["person_id"].to_list():
        raise UnableToAskGate(
            f"person {person_id} has nothing to do with account {asked.account_id}; choose one who has"
        )
    known = gathered.points[["person_id", "point_id"]].rows()
    if asked.contact_point_id is not None and (person_id, asked.contact_point_id) not in known:
        raise UnableToAskGate(
            f"contact point {asked.contact_point_id} is not of person {person_id}; choose one that is"
        )
    content = None if asked.content is None else "+".join(sorted(asked.content))
    row = (asked.account_id, person_id, asked.channel, asked.contact_point_id, asked.purpose, content)
    question = gathered.questions(pl.DataFrame([row], schema=WANTED, orient="row"))
    return answers(gathered, question)[0], gathered, question


def every_way(
    *,
    account_id: int,
    at: datetime,
    known_at: datetime = facts.FOREVER,
    channels: Sequence[str] = CHANNELS,
    purpose: str = "collect",
) -> list[Answer]:
    """The answers about everybody who has to do with an account, by every channel and at every contact point.

    A channel for which somebody has no contact point is asked about without one.
    """
    gathered = gather(facts.of_accounts([account_id]), at=at, known_at=known_at)
    return ways(gathered, account_id=account_id, channels=channels, purpose=purpose)


def ways(gathered: Gathered, *, account_id: int, channels: Sequence[str], purpose: str) -> list[Answer]:
    """The answers of `every_way` from what was gathered."""
    at = _points(gathered)
    rows = [
        (account_id, person_id, channel, point, purpose, None)
        for person_id in gathered.people["person_id"]
        for channel in channels
        for point in at.get((person_id, KIND_OF_POINT.get(channel, "")), [None])
    ]
    return answers(gathered, gathered.questions(pl.DataFrame(rows, schema=WANTED, orient="row")))


def _points(gathered: Gathered) -> dict[tuple[int, str], list[int | None]]:
    found: dict[tuple[int, str], list[int | None]] = {}
    for person_id, point_id, kind in gathered.points[["person_id", "point_id", "kind"]].iter_rows():
        found.setdefault((person_id, kind), []).append(point_id)
    return found


def answers(gathered: Gathered, questions: pl.DataFrame) -> list[Answer]:
    """The gate's answers to a few questions, in their order, with reasons and duties in words."""
    made = decide(questions, gathered.known)
    known = gathered.known.facts
    kinds = dict(zip(known["fact_id"], known["kind"], strict=True))
    reasons, asked_for = _by_question(made.reasons), _by_question(duties(questions, gathered.known.regimes))
    said = dict(zip(made.answers["question_id"], made.answers.iter_rows(named=True), strict=True))
    return [
        _answer(row, said[row["question_id"]], reasons[row["question_id"]], asked_for[row["question_id"]], kinds)
        for row in questions.iter_rows(named=True)
    ]


def _by_question(told: pl.DataFrame) -> Mapping[int, list[tuple[Any, ...]]]:
    """The rows of each question, without its number, which stands first."""
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for question_id, *row in told.iter_rows():
        found[question_id].append(tuple(row))
    return found


def _answer(
    row: dict[str, Any],
    said: dict[str, Any],
    reasons: list[tuple[Any, ...]],
    asked_for: list[tuple[Any, ...]],
    kinds: Mapping[int, str],
) -> Answer:
    spoken = [Reason(rule, action, until, kinds.get(fact), *_cited(rule)) for rule, action, until, fact in reasons]
    content = row["content"]
    return Answer(
        Asked(
            account_id=row["account_id"],
            channel=row["channel"],
            person_id=row["person_id"],
            contact_point_id=row["point_id"],
            purpose=row["purpose"],
            content=None if content is None else tuple(content.split("+")),
        ),
        role=row["role"],
        at=row["at"],
        zones=zone_names(row["zones"]),
        answer=said["answer"],
        next_lawful_at=said["next_lawful_at"],
        reasons=tuple(sorted(spoken, key=lambda one: (one.action != "block", one.rule_id))),
        duties=tuple(Duty(rule, tuple(says), tuple(stores)) for rule, _, says, stores in asked_for),
    )


def _cited(rule_id: str) -> tuple[str, str]:
    rule = law.rules().get(rule_id)
    return (rule.title, rule.source) if rule is not None else (_OWN_RULE, rule_id)


def _debtor(gathered: Gathered, account_id: int) -> int:
    for account, person_id, role in gathered.people[["account_id", "person_id", "role"]].iter_rows():
        if (account, role) == (account_id, DEBTOR):
            return int(person_id)
    raise UnableToAskGate(f"account {account_id} is not there; open it from a list")


_STEP = timedelta(minutes=15)


def lawful_through(
    asked: Asked, *, begin: datetime, end: datetime, known_at: datetime = facts.FOREVER
) -> datetime | None:
    """Until when, from `begin` on and at most to `end`, a contact stays lawful without a break, as far as it is known.

    Looked at every quarter of an hour; None where it is not lawful at `begin`. Raises UnableToAskGate.
    """
    answer, gathered, question = ask(asked, at=begin, known_at=known_at)
    if answer.answer != ALLOW:
        return None
    moments = [*(begin + _STEP * turn for turn in range(-(-(end - begin) // _STEP))), end]
    at = pl.Series([one.astimezone(UTC) for one in moments], dtype=question.schema["at"])
    many = pl.concat([question] * len(at)).with_columns(question_id=pl.int_range(len(at), dtype=pl.Int64), at=at)
    answers_ = decide(many, gathered.known).answers["answer"].to_list()
    return [moment for moment, _ in takewhile(lambda each: each[1] == ALLOW, zip(moments, answers_, strict=True))][-1]
