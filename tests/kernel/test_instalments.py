"""Terms make the instalments that exact fractions make, one loan at a time."""

from datetime import date
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from ahadi.kernel.calendar import DAY_COUNTS, day_parts, later_by
from ahadi.kernel.money import divide_rounded
from ahadi.kernel.schedule import METHODS, RATE_SCALE, TERMS, due_dates, instalments
from ahadi.kernel.schema import WrongFrame

from .book import rows

Row = dict[str, Any]
PLAIN: Row = {
    "account_id": 1,
    "opened": date(2024, 1, 1),
    "principal_minor": 10_000,
    "rate_e8": 9_482_200,
    "count": 6,
    "every_count": 1,
    "every_unit": "month",
    "first_due": None,
    "method": "annuity",
    "day_count": "30/360",
    "multiple_minor": None,
    "principal_grace": 0,
    "interest_grace": 0,
    "is_smooth": False,
    "decimals": 2,
}


def terms(*loans: Row) -> pl.DataFrame:
    return rows(TERMS, *(tuple((PLAIN | loan).values()) for loan in loans))


def made(loan: Row) -> list[tuple[int, int]]:
    return instalments(terms(loan), rounding="half_even").select("principal_minor", "interest_minor").rows()


def rounded(exact: Fraction) -> int:
    return divide_rounded(exact.numerator, exact.denominator, "half_even")


def by_hand(loan: Row) -> list[tuple[int, int]]:
    """The slow model: exact fractions, regular months of 30 days."""
    given = PLAIN | loan
    count, grace, base = given["count"], given["principal_grace"], given["principal_minor"]
    rate = Fraction(given["rate_e8"], RATE_SCALE) * Fraction(30 * given["every_count"], 360)
    paying, balance = count - grace, Fraction(base)
    growth = sum((1 + rate) ** step for step in range(paying))
    payment = rounded(base * (1 + rate) ** paying / growth)
    listed = []
    for number in range(count):
        interest = rounded((base if given["method"] == "flat" else balance) * rate)
        part = payment - interest if given["method"] == "annuity" else rounded(Fraction(base, paying))
        part = 0 if number < grace else min(max(part, 0), int(balance))
        part = int(balance) if number == count - 1 else part
        balance -= part
        listed.append([part, interest])
    for number in range(min(given["interest_grace"], count - 1)):
        listed[number + 1][1] += listed[number][1]
        listed[number][1] = 0
    return [(principal, interest) for principal, interest in listed]


loans = st.builds(
    lambda principal, rate, count, every, method, grace, put_off: {
        "principal_minor": principal,
        "rate_e8": rate,
        "count": count,
        "every_count": every,
        "method": method,
        "principal_grace": min(grace, count - 1),
        "interest_grace": put_off,
    },
    st.sampled_from([1, 99, 10_000, 123_457, 10**12]),
    st.sampled_from([0, 1, 9_482_200, 24_000_000, 300_000_000]),
    st.integers(1, 40),
    st.integers(1, 3),
    st.sampled_from(METHODS),
    st.integers(0, 4),
    st.integers(0, 4),
)


@settings(deadline=None, max_examples=60)
@given(loans)
def test_instalments_are_those_of_exact_fractions(loan: Row) -> None:
    assert made(loan) == by_hand(loan)


@settings(deadline=None, max_examples=15)
@given(st.lists(loans, min_size=2, max_size=4))
def test_loan_alone_gets_the_same_instalments_as_among_many(several: list[Row]) -> None:
    numbered = [loan | {"account_id": number} for number, loan in enumerate(several, 1)]
    together = instalments(terms(*reversed(numbered)), rounding="half_even")
    for loan in numbered:
        alone = instalments(terms(loan), rounding="half_even")
        assert_frame_equal(alone, together.filter(pl.col("account_id") == loan["account_id"]))


def test_payment_is_the_nearest_multiple_and_the_last_takes_the_rest() -> None:
    loan = {"principal_minor": 500_000, "rate_e8": 12_000_000, "count": 18, "multiple_minor": 100, "method": "flat"}
    assert [sum(row) for row in made(loan)] == [32_800] * 17 + [32_400]


def test_falling_payments_of_equal_principal_are_not_rounded_to_a_multiple() -> None:
    loan = {"principal_minor": 500_000, "rate_e8": 12_000_000, "count": 18, "method": "equal_principal"}
    assert made(loan | {"multiple_minor": 100}) == made(loan)
    assert made(loan)[0] == (27_778, 5_000)


def test_smoothing_changes_the_payment_only_where_the_gap_shrinks() -> None:
    loan = {"count": 3, "every_count": 2, "every_unit": "week", "day_count": "actual/364"}
    assert [sum(row) for row in made(loan)] == [3358, 3358, 3356]
    assert [sum(row) for row in made(loan | {"is_smooth": True})] == [3357, 3357, 3358]
    rough = {"rate_e8": 15_678_000, "day_count": "actual/365"}
    assert made(rough | {"is_smooth": True}) == made(rough)


def test_lender_may_round_every_payment_up() -> None:
    for rounding, payment in (("half_even", 1713), ("up", 1714)):
        found = instalments(terms({}), rounding=rounding)  # type: ignore[arg-type]
        payments = found.select(pl.sum_horizontal("principal_minor", "interest_minor")).to_series().to_list()
        assert payments[:5] == [payment] * 5


def test_first_period_may_be_longer_than_the_others() -> None:
    loan = {"opened": date(2024, 1, 16), "first_due": date(2024, 3, 1), "rate_e8": 12_000_000, "method": "flat"}
    # One month and 14 days: 44 of 360; then months of 30.
    assert [row[1] for row in made(loan)] == [147, 100, 100, 100, 100, 100]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "balloon"}, "method must be one of"),
        ({"every_unit": "year"}, "every_unit must be one of"),
        ({"principal_grace": 6}, "no instalment left for its principal"),
        ({"principal_minor": 0}, "'principal_minor' must be above 0"),
    ],
)
def test_terms_that_make_no_sense_are_refused(change: Row, message: str) -> None:
    with pytest.raises(WrongFrame, match=message):
        instalments(terms(change), rounding="half_even")


def test_due_dates_keep_the_day_or_end_the_month() -> None:
    found = due_dates(date(2026, 1, 31), count=4, every_count=1, every_unit="month")
    assert [day.isoformat() for day in found] == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]
    assert due_dates(date(2026, 1, 31), count=2, every_count=2, every_unit="week")[1] == date(2026, 2, 14)


@pytest.mark.parametrize(
    ("start", "end", "day_count", "share"),
    [
        (date(2024, 1, 1), date(2024, 2, 1), "30/360", Fraction(30, 360)),
        (date(2024, 1, 31), date(2024, 2, 29), "30/360", Fraction(30, 360)),
        (date(2024, 1, 1), date(2024, 3, 1), "actual/360", Fraction(60, 360)),
        (date(2024, 1, 1), date(2024, 1, 8), "actual/364", Fraction(7, 364)),
        (date(2024, 1, 1), date(2025, 1, 1), "actual/365", Fraction(366, 365)),
        (date(2024, 1, 1), date(2025, 1, 1), "actual/actual", Fraction(1)),
        (date(2023, 12, 1), date(2024, 2, 1), "actual/actual", Fraction(31, 365) + Fraction(31, 366)),
    ],
)
def test_share_of_a_year_is_exact(start: date, end: date, day_count: str, share: Fraction) -> None:
    days, year = day_parts(pl.col("start"), pl.col("end"), pl.lit(day_count))
    found = pl.DataFrame({"start": [start], "end": [end]}).select(days.alias("days"), year.alias("year"))
    assert Fraction(*found.row(0)) == share


def test_unknown_day_count_is_null() -> None:
    assert "30/365" not in DAY_COUNTS
    days, year = day_parts(pl.lit(date(2024, 1, 1)), pl.lit(date(2024, 2, 1)), pl.lit("30/365"))
    assert pl.select(days.alias("days"), year.alias("year")).row(0) == (None, None)


def test_weeks_and_days_are_counted_as_they_are() -> None:
    steps = pl.select(
        week=later_by(pl.lit(date(2024, 2, 28)), 1, "week"), day=later_by(pl.lit(date(2024, 2, 28)), 2, "day")
    )
    assert steps.row(0) == (date(2024, 3, 6), date(2024, 3, 1))
