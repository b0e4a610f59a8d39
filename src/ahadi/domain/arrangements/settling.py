"""Forgives the rest of a settlement that was kept, and takes that back when it turns out not to have been."""

from datetime import date, timedelta

import polars as pl

from ahadi.data import facts, frames
from ahadi.data.models.negotiation import SettlementCredit
from ahadi.data.models.receipt import ReceiptReversal
from ahadi.domain.accounts import queries as accounts
from ahadi.domain.arrangements import queries
from ahadi.domain.audit.ports import Act
from ahadi.domain.receipts import steps as receipts
from ahadi.kernel.promise import KEPT

SETTLEMENTS = {
    "agreement_id": pl.Int64,
    "account_id": pl.Int64,
    "creditor_id": pl.Int64,
    "currency": pl.String,
    "agreed_on": pl.Date,
    "last_promise_id": pl.Int64,
    "total_minor": pl.Int64,
    "forgiven_minor": pl.Int64,
    "credited": pl.Int64,
    "credit_id": pl.Int64,
}
"""Settlements with how often the rest was forgiven, and the credit that holds now (null: none does)."""
_SETTLEMENTS = """
    SELECT g.offer_id, g.account_id, a.creditor_id, a.currency, g.agreed_on, g.last_promise_id, o.total_minor,
           g.forgiven_minor, (SELECT count(*) FROM settlement_credit c WHERE c.agreement_id = g.offer_id), l.receipt_id
    FROM agreement g JOIN offer o ON o.id = g.offer_id JOIN account a ON a.id = g.account_id
    LEFT JOIN LATERAL (
      SELECT c.receipt_id FROM settlement_credit c LEFT JOIN receipt_reversal v ON v.receipt_id = c.receipt_id
      WHERE c.agreement_id = g.offer_id AND v.receipt_id IS NULL
        AND NOT EXISTS (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = c.act_id)) l ON TRUE
    WHERE g.forgiven_minor > 0 AND g.account_id = ANY(%(ids)s)
      AND NOT EXISTS (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = g.act_id)
    ORDER BY g.offer_id
"""
_SOURCE = "settlement"
_UNDONE = "settlement not kept"


def follow(act: Act, account_ids: pl.Series, *, as_of: date) -> pl.Series:
    """Forgives and takes back what the receipts of these accounts ask for; the accounts whose money is to be replayed.

    Asked before `receipts.reallocate`, which an act does once: whether a settlement was kept follows from the money
    that came and from nothing that it paid.
    """
    known = settlements(account_ids)
    if known.is_empty():
        return pl.Series("account_id", [], dtype=pl.Int64)
    judged = told(known, as_of=as_of)
    fresh = judged.filter(pl.col("is_kept") & pl.col("credit_id").is_null() & (pl.col("open_minor") > 0))
    undone = judged.filter(~pl.col("is_kept") & pl.col("credit_id").is_not_null())
    _forgive(act, fresh, as_of)
    for receipt_id in undone["credit_id"]:
        ReceiptReversal(receipt_id=receipt_id, reason=_UNDONE, booked_at=act.at, act_id=act.id).save(force_insert=True)
    return pl.concat([fresh["account_id"], undone["account_id"]]).unique()


def settlements(account_ids: pl.Series) -> pl.DataFrame:
    """The settlements that were agreed on these accounts: SETTLEMENTS."""
    return frames.read(_SETTLEMENTS, {"ids": frames.ids(account_ids)}, SETTLEMENTS)


def told(known: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """The settlements with `is_kept`, and `open_minor`: what may be forgiven of what the account still owes.

    Kept: the last of its promises is kept, and from the day of the agreement to the end of its time all of what was
    agreed came.
    """
    selection = facts.of_accounts(known["account_id"].unique())
    book = facts.book(selection)
    came = queries.money(book.receipts).filter(pl.col("value_date") <= as_of)
    judged = queries.judged(facts.promises(selection), book.receipts, as_of=as_of)
    last = judged.select(last_promise_id="promise_id", status="status", due_on="due_on")
    both = known.join(last, on="last_promise_id", how="left")
    end = pl.col("due_on") + timedelta(days=queries.grace_days(as_of=as_of))
    paid = (
        both.join(came, on="account_id", how="left")
        .filter(pl.col("value_date").is_between(pl.col("agreed_on"), end))
        .group_by("agreement_id")
        .agg(came_minor=pl.col("amount_minor").sum())
    )
    owed = accounts.position(book, as_of=as_of).select(
        "account_id", left_minor=pl.col("outstanding_minor") - pl.col("unapplied_minor")
    )
    return (
        both.join(paid, on="agreement_id", how="left")
        .join(owed, on="account_id", how="left")
        .with_columns(
            is_kept=((pl.col("status") == KEPT) & (pl.col("came_minor") >= pl.col("total_minor"))).fill_null(
                value=False
            ),
            open_minor=pl.min_horizontal("forgiven_minor", pl.col("left_minor").fill_null(0)),
        )
        .sort("agreement_id")
    )


def _forgive(act: Act, fresh: pl.DataFrame, as_of: date) -> None:
    if fresh.is_empty():
        return
    reference = pl.format("{}-{}", "agreement_id", pl.col("credited") + 1)
    booked = receipts.book(
        act,
        fresh.select(
            "creditor_id",
            "currency",
            "account_id",
            "agreement_id",
            source=pl.lit(_SOURCE),
            source_reference=reference,
            edition=pl.lit(0, dtype=pl.Int64),
            kind=pl.lit(queries.FORGIVEN),
            amount_minor="open_minor",
            value_date=pl.lit(as_of),
            charge_id=pl.lit(None, dtype=pl.Int64),
            designated_minor=pl.lit(None, dtype=pl.Int64),
        ),
    )
    for row in booked.iter_rows(named=True):
        SettlementCredit(
            receipt_id=row["receipt_id"], agreement_id=row["agreement_id"], booked_at=act.at, act_id=act.id
        ).save(force_insert=True)
