"""Days sales outstanding by counting back and by invoice, and how long recovered accounts took."""

from datetime import date, timedelta
from fractions import Fraction
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.metric import (
    MONTH_SALES,
    OPEN_INVOICES,
    TURNAROUNDS,
    count_back,
    true_dso,
    true_dso_total,
    turnaround,
)
from ahadi.kernel.money import ratio_text
from ahadi.kernel.schema import WrongFrame, empty

from .book import rows
from .company import assert_order_is_free

MONTHS = rows(MONTH_SALES, (1, 31, 12_000_000), (2, 28, 9_000_000), (3, 31, 8_000_000))
AS_OF = date(2026, 3, 31)


def test_counting_back_takes_whole_months_and_then_a_part() -> None:
    """DSO-04: 31 + 28 + 15.5 days."""
    assert count_back(MONTHS, receivable_minor=25_000_000)["days"].to_list() == ["74.50"]
    assert count_back(MONTHS, receivable_minor=12_000_000)["days"].to_list() == ["31.00"]
    assert count_back(MONTHS, receivable_minor=0)["days"].to_list() == ["0.00"]


def test_sales_that_do_not_reach_give_no_days() -> None:
    assert count_back(MONTHS, receivable_minor=29_000_001)["days"].to_list() == [None]
    assert count_back(empty(MONTH_SALES), receivable_minor=1)["days"].to_list() == [None]


def test_month_without_sales_is_counted_through() -> None:
    months = rows(MONTH_SALES, (1, 31, 0), (2, 28, 100))
    assert count_back(months, receivable_minor=50)["days"].to_list() == ["45.00"]


@given(st.lists(st.tuples(st.integers(28, 31), st.integers(0, 50)), max_size=6), st.integers(0, 200))
def test_counting_back_is_that_of_the_slow_model(months: list[tuple[int, int]], owed: int) -> None:
    frame = rows(MONTH_SALES, *((place, *month) for place, month in enumerate(months, 1)))
    left, days = Fraction(owed), Fraction(0)
    expected: str | None = None
    for length, sales in months:
        if sales and left <= sales:
            days += left / sales * length
            expected = ratio_text(days.numerator, days.denominator)
            break
        left, days = left - sales, days + length
    assert count_back(frame, receivable_minor=owed)["days"].to_list() == [expected]
    assert_order_is_free(lambda months_: count_back(months_, receivable_minor=owed), frame)


def test_true_days_weigh_each_invoice_by_the_sales_of_its_month() -> None:
    """DSO-05: 30 days x 30,000 / 100,000 and 58 days x 20,000 / 80,000."""
    invoices = rows(OPEN_INVOICES, (1, date(2026, 3, 1), 30_000, 100_000), (2, date(2026, 2, 1), 20_000, 80_000))
    assert true_dso(invoices, as_of=AS_OF)["days"].to_list() == ["9.00", "14.50"]
    assert true_dso_total(invoices, as_of=AS_OF) == "23.50"
    assert_order_is_free(lambda frame: true_dso(frame, as_of=AS_OF), invoices)


def test_sum_of_days_is_exact_before_it_is_shown() -> None:
    thirds = rows(OPEN_INVOICES, *((number, AS_OF - timedelta(days=1), 1, 3) for number in range(3)))
    assert true_dso(thirds, as_of=AS_OF)["days"].to_list() == ["0.33"] * 3
    assert true_dso_total(thirds, as_of=AS_OF) == "1.00"


def test_invoices_without_sales_give_no_days() -> None:
    assert true_dso_total(empty(OPEN_INVOICES), as_of=AS_OF) is None
    assert true_dso_total(rows(OPEN_INVOICES, (1, AS_OF, 5, 0)), as_of=AS_OF) is None


def took(*spans: tuple[date, date | None], as_of: date = AS_OF) -> dict[str, Any]:
    frame = rows(TURNAROUNDS, *((number, *span) for number, span in enumerate(spans)))
    return turnaround(frame, as_of=as_of).row(0, named=True)


def test_open_accounts_are_counted_beside_the_days_of_the_closed() -> None:
    """TAT-01: 10, 30 and 60 days, one still open."""
    assert took(
        (date(2026, 1, 1), date(2026, 1, 11)),
        (date(2026, 1, 5), date(2026, 2, 4)),
        (date(2026, 1, 10), date(2026, 3, 11)),
        (date(2026, 2, 1), None),
    ) == {"closed_count": 3, "open_count": 1, "days_total": 100, "mean_days": "33.33", "median_days": "30.00"}


def test_account_closed_tomorrow_is_open_today() -> None:
    row = took((date(2026, 1, 1), date(2026, 4, 1)))
    assert (row["closed_count"], row["open_count"], row["mean_days"], row["median_days"]) == (0, 1, None, None)
    assert took((date(2026, 4, 1), None))["open_count"] == 0


def test_account_closed_before_it_was_placed_is_refused() -> None:
    with pytest.raises(WrongFrame, match="closed before"):
        took((date(2026, 2, 1), date(2026, 1, 1)))


@given(st.lists(st.tuples(st.integers(0, 90), st.one_of(st.none(), st.integers(0, 90))), max_size=8))
def test_turnaround_is_that_of_the_slow_model(drawn: list[tuple[int, int | None]]) -> None:
    start = date(2026, 1, 1)
    spans = [
        (start + timedelta(days=on), None if length is None else start + timedelta(days=on + length))
        for on, length in drawn
    ]
    row = took(*spans)
    closed = [(end - on).days for on, end in spans if end is not None and end <= AS_OF]
    middle = Fraction(median(map(Fraction, closed))) if closed else None
    assert (row["closed_count"], row["days_total"]) == (len(closed), sum(closed))
    assert row["open_count"] == sum(on <= AS_OF for on, _ in spans) - len(closed)
    assert row["median_days"] == (None if middle is None else ratio_text(middle.numerator, middle.denominator))
    frame = rows(TURNAROUNDS, *((number, *span) for number, span in enumerate(spans)))
    assert_order_is_free(lambda given_rows: turnaround(given_rows, as_of=AS_OF), frame)
