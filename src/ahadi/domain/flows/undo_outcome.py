"""Takes the last outcome of an officer back, within seconds: what came with it counts as if it never had."""

from dataclasses import dataclass

import polars as pl

from ahadi.data import desks
from ahadi.data.models.approval import Approval
from ahadi.data.models.contact import ContactAccount
from ahadi.data.models.desk import DraftState, Note
from ahadi.data.models.negotiation import SettlementCredit
from ahadi.data.models.promise import Promise, PromiseWithdrawal
from ahadi.domain.approvals import steps as approvals
from ahadi.domain.arrangements import steps as judging
from ahadi.domain.audit import steps as trail
from ahadi.domain.audit.ports import Act
from ahadi.domain.cases import queries as cases_queries
from ahadi.domain.cases import steps as cases
from ahadi.domain.contact import steps as gate
from ahadi.domain.desk import queries
from ahadi.domain.desk import steps as desk
from ahadi.domain.desk.ports import WRAP, UnableToUndoOutcome
from ahadi.domain.work import steps as work

_SLACK_SECONDS = 4
"""The key was pressed in time, and the network took its own."""


@dataclass(frozen=True)
class UndoOutcome:
    """The outcome that was taken back, and the account that is open again."""

    result: str
    account_id: int


def undo_outcome(act: Act) -> UndoOutcome:
    """Takes the newest outcome of this person back and opens its account again, to be wrapped up anew.

    Raises UnableToUndoOutcome, DebtorAlreadyClaimed.
    """
    today = work.business_date(act)
    seconds = desks.figure("undo", as_of=today)
    last = queries.last_outcome(by=act.by, owner_id=desk.owner_id(act), seconds=seconds + _SLACK_SECONDS)
    if last is None:
        raise UnableToUndoOutcome(
            f"there is nothing of the last {seconds} seconds to take back; note the correction on the account"
        )
    if SettlementCredit.objects.filter(act_id=last["act_id"]).exists():
        raise UnableToUndoOutcome("the money was there already and the rest is forgiven; a supervisor takes that back")
    account_id = last["account_id"]
    gate.hold(account_id)
    cases.hold_cases(last["act_id"])
    if cases_queries.went_on(last["act_id"]):
        raise UnableToUndoOutcome(
            "somebody went on with what was raised in the call; close its case, or ask who has it"
        )
    desk.claim(act, account_id)
    others = ContactAccount.objects.filter(contact_id=last["contact_id"]).values_list("account_id", flat=True)
    ids = desk.ids_of(account_id, *others)
    _withdraw_promises(act, last["act_id"], ids)
    if Approval.objects.filter(act_id=last["act_id"]).exists():
        approvals.withdraw_open(act, account_id, reason="taken back")
    trail.withdraw(act, last["act_id"])
    work.restate(act, ids, as_of=today, is_told=True)
    note = Note.objects.filter(act_id=last["act_id"]).first()
    if note is not None:
        DraftState.objects.update_or_create(
            person_id=desk.person_of(act),
            account_id=account_id,
            defaults={"content": {"note": note.text}, "saved_at": act.at},
        )
    desk.release(act, account_id)
    desk.turned(act, WRAP, account_id=account_id, contact_id=last["contact_id"])
    return UndoOutcome(last["result"], account_id)


def _withdraw_promises(act: Act, act_id: int, ids: pl.Series) -> None:
    """A promise that never came leaves a state behind, which must not be that of an open one."""
    made = list(Promise.objects.filter(act_id=act_id))
    today = work.business_date(act)
    for promise in made:
        PromiseWithdrawal(
            promise_id=promise.id, withdrawn_on=today, reason="taken_back", booked_at=act.at, act_id=act.id
        ).save(force_insert=True)
    if made:
        judging.judge(act, ids, as_of=today)
