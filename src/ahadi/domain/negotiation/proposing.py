"""Putting an offer forward: it becomes promises at once, or waits for the word of somebody who may agree to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from ahadi.data.models.negotiation import Offer
from ahadi.domain.approvals import queries as approvals_queries
from ahadi.domain.approvals import steps as approvals
from ahadi.domain.arrangements import settling
from ahadi.domain.arrangements import steps as arrangements
from ahadi.domain.arrangements.ports import PromiseAlreadyOpen, Promised, PromiseOutcome
from ahadi.domain.audit.ports import Act
from ahadi.domain.negotiation import queries, steps
from ahadi.domain.negotiation.queries import Bounds, OfferSeen, Part, Table
from ahadi.domain.placements import steps as placements
from ahadi.domain.receipts import steps as receipts
from ahadi.domain.work import queries as work_queries
from ahadi.domain.work import steps as work
from ahadi.kernel.offer import ABOVE_MEANS, KINDS

# Who may take it upon themselves that an offer asks for more than a household can spare.
_SUPERVISOR_RANK = 2
_PARTS_MAX = 60
_REASON_MAX = 200


class UnableToProposeOffer(Exception):
    """The offer cannot be put forward: the text says which limit it breaks, and what to do instead."""

    is_refusal = True

    def __init__(self, text: str, refusals: tuple[queries.Refusal, ...] = ()) -> None:
        super().__init__(text)
        self.refusals = refusals


@dataclass(frozen=True)
class Offered:
    """An offer as it is put forward.

    `excess_reason` says why it may ask for more than the household can spare: a supervisor's own, or asked of one.
    With `is_replacing` the promises that are open are withdrawn in the same act.
    """

    kind: str
    parts: tuple[Promised, ...]
    excess_reason: str = ""
    is_replacing: bool = False


@dataclass(frozen=True)
class OfferOutcome:
    """The offer that was kept; the promises it became, or the approval that it waits for and whose."""

    offer_id: int
    promise_ids: list[int]
    plan_id: int | None
    approval_id: int | None
    level: str


def put_forward(act: Act, *, account_id: int, offered: Offered) -> OfferOutcome:
    """Puts an offer forward, judged anew by today's figures, mandate and means, which are kept with it.

    Within the actor's own authority it becomes a promise or a plan at once; beyond it an approval is asked for, and
    one that waited before is taken back.

    Raises, in this order: UnableToFindAccount, UnableToProposeOffer, UnableToMakeOffer, PromiseAlreadyOpen.
    """
    placements.hold_creditor(work_queries.require_seen(by=act.by, account_id=account_id))
    cut = _shaped(offered.kind, offered.parts)
    today = work.business_date(act)
    known = queries.table(by=act.by, account_id=account_id, as_of=today)
    seen = queries.judged(known, kind=offered.kind, parts=cut)
    _require_lawful(seen, offered.excess_reason)
    still_open = arrangements.open_ones(act, account_id, today=today)
    if still_open and not offered.is_replacing:
        raise PromiseAlreadyOpen(still_open[0])
    needed = max(seen.rank or 0, 0 if seen.is_affordable else _SUPERVISOR_RANK)
    offer = steps.keep(act, account_id=account_id, judged=_kept(known, seen, needed, offered.excess_reason))
    approvals.withdraw_open(act, account_id, reason="another offer was made")
    level = _level(known, needed)
    if approvals_queries.rank(act.by) < needed:
        asked = approvals.ask(
            act, account_id=account_id, offer_id=offer.id, level=level, rank=needed, digest=bytes(offer.digest)
        )
        return OfferOutcome(offer.id, [], None, asked.id, level)
    made = agree(act, offer, still_open, today=today)
    return OfferOutcome(offer.id, made.promise_ids, made.plan_id, None, level)


def require_promisable(act: Act, *, account_id: int, promised: Promised) -> None:
    """Refuses a promise that is no way round the ladder: beyond what the mandate lets wait, or what a month can bear.

    Raises UnableToFindAccount, UnableToProposeOffer.
    """
    require_within(queries.bounds(by=act.by, account_id=account_id, as_of=work.business_date(act)), promised)


def require_within(bounds: Bounds, promised: Promised) -> None:
    """Raises UnableToProposeOffer where a promise waits longer than the mandate's first part, or is above the means."""
    days, most = (promised.due_on - bounds.as_of).days, bounds.first_days_max
    if days > most:
        raise UnableToProposeOffer(
            f"that is {days} days away, and the mandate lets a promise wait {most}; choose an earlier day"
        )
    spare = bounds.monthly_max_minor
    if spare is not None and promised.amount_minor > spare:
        raise UnableToProposeOffer(
            f"{promised.amount_minor} is more than the {spare} that the household can spare in a month (minor units);"
            " offer parts by the ladder"
        )


def agree(act: Act, offer: Offer, still_open: Sequence[int], *, today: date) -> PromiseOutcome:
    """Makes promises of an offer that was agreed, in the place of those that are open, with all that follows."""
    arrangements.withdraw(act, still_open, reason=arrangements.REPLACED, today=today)
    promised = [Promised(due_on, amount_minor) for due_on, amount_minor in steps.parts_of(offer)]
    made = arrangements.book(act, account_id=offer.account_id, promised=promised, today=today)
    steps.agree(act, offer, made, today=today)
    ids = pl.Series([offer.account_id])
    receipts.reallocate(act, settling.follow(act, ids, as_of=today))
    work.restate(act, ids, as_of=today)
    return made


def _shaped(kind: str, parts: Sequence[Promised]) -> tuple[Part, ...]:
    if kind not in KINDS:
        raise UnableToProposeOffer(f"an offer is one of {', '.join(KINDS)}, found {kind!r}")
    if not 1 <= len(parts) <= _PARTS_MAX:
        raise UnableToProposeOffer(f"an offer has 1 to {_PARTS_MAX} parts, found {len(parts)}")
    if any(not 0 < one.amount_minor < 2**53 for one in parts):
        raise UnableToProposeOffer("every part is an amount above 0")
    return tuple(Part(one.due_on, one.amount_minor) for one in sorted(parts, key=lambda one: one.due_on))


def _require_lawful(seen: OfferSeen, excess_reason: str) -> None:
    broken = tuple(one for one in seen.refusals if one.code != ABOVE_MEANS)
    if not seen.is_lawful:
        told = ", ".join(f"{one.code} (found {one.found}, limit {one.limit})" for one in broken)
        raise UnableToProposeOffer(f"the mandate does not allow this offer: {told}; choose one of the ladder", broken)
    if not seen.is_affordable and not excess_reason.strip():
        raise UnableToProposeOffer(
            "this asks for more than the household can spare; offer less, or give a supervisor's reason", seen.refusals
        )


def _kept(known: Table, seen: OfferSeen, needed: int, excess_reason: str) -> dict[str, object]:
    return {
        "kind": seen.kind,
        "total_minor": seen.total_minor,
        "owed_minor": known.owed_minor,
        "as_of": known.as_of,
        "parts": [[one.due_on.isoformat(), one.amount_minor] for one in seen.parts],
        "level": _level(known, needed),
        "rank": needed,
        "is_affordable": seen.is_affordable,
        "kept_bps": seen.kept_bps,
        "like_count": seen.like_count,
        "expected_minor": seen.expected_minor,
        "mandate": known.holding.label,
        "terms": known.terms.to_dicts(),
        "levels": known.levels.to_dicts(),
        "excess_reason": None if seen.is_affordable else excess_reason.strip()[:_REASON_MAX],
    }


def _level(known: Table, rank: int) -> str:
    """The lowest level of the mandate that is of this rank or above."""
    named = known.levels.filter(pl.col("rank") >= rank).sort("rank")["level"]
    return str(named[0])
