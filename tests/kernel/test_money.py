"""Money is exact: every rounding is compared with Python's decimal arithmetic."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ahadi.kernel import money

MODES: dict[money.Rounding, str] = {
    "half_even": ROUND_HALF_EVEN,
    "half_up": ROUND_HALF_UP,
    "up": ROUND_UP,
    "down": ROUND_DOWN,
}
amounts = st.integers(-(10**15), 10**15) | st.integers(-20, 20)
divisors = (st.integers(-(10**6), 10**6) | st.integers(-6, 6)).filter(bool)


def decimal_quotient(numerator: int, denominator: int, mode: money.Rounding) -> int:
    return int((Decimal(numerator) / Decimal(denominator)).quantize(Decimal(1), rounding=MODES[mode]))


def one(expression: pl.Expr) -> object:
    return pl.select(expression).item()


@given(amounts, divisors, st.sampled_from(sorted(MODES)))
def test_division_rounds_as_decimal_does(numerator: int, denominator: int, mode: money.Rounding) -> None:
    expected = decimal_quotient(numerator, denominator, mode)
    assert money.divide_rounded(numerator, denominator, mode) == expected
    column = money.divide_rounded(pl.lit(numerator), pl.lit(denominator), mode)
    assert one(column) == expected


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("half_even", [-4, -2, -2, 0, 0, 2, 2, 4]),
        ("half_up", [-4, -3, -2, -1, 1, 2, 3, 4]),
        ("up", [-4, -3, -2, -1, 1, 2, 3, 4]),
        ("down", [-3, -2, -1, 0, 0, 1, 2, 3]),
    ],
)
def test_halves_go_where_the_mode_says(mode: money.Rounding, expected: list[int]) -> None:
    halves = pl.DataFrame({"n": [-7, -5, -3, -1, 1, 3, 5, 7]})
    assert halves.select(money.divide_rounded(pl.col("n"), 2, mode)).to_series().to_list() == expected


def test_float_rounding_would_have_lost_a_cent() -> None:
    assert round(2.675, 2) == 2.67
    assert money.divide_rounded(2675, 10, "half_up") == 268


def test_division_is_exact_beyond_64_bits() -> None:
    wide = pl.lit(9_000_000_000_000_000_001).cast(pl.Int128) * 10_000
    assert one(money.divide_rounded(wide, 10_000, "half_up")) == 9_000_000_000_000_000_001


def test_zero_denominator_is_null_and_never_zero() -> None:
    assert one(money.divide_rounded(pl.lit(5), pl.lit(0), "half_up")) is None
    assert money.percent_text(5, 0) is None
    assert one(money.percent_text(pl.lit(5), pl.lit(0))) is None
    with pytest.raises(ZeroDivisionError):
        money.divide_rounded(5, 0, "half_up")


@given(amounts, amounts.filter(bool))
@example(10**15, 1)
def test_percentages_have_two_decimals_half_up(numerator: int, denominator: int) -> None:
    exact = Decimal(decimal_quotient(numerator * 10_000, denominator, "half_up")) / 100
    assert money.percent_text(numerator, denominator) == f"{exact:.2f}"
    assert one(money.percent_text(pl.lit(numerator), pl.lit(denominator))) == f"{exact:.2f}"


def test_published_ratios_come_out() -> None:
    assert money.percent_text(180, 1000) == "18.00"
    assert money.percent_text(172, 1200) == "14.33"
    assert money.percent_text(172, 800) == "21.50"
    assert money.ratio_text(334246 * 90, 1074667) == "27.99"


@pytest.mark.parametrize(
    ("currency", "stored", "shown"),
    [("UGX", 0, 0), ("TZS", 2, 0), ("KES", 2, 2), ("KWD", 3, 3), ("CLF", 4, 4), ("USD", 2, 2), ("RWF", 0, 0)],
)
def test_decimals_are_those_of_the_currency(currency: str, stored: int, shown: int) -> None:
    assert (money.exponent(currency), money.shown_decimals(currency)) == (stored, shown)


@pytest.mark.parametrize("currency", ["", "usd", "XXX", "DEM", "TZ", "US$"])
def test_unknown_currency_is_refused_by_name(currency: str) -> None:
    with pytest.raises(money.UnknownCurrency, match="is not an active ISO 4217 code"):
        money.exponent(currency)
    with pytest.raises(money.UnknownCurrency):
        money.shown_decimals(currency)
    with pytest.raises(money.UnknownCurrency):
        money.require_currencies(pl.Series(["USD", currency]))


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (123450, "KES", "1234.50"),
        (-5, "USD", "-0.05"),
        (0, "USD", "0.00"),
        (7, "UGX", "7"),
        (-1234, "KWD", "-1.234"),
        (12, "CLF", "0.0012"),
        (-(2**63), "UGX", "-9223372036854775808"),
    ],
)
def test_plain_text_has_the_currencys_decimals(minor: int, currency: str, text: str) -> None:
    assert money.plain_text(minor, currency) == text
    assert one(money.plain_text(pl.lit(minor), currency)) == text


@given(st.integers(-(2**63), 2**63 - 1), st.sampled_from(sorted(money.EXPONENTS)))
def test_plain_text_of_a_column_is_that_of_each_amount(minor: int, currency: str) -> None:
    frame = pl.DataFrame({"minor": [minor], "currency": [currency]}, schema_overrides={"minor": pl.Int64})
    column = frame.select(money.plain_text(pl.col("minor"), pl.col("currency"))).item()
    assert column == money.plain_text(minor, currency)
    assert Decimal(column).scaleb(money.exponent(currency)) == minor


def test_rest_stands_in_the_last_part() -> None:
    assert money.split_minor(1_000_000, 3) == [333_333, 333_333, 333_334]
    assert money.split_minor(2, 3) == [0, 0, 2]


@given(amounts, st.integers(1, 400))
def test_parts_add_up_to_the_total(total: int, parts: int) -> None:
    split = money.split_minor(total, parts)
    assert sum(split) == total
    assert len(split) == parts
    assert len(set(split[:-1])) <= 1


def test_total_cannot_be_split_into_nothing() -> None:
    with pytest.raises(ValueError, match="into 0 parts"):
        money.split_minor(100, 0)


@given(
    st.lists(st.integers(-(10**30), 10**30), min_size=1, max_size=5),
    st.integers(1, 10**12),
    st.sampled_from(sorted(MODES)),
)
def test_arrays_divide_as_single_numbers_do(numbers: list[int], divisor: int, mode: money.Rounding) -> None:
    found = money.divide_array(np.array(numbers, dtype=object), divisor, mode)
    assert found.tolist() == [money.divide_rounded(number, divisor, mode) for number in numbers]
    small = [number % 10**15 for number in numbers]
    divided = money.divide_array(np.array(small, dtype=np.int64), divisor, mode)
    assert divided.dtype == np.int64
    assert divided.tolist() == [money.divide_rounded(number, divisor, mode) for number in small]
