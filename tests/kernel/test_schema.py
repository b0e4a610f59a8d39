"""Frames are refused by name before they can become wrong figures."""

from datetime import date

import polars as pl
import pytest

from ahadi.kernel.schema import (
    ALLOCATIONS,
    CHARGES,
    DESIGNATIONS,
    HOLDS,
    RECEIPTS,
    BrokenLaw,
    Spec,
    WrongFrame,
    empty,
    require,
    require_one_sign,
    uphold,
)

from .book import charges, holds, receipts

DAY = date(2026, 1, 31)
GOOD = charges((1, 1, DAY, DAY, 100, 0, 0, 0))


@pytest.mark.parametrize("spec", [CHARGES, RECEIPTS, DESIGNATIONS, ALLOCATIONS, HOLDS], ids=lambda spec: spec.name)
def test_empty_frame_meets_its_spec(spec: Spec) -> None:
    assert require(empty(spec), spec).columns == spec.column_names


def test_further_columns_are_left_out() -> None:
    assert require(GOOD.with_columns(note=pl.lit("x")), CHARGES).columns == CHARGES.column_names


def test_missing_column_is_named() -> None:
    with pytest.raises(WrongFrame, match="charges: column 'due_date' is missing"):
        require(GOOD.drop("due_date"), CHARGES)


def test_wrong_type_is_named_with_what_was_found() -> None:
    with pytest.raises(WrongFrame, match="charges: column 'due_date' must be Date, found String"):
        require(GOOD.with_columns(pl.col("due_date").cast(pl.String)), CHARGES)


def test_money_as_a_float_is_refused() -> None:
    with pytest.raises(WrongFrame, match="'principal_minor' must be Int64, found Float64"):
        require(GOOD.with_columns(pl.col("principal_minor").cast(pl.Float64)), CHARGES)


def test_null_is_refused_where_a_value_is_needed_and_let_through_where_not() -> None:
    with pytest.raises(WrongFrame, match="'value_date' may not be null, found 1 nulls"):
        require(GOOD.with_columns(value_date=pl.lit(None, dtype=pl.Date)), CHARGES)
    assert require(holds((1, None, "DISPUTE", DAY, None)), HOLDS).height == 1


def test_receipt_of_nothing_is_refused() -> None:
    with pytest.raises(WrongFrame, match="receipts: column 'amount_minor' must be above 0, found -5"):
        require(receipts((1, 1, DAY, 3), (1, 2, DAY, -5)), RECEIPTS)


def test_same_charge_twice_is_refused() -> None:
    with pytest.raises(WrongFrame, match="charges: charge_id 1 stands in more than one row"):
        require(pl.concat([GOOD, GOOD]), CHARGES)


def test_charge_that_is_debt_and_credit_at_once_is_refused() -> None:
    require_one_sign(charges((1, 1, DAY, DAY, -100, 0, -5, 0)))
    with pytest.raises(WrongFrame, match="charge_id 7 has components above and below 0"):
        require_one_sign(charges((1, 7, DAY, DAY, 100, 0, -5, 0)))


def test_broken_law_withholds_the_figures() -> None:
    uphold("sums are conserved", is_kept=True)
    with pytest.raises(BrokenLaw, match="sums are conserved"):
        uphold("sums are conserved", is_kept=False)
