"""Journals: built in columns, inserted postings first, so that the database can refuse what is not balanced."""

import polars as pl

from ahadi.data import frames
from ahadi.domain.audit.ports import Act

# A journal to be: what it is about, and which of its lines belong together.
LINE = {
    "creditor_id": pl.Int64,
    "account_id": pl.Int64,
    "currency": pl.String,
    "kind": pl.String,
    "value_date": pl.Date,
    "ledger": pl.String,
    "component": pl.String,
    "amount_minor": pl.Int64,
}
_HEAD = ["creditor_id", "account_id", "currency", "kind", "value_date"]


def both(lines: pl.DataFrame, *, debit: str, credit: str) -> pl.DataFrame:
    """Each amount once as debit and once, negative, as credit: balanced by construction."""
    return pl.concat(
        [
            lines.with_columns(ledger=pl.lit(debit)),
            lines.with_columns(ledger=pl.lit(credit), amount_minor=-pl.col("amount_minor")),
        ],
        how="diagonal",
    )


def post(act: Act, lines: pl.DataFrame) -> int:
    """Writes one journal for each creditor, account, currency, kind and value date of `lines` (columns: LINE).

    Lines of one ledger and component are added up, those that come to 0 fall away, and so does a journal
    without lines. Returns the number of journals.
    """
    lines = (
        lines.select(*LINE)
        .group_by([*_HEAD, "ledger", "component"])
        .agg(pl.col("amount_minor").sum())
        .filter(pl.col("amount_minor") != 0)
    )
    heads = lines.select(_HEAD).unique().sort(_HEAD)
    if heads.is_empty():
        return 0
    heads = heads.with_columns(id=frames.reserve("journal", heads.height))
    postings = lines.join(heads, on=_HEAD, nulls_equal=True).sort("id", "ledger", "component")
    frames.append("posting", postings.select(pl.col("id").alias("journal_id"), "ledger", "component", "amount_minor"))
    return frames.append(
        "journal",
        heads.with_columns(
            organisation_id=pl.lit(act.organisation_id), act_id=pl.lit(act.id), booked_at=pl.lit(act.at.isoformat())
        ),
    )


def counter(act: Act, withdrawn_act_id: int) -> int:
    """Reverses what a withdrawn act posted for placements and receipts; allocations reverse themselves by replay."""
    lines = frames.read(
        "SELECT j.creditor_id, j.account_id, j.currency, 'withdrawal', j.value_date, p.ledger, p.component,"
        " -p.amount_minor FROM journal j JOIN posting p ON p.journal_id = j.id"
        " WHERE j.act_id = %(act)s AND j.kind IN ('placement', 'receipt')",
        {"act": withdrawn_act_id},
        LINE,
    )
    return post(act, lines)
