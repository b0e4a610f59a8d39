"""Cohorts: repayment rates, vintage curves, batch tracks, conversion, customers who stay lit."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.cohort import (
    ACTIVATED,
    ADJUSTED,
    DARK,
    DUES,
    FINANCED,
    ORIGINATED,
    PLACED,
    RATES,
    REPAID,
    STARTED,
    CapMode,
    batch_track,
    cap_score,
    conversion,
    repayment_rates,
    vintage,
    weighted_track,
)
from ahadi.kernel.schema import WrongFrame, empty

from .book import rows
from .company import assert_order_is_free

START = date(2026, 1, 1)
NO_DUES = empty(DUES)


def day(number: int) -> date:
    return START + timedelta(days=number)


def contracts(*values: tuple[object, ...]) -> pl.DataFrame:
    return rows(FINANCED, *values)


def rates(
    book: pl.DataFrame, receipts: pl.DataFrame, as_of: date, dues: pl.DataFrame = NO_DUES
) -> dict[str, tuple[int, int, str | None]]:
    made = repayment_rates(book, dues, receipts, as_of=as_of)
    return {kpi: (above, below, pct) for kpi, above, below, pct in made.iter_rows()}


THREE = [(number, START, 360, 1_000, 360_000, 300_000, dark) for number, dark in ((1, 0), (2, 31), (3, 91))]
PAID = rows(REPAID, (1, day(80), 81_000), (2, day(70), 45_000), (3, day(9), 9_000))


def test_repayment_rate_sums_contracts_before_it_divides() -> None:
    """PERF-01 and PERF-02: written-off contracts stay in, deposits stay out."""
    found = rates(contracts(*THREE), PAID, day(90))
    assert found["rr_pvp"] == (135_000, 270_000, "50.00")
    assert found["rr_pvfin"] == (135_000, 1_080_000, "12.50")
    assert found["rr_pvp_90"] == found["rr_pvp"]


def test_money_ahead_of_the_plan_is_not_applied_yet() -> None:
    ahead = rows(REPAID, (1, day(1), 200_000))
    assert rates(contracts(THREE[0]), ahead, day(90))["rr_pvp"] == (90_000, 90_000, "100.00")


def test_milestones_count_contracts_that_reached_them() -> None:
    found = rates(contracts(*THREE), PAID, day(89))
    assert found["rr_pvp_90"] == (0, 0, None)
    later = rates(contracts(*THREE), rows(REPAID, (1, day(91), 50_000)), day(400))
    assert later["rr_pvp_90"] == (0, 270_000, "0.00")


def test_outcome_is_what_came_within_twice_the_term() -> None:
    """PERF-05: 3,100 of 3,600 by day 720."""
    one = contracts((1, START, 360, 1_000, 360_000, 0, 0))
    money = rows(REPAID, (1, day(720), 310_000), (1, day(721), 50_000))
    assert rates(one, money, day(800))["rr_pvp_2x"] == (310_000, 360_000, "86.11")
    assert rates(one, money, day(719))["rr_pvp_2x"] == (0, 0, None)


def test_ownership_counts_contracts_at_twice_the_term_only() -> None:
    """PERF-04: a contract paid early but not yet there does not count."""
    ages = ((1, 740, 350), (2, 730, 700), (3, 800, None), (4, 721, None), (5, 400, 300))
    as_of = day(1_000)
    book = contracts(*((n, as_of - timedelta(days=age), 360, 1, 360, 0, 0) for n, age, _ in ages))
    money = rows(REPAID, *((n, as_of - timedelta(days=age - on), 360) for n, age, on in ages if on is not None))
    assert rates(book, money, as_of)["ownership_2x"] == (2, 4, "50.00")


def test_receivables_at_risk_take_the_whole_balance_beyond_the_limit() -> None:
    found = rates(contracts(*THREE), PAID, day(90))
    assert found["rar30"] == (600_000, 900_000, "66.67")
    assert found["rar90"] == (300_000, 900_000, "33.33")
    at_limit = contracts((1, START, 360, 1, 360, 100, 30), (2, START, 360, 1, 360, 100, 90))
    assert rates(at_limit, empty(REPAID), day(90))["rar30"][0] == 100
    assert rates(at_limit, empty(REPAID), day(90))["rar90"][0] == 0


def test_instalments_take_the_place_of_the_daily_price() -> None:
    book = contracts((1, START, 60, None, 200, 200, 0))
    dues = rows(DUES, (1, day(30), 100), (1, day(60), 100))
    money = rows(REPAID, (1, day(10), 70))
    assert rates(book, money, day(29), dues)["rr_pvp"] == (0, 0, None)
    assert rates(book, money, day(30), dues)["rr_pvp"] == (70, 100, "70.00")


def test_rates_are_given_by_cohort_in_their_order() -> None:
    book = contracts(*THREE).with_columns(cohort=pl.Series(["b", "a", "a"]))
    made = repayment_rates(book, NO_DUES, PAID, as_of=day(90), by=["cohort"])
    assert made["kpi"].to_list() == [*RATES, *RATES]
    assert made.filter(pl.col("kpi") == "rr_pvp")["pct"].to_list() == ["30.00", "90.00"]
    with pytest.raises(WrongFrame, match="'region' is missing"):
        repayment_rates(book, NO_DUES, PAID, as_of=day(90), by=["region"])


@given(
    st.lists(
        st.tuples(st.integers(0, 300), st.integers(1, 120), st.integers(1, 9), st.integers(0, 99), st.integers(0, 200)),
        min_size=1,
        max_size=4,
    ),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 500), st.integers(1, 600)), max_size=8),
    st.integers(0, 500),
)
def test_rates_are_those_of_the_slow_model(
    drawn: list[tuple[int, int, int, int, int]], money: list[tuple[int, int, int]], today: int
) -> None:
    book = contracts(
        *((n, day(s), term, price, term * price, left, dark) for n, (s, term, price, left, dark) in enumerate(drawn))
    )
    receipts = rows(REPAID, *((who, day(on), amount) for who, on, amount in money if who < len(drawn)))
    sums = {kpi: [0, 0] for kpi in RATES}

    def add(kpi: str, above: int, below: int) -> None:
        sums[kpi] = [sums[kpi][0] + above, sums[kpi][1] + below]

    for n, (start, term, price, left, dark) in enumerate(drawn):

        def at(moment: int, n: int = n, start: int = start, term: int = term, price: int = price) -> tuple[int, int]:
            due = min(max(moment - start, 0), term) * price
            came = sum(amount for who, on, amount in money if who == n and on <= moment)
            return came, due

        came, due = at(today)
        add("rr_pvp", min(came, due), due)
        add("rr_pvfin", min(came, due), term * price)
        if today >= start + 90:
            came, due = at(start + 90)
            add("rr_pvp_90", min(came, due), due)
        if today >= start + 2 * term:
            came, due = at(start + 2 * term)
            add("rr_pvp_2x", min(came, due), due)
            add("ownership_2x", int(came >= due), 1)
        add("rar30", left if dark > 30 else 0, left)
        add("rar90", left if dark > 90 else 0, left)

    def run(known: pl.DataFrame, came: pl.DataFrame) -> pl.DataFrame:
        return repayment_rates(known, NO_DUES, came, as_of=day(today))

    assert run(book, receipts).select("kpi", "numerator", "denominator").rows() == [(kpi, *sums[kpi]) for kpi in RATES]
    assert_order_is_free(run, book, receipts)


def accounts_reached(*values: tuple[object, ...]) -> pl.DataFrame:
    return rows(ORIGINATED, *values)


def test_vintage_counts_whoever_ever_got_there() -> None:
    """VINT-01: 2,000 first late in month 2, 3,500 in month 3, 1,500 in month 5, of 100,000."""
    book = accounts_reached(
        (1, date(2026, 1, 3), 2_000, date(2026, 3, 30)),
        (2, date(2026, 1, 31), 3_500, date(2026, 4, 1)),
        (3, date(2026, 1, 9), 1_500, date(2026, 6, 15)),
        (4, date(2026, 1, 20), 93_000, None),
    )
    made = vintage(book, as_of=date(2026, 6, 30))
    assert made["age"].to_list() == [0, 1, 2, 3, 4, 5]
    assert made["pct"].to_list() == ["0.00", "0.00", "2.00", "5.50", "5.50", "7.00"]


def test_month_that_is_not_over_has_no_cell() -> None:
    book = accounts_reached((1, date(2026, 1, 3), 100, date(2026, 2, 2)), (2, date(2026, 2, 3), 100, None))
    assert vintage(book, as_of=date(2026, 2, 27)).select("cohort", "age", "pct").rows() == [
        (date(2026, 1, 1), 0, "0.00")
    ]
    assert vintage(book, as_of=date(2026, 2, 28)).select("cohort", "age", "pct").rows() == [
        (date(2026, 1, 1), 0, "0.00"),
        (date(2026, 1, 1), 1, "100.00"),
        (date(2026, 2, 1), 0, "0.00"),
    ]


def test_batch_track_compares_equal_ages() -> None:
    """BATCH-01: January 2.00, 7.00, 10.00; February 1.25, 7.25; both at age 1 7.11."""
    placements = rows(PLACED, (1, date(2026, 1, 5), 100_000), (2, date(2026, 2, 5), 80_000))
    money = rows(
        REPAID,
        (1, date(2026, 1, 20), 2_000),
        (1, date(2026, 2, 20), 5_000),
        (1, date(2026, 3, 20), 3_000),
        (2, date(2026, 2, 20), 1_000),
        (2, date(2026, 3, 20), 4_800),
    )
    track = batch_track(placements, empty(ADJUSTED), money, as_of=date(2026, 3, 31))
    january = track.filter(pl.col("cohort") == date(2026, 1, 1))
    february = track.filter(pl.col("cohort") == date(2026, 2, 1))
    assert january["net_pct"].to_list() == ["2.00", "7.00", "10.00"]
    assert february["net_pct"].to_list() == ["1.25", "7.25"]
    assert weighted_track(track)["net_pct"].to_list() == ["1.67", "7.11", "10.00"]


def test_recalled_money_leaves_the_net_base() -> None:
    """BATCH-02: 100,000 less 5,000 corrected and 15,000 recalled; 16,000 collected."""
    placements = rows(PLACED, (1, date(2026, 1, 5), 100_000))
    changes = rows(ADJUSTED, (1, date(2026, 1, 8), -5_000), (1, date(2026, 1, 9), -15_000))
    money = rows(REPAID, (1, date(2026, 1, 20), 16_000), (1, date(2026, 1, 4), 7))
    track = batch_track(placements, changes, money, as_of=date(2026, 1, 31))
    assert track.select("net_placed_minor", "net_pct", "gross_pct").row(0) == (80_000, "20.00", "16.00")


def test_money_of_an_account_never_placed_is_refused() -> None:
    with pytest.raises(WrongFrame, match="receipts: an account was never placed"):
        batch_track(empty(PLACED), empty(ADJUSTED), rows(REPAID, (1, START, 1)), as_of=START)


def test_conversion_counts_windows_that_have_passed() -> None:
    """CONV-01: one of three matured accounts paid in its window; the immature one that paid does not count."""
    accounts = rows(STARTED, (1, day(0)), (2, day(0)), (3, day(1)), (4, day(50)))
    money = rows(REPAID, (1, day(30), 5), (2, day(31), 5), (4, day(51), 5))
    made = conversion(accounts, money, as_of=day(60), window_days=30)
    assert made.row(0) == (3, 1, "33.33")
    assert conversion(accounts, money, as_of=day(30), window_days=30).row(0) == (0, 0, None)
    assert conversion(accounts, money, as_of=day(60), window_days=30, least_minor=6).row(0) == (3, 0, "0.00")


CUSTOMERS = {
    1: (date(2026, 1, 1), [10, 11, 30]),
    2: (date(2026, 1, 1), [20, 21, 22, 23, 24]),
    3: (date(2026, 1, 10), [5, 15, 25, 35, 45]),
    4: (date(2026, 1, 12), []),
    5: (date(2026, 2, 20), [1, 2, 3, 4, 5, 6]),
}


@pytest.mark.parametrize(("mode", "pct"), [("cumulative", "50.00"), ("consecutive", "75.00")])
def test_customers_who_stay_lit_are_counted_in_both_readings(mode: CapMode, pct: str) -> None:
    """CAP-01."""
    activated = rows(ACTIVATED, *((number, on) for number, (on, _) in CUSTOMERS.items()))
    dark = rows(
        DARK,
        *(
            (number, on + timedelta(days=n), on + timedelta(days=n + 1))
            for number, (on, numbers) in CUSTOMERS.items()
            for n in numbers
        ),
    )
    made = cap_score(activated, dark, as_of=date(2026, 3, 31), mode=mode)
    assert (made["matured_accounts"][0], made["pct"][0]) == (4, pct)
    assert_order_is_free(lambda a, d: cap_score(a, d, as_of=date(2026, 3, 31), mode=mode), activated, dark)


def test_customer_counts_from_the_day_the_horizon_ends() -> None:
    activated = rows(ACTIVATED, (1, START))
    for as_of, count in ((day(74), 0), (day(75), 1)):
        made = cap_score(activated, empty(DARK), as_of=as_of, mode="cumulative")
        assert made["matured_accounts"].to_list() == [count]


def test_days_beyond_the_horizon_do_not_darken_a_customer() -> None:
    activated = rows(ACTIVATED, (1, START))
    for first, passed in ((72, 1), (71, 0)):
        dark = rows(DARK, (1, day(first), day(200)))
        assert cap_score(activated, dark, as_of=day(300), mode="cumulative")["passed_accounts"].to_list() == [passed]


def test_overlapping_times_in_the_dark_are_refused() -> None:
    with pytest.raises(WrongFrame, match="overlap"):
        cap_score(
            empty(ACTIVATED), rows(DARK, (1, day(1), day(3)), (1, day(2), day(4))), as_of=START, mode="cumulative"
        )
