"""Takes a batch back: every figure afterwards is as if it had never come, and the trail says that it did."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from ahadi.data import facts, frames
from ahadi.data.models.act import ActWithdrawal
from ahadi.data.models.batch import Batch
from ahadi.domain.accounts import queries as accounts_queries
from ahadi.domain.accounts import steps as accounts
from ahadi.domain.arrangements import settling
from ahadi.domain.audit import steps as audit
from ahadi.domain.audit.ports import Act
from ahadi.domain.ledger import steps as ledger
from ahadi.domain.parties import steps as parties
from ahadi.domain.placements import queries as placements
from ahadi.domain.receipts import queries as receipts_queries
from ahadi.domain.receipts import steps as receipts
from ahadi.domain.work import steps as work


class UnableToUndoBatch(Exception):
    """The batch cannot be undone as things stand: there is none of this number here, or a later one leans on it."""

    is_refusal = True


class BatchAlreadyUndone(Exception):
    """This batch was undone before; there is nothing left of it to take back."""

    is_refusal = True

    def __init__(self, batch_id: int) -> None:
        super().__init__(f"batch {batch_id} was undone before: nothing of it is left")
        self.batch_id = batch_id


@dataclass(frozen=True)
class WithdrawalOutcome:
    """What an undone batch had brought."""

    batch_id: int
    accounts: int
    charges: int
    receipts: int


def withdraw_batch(act: Act, *, batch_id: int, business_date: date) -> WithdrawalOutcome:
    """Undoes a placement or a batch of receipts.

    Receipts of others that had paid its charges pay what is then the oldest, or wait in suspense. Raises,
    in this order: UnableToUndoBatch (unknown), BatchAlreadyUndone, UnableToUndoBatch (others lean on it).
    """
    batch = Batch.objects.filter(id=batch_id, creditor__organisation_id=act.organisation_id).first()
    if batch is None:
        raise UnableToUndoBatch(f"there is no batch {batch_id} here: list them with `ahadi place list`")
    _require_free(batch)
    touched = _touched_accounts(batch.act_id)
    own = receipts_queries.of_act(batch.act_id)
    charges: int = frames.scalar("SELECT count(*) FROM charge WHERE act_id = %(act)s", {"act": batch.act_id})
    audit.withdraw(act, batch.act_id)
    ledger.counter(act, batch.act_id)
    _own_again(act, batch.creditor_id, touched)
    waiting = receipts_queries.claimed_by(batch.act_id)
    found = accounts_queries.reachable(batch.creditor_id, waiting["number"])
    touched = pl.concat([touched, receipts.claim_again(act, waiting, found)]).unique()
    settling.follow(act, touched, as_of=business_date)
    receipts.reallocate(act, touched)
    receipts.restate_receipts(own)
    parties.propose_identities(act, batch.creditor_id)
    parties.restate_parties(act.organisation_id)
    work.restate(act, touched, as_of=business_date)
    placed: int = frames.scalar("SELECT count(*) FROM placement WHERE batch_id = %(batch)s", {"batch": batch_id})
    return WithdrawalOutcome(batch_id=batch_id, accounts=placed, charges=charges, receipts=len(own))


def _require_free(batch: Batch) -> None:
    # One batch of a creditor at a time: a second undo, or a placement that would lean on this one, waits.
    frames.lock("batch", batch.creditor_id)
    if ActWithdrawal.objects.filter(withdrawn_act_id=batch.act_id).exists():
        raise BatchAlreadyUndone(batch.id)
    leaning = placements.leaning_on(batch.id)
    if leaning:
        names = ", ".join(map(str, leaning))
        raise UnableToUndoBatch(
            f"batch {batch.id} is leant on by batch {names}, which took rows of it for duplicates: undo {names} first"
        )


def _own_again(act: Act, creditor_id: int, touched: pl.Series) -> None:
    """Accounts that live on by another batch, but were given their owner by this one, get an owner anew."""
    left = facts.accounts(facts.of_accounts(touched)).filter(pl.col("owner_id").is_null())
    accounts.assign_owners(act, creditor_id, left)


def _touched_accounts(act_id: int) -> pl.Series:
    """Accounts that the act placed, charged or paid, and those to which others assigned its receipts."""
    return frames.read(
        "SELECT account_id FROM placement WHERE act_id = %(act)s"
        " UNION SELECT account_id FROM charge WHERE act_id = %(act)s"
        " UNION SELECT account_id FROM receipt_assignment WHERE act_id = %(act)s"
        " UNION SELECT x.account_id FROM receipt_assignment x JOIN receipt r ON r.id = x.receipt_id"
        " WHERE r.act_id = %(act)s ORDER BY 1",
        {"act": act_id},
        {"account_id": pl.Int64},
    )["account_id"]
