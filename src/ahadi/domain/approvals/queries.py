"""Whose word counts for how much, what waits for a decision, and what was decided."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ahadi.data import frames
from ahadi.data.mandates import LEVEL_RANKS
from ahadi.domain.audit.ports import Actor
from ahadi.domain.people import access

WAITING, EXPIRED = "waiting", "expired"
_RANKS: Final = {
    **LEVEL_RANKS,
    "field": LEVEL_RANKS["officer"],
    "legal": LEVEL_RANKS["officer"],
    "admin": LEVEL_RANKS["manager"],
}


class UnableToFindApproval(Exception):
    """There is no such approval among those that you may see. Go back to the list and open it from there."""

    is_refusal = True


@dataclass(frozen=True)
class ApprovalSeen:
    """What was asked, by whom and until when, with what was decided about it; `state` is that, waiting or expired."""

    approval_id: int
    account_id: int
    offer_id: int
    number: str
    currency: str
    debtor: str
    level: str
    rank: int
    digest: bytes
    asked_at: datetime
    expires_at: datetime
    asked_by_id: int | None
    asked_by: str
    decision: str | None
    reason: str | None
    decided_at: datetime | None
    decided_by: str | None
    kind: str
    total_minor: int
    owed_minor: int
    mandate: str
    excess_reason: str | None
    state: str


_SEEN = """
    SELECT p.id, p.account_id, p.offer_id, a.number, a.currency,
      coalesce((SELECT n.name FROM party_name n WHERE n.party_id = a.party_id ORDER BY n.seen DESC, n.id LIMIT 1),
               a.number),
      p.level, p.rank, p.digest, p.asked_at, p.expires_at, maker.by_id, coalesce(asker.name, ''), d.decision, d.reason,
      d.at, coalesce(decider.name, ''), o.kind, o.total_minor, o.owed_minor, o.mandate, o.excess_reason,
      CASE WHEN d.decision IS NOT NULL THEN d.decision WHEN p.expires_at < %(at)s THEN 'expired' ELSE 'waiting' END
    FROM approval p JOIN account a ON a.id = p.account_id JOIN offer o ON o.id = p.offer_id
    JOIN act maker ON maker.id = p.act_id LEFT JOIN person asker ON asker.id = maker.by_id
    LEFT JOIN approval_decision d ON d.approval_id = p.id
    LEFT JOIN act done ON done.id = d.act_id LEFT JOIN person decider ON decider.id = done.by_id
    WHERE {condition} ORDER BY d.decision IS NOT NULL, p.asked_at, p.id
"""


def rank(by: Actor) -> int:
    """How much the word of somebody counts: the highest rank of their roles; 0 where it does not."""
    rights = access.rights(by)
    if rights.may_all:
        return max(_RANKS.values())
    return max((_RANKS.get(role, 0) for role in rights.roles), default=0)


def approvals(*, by: Actor, at: datetime) -> tuple[ApprovalSeen, ...]:
    """What was asked about accounts that `by` may see: what waits first, the oldest first."""
    scope = access.accounts(by)
    return _read(scope.condition, {**scope.parameters, "at": at})


def approval(*, by: Actor, at: datetime, approval_id: int) -> ApprovalSeen:
    """One of them. Raises UnableToFindApproval."""
    scope = access.accounts(by).narrowed("p.id = %(approval)s", approval=approval_id)
    for one in _read(scope.condition, {**scope.parameters, "at": at}):
        return one
    raise UnableToFindApproval("there is no such approval among those that you may see; open it from the list")


def open_of(account_id: int, *, at: datetime) -> tuple[int, ...]:
    """The approvals that wait for a decision about an account."""
    found: list[int] | None = frames.scalar(
        "SELECT array_agg(p.id ORDER BY p.id) FROM approval p LEFT JOIN approval_decision d ON d.approval_id = p.id"
        " WHERE p.account_id = %(account)s AND d.approval_id IS NULL AND p.expires_at >= %(at)s",
        {"account": account_id, "at": at},
    )
    return tuple(found or ())


def _read(condition: str, parameters: dict[str, Any]) -> tuple[ApprovalSeen, ...]:
    with_bytes = frames.rows(_SEEN.format(condition=condition), parameters)
    whole: list[list[Any]] = [[*row[:8], bytes(row[8]), *row[9:]] for row in with_bytes]
    return tuple(ApprovalSeen(*row) for row in whole)
