"""From the rows of a sheet to drafts of charges and receipts, and the record of the batch that they make."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from ahadi.data import frames
from ahadi.data.models.account import PRODUCTS
from ahadi.data.models.batch import Batch, BatchLeaning, SheetMapping
from ahadi.data.models.creditor import Creditor
from ahadi.data.models.organisation import Organisation
from ahadi.domain.audit.ports import Act
from ahadi.domain.placements.ports import (
    PLACEMENT_ROWS,
    BatchOutcome,
    BatchRequest,
    PlacementTerms,
    SheetOfRows,
    complete,
)
from ahadi.domain.placements.queries import creditor, edition, newest_mapping
from ahadi.kernel.schedule import equal_instalments
from ahadi.kernel.schema import COMPONENT_COLUMNS

PART = 50_000
"""So many rows, and so many accounts, are worked on at a time: memory is the part's, not the sheet's."""

ACCOUNT_KEY = ["number", "currency", "product"]
ERRORS = {"line": pl.Int64, "column": pl.String, "message": pl.String}


@dataclass(frozen=True)
class Drafts:
    """What the rows of a sheet come to: `rows` one per good line, `charges` one or more per line, `errors`."""

    rows: pl.DataFrame
    charges: pl.DataFrame
    errors: pl.DataFrame


def parts(sheet: SheetOfRows) -> Iterator[SheetOfRows]:
    """The sheet in parts of about PART rows, in the order of its lines; rows that share an account's or a debtor's
    number stand in one part.
    """
    rows = sheet.rows
    if rows.height <= PART:
        yield sheet
        return
    part = _first_of_kin(rows) // PART
    for number in part.unique().sort():
        yield replace(sheet, rows=rows.filter(part == number))


def _first_of_kin(rows: pl.DataFrame) -> pl.Series:
    """For each row the place of the first one with which it shares a number, directly or by way of others."""
    told = rows.select(pl.int_range(pl.len()).alias("first"), **_numbers(rows))
    while True:
        kin = told.with_columns(pl.col("first").min().over("number")).with_columns(pl.col("first").min().over("debtor"))
        # The first of my first is mine too: a long chain of numbers is walked in steps that double.
        kin = kin.with_columns(pl.col("first").gather("first"))
        if kin["first"].equals(told["first"]):
            return kin["first"]
        told = kin


def _numbers(rows: pl.DataFrame) -> dict[str, pl.Expr]:
    """The account's number and the debtor's, each of which stands for the other where that is missing."""
    names = ["account_number", "debtor_number"]
    told = [pl.col(name) if name in rows.columns else pl.lit(None, dtype=pl.String) for name in names]
    return {
        "number": pl.coalesce(told).str.slice(0, 120),
        "debtor": pl.coalesce(reversed(told)).str.slice(0, 120),
    }


def draft(sheet: SheetOfRows, terms: PlacementTerms) -> Drafts:
    """Reads every row as charges of an account; rows that lack what a charge needs become errors."""
    rows = _named(complete(sheet.rows, PLACEMENT_ROWS, currency=terms.currency, product=terms.product))
    rows = _dated(rows, terms.business_date, sheet.default_term_days)
    errors = _shape_errors(rows)
    rows = rows.join(errors, on="line", how="anti")
    charges = pl.concat([_single_charges(rows), _instalment_charges(rows)])
    clashing = _clashes_within(charges)
    errors = pl.concat([errors, clashing])
    rows = rows.join(clashing, on="line", how="anti")
    return Drafts(rows, _first_of_each(charges.join(clashing, on="line", how="anti")), errors)


def _named(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(
        **_numbers(rows),
        product=pl.col("product").fill_null("invoice").str.to_lowercase(),
        currency=pl.col("currency").str.to_uppercase(),
        is_schedule=pl.col("instalments").is_not_null(),
        components_minor=pl.sum_horizontal(pl.col(name).fill_null(0) for name in COMPONENT_COLUMNS),
    ).with_columns(
        # Components, where given, are the amount; else the amount is principal, or the instalments make it.
        total_minor=pl.when(pl.any_horizontal(pl.col(name).is_not_null() for name in COMPONENT_COLUMNS))
        .then(pl.col("components_minor"))
        .otherwise(pl.coalesce("amount_minor", pl.col("instalment_minor") * pl.col("instalments"))),
    )


def _dated(rows: pl.DataFrame, business_date: date, term_days: int) -> pl.DataFrame:
    invoiced = pl.coalesce("invoiced_on", "posted_on", "opened_on")
    due = pl.coalesce("due_on", "first_due_on", invoiced.dt.offset_by(f"{term_days}d"))
    return rows.with_columns(due_date=due).with_columns(
        value_date=pl.coalesce(invoiced, pl.min_horizontal("due_date", pl.lit(business_date))),
        paid_on=pl.coalesce("paid_on", pl.lit(business_date)),
    )


def _shape_errors(rows: pl.DataFrame) -> pl.DataFrame:
    """What keeps a row from being a charge; the first reason of each row, in this order."""
    reasons = [
        ("account_number", pl.col("number").is_null(), "there is no account or debtor number"),
        ("currency", pl.col("currency").is_null(), "there is no currency: map a column or give --currency"),
        ("product", ~pl.col("product").is_in(PRODUCTS), f"the product must be one of {', '.join(PRODUCTS)}"),
        ("amount", pl.col("total_minor").is_null(), "there is no amount"),
        ("due_on", pl.col("due_date").is_null(), "there is no date from which it could be due"),
        ("instalments", pl.col("instalments") < 1, "the number of instalments must be 1 or more"),
        (
            "instalments",
            pl.col("is_schedule") & (pl.col("total_minor") < pl.col("instalments")),
            "the amount is too small for so many instalments",
        ),
        ("paid", pl.col("paid_minor") < 0, "what was paid cannot be below 0"),
        (
            "principal",
            pl.any_horizontal(pl.col(n) < 0 for n in COMPONENT_COLUMNS)
            & pl.any_horizontal(pl.col(n) > 0 for n in COMPONENT_COLUMNS),
            "the components must all be owed or all be credits",
        ),
    ]
    chosen = pl.lit(None, dtype=pl.Int64)
    for place in reversed(range(len(reasons))):
        chosen = pl.when(reasons[place][1]).then(pl.lit(place)).otherwise(chosen)
    texts = pl.DataFrame(
        {"reason": list(range(len(reasons))), "column": [r[0] for r in reasons], "message": [r[2] for r in reasons]},
        schema={"reason": pl.Int64, "column": pl.String, "message": pl.String},
    )
    wrong = rows.select("line", reason=chosen).drop_nulls("reason")
    return wrong.join(texts, on="reason").sort("line").select(*ERRORS)


_CHARGE = [
    "line",
    *ACCOUNT_KEY,
    "reference",
    "country",
    "invoiced_on",
    "posted_on",
    "value_date",
    "due_date",
    *COMPONENT_COLUMNS,
    "is_disputed",
]


def _single_charges(rows: pl.DataFrame) -> pl.DataFrame:
    has_components = pl.any_horizontal(pl.col(name).is_not_null() for name in COMPONENT_COLUMNS)
    rows = rows.filter(~pl.col("is_schedule") & (pl.col("total_minor") != 0)).with_columns(
        principal_minor=pl.when(has_components).then("principal_minor").otherwise("total_minor"),
        is_disputed=pl.col("disputed").fill_null(False),
    )
    turn = pl.int_range(1, pl.len() + 1).over(*ACCOUNT_KEY, "due_date", pl.col("reference").is_null())
    unnamed = pl.format("due {}", "due_date") + pl.when(turn > 1).then(pl.format(" #{}", turn)).otherwise(pl.lit(""))
    return (
        rows.sort("line")
        .with_columns(
            pl.col(COMPONENT_COLUMNS).fill_null(0), reference=pl.coalesce("reference", unnamed).str.slice(0, 120)
        )
        .select(_CHARGE)
    )


def _instalment_charges(rows: pl.DataFrame) -> pl.DataFrame:
    """Equal instalments of what was lent, and of what the contract asks beyond it as interest."""
    loans = rows.filter("is_schedule").with_columns(
        asked_minor=pl.coalesce(pl.col("instalment_minor") * pl.col("instalments"), "total_minor"),
        first_due=pl.coalesce("first_due_on", "due_on", pl.col("value_date").dt.offset_by("1mo")),
    )
    if loans.is_empty():
        return _single_charges(rows.clear())
    principal = _spread(loans, pl.min_horizontal("total_minor", "asked_minor"))
    interest = _spread(loans, pl.col("asked_minor") - pl.col("total_minor"))
    parts = principal.join(
        interest.select("account_id", "number", interest="principal_minor"), on=["account_id", "number"], how="left"
    )
    return (
        parts.rename({"account_id": "line", "number": "place"})
        .join(loans.drop("value_date", "due_date", *COMPONENT_COLUMNS), on="line")
        .with_columns(
            interest_minor=pl.col("interest").fill_null(0),
            reference=pl.format(
                "{} {}/{}", pl.coalesce("reference", "number").str.slice(0, 100), "place", "instalments"
            ),
            is_disputed=pl.col("disputed").fill_null(False),
        )
        .sort("line", "place")
        .select(_CHARGE)
    )


def _spread(loans: pl.DataFrame, total: pl.Expr) -> pl.DataFrame:
    """Equal instalments of `total`, keyed by line where an account would stand."""
    terms = loans.select(
        account_id="line", opened="value_date", total_minor=total, count="instalments", first_due="first_due"
    )
    # A total below the number of instalments cannot be spread: it is rounding of the contract, not interest.
    return equal_instalments(terms.filter(pl.col("total_minor") >= pl.col("count")))


def _clashes_within(charges: pl.DataFrame) -> pl.DataFrame:
    """A reference that stands twice in one file with different amounts or dates: the later line is refused."""
    what = pl.struct("due_date", *COMPONENT_COLUMNS)
    first = what.first().over(*ACCOUNT_KEY, "reference")
    return (
        charges.filter(what != first)
        .select(
            "line",
            column=pl.lit("reference"),
            message=pl.format("'{}' stands above with another amount or due date", "reference"),
        )
        .unique("line", keep="first")
        .sort("line")
        .select(*ERRORS)
    )


def _first_of_each(charges: pl.DataFrame) -> pl.DataFrame:
    """Each charge once; the same line again in the file is a duplicate of the first."""
    return charges.unique([*ACCOUNT_KEY, "reference"], keep="first", maintain_order=True)


def terms(act: Act, request: BatchRequest) -> PlacementTerms:
    """The request with its creditor, who is opened when this is the first file of that name.

    From here on no other batch of this creditor moves until the act is through.
    """
    known = creditor(act.organisation_id, request.creditor)
    if known is None:
        name = request.creditor.strip()
        opened, _ = Creditor.objects.get_or_create(
            organisation_id=act.organisation_id,
            code=name[:60],
            defaults={"name": name[:200], "is_own": is_own(act.organisation_id, name)},
        )
        known = opened.id
    frames.lock("batch", known)
    return PlacementTerms(known, request.business_date, request.product, request.currency, request.country)


def is_own(organisation_id: int, name: str) -> bool:
    """Whether a creditor of this name is the organisation itself: what it places there is its own book."""
    house = Organisation.objects.get(id=organisation_id)
    return name.strip().casefold() == house.name.strip().casefold()


def hold_creditor(creditor_id: int) -> None:
    """From here on no batch of this creditor, and nothing on its accounts, moves until the act is through."""
    frames.lock("batch", creditor_id)


def remember_mapping(act: Act, creditor_id: int, purpose: str, text: str) -> None:
    """Keeps how this creditor's columns are understood; the same text again adds nothing."""
    if text and newest_mapping(creditor_id, purpose) != text:
        SheetMapping(creditor_id=creditor_id, purpose=purpose, text=text, act_id=act.id).save(force_insert=True)


def number_batch() -> int:
    """The id of a batch that is recorded when its counts are known, within the same act."""
    return int(frames.reserve("batch", 1)[0])


def record_batch(
    act: Act,
    purpose: str,
    sheet: SheetOfRows,
    terms: PlacementTerms,
    counts: BatchOutcome,
    *,
    batch_id: int | None = None,
) -> int:
    """Writes the batch with its counts, under the id that it was given before or a new one, and returns its id."""
    batch = Batch(
        id=batch_id,
        act_id=act.id,
        creditor_id=terms.creditor_id,
        purpose=purpose,
        business_date=terms.business_date,
        file_name=sheet.file_name[:255],
        file_sha256=sheet.sha256,
        edition=edition(terms.creditor_id, purpose, sheet.sha256),
        staged=counts.staged,
        accepted=counts.accepted,
        duplicate=counts.duplicate,
        rejected=counts.rejected,
    )
    batch.save(force_insert=True)
    return int(batch.id)


def record_leaning(batch_id: int, acts: pl.Series) -> None:
    """Notes the batches whose rows this one took for duplicates, so that they are not undone before it."""
    leant_on = frames.read(
        "SELECT id FROM batch WHERE act_id = ANY(%(acts)s) AND id <> %(batch)s ORDER BY id",
        {"acts": frames.ids(acts.unique().drop_nulls()), "batch": batch_id},
        {"id": pl.Int64},
    )
    for batch in leant_on["id"]:
        BatchLeaning(batch_id=batch_id, leans_on_id=batch).save(force_insert=True)
