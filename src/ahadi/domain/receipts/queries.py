"""Where receipts are, and what of them is allocated."""

import polars as pl

from ahadi.data import frames

_ALLOCATED = {
    "receipt_id": pl.Int64,
    "charge_id": pl.Int64,
    "account_id": pl.Int64,
    "value_date": pl.Date,
    "principal_minor": pl.Int64,
    "interest_minor": pl.Int64,
    "fee_minor": pl.Int64,
    "penalty_minor": pl.Int64,
}


def allocated(account_ids: pl.Series) -> pl.DataFrame:
    """The allocations that hold on these accounts: the signed rows of each receipt and charge, added up."""
    return frames.gather(
        "SELECT receipt_id, charge_id, account_id, max(value_date), sum(principal_minor)::bigint,"
        " sum(interest_minor)::bigint, sum(fee_minor)::bigint, sum(penalty_minor)::bigint"
        " FROM allocation WHERE account_id = ANY(%(ids)s) GROUP BY receipt_id, charge_id, account_id"
        " HAVING sum(principal_minor) <> 0 OR sum(interest_minor) <> 0 OR sum(fee_minor) <> 0"
        " OR sum(penalty_minor) <> 0",
        {"ids": frames.ids(account_ids)},
        _ALLOCATED,
        by=["receipt_id", "charge_id"],
    )


def told(receipt_ids: pl.Series) -> pl.DataFrame:
    """Creditor, currency and kind of these receipts; the creditor is the account's."""
    return frames.gather(
        "SELECT DISTINCT r.id, coalesce(a.creditor_id, r.creditor_id), r.currency, r.kind FROM receipt r"
        " LEFT JOIN receipt_assignment x ON x.receipt_id = r.id LEFT JOIN account a ON a.id = x.account_id"
        " WHERE r.id = ANY(%(ids)s)",
        {"ids": frames.ids(receipt_ids.unique())},
        {"receipt_id": pl.Int64, "creditor_id": pl.Int64, "currency": pl.String, "kind": pl.String},
        by=["receipt_id"],
    )


def ever_on(account_ids: pl.Series) -> pl.Series:
    """The receipts that were ever assigned to one of these accounts."""
    return frames.gather(
        "SELECT DISTINCT receipt_id FROM receipt_assignment WHERE account_id = ANY(%(ids)s)",
        {"ids": frames.ids(account_ids)},
        {"receipt_id": pl.Int64},
        by=["receipt_id"],
    )["receipt_id"]


def of_act(act_id: int) -> pl.Series:
    """The receipts that one act booked."""
    return frames.read(
        "SELECT id FROM receipt WHERE act_id = %(act)s ORDER BY id", {"act": act_id}, {"receipt_id": pl.Int64}
    )["receipt_id"]


_DERIVED = """
    SELECT r.id,
      CASE WHEN EXISTS (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = r.act_id) THEN 'withdrawn'
           WHEN EXISTS (SELECT 1 FROM receipt_reversal v WHERE v.receipt_id = r.id AND NOT EXISTS (
                          SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = v.act_id)) THEN 'reversed'
           WHEN p.account_id IS NULL THEN 'suspense' ELSE 'assigned' END,
      p.account_id, r.amount_minor,
      coalesce((SELECT sum(l.principal_minor + l.interest_minor + l.fee_minor + l.penalty_minor)
                FROM allocation l WHERE l.receipt_id = r.id), 0)::bigint
    FROM receipt r
    LEFT JOIN LATERAL (
      SELECT CASE WHEN EXISTS (
               SELECT 1 FROM placement q WHERE q.account_id = x.account_id
               AND NOT EXISTS (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = q.act_id))
             THEN x.account_id END AS account_id
      FROM receipt_assignment x
      WHERE x.receipt_id = r.id
        AND NOT EXISTS (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = x.act_id)
      ORDER BY x.booked_at DESC, x.id DESC LIMIT 1) p ON TRUE
    WHERE {condition} ORDER BY r.id
"""
_STATES = {
    "receipt_id": pl.Int64,
    "status": pl.String,
    "account_id": pl.Int64,
    "received_minor": pl.Int64,
    "allocated_minor": pl.Int64,
}


def derived_states(receipt_ids: pl.Series) -> pl.DataFrame:
    """What `receipt_state` must say of these receipts, from the facts."""
    return frames.read(_DERIVED.format(condition="r.id = ANY(%(ids)s)"), {"ids": frames.ids(receipt_ids)}, _STATES)


def all_derived_states() -> pl.DataFrame:
    """The same of every receipt; for the law that compares."""
    return frames.read(_DERIVED.format(condition="TRUE"), {}, _STATES)


_KNOWN = {
    "receipt_id": pl.Int64,
    "source_reference": pl.String,
    "edition": pl.Int64,
    "amount_minor": pl.Int64,
    "value_date": pl.Date,
    "currency": pl.String,
    "act_id": pl.Int64,
    "is_withdrawn": pl.Boolean,
}


def known(organisation_id: int, source: str, references: pl.Series | None = None) -> pl.DataFrame:
    """Receipts of a source with these references (None: all): reference, edition, amount, value date, act and whether
    it lives.
    """
    named = "" if references is None else " AND r.source_reference = ANY(%(references)s)"
    return frames.gather(
        "SELECT r.id, r.source_reference, r.edition, r.amount_minor, r.value_date, r.currency, r.act_id,"
        " w.act_id IS NOT NULL FROM receipt r LEFT JOIN act_withdrawal w ON w.withdrawn_act_id = r.act_id"
        f" WHERE r.organisation_id = %(organisation)s AND r.source = %(source)s{named}",
        {
            "organisation": organisation_id,
            "source": source,
            "references": None if references is None else references.unique().to_list(),
        },
        _KNOWN,
        by=["receipt_id"],
    )


def as_known(booked: pl.DataFrame, *, act_id: int) -> pl.DataFrame:
    """Receipts that an act has just booked, as `known` tells them."""
    told = booked.with_columns(act_id=pl.lit(act_id, dtype=pl.Int64), is_withdrawn=pl.lit(value=False))
    return told.select(pl.col(name).cast(kind) for name, kind in _KNOWN.items())


def waited_for(creditor_id: int) -> pl.Series:
    """The numbers under which receipts of a creditor wait in suspense."""
    return frames.read(
        "SELECT DISTINCT p.account_number FROM receipt_state s JOIN receipt r ON r.id = s.receipt_id"
        " JOIN receipt_payer p ON p.receipt_id = s.receipt_id WHERE s.status = 'suspense'"
        " AND r.creditor_id = %(creditor)s AND p.account_number IS NOT NULL ORDER BY 1",
        {"creditor": creditor_id},
        {"number": pl.String},
    )["number"]


def claimable(creditor_id: int, numbers: pl.Series) -> pl.DataFrame:
    """Receipts of a creditor that wait in suspense under one of these numbers: receipt, number, currency."""
    return frames.read(
        "SELECT s.receipt_id, p.account_number, r.currency FROM receipt_state s"
        " JOIN receipt r ON r.id = s.receipt_id JOIN receipt_payer p ON p.receipt_id = s.receipt_id"
        " WHERE s.status = 'suspense' AND r.creditor_id = %(creditor)s AND p.account_number = ANY(%(numbers)s)"
        " ORDER BY s.receipt_id",
        {"creditor": creditor_id, "numbers": numbers.unique().to_list()},
        {"receipt_id": pl.Int64, "number": pl.String, "currency": pl.String},
    )


def claimed_by(act_id: int) -> pl.DataFrame:
    """Living receipts of other acts that this act took out of suspense: receipt, number, currency."""
    return frames.read(
        "SELECT x.receipt_id, p.account_number, r.currency FROM receipt_assignment x"
        " JOIN receipt r ON r.id = x.receipt_id AND r.act_id <> x.act_id"
        " JOIN receipt_payer p ON p.receipt_id = x.receipt_id"
        " WHERE x.act_id = %(act)s AND p.account_number IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = r.act_id)"
        " ORDER BY x.receipt_id",
        {"act": act_id},
        {"receipt_id": pl.Int64, "number": pl.String, "currency": pl.String},
    )


_REFERRED = {
    "receipt_id": pl.Int64,
    "source_reference": pl.String,
    "currency": pl.String,
    "amount_minor": pl.Int64,
    "value_date": pl.Date,
    "payer_name": pl.String,
}


def posted_as(organisation_id: int, reference: str) -> pl.DataFrame:
    """Receipts of any source on an account under a reference, whatever its case: _REFERRED."""
    return frames.read(
        "SELECT r.id, r.source_reference, r.currency, r.amount_minor, r.value_date, NULL FROM receipt r"
        " JOIN receipt_state s ON s.receipt_id = r.id AND s.status = 'assigned'"
        " WHERE r.organisation_id = %(organisation)s AND upper(r.source_reference) = %(reference)s ORDER BY r.id",
        {"organisation": organisation_id, "reference": reference},
        _REFERRED,
    )


def suspended(organisation_id: int, *, currency: str | None = None, reference: str | None = None) -> pl.DataFrame:
    """Receipts of an organisation that are in suspense, of one currency or reference where it is given: _REFERRED."""
    return frames.read(
        "SELECT r.id, r.source_reference, r.currency, r.amount_minor, r.value_date, p.payer_name FROM receipt r"
        " JOIN receipt_state s ON s.receipt_id = r.id AND s.status = 'suspense'"
        " LEFT JOIN receipt_payer p ON p.receipt_id = r.id WHERE r.organisation_id = %(organisation)s"
        " AND (%(currency)s::text IS NULL OR r.currency = %(currency)s)"
        " AND (%(reference)s::text IS NULL OR upper(r.source_reference) = %(reference)s) ORDER BY r.value_date, r.id",
        {"organisation": organisation_id, "currency": currency, "reference": reference},
        _REFERRED,
    )
