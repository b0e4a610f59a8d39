"""Asking for an approval and deciding about it, once: inner moves of the acts that offer something."""

from datetime import datetime, timedelta

from ahadi.data import frames
from ahadi.data.models.approval import Approval, ApprovalDecision
from ahadi.domain.approvals import queries
from ahadi.domain.audit.ports import Act

APPROVED, REFUSED, ASKED_BACK, WITHDRAWN = "approved", "refused", "asked_back", "withdrawn"
# An offer is made of a day's figures and of somebody's next paydays: after so long it is made anew.
WAITS = timedelta(days=3)


class UnableToDecideApproval(Exception):
    """The approval cannot be decided so: the text says why, and what to do instead."""

    is_refusal = True


class ApprovalAlreadyDecided(Exception):
    """Somebody decided this approval before; its page says who and what. Make a new offer where one is wanted."""

    is_refusal = True

    def __init__(self, decision: str) -> None:
        super().__init__(f"this approval was decided before: {decision}; make a new offer where one is wanted")
        self.decision = decision


def hold(approval_id: int) -> None:
    """Keeps a second decision about this approval waiting until this one is through."""
    frames.lock("approval", approval_id)


def ask(act: Act, *, account_id: int, offer_id: int, level: str, rank: int, digest: bytes) -> Approval:
    """Asks for an approval of an offer, by somebody of the rank or above."""
    asked = Approval(
        organisation_id=act.organisation_id,
        account_id=account_id,
        offer_id=offer_id,
        level=level,
        rank=rank,
        digest=digest,
        asked_at=act.at,
        expires_at=act.at + WAITS,
        act_id=act.id,
    )
    asked.save(force_insert=True)
    return asked


def withdraw_open(act: Act, account_id: int, *, reason: str) -> int:
    """Takes back what waits for a decision about an account, since something else is offered; how many."""
    waiting = queries.open_of(account_id, at=act.at)
    for approval_id in waiting:
        hold(approval_id)
    # Read again under the locks: what was decided meanwhile stays decided.
    still = queries.open_of(account_id, at=act.at)
    for approval_id in still:
        asked = Approval.objects.get(id=approval_id)
        decide(act, asked, decision=WITHDRAWN, digest=bytes(asked.digest), reason=reason, rank=queries.rank(act.by))
    return len(still)


def require_open(asked: Approval, at: datetime) -> None:
    """Raises ApprovalAlreadyDecided, or UnableToDecideApproval for one that has expired."""
    done = ApprovalDecision.objects.filter(approval_id=asked.id).first()
    if done is not None:
        raise ApprovalAlreadyDecided(done.decision)
    if asked.expires_at < at:
        raise UnableToDecideApproval("this approval has expired; ask for the offer to be made anew")


def decide(act: Act, asked: Approval, *, decision: str, digest: bytes, rank: int, reason: str | None) -> None:
    """Notes what was decided; the database refuses a second decision, and an approval by who asked."""
    ApprovalDecision(
        approval_id=asked.id, decision=decision, rank=rank, digest=digest, reason=reason, at=act.at, act_id=act.id
    ).save(force_insert=True)
