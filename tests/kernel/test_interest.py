"""Interest, fixed sums, caps and limitation: published sums, and a model that goes day by day."""

from calendar import isleap
from datetime import date, timedelta
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.calendar import DAY_COUNTS
from ahadi.kernel.interest import (
    BALANCES,
    CLAIMS,
    CLOCKS,
    LATE_CHARGES,
    PERIODS,
    SIZED_CHARGES,
    Cap,
    DatedRate,
    When,
    compensation,
    late_interest,
    limitation,
    period_interest,
    recoverable,
)
from ahadi.kernel.money import Rounding, divide_rounded
from ahadi.kernel.schema import WrongFrame

from .book import rows
from .company import assert_alone_as_among_many, assert_order_is_free

DUE = date(2026, 5, 31)
EU_2026 = (DatedRate(date(2026, 1, 1), 10_150_000), DatedRate(date(2026, 7, 1), 10_400_000))
UK_SCALE = ((0, 4_000), (100_000, 7_000), (1_000_000, 10_000))


def late(
    amount: int,
    rates: tuple[DatedRate, ...],
    as_of: date,
    *,
    due: date = DUE,
    day_count: str = "actual/365",
    when: When = "once",
    rounding: Rounding = "half_up",
    cap_bps: int | None = None,
    steps: tuple[tuple[date, int], ...] = (),
) -> int:
    balances = rows(BALANCES, (1, due, amount), *((1, day, left) for day, left in steps))
    charges = rows(LATE_CHARGES, (1, due, amount))
    made = late_interest(
        charges, balances, as_of=as_of, rates=rates, day_count=day_count, when=when, rounding=rounding, cap_bps=cap_bps
    )
    return int(made["interest_minor"][0])


def flat(rate_e8: int) -> tuple[DatedRate, ...]:
    return (DatedRate(date(2000, 1, 1), rate_e8),)


def test_rate_of_each_half_year_applies_to_its_own_days() -> None:
    """LPI-EU-01: 30 days at 10.15 % and 46 at 10.40 %."""
    assert late(1_000_000, EU_2026, date(2026, 8, 15)) == 21_449
    assert late(1_000_000, EU_2026, date(2026, 6, 30)) == 8_342


def test_interest_is_rounded_once_or_every_day() -> None:
    """LPI-UK-01: 50 days at 8.5 %, exact 11.64, with the day rounded to pence 11.50. LPI-UK-02: 13.56."""
    assert late(100_000, flat(8_500_000), DUE + timedelta(days=50)) == 1_164
    assert late(100_000, flat(8_500_000), DUE + timedelta(days=50), when="daily") == 1_150
    assert late(100_000, flat(8_250_000), DUE + timedelta(days=60)) == 1_356


def test_day_of_the_due_date_bears_nothing_and_the_day_after_does() -> None:
    assert late(36_500, flat(100_000_000), DUE) == 0
    assert late(36_500, flat(100_000_000), DUE + timedelta(days=1)) == 100


def test_money_lowers_interest_from_the_day_after_it_came() -> None:
    paid = ((DUE + timedelta(days=11), 0),)
    assert late(36_500, flat(100_000_000), DUE + timedelta(days=40), steps=paid) == 1_000


def test_interest_is_held_to_a_share_of_the_charge() -> None:
    """PEN-01: 2 % a month of 30 days for 45 days is 150.00, held to 2.5 % of 5,000.00."""
    assert late(500_000, flat(24_000_000), DUE + timedelta(days=45), day_count="actual/360") == 15_000
    assert late(500_000, flat(24_000_000), DUE + timedelta(days=45), day_count="actual/360", cap_bps=250) == 12_500


def test_nothing_accrues_without_a_rate_or_on_a_credit() -> None:
    assert late(100, (), date(2030, 1, 1)) == 0
    assert late(-100, flat(100_000_000), date(2030, 1, 1)) == 0
    assert late(36_500, (DatedRate(DUE + timedelta(days=11), 100_000_000),), DUE + timedelta(days=20)) == 1_000


@pytest.mark.parametrize(
    ("due", "as_of", "days"), [("01-29", "01-30", 0), ("01-30", "01-31", 1), ("02-27", "02-28", 3)]
)
def test_every_month_has_thirty_days_of_interest_however_it_is_cut(due: str, as_of: str, days: int) -> None:
    day = date.fromisoformat(f"2026-{due}")
    found = late(36_000, flat(100_000_000), date.fromisoformat(f"2026-{as_of}"), due=day, day_count="30/360")
    assert found == days * 100


@pytest.mark.parametrize(
    ("rates", "day_count", "cap_bps"),
    [(EU_2026[::-1], "actual/365", None), (EU_2026, "actual/366", None), (EU_2026, "actual/365", -1)],
)
def test_rule_that_makes_no_sense_is_refused(rates: tuple[DatedRate, ...], day_count: str, cap_bps: int | None) -> None:
    with pytest.raises(WrongFrame):
        late(100, rates, date(2026, 8, 1), day_count=day_count, cap_bps=cap_bps)


_DAYS = st.integers(0, 800).map(lambda offset: date(2023, 6, 1) + timedelta(days=offset))


@given(
    st.lists(st.tuples(_DAYS, st.integers(1, 10**9)), min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, 2), _DAYS, st.integers(0, 10**9)), max_size=4, unique_by=lambda row: row[:2]),
    st.lists(st.tuples(_DAYS, st.integers(0, 30_000_000)), max_size=3, unique_by=lambda row: row[0]),
    _DAYS,
    st.sampled_from(DAY_COUNTS),
    st.sampled_from(["once", "daily"]),
    st.sampled_from([None, 300]),
)
def test_late_interest_is_that_of_a_model_that_goes_day_by_day(
    owed: list[tuple[date, int]],
    changes: list[tuple[int, date, int]],
    given_rates: list[tuple[date, int]],
    as_of: date,
    day_count: str,
    when: When,
    cap_bps: int | None,
) -> None:
    charges = rows(LATE_CHARGES, *((number, due, amount) for number, (due, amount) in enumerate(owed)))
    first = [(number, date(2023, 1, 1), amount) for number, (_, amount) in enumerate(owed)]
    balances = rows(BALANCES, *first, *(change for change in changes if change[0] < len(owed)))
    rates = tuple(DatedRate(*rate) for rate in sorted(given_rates))

    def run(claimed: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
        return late_interest(
            claimed,
            held,
            as_of=as_of,
            rates=rates,
            day_count=day_count,
            when=when,
            rounding="half_even",
            cap_bps=cap_bps,
        )

    expected = []
    for number, due, amount in charges.iter_rows():
        steps = sorted((day, left) for owner, day, left in balances.iter_rows() if owner == number)
        total = Fraction(0)
        day = due + timedelta(days=1)
        while day <= as_of:
            left = next(open_ for start, open_ in reversed(steps) if start <= day)
            rate = next((one.rate_e8 for one in reversed(rates) if one.from_date <= day), 0)
            of_day = Fraction(left * rate, 10**8)
            share = day_share(day, day_count)
            if when == "daily":
                days = share * 360 if day_count == "30/360" else 1
                unit = Fraction(1, 360) if day_count == "30/360" else share
                total += days * round(of_day * unit)
            else:
                total += of_day * share
            day += timedelta(days=1)
        whole = round(total)
        expected.append((number, whole if cap_bps is None else min(whole, round(Fraction(amount * cap_bps, 10_000)))))
    assert run(charges, balances).rows() == expected
    assert_order_is_free(run, charges, balances)
    assert_alone_as_among_many(run, [charges, balances], "charge_id")


def day_share(day: date, day_count: str) -> Fraction:
    """What part of a year one day is."""
    if day_count == "30/360":
        after = day + timedelta(days=1)
        thirties = [one.year * 360 + one.month * 30 + min(one.day, 30) for one in (day, after)]
        return Fraction(thirties[1] - thirties[0], 360)
    if day_count == "actual/actual":
        return Fraction(1, 366 if isleap(day.year) else 365)
    return Fraction(1, int(day_count.removeprefix("actual/")))


@pytest.mark.parametrize(
    ("day_count", "days", "interest"),
    [
        ("30/360", 30, 7_901_833_333),
        ("actual/360", 31, 8_165_227_778),
        ("actual/364", 31, 8_075_500_000),
        ("actual/365", 31, 8_053_375_342),
        ("actual/actual", 31, 8_031_371_585),
    ],
)
def test_january_of_a_leap_year_by_every_day_count(day_count: str, days: int, interest: int) -> None:
    """AMORT-07: the factors at 9.4822 %."""
    period = rows(PERIODS, (1, 10**12, 9_482_200, date(2024, 1, 1), date(2024, 2, 1)))
    made = period_interest(period, day_count=day_count, rounding="half_even")
    assert made.row(0) == (1, days, interest)


def test_broken_period_bears_interest_for_its_days() -> None:
    """lend-bpi-01: 100,000 at 14.5 % for 2 days."""
    period = rows(PERIODS, (1, 10_000_000, 14_500_000, date(2026, 3, 1), date(2026, 3, 3)))
    assert period_interest(period, day_count="actual/365", rounding="half_even")["interest_minor"].to_list() == [7_945]


def test_period_that_runs_backward_is_refused() -> None:
    with pytest.raises(WrongFrame, match="period_id 7 ends before"):
        period_interest(rows(PERIODS, (7, 1, 1, DUE, date(2026, 1, 1))), day_count="actual/365", rounding="up")


@pytest.mark.parametrize(
    ("amount", "fixed"),
    [(1, 4_000), (99_999, 4_000), (100_000, 7_000), (999_999, 7_000), (1_000_000, 10_000), (0, 0), (-5, 0)],
)
def test_fixed_sum_follows_the_size_of_the_charge(amount: int, fixed: int) -> None:
    """LPI-UK-04, LPI-UK-05, LPI-UK-07 and the steps between them."""
    made = compensation(rows(SIZED_CHARGES, (1, amount)), scale=UK_SCALE)
    assert made["compensation_minor"].to_list() == [fixed]


def test_charge_below_the_scale_bears_no_fixed_sum() -> None:
    assert compensation(rows(SIZED_CHARGES, (1, 99)), scale=((100, 7),))["compensation_minor"].to_list() == [0]
    with pytest.raises(WrongFrame, match="must rise"):
        compensation(rows(SIZED_CHARGES, (1, 99)), scale=((100, 7), (50, 9)))


def claims(*values: tuple[int, ...]) -> pl.DataFrame:
    return rows(CLAIMS, *values)


def test_capped_components_give_way_from_the_last_named() -> None:
    """INDUP-ZA-01: 11,000 of interest and costs on a principal of 10,000."""
    claim = claims((1, 1_000_000, 700_000, 400_000, 0, 1_000_000))
    made = recoverable(claim, cap=Cap(("interest", "fee"), 10_000), rounding="half_even")
    assert made.row(0) == (1, 1_000_000, 700_000, 300_000, 0, 2_000_000)
    made = recoverable(claim, cap=Cap(("fee", "interest"), 10_000), rounding="half_even")
    assert made.row(0) == (1, 1_000_000, 600_000, 400_000, 0, 2_000_000)
    assert recoverable(claim, cap=None, rounding="half_even")["total_minor"].to_list() == [2_100_000]


def test_interest_may_be_held_to_half_of_what_was_borrowed() -> None:
    """CAP-UG-01."""
    made = recoverable(claims((1, 0, 130_000, 0, 0, 200_000)), cap=Cap(("interest",), 5_000), rounding="half_even")
    assert made["interest_minor"].to_list() == [100_000]


@pytest.mark.parametrize("on", [(), ("interest", "interest"), ("costs",)])
def test_cap_on_nothing_or_twice_is_refused(on: tuple[str, ...]) -> None:
    with pytest.raises(WrongFrame):
        Cap(on, 10_000)


@given(
    st.lists(st.tuples(*(st.integers(0, 50) for _ in range(5))), max_size=4),
    st.permutations(["principal", "interest", "fee", "penalty"]),
    st.integers(1, 4),
    st.sampled_from([0, 3_333, 10_000]),
)
def test_recoverable_is_that_of_the_slow_model(
    drawn: list[tuple[int, ...]], order: list[str], size: int, share_bps: int
) -> None:
    on = tuple(order[:size])
    given_claims = claims(*((number, *claim) for number, claim in enumerate(drawn)))

    def run(frame: pl.DataFrame) -> pl.DataFrame:
        return recoverable(frame, cap=Cap(on, share_bps), rounding="half_even")

    expected = []
    for number, *parts, base in given_claims.iter_rows():
        kept = dict(zip(("principal", "interest", "fee", "penalty"), parts, strict=True))
        over = sum(kept[name] for name in on) - divide_rounded(base * share_bps, 10_000, "half_even")
        for name in reversed(on):
            cut = min(max(over, 0), kept[name])
            kept[name], over = kept[name] - cut, over - cut
        expected.append((number, *kept.values(), sum(kept.values())))
    assert run(given_claims).rows() == expected
    assert_order_is_free(run, given_claims)
    assert_alone_as_among_many(run, [given_claims], "account_id")


@pytest.mark.parametrize(
    ("begins", "years", "expires", "barred"),
    [
        (date(2019, 3, 1), 6, date(2025, 3, 1), True),
        (date(2020, 4, 1), 6, date(2026, 4, 1), False),
        (date(2022, 12, 1), 3, date(2025, 12, 1), True),
        (date(2020, 3, 31), 6, date(2026, 3, 31), False),
        (date(2020, 3, 30), 6, date(2026, 3, 30), True),
        (date(2020, 2, 29), 6, date(2026, 2, 28), True),
    ],
    ids=["LIM-01", "LIM-03", "LIM-04", "last day", "day after", "leap day"],
)
def test_claim_expires_so_many_years_on(begins: date, years: int, expires: date, barred: bool) -> None:
    made = limitation(rows(CLOCKS, (1, begins)), as_of=date(2026, 3, 31), years=years)
    assert made.row(0) == (1, expires, barred)


def test_time_runs_anew_from_a_receipt_or_an_acknowledgement_that_has_come() -> None:
    clocks = rows(CLOCKS, (1, date(2019, 3, 1)), (1, date(2021, 5, 5)), (1, date(2026, 4, 1)))
    assert limitation(clocks, as_of=date(2026, 3, 31), years=6).row(0) == (1, date(2027, 5, 5), False)
    assert limitation(clocks.reverse(), as_of=date(2026, 3, 31), years=6).row(0) == (1, date(2027, 5, 5), False)
    with pytest.raises(WrongFrame, match="years"):
        limitation(clocks, as_of=date(2026, 3, 31), years=0)
