"""Takes a sheet of receipts: each is booked once for ever, finds its account, and pays what it is for.

A receipt that finds no account, or more than one, is not lost: it waits in suspense with what its payer wrote.
"""

import polars as pl

from ahadi.domain.accounts import queries as accounts_queries
from ahadi.domain.arrangements import settling
from ahadi.domain.audit.ports import Act
from ahadi.domain.placements import queries as placements_queries
from ahadi.domain.placements import steps as placements
from ahadi.domain.placements.ports import (
    RECEIPT_ROWS,
    BatchOutcome,
    BatchRequest,
    PlacementTerms,
    SheetOfRows,
    already_there,
    complete,
)
from ahadi.domain.placements.steps import ERRORS, PART
from ahadi.domain.receipts import queries as receipts_queries
from ahadi.domain.receipts import steps as receipts
from ahadi.domain.work import steps as work

PURPOSE = "receipts"
_KINDS = ("cash", "direct", "credit_note")


def receive_batch(act: Act, *, sheet: SheetOfRows, request: BatchRequest) -> BatchOutcome:
    """Books the receipts of `sheet` and says what became of each row.

    A reference that was booked before with the same amount is a duplicate; with another amount the row is
    refused, for one of the two is wrong.
    """
    terms = placements.terms(act, request)
    earlier = placements_queries.same_file(terms.creditor_id, PURPOSE, sheet.sha256)
    if earlier is not None:
        return already_there(sheet, earlier)
    staged = sheet.staged
    rows, errors = _shaped(sheet, terms)
    fresh, errors, leans_on = _compare(act, terms, rows, errors)
    rejected = sheet.rejected + errors["line"].n_unique()
    counts = BatchOutcome(None, staged, fresh.height, staged - rejected - fresh.height, rejected)
    batch_id = placements.record_batch(act, PURPOSE, sheet, terms, counts)
    placements.remember_mapping(act, terms.creditor_id, PURPOSE, sheet.mapping_text)
    placements.record_leaning(batch_id, leans_on)
    placed = _placed(terms, fresh)
    booked = receipts.book(act, placed.sort("value_date", "line"))
    receipts.keep_payers(booked)
    touched = booked["account_id"].drop_nulls().unique().sort()
    # Where a settlement is kept or is not any more, other receipts come and go with those of the sheet.
    apart = settling.follow(act, touched, as_of=terms.business_date)
    receipts.settle(act, booked.filter(pl.col("account_id").is_null() | ~pl.col("account_id").is_in(apart.implode())))
    receipts.reallocate(act, apart)
    for part in touched.to_frame("account_id").iter_slices(PART):
        work.restate(act, part["account_id"], as_of=terms.business_date)
    return BatchOutcome(
        batch_id=batch_id,
        staged=staged,
        accepted=fresh.height,
        duplicate=counts.duplicate,
        rejected=rejected,
        receipts=booked.height,
        suspense=booked["account_id"].null_count(),
        received=dict(booked.group_by("currency").agg(pl.col("amount_minor").sum()).sort("currency").rows()),
        errors=errors.to_dicts(),
    )


def source(creditor_id: int) -> str:
    """The source of receipts that come in sheets for a creditor."""
    return f"receipts:{creditor_id}"


def _shaped(sheet: SheetOfRows, terms: PlacementTerms) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = complete(sheet.rows, RECEIPT_ROWS, currency=terms.currency, kind="cash").with_columns(
        number=pl.coalesce("account_number", "debtor_number"), currency=pl.col("currency").str.to_uppercase()
    )
    checks = [
        ("amount", pl.col("amount_minor").is_null() | (pl.col("amount_minor") <= 0), "the amount must be above 0"),
        ("value_date", pl.col("value_date").is_null(), "there is no date on which the money came"),
        ("currency", pl.col("currency").is_null(), "there is no currency: map a column or give --currency"),
        ("kind", ~pl.col("kind").is_in(_KINDS), f"the kind must be one of {', '.join(_KINDS)}"),
    ]
    errors = pl.concat(
        rows.filter(wrong).select("line", column=pl.lit(column), message=pl.lit(message))
        for column, wrong, message in checks
    ).unique("line", keep="first", maintain_order=True)
    rows = rows.join(errors, on="line", how="anti").sort("line")
    what = ["value_date", "amount_minor", "currency", "number", "reference", "memo"]
    turn = pl.int_range(1, pl.len() + 1).over(*what, pl.col("receipt_reference").is_null())
    # Without a reference of its own a receipt is known by all that the sheet says of it, and its turn.
    described = pl.concat_str(
        [pl.col(name).cast(pl.String).fill_null("") for name in what] + [turn.cast(pl.String)], separator="|"
    )
    return rows.with_columns(
        source_reference=pl.coalesce("receipt_reference", described).str.slice(0, 200)
    ), errors.select(*ERRORS)


def _compare(
    act: Act, terms: PlacementTerms, rows: pl.DataFrame, errors: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.Series]:
    """New rows, errors with those that contradict, and the acts that duplicates lean on."""
    known = receipts_queries.known(act.organisation_id, source(terms.creditor_id), rows["source_reference"])
    live = known.filter(~pl.col("is_withdrawn")).select(
        "source_reference", booked_minor="amount_minor", booked_currency="currency", earlier_act="act_id"
    )
    rows = rows.join(live, on="source_reference", how="left")
    first = pl.struct("amount_minor", "currency", "value_date")
    differs = pl.col("earlier_act").is_not_null() & (
        (pl.col("amount_minor") != pl.col("booked_minor")) | (pl.col("currency") != pl.col("booked_currency"))
    )
    clash = differs | (first != first.first().over("source_reference"))
    contradicting = rows.filter(clash).select(
        "line",
        column=pl.lit("receipt_reference"),
        message=pl.format("receipt '{}' is booked with another amount; one of the two is wrong", "source_reference"),
    )
    errors = pl.concat([errors, contradicting]).sort("line")
    rows = rows.join(errors, on="line", how="anti").unique("source_reference", keep="first", maintain_order=True)
    editions = known.group_by("source_reference").agg(edition=pl.col("edition").max() + 1)
    fresh = rows.filter(pl.col("earlier_act").is_null()).join(editions, on="source_reference", how="left")
    leans_on = rows["earlier_act"].drop_nulls().unique()
    return fresh.with_columns(pl.col("edition").fill_null(0)), errors, leans_on


def _placed(terms: PlacementTerms, rows: pl.DataFrame) -> pl.DataFrame:
    """Each receipt with the one account that its number names in its currency, and the charge it is meant for."""
    found = accounts_queries.reachable(terms.creditor_id, rows["number"].drop_nulls())
    sure = found.filter(pl.len().over("number", "currency") == 1)
    rows = rows.join(sure, on=["number", "currency"], how="left")
    named = accounts_queries.named_charges(terms.creditor_id, rows["reference"].drop_nulls())
    only = named.filter(pl.len().over("reference", "currency") == 1).drop("charge_id")
    rows = rows.join(only, on=["reference", "currency"], how="left", suffix="_named")
    # A charge named without an account number shows the account; one of another account is only a memo.
    account = pl.coalesce("account_id", pl.when(pl.col("number").is_null()).then("account_id_named"))
    meant = named.select("account_id", "reference", "charge_id").unique(["account_id", "reference"], keep="first")
    return (
        rows.with_columns(account_id=account)
        .join(meant, on=["account_id", "reference"], how="left")
        .with_columns(
            source=pl.lit(source(terms.creditor_id)),
            creditor_id=pl.lit(terms.creditor_id, dtype=pl.Int64),
            designated_minor=pl.when(pl.col("charge_id").is_not_null()).then("amount_minor"),
            account_number=pl.col("number"),
        )
    )
