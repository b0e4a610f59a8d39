"""The columns that kernel functions take and give, declared once.

A public function of the kernel begins with `require`, so that a frame with a missing column, a float
where money should be, or the same charge twice is refused by name before it can become a wrong figure.
It ends with `uphold`, which states its law about the result.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from ahadi.kernel.ragged import is_rising

COMPONENTS = ("principal", "interest", "fee", "penalty")
"""What a charge is made of, in the order of the columns."""

DISPUTE = "DISPUTE"
"""The kind of hold that marks money as contested."""


class WrongFrame(ValueError):
    """A frame was refused: the message names the frame, the column, what it must be and what was found."""


class BrokenLaw(AssertionError):
    """A result broke a law that must always hold; the figures were withheld. It is a fault of the
    program: report it.
    """


@dataclass(frozen=True)
class Column:
    """One column of a frame; `is_positive` refuses zero and below."""

    name: str
    dtype: pl.DataType | type[pl.DataType]
    is_nullable: bool = False
    is_positive: bool = False


@dataclass(frozen=True)
class Spec:
    """The columns of one kind of frame and the key no two of its rows may share."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    @property
    def column_names(self) -> list[str]:
        """The names of the columns, in order."""
        return [column.name for column in self.columns]


def minor(component: str) -> str:
    """The column of a component's money: `principal` -> `principal_minor`."""
    return f"{component}_minor"


_TICKED_PER_ROW = 16
COMPONENT_COLUMNS = tuple(minor(component) for component in COMPONENTS)
_COMPONENTS = tuple(Column(name, pl.Int64) for name in COMPONENT_COLUMNS)

CHARGES = Spec(
    "charges",
    (
        Column("account_id", pl.Int64),
        Column("charge_id", pl.Int64),
        Column("value_date", pl.Date),
        Column("due_date", pl.Date),
        *_COMPONENTS,
    ),
    key=("charge_id",),
)
"""What is owed: `value_date` is the day from which it is owed (the invoice date; for instalments the
opening), a negative charge is a credit.
"""

RECEIPTS = Spec(
    "receipts",
    (
        Column("account_id", pl.Int64),
        Column("receipt_id", pl.Int64),
        Column("value_date", pl.Date),
        Column("amount_minor", pl.Int64, is_positive=True),
    ),
    key=("receipt_id",),
)
"""Money that came."""

DESIGNATIONS = Spec(
    "designations",
    (
        Column("receipt_id", pl.Int64),
        Column("charge_id", pl.Int64),
        Column("amount_minor", pl.Int64, is_positive=True),
    ),
    key=("receipt_id", "charge_id"),
)
"""The payer's own choice: so much of this receipt is for that charge."""

ALLOCATIONS = Spec(
    "allocations",
    (
        Column("account_id", pl.Int64),
        Column("receipt_id", pl.Int64),
        Column("charge_id", pl.Int64),
        Column("value_date", pl.Date),
        *_COMPONENTS,
    ),
    key=("receipt_id", "charge_id"),
)
"""Which receipt paid how much of which charge, by component, and from which day on."""

HOLDS = Spec(
    "holds",
    (
        Column("account_id", pl.Int64),
        Column("charge_id", pl.Int64, is_nullable=True),
        Column("kind", pl.String),
        Column("from_date", pl.Date),
        Column("until_date", pl.Date, is_nullable=True),
    ),
)
"""What restrains work: on one charge, or on the account when `charge_id` is null; `until_date` is its
last day, null while it is open.
"""


_FEW = 100


def empty(spec: Spec) -> pl.DataFrame:
    """A frame of the spec's columns without rows."""
    return pl.DataFrame(schema={column.name: column.dtype for column in spec.columns})


def require(frame: pl.DataFrame, spec: Spec) -> pl.DataFrame:
    """The spec's columns of the frame, in the spec's order; further columns are left out.

    Raises WrongFrame for a missing column, a wrong type, a null, a number that must be above 0, a
    repeated key: in that order.
    """
    # A look-up of its own: `frame.schema` takes longer to build than a few rows to check.
    dtypes = dict(zip(frame.columns, frame.dtypes, strict=True))
    for column in spec.columns:
        _require_column(frame, dtypes, spec, column)
    if spec.key and frame.height > 1:
        _require_key(frame, spec)
    return frame if list(dtypes) == spec.column_names else frame[spec.column_names]


def require_one_sign(charges: pl.DataFrame) -> None:
    """Refuse a charge with components above and below 0: it would be debt and credit at once."""
    if charges.is_empty() or min(charges.select(pl.col(COMPONENT_COLUMNS).min()).row(0)) >= 0:
        return
    both = charges.filter(
        pl.any_horizontal(pl.col(name) > 0 for name in COMPONENT_COLUMNS)
        & pl.any_horizontal(pl.col(name) < 0 for name in COMPONENT_COLUMNS)
    )
    if both.height:
        raise WrongFrame(
            f"charges: charge_id {both['charge_id'][0]} has components above and below 0; "
            "give the credit as a charge of its own"
        )


def uphold(law: str, *, is_kept: bool) -> None:
    """Raise BrokenLaw with the law's text unless it is kept."""
    if not is_kept:
        raise BrokenLaw(law)


def _require_column(frame: pl.DataFrame, dtypes: Mapping[str, pl.DataType], spec: Spec, column: Column) -> None:
    if column.name not in dtypes:
        raise WrongFrame(f"{spec.name}: column '{column.name}' is missing")
    if dtypes[column.name] != column.dtype:
        raise WrongFrame(f"{spec.name}: column '{column.name}' must be {column.dtype!s}, found {dtypes[column.name]}")
    if column.is_nullable and not column.is_positive:
        return
    values = frame.get_column(column.name)
    if not column.is_nullable and values.null_count():
        raise WrongFrame(f"{spec.name}: column '{column.name}' may not be null, found {values.null_count()} nulls")
    if column.is_positive and (values <= 0).any():
        raise WrongFrame(f"{spec.name}: column '{column.name}' must be above 0, found {values.min()!r}")


def _require_key(frame: pl.DataFrame, spec: Spec) -> None:
    keys = frame.select(spec.key)
    # A few rows are compared as they are; to go through columns takes longer to begin.
    is_plain = keys.height <= _FEW and not any(dtype.is_nested() for dtype in keys.dtypes)
    if is_plain and len(set(keys.rows())) == keys.height:
        return
    if is_rising(keys) or (keys.width > 1 and is_rising(keys[:, ::-1])) or _is_distinct(keys):
        return
    first = keys.filter(keys.is_duplicated()).sort(spec.key).row(0)
    shown = ", ".join(f"{name} {value}" for name, value in zip(spec.key, first, strict=True))
    raise WrongFrame(f"{spec.name}: {shown} stands in more than one row")


def _is_distinct(keys: pl.DataFrame) -> bool:
    """Whether no row stands twice; numbers that lie close together are ticked off, which needs no hash."""
    if keys.dtypes == [pl.Int64] and keys.height and not keys.to_series().null_count():
        values = keys.to_series().to_numpy()
        lowest = int(values.min())
        if int(values.max()) - lowest < _TICKED_PER_ROW * len(values):
            is_there = np.zeros(int(values.max()) - lowest + 1, dtype=np.bool_)
            is_there[values - lowest] = True
            return bool(np.count_nonzero(is_there) == len(values))
    return keys.n_unique() == keys.height
