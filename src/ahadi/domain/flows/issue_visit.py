"""Issues the gate's decision about a visit beforehand, for an officer who will be without a network."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ahadi.domain.audit.ports import Act
from ahadi.domain.contact import queries as gate
from ahadi.domain.contact import steps
from ahadi.domain.contact.ports import Asked
from ahadi.domain.work import queries

LONGEST = timedelta(hours=24)


class UnableToIssueVisit(Exception):
    """A visit cannot be issued beforehand: the text says why, and what to do."""

    is_refusal = True


@dataclass(frozen=True)
class IssueOutcome:
    """The decision that was kept, what it said, and until when the visit may begin (None: it may not)."""

    decision_id: int | None
    answer: str
    rules: list[str]
    valid_until: str | None


def issue_visit(act: Act, *, asked: Asked, until: datetime) -> IssueOutcome:
    """Asks the gate about a visit that may begin from now on, and keeps until when that stays lawful.

    Raises, in this order: UnableToFindAccount, UnableToIssueVisit, UnableToAskGate.
    """
    queries.require_seen(by=act.by, account_id=asked.account_id)
    if asked.channel != "visit":
        raise UnableToIssueVisit("only a visit is issued beforehand; other contacts ask the gate as they begin")
    if not act.at < until <= act.at + LONGEST:
        raise UnableToIssueVisit("a visit is issued for the next 24 hours at most; give a moment within them")
    steps.hold(asked.account_id, party_id=asked.person_id)
    through = gate.lawful_through(asked, begin=act.at, end=until)
    if through is None or through <= act.at:
        made = steps.decide(act, asked, stage="queued")
        return IssueOutcome(None, made.answer.answer, [one.rule_id for one in made.answer.reasons], None)
    made = steps.decide(act, asked, stage="issued", valid_until=through)
    return IssueOutcome(made.decision_id, made.answer.answer, [], through.isoformat())
