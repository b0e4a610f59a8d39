"""Gives accounts to other owners as a preview showed it, so that two who move the same ones have one effect."""

import polars as pl

from ahadi.data.models.plan_of_work import WAYS, Reassignment
from ahadi.domain.accounts import steps as accounts
from ahadi.domain.audit.ports import Act
from ahadi.domain.oversight import moving, steps
from ahadi.domain.oversight.ports import ReassignmentOutcome, Terms, UnableToReassignAccounts
from ahadi.domain.placements import steps as placements
from ahadi.domain.rosters import steps as rosters
from ahadi.domain.work import steps as work


def reassign_accounts(act: Act, *, terms: Terms, digest: str, reason: str) -> ReassignmentOutcome:
    """Moves what the preview of these terms showed; where that is no longer what they say, nothing moves.

    Raises UnableToReassignAccounts.
    """
    steps.require_overseer(act, UnableToReassignAccounts)
    if not reason.strip() or terms.way not in WAYS:
        raise UnableToReassignAccounts("say in a few words why the accounts move")
    today = work.business_date(act)
    first = moving.preview(by=act.by, terms=terms, as_of=today)
    for creditor_id in first.moves["creditor_id"].unique().sort():
        placements.hold_creditor(creditor_id)
    # Read again under the locks: what was placed, paid or moved meanwhile is not what was looked at.
    seen = moving.preview(by=act.by, terms=terms, as_of=today)
    if seen.digest != digest or seen.moves.is_empty():
        raise UnableToReassignAccounts(
            "these accounts are not as they were when you looked: others moved them, or work began; look once more"
        )
    moving.require_receivers(seen.moves, organisation_id=act.organisation_id)
    before = rosters.left_alone(act)
    accounts.hand_over(act, seen.moves.select("account_id", "owner_id"))
    moved = _kept(act, terms.way, reason, seen.moves)
    work.restate(act, seen.moves["account_id"], as_of=today)
    rosters.require_somebody(act, UnableToReassignAccounts, before)
    return ReassignmentOutcome(moved.id, seen.moves.height)


def _kept(act: Act, way: str, reason: str, moves: pl.DataFrame) -> Reassignment:
    moved = Reassignment(
        organisation_id=act.organisation_id,
        way=way,
        reason=reason.strip()[:200],
        account_ids=moves["account_id"].to_list(),
        before_ids=moves["before_id"].to_list(),
        owner_ids=moves["owner_id"].to_list(),
        at=act.at,
        act_id=act.id,
    )
    moved.save(force_insert=True)
    return moved
