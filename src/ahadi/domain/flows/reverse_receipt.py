"""Reverses a receipt that did not hold: from then on it has never happened, and what it paid is owed again."""

from dataclasses import dataclass

import polars as pl

from ahadi.data.models.receipt import Receipt, ReceiptReversal, ReceiptState
from ahadi.domain.arrangements import settling
from ahadi.domain.audit.ports import Act
from ahadi.domain.ledger import steps as ledger
from ahadi.domain.placements import steps as placements
from ahadi.domain.receipts import steps as receipts
from ahadi.domain.work import steps as work


class UnableToReverseReceipt(Exception):
    """There is no such receipt, or it does not count any more: it was reversed, or its batch was undone."""

    is_refusal = True


@dataclass(frozen=True)
class ReversalOutcome:
    """Which account is touched (None: the receipt was in suspense), and with how much."""

    account_id: int | None
    amount_minor: int


def reverse_receipt(act: Act, *, receipt_id: int, reason: str) -> ReversalOutcome:
    """Books the reversal of a receipt, replays its account, judges its promises anew.

    Raises: UnableToReverseReceipt.
    """
    receipt = Receipt.objects.filter(id=receipt_id, organisation_id=act.organisation_id).first()
    if receipt is None:
        raise UnableToReverseReceipt(f"there is no receipt {receipt_id} here")
    if receipt.creditor_id is not None:
        placements.hold_creditor(receipt.creditor_id)
    state = ReceiptState.objects.select_for_update().get(receipt_id=receipt_id)
    if state.status in ("reversed", "withdrawn"):
        raise UnableToReverseReceipt(f"receipt {receipt_id} was {state.status} before: nothing of it counts")
    ReceiptReversal(receipt_id=receipt_id, reason=reason[:40], booked_at=act.at, act_id=act.id).save(force_insert=True)
    today = work.business_date(act)
    if receipt.kind == "cash":
        line = pl.DataFrame(
            {
                "creditor_id": [receipt.creditor_id],
                "account_id": [None],
                "currency": [receipt.currency],
                "kind": ["reversal"],
                "value_date": [today],
                "component": [None],
                "amount_minor": [receipt.amount_minor],
            },
            schema_overrides={"creditor_id": pl.Int64, "account_id": pl.Int64, "component": pl.String},
        )
        ledger.post(act, ledger.both(line, debit="suspense", credit="bank"))
    ids = pl.Series("account_id", [state.account_id] if state.account_id else [], dtype=pl.Int64)
    settling.follow(act, ids, as_of=today)
    receipts.reallocate(act, ids)
    receipts.restate_receipts(pl.Series([receipt_id]))
    work.restate(act, ids, as_of=today)
    return ReversalOutcome(state.account_id, receipt.amount_minor)
