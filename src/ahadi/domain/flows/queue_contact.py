"""Lets a contact wait for its moment, if the gate has nothing against that moment as far as it is known now."""

from dataclasses import dataclass
from datetime import datetime

from ahadi.data.models.gate import GateDecision
from ahadi.domain.audit.ports import Act
from ahadi.domain.contact import steps as gate
from ahadi.domain.contact.ports import Asked
from ahadi.domain.people import queries as people
from ahadi.domain.work import queries
from ahadi.kernel.gate import BLOCK


@dataclass(frozen=True)
class QueueOutcome:
    """What the gate said about the moment planned, and the contact that waits for it, None where it may not be."""

    decision_id: int
    answer: str
    rules: list[str]
    next_lawful_at: str | None
    planned_contact_id: int | None


def queue_contact(act: Act, *, asked: Asked, due_at: datetime) -> QueueOutcome:
    """Asks the gate about a moment to come and, where nothing blocks it, lets the contact wait for that moment.

    Raises UnableToFindAccount, UnableToAskGate.
    """
    queries.require_seen(by=act.by, account_id=asked.account_id)
    gate.hold(asked.account_id, party_id=asked.person_id)
    made = gate.decide(act, asked, stage="queued", at=due_at)
    if made.answer.answer == BLOCK:
        return QueueOutcome(*gate.told_of(made), None)
    decision = GateDecision.objects.get(id=made.decision_id)
    planned_id = gate.let_wait(act, decision, due_at=due_at, by_id=people.owner_of(act.by.login))
    return QueueOutcome(*gate.told_of(made), planned_id)
