"""Who has how much to do: what lists bring, hours against work, and lists of even difficulty."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.schema import WrongFrame
from ahadi.kernel.staffing import by_now, dealt, evenly, expected_cash, hours_left, to_move

DESK = {"person_id": 1, "team_id": 1, "from_minute": 540, "until_minute": 1080, "waiting": 0}


def desks(*rows: dict[str, int]) -> pl.DataFrame:
    return pl.DataFrame([{**DESK, "person_id": place, **row} for place, row in enumerate(rows, 1)])


def lists(*rows: tuple[int, str, int, int]) -> pl.DataFrame:
    """Owner, bucket, late and received."""
    schema = {"owner_id": pl.Int64, "bucket": pl.String, "overdue_minor": pl.Int64, "received_minor": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(currency=pl.lit("KES"))


def test_a_list_of_old_debts_is_expected_to_bring_less() -> None:
    made = expected_cash(lists((1, "1-30", 900, 100), (2, "181+", 990, 10)), days=1)
    assert made.rows() == [(1, "KES", 90), (2, "KES", 9)]


def test_a_bucket_brings_what_all_lists_together_brought() -> None:
    one, two = expected_cash(lists((1, "1-30", 900, 100), (2, "1-30", 900, 100)), days=10)["expected_minor"]
    assert one == two == 9


def test_sums_beyond_sixty_four_bits_are_told_exactly() -> None:
    made = expected_cash(lists((1, "1-30", 4 * 10**18, 4 * 10**18)), days=1)
    assert made["expected_minor"].item() == 2 * 10**18


def test_nothing_is_expected_where_nothing_came_and_nothing_is_late() -> None:
    made = expected_cash(lists((1, "1-30", 0, 0), (2, "1-30", 50, 0)), days=28)
    assert made["expected_minor"].to_list() == [0, 0]


@pytest.mark.parametrize(("minute", "past"), [(0, 0), (540, 0), (810, 5_000), (1080, 10_000), (1400, 10_000)], ids=str)
def test_shift_is_over_by_as_much_as_has_passed(minute: int, past: int) -> None:
    assert by_now(desks({}), minute=minute)["past_bps"].item() == past


def test_work_is_spread_over_the_hours_that_are_left() -> None:
    rows = desks({"waiting": 90}, {"until_minute": 1020})
    made = hours_left(rows, minute=960, seconds_each=120)
    assert made["hour"].to_list() == [16, 17]
    assert made["people_minutes"].to_list() == [120, 60]
    assert made["work_minutes"].to_list() == [90, 90]
    assert made["short_minutes"].to_list() == [0, 30], "one has gone home and the work has not"


def test_nobody_is_left_after_everybody_has_gone() -> None:
    assert hours_left(desks({"waiting": 5}), minute=1200, seconds_each=60).is_empty()


def test_team_with_too_much_and_team_with_room_are_told_apart() -> None:
    rows = desks({"waiting": 100}, {"team_id": 2, "waiting": 20})
    assert to_move(rows, minute=960, seconds_each=120).rows() == [(1, 40, 0), (2, 0, 40)]


def accounts(count: int, debtors: int | None = None) -> pl.DataFrame:
    numbers = range(count)
    return pl.DataFrame(
        {
            "account_id": numbers,
            "debtor_id": [number % (debtors or count) for number in numbers],
            "days_late": [number * 7 % 200 for number in numbers],
            "overdue_minor": [1_000 + number * 13 % 977 for number in numbers],
        },
        schema={"account_id": pl.Int64, "debtor_id": pl.Int64, "days_late": pl.Int64, "overdue_minor": pl.Int64},
    )


def takers(*weights: int) -> pl.DataFrame:
    return pl.DataFrame(list(enumerate(weights, 1)), schema={"owner_id": pl.Int64, "weight": pl.Int64}, orient="row")


@given(st.integers(0, 80), st.integers(1, 40), st.lists(st.integers(1, 5), min_size=1, max_size=6))
def test_each_account_is_dealt_once_in_shares_and_debtors_stay_together(
    count: int, debtors: int, weights: list[int]
) -> None:
    given_, receivers = accounts(count, debtors), takers(*weights)
    made = dealt(given_, receivers)
    assert made["account_id"].to_list() == given_["account_id"].to_list()
    both = made.join(given_, on="account_id")
    assert both.group_by("debtor_id").agg(pl.col("owner_id").n_unique()).filter(pl.col("owner_id") > 1).is_empty()
    per = dict(both.group_by("owner_id").agg(pl.col("debtor_id").n_unique()).iter_rows())
    whole = both["debtor_id"].n_unique()
    for owner, weight in receivers.iter_rows():
        share = whole * weight / sum(weights)
        assert abs(per.get(owner, 0) - share) <= max(weight, 1)


def test_no_list_is_harder_than_another() -> None:
    given_ = accounts(600)
    made = dealt(given_, takers(1, 1, 1)).join(given_, on="account_id")
    means = made.group_by("owner_id").agg(pl.col("days_late").mean(), pl.col("overdue_minor").mean())
    assert float(means["days_late"].max()) - float(means["days_late"].min()) < 2  # type: ignore[arg-type]
    assert float(means["overdue_minor"].max()) - float(means["overdue_minor"].min()) < 20  # type: ignore[arg-type]


def test_so_many_are_chosen_evenly_from_heavy_to_light() -> None:
    given_ = accounts(100)
    chosen = evenly(given_, count=10)
    assert chosen.height == 10
    assert abs(float(str(chosen["days_late"].mean())) - float(str(given_["days_late"].mean()))) < 15
    assert evenly(given_, count=1_000).height == 100 and evenly(given_.head(0), count=3).is_empty()


def test_nobody_to_receive_receives_nothing() -> None:
    assert dealt(accounts(3), takers()).is_empty()


def test_weight_of_nought_is_no_weight() -> None:
    with pytest.raises(WrongFrame):
        dealt(accounts(3), takers(0))
