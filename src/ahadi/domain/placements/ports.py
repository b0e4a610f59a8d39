"""The columns in which rows of a sheet reach the domain, whatever the sheet looked like."""

from dataclasses import dataclass, field
from datetime import date

import polars as pl

PLACEMENT_ROWS: dict[str, pl.DataType | type[pl.DataType]] = {
    "line": pl.Int64,
    "account_number": pl.String,
    "debtor_number": pl.String,
    "debtor_name": pl.String,
    "reference": pl.String,
    "invoiced_on": pl.Date,
    "posted_on": pl.Date,
    "due_on": pl.Date,
    "opened_on": pl.Date,
    "amount_minor": pl.Int64,
    "principal_minor": pl.Int64,
    "interest_minor": pl.Int64,
    "fee_minor": pl.Int64,
    "penalty_minor": pl.Int64,
    "paid_minor": pl.Int64,
    "paid_on": pl.Date,
    "settled_on": pl.Date,
    "disputed": pl.Boolean,
    "currency": pl.String,
    "branch": pl.String,
    "country": pl.String,
    "product": pl.String,
    "phone": pl.String,
    "email": pl.String,
    "address": pl.String,
    "instalments": pl.Int64,
    "instalment_minor": pl.Int64,
    "first_due_on": pl.Date,
}

RECEIPT_ROWS: dict[str, pl.DataType | type[pl.DataType]] = {
    "line": pl.Int64,
    "receipt_reference": pl.String,
    "account_number": pl.String,
    "debtor_number": pl.String,
    "reference": pl.String,
    "value_date": pl.Date,
    "amount_minor": pl.Int64,
    "currency": pl.String,
    "payer_name": pl.String,
    "memo": pl.String,
    "phone": pl.String,
    "kind": pl.String,
}


@dataclass(frozen=True)
class RowError:
    """A row that was not taken: which, where, why, and what stood there."""

    line: int
    column: str
    message: str
    raw: str = ""


@dataclass(frozen=True)
class SheetOfRows:
    """What a file held: its good rows (columns of its purpose), and how many others it had."""

    file_name: str
    sha256: bytes
    mapping_text: str
    rows: pl.DataFrame
    rejected: int = 0
    repeated: int = 0
    default_term_days: int = 30

    @property
    def staged(self) -> int:
        """Rows that the file holds: good, rejected, and repeated to the letter."""
        return self.rows.height + self.rejected + self.repeated


@dataclass(frozen=True)
class BatchOutcome:
    """What became of a file: every staged row is accepted, a duplicate or rejected."""

    batch_id: int | None
    staged: int
    accepted: int
    duplicate: int
    rejected: int
    accounts: int = 0
    charges: int = 0
    receipts: int = 0
    holds: int = 0
    suspense: int = 0
    proposals: int = 0
    charged: dict[str, int] = field(default_factory=dict)
    received: dict[str, int] = field(default_factory=dict)
    already_batch_id: int | None = None
    errors: list[dict[str, object]] = field(default_factory=list)


def already_there(sheet: SheetOfRows, batch_id: int) -> BatchOutcome:
    """The outcome of a file that came before to the letter: nothing is added."""
    return BatchOutcome(
        batch_id=None,
        staged=sheet.staged,
        accepted=0,
        duplicate=sheet.staged - sheet.rejected,
        rejected=sheet.rejected,
        already_batch_id=batch_id,
    )


def complete(
    rows: pl.DataFrame, schema: dict[str, pl.DataType | type[pl.DataType]], **constants: object
) -> pl.DataFrame:
    """`rows` with every column of `schema`; what the sheet lacks is null, or the constant given for it."""
    missing = [name for name in schema if name not in rows.columns]
    full = rows.with_columns(pl.lit(None, dtype=schema[name]).alias(name) for name in missing).select(
        pl.col(name).cast(kind) for name, kind in schema.items()
    )
    return full.with_columns(
        pl.col(name).fill_null(pl.lit(value)) for name, value in constants.items() if value is not None
    )


@dataclass(frozen=True)
class BatchRequest:
    """What is asked for a whole file: whose it is, the business date, and what holds where the sheet is silent.

    `country` (ISO 3166) reads phone numbers written without one.
    """

    creditor: str
    business_date: date
    product: str | None = None
    currency: str | None = None
    country: str | None = None


@dataclass(frozen=True)
class PlacementTerms:
    """A request whose creditor is known."""

    creditor_id: int
    business_date: date
    product: str | None = None
    currency: str | None = None
    country: str | None = None
