"""Equal instalments add up, keep their day, and put the rest last."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.schedule import LOANS, equal_instalments
from ahadi.kernel.schema import CHARGES, WrongFrame, require

from .book import rows

OPENED = date(2025, 12, 15)
FIRST_DUE = date(2026, 1, 31)


def loans(*values: tuple[object, ...]) -> pl.DataFrame:
    return rows(LOANS, *values)


def test_rest_stands_in_the_last_instalment_and_the_month_end_is_kept() -> None:
    made = equal_instalments(loans((1, OPENED, 1_000_000, 3, FIRST_DUE)))
    assert made["principal_minor"].to_list() == [333_333, 333_333, 333_334]
    assert made["due_date"].to_list() == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
    assert made["value_date"].unique().to_list() == [OPENED]


def test_instalments_may_be_quarters_apart() -> None:
    made = equal_instalments(loans((1, OPENED, 100, 3, date(2026, 11, 30))), every_months=3)
    assert made["due_date"].to_list() == [date(2026, 11, 30), date(2027, 2, 28), date(2027, 5, 30)]


def test_charges_are_numbered_per_account_and_named_once_in_the_frame() -> None:
    made = equal_instalments(loans((9, OPENED, 50, 2, FIRST_DUE), (4, OPENED, 70, 3, FIRST_DUE)))
    assert made["account_id"].to_list() == [4, 4, 4, 9, 9]
    assert made["number"].to_list() == [1, 2, 3, 1, 2]
    assert made["charge_id"].to_list() == [1, 2, 3, 4, 5]


@given(st.lists(st.tuples(st.integers(1, 10**14), st.integers(1, 60)), max_size=4), st.integers(1, 12))
def test_instalments_of_every_loan_add_up_to_its_total(terms: list[tuple[int, int]], every_months: int) -> None:
    given_loans = loans(*((number, OPENED, total, count, FIRST_DUE) for number, (total, count) in enumerate(terms)))
    made = require(equal_instalments(given_loans, every_months=every_months), CHARGES)
    for number, (total, count) in enumerate(terms):
        own = made.filter(pl.col("account_id") == number)
        assert own.height == count
        assert own["principal_minor"].sum() == total
        assert own["due_date"].is_sorted()


@pytest.mark.parametrize(("total", "count", "every_months"), [(0, 3, 1), (100, 0, 1), (100, 3, 0)])
def test_terms_that_make_no_schedule_are_refused(total: int, count: int, every_months: int) -> None:
    with pytest.raises(WrongFrame):
        equal_instalments(loans((1, OPENED, total, count, FIRST_DUE)), every_months=every_months)
