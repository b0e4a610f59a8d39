"""Decides about an offer that somebody asked for: approved it becomes promises in the same act, once."""

from dataclasses import dataclass

from ahadi.data.models.approval import Approval
from ahadi.data.models.negotiation import Offer
from ahadi.domain.approvals import queries as approvals_queries
from ahadi.domain.approvals import steps as approvals
from ahadi.domain.approvals.steps import UnableToDecideApproval
from ahadi.domain.arrangements import steps as arrangements
from ahadi.domain.arrangements.ports import PromiseOutcome
from ahadi.domain.audit.ports import Act
from ahadi.domain.negotiation import proposing, queries, steps
from ahadi.domain.negotiation.queries import Part
from ahadi.domain.placements import steps as placements
from ahadi.domain.work import queries as work_queries
from ahadi.domain.work import steps as work

_REASON_MAX = 200


@dataclass(frozen=True)
class DecisionOutcome:
    """What was decided about which account, and the promises that it became."""

    approval_id: int
    account_id: int
    decision: str
    promise_ids: list[int]
    plan_id: int | None


def decide_approval(act: Act, *, approval_id: int, decision: str, digest: str, reason: str = "") -> DecisionOutcome:
    """Approves, refuses or asks back what somebody asked for; `digest` (hex) says what was looked at.

    Whoever asked does not decide, and whoever decides is of the level that is needed; an offer above the means of a
    household is approved with a reason. What is approved must be what was asked and must still stand: figures and
    mandate of today are asked again. The promises that were open until then are replaced.

    Raises, in this order: UnableToFindApproval, UnableToFindAccount, ApprovalAlreadyDecided, UnableToDecideApproval.
    """
    seen = approvals_queries.approval(by=act.by, at=act.at, approval_id=approval_id)
    placements.hold_creditor(work_queries.require_seen(by=act.by, account_id=seen.account_id))
    approvals.hold(approval_id)
    asked = Approval.objects.get(id=approval_id)
    approvals.require_open(asked, act.at)
    offer = Offer.objects.get(id=asked.offer_id)
    _require_decidable(act, asked, offer, seen.asked_by_id, decision, digest, reason)
    rank = approvals_queries.rank(act.by)
    told = reason.strip()[:_REASON_MAX] or None
    # First the word, then what it does: the database refuses the word of the wrong person before anything is done.
    approvals.decide(act, asked, decision=decision, digest=bytes(asked.digest), rank=rank, reason=told)
    made = _agreed(act, offer) if decision == approvals.APPROVED else PromiseOutcome([], None)
    return DecisionOutcome(approval_id, seen.account_id, decision, made.promise_ids, made.plan_id)


def _require_decidable(
    act: Act, asked: Approval, offer: Offer, asked_by_id: int | None, decision: str, digest: str, reason: str
) -> None:
    if decision not in (approvals.APPROVED, approvals.REFUSED, approvals.ASKED_BACK):
        raise UnableToDecideApproval("approve it, refuse it or ask back")
    if bytes(asked.digest).hex() != digest or steps.digest_of(offer) != bytes(asked.digest):
        raise UnableToDecideApproval("this is not what was asked for; open the approval again and look at it")
    if approvals_queries.rank(act.by) < asked.rank:
        raise UnableToDecideApproval(f"this needs the word of a {asked.level}; hand it to one")
    if decision == approvals.APPROVED and asked_by_id == act.by.person_id:
        raise UnableToDecideApproval("you asked for this yourself: somebody else decides it")
    if (decision != approvals.APPROVED or not offer.is_affordable) and not reason.strip():
        raise UnableToDecideApproval("give a reason in a few words; it is kept with the decision")


def _agreed(act: Act, offer: Offer) -> PromiseOutcome:
    today = work.business_date(act)
    parts = tuple(Part(day, minor) for day, minor in steps.parts_of(offer))
    _require_standing(act, offer, parts)
    return proposing.agree(act, offer, arrangements.open_ones(act, offer.account_id, today=today), today=today)


def _require_standing(act: Act, offer: Offer, parts: tuple[Part, ...]) -> None:
    """What was asked some days ago must still be lawful, and what is owed must be what it was."""
    today = work.business_date(act)
    try:
        known = queries.table(by=act.by, account_id=offer.account_id, as_of=today)
    except queries.UnableToMakeOffer as gone:
        raise UnableToDecideApproval(str(gone)) from gone
    again = queries.judged(known, kind=offer.kind, parts=parts)
    if known.owed_minor != offer.owed_minor:
        raise UnableToDecideApproval(
            f"{offer.owed_minor} was owed when this was asked and {known.owed_minor} is owed now (minor units); "
            "ask for the offer to be made anew"
        )
    if not again.is_lawful or (again.rank or 0) > offer.rank or (offer.is_affordable and not again.is_affordable):
        raise UnableToDecideApproval("the offer does not stand any more as it was asked; ask for it to be made anew")
