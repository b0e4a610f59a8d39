"""Short ways to write the frames of a small book, and random books for properties."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
from hypothesis import strategies as st

from ahadi.kernel.schema import CHARGES, DESIGNATIONS, HOLDS, RECEIPTS, Spec

DAY_ONE = date(2026, 1, 1)


@dataclass(frozen=True)
class Book:
    """Charges, receipts and designations that belong together."""

    charges: pl.DataFrame
    receipts: pl.DataFrame
    designations: pl.DataFrame


def rows(spec: Spec, *values: Sequence[object]) -> pl.DataFrame:
    """A frame of the spec from rows in the order of its columns."""
    schema = {column.name: column.dtype for column in spec.columns}
    return pl.DataFrame(list(values), schema=schema, orient="row")


def charges(*values: Sequence[object]) -> pl.DataFrame:
    return rows(CHARGES, *values)


def receipts(*values: Sequence[object]) -> pl.DataFrame:
    return rows(RECEIPTS, *values)


def designations(*values: Sequence[object]) -> pl.DataFrame:
    return rows(DESIGNATIONS, *values)


def holds(*values: Sequence[object]) -> pl.DataFrame:
    return rows(HOLDS, *values)


def _days() -> st.SearchStrategy[date]:
    return st.integers(0, 40).map(lambda offset: DAY_ONE + timedelta(days=offset))


@st.composite
def books(draw: st.DrawFn) -> Book:
    """A few accounts with charges, credits, receipts and designations, small enough that everything
    collides.
    """
    account_ids = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4, unique=True))
    amounts = st.sampled_from([0, 0, 1, 2, 5, 100, 10**12])
    charge_rows: list[tuple[object, ...]] = []
    for charge_id in draw(st.lists(st.integers(1, 99), max_size=9, unique=True)):
        sign = draw(st.sampled_from([1, 1, 1, 1, -1]))
        parts = [sign * draw(amounts) for _ in range(4)]
        charge_rows.append((draw(st.sampled_from(account_ids)), charge_id, draw(_days()), draw(_days()), *parts))
    receipt_rows = [
        (
            draw(st.sampled_from(account_ids)),
            receipt_id,
            draw(_days()),
            draw(st.sampled_from([1, 2, 3, 7, 250, 10**12])),
        )
        for receipt_id in draw(st.lists(st.integers(1, 99), max_size=9, unique=True))
    ]
    chosen = [row for receipt in receipt_rows for row in _choices(draw, receipt, charge_rows)]
    return Book(charges(*charge_rows), receipts(*receipt_rows), designations(*chosen))


def _choices(
    draw: st.DrawFn, receipt: tuple[int, int, date, int], charge_rows: Sequence[tuple[object, ...]]
) -> list[tuple[object, ...]]:
    """Designations of one receipt, within its amount."""
    account_id, receipt_id, _, amount = receipt
    own = [row[1] for row in charge_rows if row[0] == account_id]
    if not own or draw(st.integers(0, 2)):
        return []
    chosen: list[tuple[object, ...]] = []
    for charge_id in draw(st.lists(st.sampled_from(own), min_size=1, max_size=3, unique=True)):
        part = draw(st.integers(0, amount))
        amount -= part
        if part:
            chosen.append((receipt_id, charge_id, part))
    return chosen
