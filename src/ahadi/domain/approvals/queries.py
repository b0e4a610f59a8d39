"""Whose word counts for how much, what waits for a decision, and what was decided."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ahadi.data import frames
from ahadi.data.mandates import LEVEL_RANKS
from ahadi.domain.audit.ports import Actor
from ahadi.domain.cases import queries as cases
from ahadi.domain.people import access
from ahadi.kernel.offer import SETTLEMENT

WAITING, EXPIRED = "waiting", "expired"
OFFER, ADJUSTMENT = "offer", "adjustment"
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


@dataclass(frozen=True)
class AskedFor:
    """Anything that one person asked and another decides, as the list of all tells it.

    `of` says which kind of thing `number` is, and so where and by which act it is decided; `change_minor` is by how
    much what is owed becomes another by it.
    """

    of: str
    number_id: int
    account_id: int
    number: str
    currency: str
    debtor: str
    kind: str
    owed_minor: int
    pays_minor: int | None
    change_minor: int
    level: str
    asked_at: datetime
    asked_by: str
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


def asked_for(*, by: Actor, at: datetime) -> tuple[AskedFor, ...]:
    """Everything that was asked about accounts that `by` may see, offers and adjustments: what waits first, the oldest
    first. What is adjusted is the house's own business, which a creditor's people see when it is done.
    """
    listed = [_of_offer(one) for one in approvals(by=by, at=at)]
    rights = access.rights(by)
    if rights.may_all or rights.roles - {"creditor"}:
        listed += [_of_adjustment(row) for row in cases.asked_adjustments(by=by).iter_rows(named=True)]
    return tuple(sorted(listed, key=lambda one: (one.state != WAITING, one.asked_at, one.of, one.number_id)))


def _of_offer(one: ApprovalSeen) -> AskedFor:
    forgiven = one.owed_minor - one.total_minor if one.kind == SETTLEMENT else 0
    return AskedFor(
        of=OFFER,
        number_id=one.approval_id,
        account_id=one.account_id,
        number=one.number,
        currency=one.currency,
        debtor=one.debtor,
        kind=one.kind,
        owed_minor=one.owed_minor,
        pays_minor=one.total_minor,
        change_minor=-forgiven,
        level=one.level,
        asked_at=one.asked_at,
        asked_by=one.asked_by,
        state=one.state,
    )


def _of_adjustment(row: dict[str, Any]) -> AskedFor:
    return AskedFor(
        of=ADJUSTMENT,
        number_id=row["adjustment_id"],
        account_id=row["account_id"],
        number=row["number"],
        currency=row["currency"],
        debtor=row["debtor"],
        kind=row["kind"],
        owed_minor=row["owed_minor"],
        pays_minor=None,
        change_minor=row["change_minor"],
        level="supervisor",
        asked_at=row["at"],
        asked_by=row["by"] or "",
        state=row["verdict"] or WAITING,
    )


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
