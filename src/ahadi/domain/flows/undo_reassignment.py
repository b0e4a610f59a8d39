"""Takes a move of accounts back as one, within minutes: whoever had them has them again."""

from datetime import timedelta

import polars as pl

from ahadi.data.models.account import Account
from ahadi.data.models.act import ActWithdrawal
from ahadi.data.models.person import Owner
from ahadi.data.models.plan_of_work import Reassignment
from ahadi.domain.audit import steps as trail
from ahadi.domain.audit.ports import Act
from ahadi.domain.oversight import steps
from ahadi.domain.oversight.ports import (
    UNDO_SECONDS,
    ReassignmentAlreadyUndone,
    ReassignmentOutcome,
    UnableToUndoReassignment,
)
from ahadi.domain.placements import steps as placements
from ahadi.domain.rosters import steps as rosters
from ahadi.domain.work import steps as work


def undo_reassignment(act: Act, *, reassignment_id: int) -> ReassignmentOutcome:
    """Takes a move back; accounts that moved on since stay where they are.

    Raises, in this order: UnableToUndoReassignment, ReassignmentAlreadyUndone.
    """
    steps.require_overseer(act, UnableToUndoReassignment)
    moved = Reassignment.objects.filter(id=reassignment_id, organisation_id=act.organisation_id).first()
    if moved is None:
        raise UnableToUndoReassignment("nothing of this reference was moved here; choose it from the board")
    if ActWithdrawal.objects.filter(withdrawn_act_id=moved.act_id).exists():
        raise ReassignmentAlreadyUndone
    if act.at - moved.at > timedelta(seconds=UNDO_SECONDS):
        raise UnableToUndoReassignment(
            f"more than {UNDO_SECONDS // 60} minutes ago: move the accounts that matter by a new act"
        )
    if Owner.objects.filter(id__in=set(moved.before_ids), person__is_active=False).exists():
        raise UnableToUndoReassignment("somebody who had these accounts has left; they stay where they are")
    ids = pl.Series(moved.account_ids, dtype=pl.Int64)
    for creditor_id in sorted(
        set(Account.objects.filter(id__in=moved.account_ids).values_list("creditor_id", flat=True))
    ):
        placements.hold_creditor(creditor_id)
    before = rosters.left_alone(act)
    trail.withdraw(act, moved.act_id)
    work.restate(act, ids, as_of=work.business_date(act))
    rosters.require_somebody(act, UnableToUndoReassignment, before)
    return ReassignmentOutcome(moved.id, len(ids))
