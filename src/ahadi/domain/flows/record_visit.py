"""Records a visit that began without a network, by the decision that was issued for it."""

from dataclasses import dataclass
from datetime import datetime

from ahadi.data.models.contact import Contact
from ahadi.data.models.gate import GateDecision
from ahadi.domain.audit.ports import Act
from ahadi.domain.contact.steps import begin
from ahadi.domain.work import queries


class UnableToRecordVisit(Exception):
    """A visit cannot be recorded: no decision was issued for it, or it does not hold at the time of the visit."""

    is_refusal = True


@dataclass(frozen=True)
class VisitOutcome:
    """The contact that was recorded."""

    contact_id: int


def record_visit(act: Act, *, decision_id: int, began_at: datetime) -> VisitOutcome:
    """Writes down when a visit began. Raises, in this order: UnableToRecordVisit, UnableToFindAccount."""
    issued = GateDecision.objects.filter(id=decision_id, stage="issued", organisation_id=act.organisation_id).first()
    if issued is None:
        raise UnableToRecordVisit("no decision of this number was issued for a visit; issue one before you set out")
    queries.require_seen(by=act.by, account_id=issued.account_id)
    if Contact.objects.filter(decision_id=decision_id).exists():
        raise UnableToRecordVisit("this decision was used for a visit already; issue another for the next")
    if issued.valid_until is None or not issued.decided_at <= began_at <= min(issued.valid_until, act.at):
        raise UnableToRecordVisit("the decision does not hold at the time at which the visit began; say what happened")
    return VisitOutcome(begin(act, issued.id, began_at=began_at))
