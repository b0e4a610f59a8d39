"""Plans: the fee, the part paid down, equal instalments, multiples, and dates that keep their day."""

from datetime import date
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.money import Rounding, divide_rounded
from ahadi.kernel.plan import PLANS, build
from ahadi.kernel.schema import WrongFrame

from .book import rows
from .company import assert_alone_as_among_many, assert_order_is_free

FIRST = date(2026, 1, 31)


def plans(*values: tuple[object, ...]) -> pl.DataFrame:
    return rows(PLANS, *values)


def terms(
    amount: int, count: int, *, down: int = 0, fee: int = 0, fee_in: str = "total", multiple: int | None = None
) -> pl.DataFrame:
    return plans((1, amount, down, fee, fee_in, count, FIRST, 1, "month", multiple))


def amounts(plan: pl.DataFrame, rounding: Rounding = "half_even") -> list[int]:
    return build(plan, rounding=rounding)[1]["amount_minor"].to_list()


def test_last_instalment_takes_the_rest() -> None:
    assert amounts(terms(1_000_000, 3)) == [333_333, 333_333, 333_334]
    assert amounts(terms(2_000_000, 3)) == [666_667, 666_667, 666_666]
    assert amounts(terms(2_000_000, 3), "down") == [666_666, 666_666, 666_668]


def test_instalments_are_lifted_to_whole_notes() -> None:
    assert amounts(terms(1_000_000, 6, multiple=5_000)) == [170_000] * 5 + [150_000]
    assert amounts(terms(900_000, 6, multiple=5_000)) == [150_000] * 6


def test_plan_that_notes_pay_off_early_ends_there() -> None:
    assert amounts(terms(100_000, 6, multiple=40_000)) == [40_000, 40_000, 20_000]
    assert amounts(terms(3, 9)) == [1, 1, 1]


def test_fee_in_the_total_is_spread_and_a_fee_in_the_first_comes_on_top() -> None:
    made, parts = build(terms(1_000_000, 4, fee=200), rounding="half_even")
    assert made.row(0) == (1, 20_000, 0, 1_020_000)
    assert parts["amount_minor"].to_list() == [255_000] * 4
    made, parts = build(terms(1_000_000, 4, fee=200, fee_in="first"), rounding="half_even")
    assert made.row(0) == (1, 20_000, 0, 1_000_000)
    assert parts["amount_minor"].to_list() == [270_000, 250_000, 250_000, 250_000]


def test_part_paid_down_is_a_share_of_the_amount() -> None:
    made, parts = build(terms(1_000_000, 3, down=2_500), rounding="half_even")
    assert made.row(0) == (1, 0, 250_000, 1_000_000)
    assert parts["amount_minor"].to_list() == [250_000] * 3


@pytest.mark.parametrize(
    ("every", "unit", "expected"),
    [
        (1, "month", [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]),
        (2, "month", [date(2026, 1, 31), date(2026, 3, 31), date(2026, 5, 31), date(2026, 7, 31)]),
        (2, "week", [date(2026, 1, 31), date(2026, 2, 14), date(2026, 2, 28), date(2026, 3, 14)]),
        (10, "day", [date(2026, 1, 31), date(2026, 2, 10), date(2026, 2, 20), date(2026, 3, 2)]),
    ],
)
def test_due_dates_keep_their_day_or_end_with_the_month(every: int, unit: str, expected: list[date]) -> None:
    made = build(plans((1, 100, 0, 0, "total", 4, FIRST, every, unit, None)), rounding="half_even")[1]
    assert made["due_date"].to_list() == expected


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("every_unit", "year"),
        ("fee_in", "last"),
        ("down_bps", -1),
        ("fee_bps", -1),
        ("down_bps", 10_000),
        ("count", 0),
        ("amount_minor", 0),
    ],
)
def test_terms_that_make_no_plan_are_refused(column: str, value: object) -> None:
    with pytest.raises(WrongFrame):
        build(terms(100, 3).with_columns(pl.lit(value).alias(column).cast(terms(1, 1).schema[column])), rounding="up")


@given(
    st.lists(
        st.tuples(
            st.integers(1, 10**12),
            st.sampled_from([0, 1, 2_500, 9_999]),
            st.sampled_from([0, 200, 333]),
            st.sampled_from(["total", "first"]),
            st.integers(1, 40),
            st.sampled_from([None, 1, 7, 5_000]),
        ),
        max_size=4,
    ),
    st.sampled_from(["half_even", "half_up", "up", "down"]),
)
def test_plans_are_those_of_the_slow_model(given_terms: list[tuple[object, ...]], rounding: Rounding) -> None:
    drawn = _plans(given_terms, rounding)
    made, parts = build(drawn, rounding=rounding)
    for number, amount, down, fee, place, count, _, _, _, lift in drawn.iter_rows():
        assert_model(made, parts, number, (amount, down, fee, place, count, lift), rounding)
    assert_order_is_free(lambda plan: build(plan, rounding=rounding)[1], drawn)
    assert_alone_as_among_many(lambda plan: build(plan, rounding=rounding)[1], [drawn], "plan_id")


def _plans(given_terms: list[tuple[object, ...]], rounding: Rounding) -> pl.DataFrame:
    """Those of the drawn terms that leave something to pay by instalments."""
    kept = []
    for n, (amount, down, fee, place, count, lift) in enumerate(given_terms):
        assert isinstance(amount, int) and isinstance(down, int) and isinstance(fee, int)
        total = amount + (divide_rounded(amount * fee, 10_000, rounding) if place == "total" else 0)
        if total > divide_rounded(amount * down, 10_000, rounding):
            kept.append((n, amount, down, fee, place, count, FIRST, 1, "month", lift))
    return plans(*kept)


def assert_model(
    made: pl.DataFrame,
    parts: pl.DataFrame,
    number: int,
    given_terms: tuple[int, int, int, str, int, int | None],
    rounding: Rounding,
) -> None:
    amount, down_bps, fee_bps, place, count, lift = given_terms
    fee, down = (divide_rounded(amount * bps, 10_000, rounding) for bps in (fee_bps, down_bps))
    total = amount + (fee if place == "total" else 0)
    left = total - down
    each = max(divide_rounded(left, count, rounding), 1) if lift is None else -(-Fraction(left, count) // lift) * lift
    expected = []
    for place_of in range(count):
        part = left if place_of == count - 1 else min(each, left)
        left -= part
        if part:
            expected.append(int(part))
    if place == "first":
        expected[0] += fee
    assert made.filter(pl.col("plan_id") == number).row(0) == (number, fee, down, total)
    assert parts.filter(pl.col("plan_id") == number)["amount_minor"].to_list() == expected
