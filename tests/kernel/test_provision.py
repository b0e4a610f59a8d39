"""The provision matrix: open money by bucket times its rate, rounded once a bucket."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.money import Rounding, divide_rounded
from ahadi.kernel.provision import IN_BUCKETS, provision
from ahadi.kernel.schema import WrongFrame, empty

from .book import rows
from .company import assert_order_is_free

RATES = {"CURRENT": 500_000, "1-30": 2_200_000, "31-60": 2_700_000, "61-90": 4_500_000}


def in_buckets(*values: tuple[object, ...]) -> pl.DataFrame:
    return rows(IN_BUCKETS, *values)


def test_matrix_multiplies_each_bucket_by_its_rate() -> None:
    """ECL-02."""
    held = in_buckets(("CURRENT", 1_500_000), ("1-30", 750_000), ("31-60", 400_000), ("61-90", 250_000))
    made = provision(held, rates_e8=RATES, rounding="half_up")
    assert made["provision_minor"].to_list() == [7_500, 16_500, 10_800, 11_250]
    assert made["provision_minor"].sum() == 46_050


def test_bucket_is_rounded_once_however_many_rows_it_has() -> None:
    three = in_buckets(("A", 50), ("A", 50), ("A", 50))
    assert provision(three, rates_e8={"A": 1_000_000}, rounding="half_up")["provision_minor"].to_list() == [2]


def test_bucket_without_a_rate_is_left_out_and_one_without_money_is_0() -> None:
    made = provision(in_buckets(("UNAPPLIED", -30)), rates_e8=RATES, rounding="half_up")
    assert made["bucket"].to_list() == list(RATES)
    assert made["provision_minor"].to_list() == [0, 0, 0, 0]
    assert provision(empty(IN_BUCKETS), rates_e8={}, rounding="half_up").is_empty()


def test_matrix_may_be_given_by_currency() -> None:
    held = in_buckets(("A", 100), ("A", 900)).with_columns(currency=pl.Series(["KES", "UGX"]))
    made = provision(held, rates_e8={"A": 10_000_000}, rounding="half_up", by=["currency"])
    assert made.rows() == [("KES", "A", 100, 10), ("UGX", "A", 900, 90)]
    with pytest.raises(WrongFrame, match="'branch' is missing"):
        provision(held, rates_e8={}, rounding="half_up", by=["branch"])


@pytest.mark.parametrize("rate", [-1, 100_000_001])
def test_rate_outside_nothing_to_all_is_refused(rate: int) -> None:
    with pytest.raises(WrongFrame, match="the rate of 'A'"):
        provision(empty(IN_BUCKETS), rates_e8={"A": rate}, rounding="half_up")


@given(
    st.lists(st.tuples(st.sampled_from("ABC"), st.integers(-(10**9), 10**12)), max_size=8),
    st.dictionaries(st.sampled_from("ABCD"), st.integers(0, 100_000_000)),
    st.sampled_from(["half_even", "half_up", "up", "down"]),
)
def test_matrix_is_that_of_the_slow_model(
    held: list[tuple[str, int]], rates: dict[str, int], rounding: Rounding
) -> None:
    def run(frame: pl.DataFrame) -> pl.DataFrame:
        return provision(frame, rates_e8=rates, rounding=rounding)

    expected = []
    for code, rate in rates.items():
        owed = sum(amount for bucket, amount in held if bucket == code)
        expected.append((code, owed, divide_rounded(owed * rate, 10**8, rounding)))
    assert run(in_buckets(*held)).rows() == expected
    assert_order_is_free(run, in_buckets(*held))
