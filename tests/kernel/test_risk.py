"""Movements between buckets: the same accounts followed, and nothing lost on the way."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.risk import ABSORBING, STATES, chained_loss, movements, roll_rates, transitions
from ahadi.kernel.schema import WrongFrame, empty

from .book import rows
from .company import assert_order_is_free

BUCKETS = ("CURRENT", "1-30", "31-60", "61-90")


def states(*values: tuple[int, str, int]) -> pl.DataFrame:
    return rows(STATES, *values)


def both(*moves: tuple[str, str, int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One account for each move, with its balance before; the balance after is 1 less."""
    before = states(*((n, was, amount) for n, (was, _, amount) in enumerate(moves)))
    return before, states(*((n, is_now, amount - 1) for n, (_, is_now, amount) in enumerate(moves)))


def test_net_roll_mixes_in_new_money_and_the_tracked_one_does_not() -> None:
    """ROLL-01: 200,000 of 1,000,000, of which 150,000 came from the bucket before."""
    before = states((1, "1-30", 150_000), (2, "1-30", 850_000))
    after = states((1, "31-60", 150_000), (2, "1-30", 850_000), (3, "31-60", 50_000))
    made = roll_rates(before, after, buckets=BUCKETS)
    row = made.filter(pl.col("from_state") == "1-30").row(0, named=True)
    assert (row["net_pct"], row["tracked_minor"], row["tracked_pct"]) == ("20.00", 150_000, "15.00")
    assert made.filter(pl.col("from_state") == "CURRENT")["net_pct"].to_list() == [None]


def test_every_row_of_the_matrix_is_whole() -> None:
    before, after = both(("1-30", "31-60", 100), ("1-30", "PAID", 50), ("1-30", "1-30", 50), ("CURRENT", "CURRENT", 7))
    made = transitions(before, after, buckets=BUCKETS)
    assert made.select("from_state", "to_state", "account_count", "open_pct").rows() == [
        ("CURRENT", "CURRENT", 1, "100.00"),
        ("1-30", "1-30", 1, "25.00"),
        ("1-30", "31-60", 1, "50.00"),
        ("1-30", "PAID", 1, "25.00"),
    ]


def test_late_accounts_are_cured_roll_stay_or_go_forward() -> None:
    """ROLL-02: of 8 late accounts 2 cured, 4 forward, 1 the same, 1 back."""
    before, after = both(
        ("1-30", "CURRENT", 10),
        ("31-60", "PAID", 10),
        ("1-30", "31-60", 10),
        ("1-30", "61-90", 10),
        ("31-60", "61-90", 10),
        ("61-90", "WRITTEN_OFF", 10),
        ("31-60", "31-60", 10),
        ("61-90", "31-60", 10),
        ("CURRENT", "1-30", 10),
    )
    made = movements(before, after, buckets=BUCKETS)
    assert made.select("movement", "account_count", "count_pct").rows() == [
        ("cured", 2, "25.00"),
        ("rolled_back", 1, "12.50"),
        ("stabilised", 1, "12.50"),
        ("forward", 4, "50.00"),
        ("left", 0, "0.00"),
    ]


def test_recalled_account_has_left_and_is_neither_better_nor_worse() -> None:
    before, after = both(("31-60", "RECALLED", 10), ("31-60", "SOLD", 10))
    assert movements(before, after, buckets=BUCKETS)["account_count"].to_list() == [0, 0, 0, 0, 2]


def test_chained_rates_give_the_loss() -> None:
    """ROLL-03: 3 %, 40 %, 60 %, 80 % of 1,000,000.00."""
    rates = [3_000_000, 40_000_000, 60_000_000, 80_000_000]
    assert chained_loss(100_000_000, rates_e8=rates, rounding="half_up") == 576_000
    assert chained_loss(100, rates_e8=[50_000_000, 50_000_000, 10_000_000], rounding="half_up") == 3
    with pytest.raises(WrongFrame):
        chained_loss(100, rates_e8=[-1], rounding="half_up")


def test_account_that_vanishes_is_refused() -> None:
    with pytest.raises(WrongFrame, match="account 1 is missing afterwards"):
        transitions(states((1, "1-30", 5)), empty(STATES), buckets=BUCKETS)


def test_state_that_is_no_bucket_is_refused() -> None:
    with pytest.raises(WrongFrame, match="account 1 is in 'LATE'"):
        transitions(states((1, "LATE", 5)), states((1, "1-30", 5)), buckets=BUCKETS)


_STATE = st.sampled_from([*BUCKETS, *ABSORBING])


@given(st.lists(st.tuples(_STATE, _STATE, st.integers(1, 99)), max_size=12))
def test_matrix_and_movements_are_those_of_the_slow_model(moves: list[tuple[str, str, int]]) -> None:
    before, after = both(*moves)
    cells = transitions(before, after, buckets=BUCKETS)
    expected: dict[tuple[str, str], tuple[int, int]] = {}
    for was, is_now, amount in moves:
        count, balance = expected.get((was, is_now), (0, 0))
        expected[was, is_now] = (count + 1, balance + amount)
    assert {(row[0], row[1]): row[2:4] for row in cells.iter_rows()} == expected
    assert_order_is_free(lambda b, a: transitions(b, a, buckets=BUCKETS), before, after)

    late = [(was, is_now) for was, is_now, _ in moves if was in BUCKETS[1:]]
    made = dict(movements(before, after, buckets=BUCKETS).select("movement", "account_count").iter_rows())
    assert sum(made.values()) == len(late)
    assert made["cured"] == sum(is_now in ("CURRENT", "PAID") for _, is_now in late)
    assert made["stabilised"] == sum(was == is_now for was, is_now in late)
    assert_order_is_free(lambda b, a: movements(b, a, buckets=BUCKETS), before, after)
    assert_order_is_free(lambda b, a: roll_rates(b, a, buckets=BUCKETS), before, after)
