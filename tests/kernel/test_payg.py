"""Credit by the day: what receipts buy, days in the dark, pace, and the daily share of an instalment."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.payg import (
    CONTRACTS,
    CREDIT_RECEIPTS,
    CREDIT_TERMS,
    CREDITS,
    PRICED_RECEIPTS,
    DayRounding,
    credits,
    position,
)
from ahadi.kernel.schema import WrongFrame, empty

from .book import rows
from .company import assert_alone_as_among_many, assert_order_is_free

START = date(2026, 1, 1)
TODAY = date(2026, 3, 31)


def bought(
    terms: tuple[object, ...], *receipts: tuple[object, ...], rounding: DayRounding = "down"
) -> list[tuple[Any, ...]]:
    made = credits(
        rows(CREDIT_RECEIPTS, *((1, number, *receipt) for number, receipt in enumerate(receipts))),
        rows(CREDIT_TERMS, (1, *terms)),
        price="daily",
        rounding=rounding,
    )
    return made.select("days", "carried_minor", "expiry").rows()


def test_receipt_buys_whole_days_from_now_and_carries_the_rest() -> None:
    """PAYG-01: 200 with 10 carried at 45 a day, three days after credit ended."""
    terms = (45, date(2026, 3, 28), 10)
    assert bought(terms, (TODAY, 200)) == [(4, 30, date(2026, 4, 4))]
    assert bought(terms, (TODAY, 200), rounding="up") == [(5, 0, date(2026, 4, 5))]


def test_receipt_within_credit_adds_to_its_end() -> None:
    assert bought((45, date(2026, 4, 10), 0), (TODAY, 90)) == [(2, 0, date(2026, 4, 12))]


def test_money_carried_is_spent_by_the_next_receipt() -> None:
    assert bought((50, START, 0), (START, 30), (START, 30), (START, 40)) == [
        (0, 30, START),
        (1, 10, START + timedelta(days=1)),
        (1, 0, START + timedelta(days=2)),
    ]


def test_credit_started_with_more_than_a_day_carried_is_spent_by_the_first_receipt() -> None:
    assert bought((50, START, 120), (START, 10)) == [(2, 30, START + timedelta(days=2))]


def test_credits_bought_are_whole_days_of_each_account() -> None:
    """CREDITS-01: 500 and 125 at 50, 700 at 70."""
    receipts = rows(CREDIT_RECEIPTS, (1, 1, START, 500), (2, 2, START, 125), (3, 3, START, 700))
    terms = rows(CREDIT_TERMS, (1, 50, START, 0), (2, 50, START, 0), (3, 70, START, 0))
    made = credits(receipts, terms, price="daily", rounding="down")
    assert (made["days"].sum(), made["carried_minor"].sum()) == (22, 25)


@pytest.mark.parametrize(
    ("amount", "instalment", "gap", "up", "down"),
    [(800, 700, 7, 8, 8), (801, 700, 7, 9, 8), (385, 385, 7, 7, 7), (100, None, None, 0, 0)],
    ids=["mpm-05", "", "", "nothing left to pay"],
)
def test_price_by_instalment_is_its_daily_share(
    amount: int, instalment: int | None, gap: int | None, up: int, down: int
) -> None:
    receipts = rows(PRICED_RECEIPTS, (1, 1, START, amount, instalment, gap))
    terms = rows(CREDIT_TERMS, (1, None, START, 0))
    made = {
        rounding: credits(receipts, terms, price="instalment", rounding=rounding)["days"].to_list()
        for rounding in ("up", "down")
    }
    assert made == {"up": [up], "down": [down]}


def test_terms_that_are_missing_are_named() -> None:
    receipts = rows(CREDIT_RECEIPTS, (8, 1, START, 1))
    with pytest.raises(WrongFrame, match="account 8"):
        credits(receipts, empty(CREDIT_TERMS), price="daily", rounding="down")
    with pytest.raises(WrongFrame, match="may not be null"):
        credits(receipts, rows(CREDIT_TERMS, (8, None, START, 0)), price="daily", rounding="down")
    with pytest.raises(WrongFrame, match="carried_minor"):
        credits(receipts, rows(CREDIT_TERMS, (8, 5, START, -1)), price="daily", rounding="down")


def placed(
    *receipts: tuple[date, int],
    as_of: date,
    price: int = 10,
    free: int = 0,
    term: int = 100,
    expiry: date | None = None,
    scheduled: int | None = None,
    total: int | None = None,
) -> dict[str, Any]:
    came = rows(CREDIT_RECEIPTS, *((1, number, *receipt) for number, receipt in enumerate(receipts)))
    first = expiry or START + timedelta(days=free)
    made = credits(came, rows(CREDIT_TERMS, (1, price, first, 0)), price="daily", rounding="down")
    contract = rows(CONTRACTS, (1, START, free, term, price, first, scheduled, total))
    return position(contract, came, made, as_of=as_of).row(0, named=True)


def day(number: int) -> date:
    return START + timedelta(days=number)


def test_days_behind_schedule_and_days_without_credit_are_two_things() -> None:
    row = placed((day(0), 500), (day(80), 55), as_of=day(90))
    assert (row["scheduled_minor"], row["received_minor"], row["overdue_minor"]) == (900, 555, 345)
    assert row["past_due_days"] == 35
    assert (row["credit_expiry"], row["credit_days"]) == (day(85), 0)
    assert (row["zero_credit_days"], row["zero_credit_days_total"]) == (5, 35)


def test_pace_and_projected_end_follow_what_was_paid() -> None:
    """PAYG-03: 3,600 of 4,500 over a term of 360 days."""
    row = placed((day(0), 3_600), as_of=day(100), price=45, term=360)
    assert (row["scheduled_minor"], row["pace"], row["projected_days"]) == (4_500, "0.80", 450)
    assert placed(as_of=day(10))["projected_days"] is None
    assert placed((day(0), 10), as_of=day(0))["pace"] is None


def test_projected_end_is_rounded_up() -> None:
    assert placed((day(0), 70), as_of=day(10), term=100)["projected_days"] == 143


def test_free_days_are_out_of_the_use_of_a_device() -> None:
    """PAYG-04: 75 days, 3 free, 9 without credit."""
    row = placed((day(0), 630), as_of=day(75), free=3)
    assert (row["enabled_days"], row["utilisable_days"], row["utilisation_pct"]) == (63, 72, "87.50")
    assert placed(as_of=day(2), free=3)["utilisation_pct"] is None


def test_schedule_ends_with_the_term() -> None:
    assert placed(as_of=day(500), term=100)["scheduled_minor"] == 1_000


def test_device_that_is_paid_off_is_never_in_the_dark_again() -> None:
    row = placed((day(10), 1_000), (day(300), 50), as_of=day(400), term=100)
    assert (row["zero_credit_days"], row["zero_credit_days_total"]) == (0, 10)


def test_schedule_of_instalments_takes_the_place_of_the_daily_one() -> None:
    row = placed((day(0), 100), as_of=day(50), scheduled=250, total=1_000)
    assert (row["overdue_minor"], row["past_due_days"]) == (150, 15)


def test_money_valued_tomorrow_buys_nothing_today() -> None:
    row = placed((day(0), 100), (day(30), 100), as_of=day(20))
    assert (row["received_minor"], row["credit_expiry"], row["zero_credit_days_total"]) == (100, day(10), 10)


_DAYS = st.integers(0, 60).map(day)


@given(
    st.lists(st.tuples(st.integers(1, 3), _DAYS, st.integers(1, 40)), max_size=9),
    st.lists(st.tuples(st.integers(1, 9), _DAYS, st.integers(0, 20)), min_size=3, max_size=3),
    st.sampled_from(["down", "up"]),
    _DAYS,
    st.integers(1, 30),
)
def test_credit_is_that_of_the_model_that_goes_receipt_by_receipt(
    money: list[tuple[int, date, int]],
    starts: list[tuple[int, date, int]],
    rounding: DayRounding,
    as_of: date,
    term: int,
) -> None:
    receipts = rows(CREDIT_RECEIPTS, *((who, n, when, amount) for n, (who, when, amount) in enumerate(money)))
    terms = rows(CREDIT_TERMS, *((number, *start) for number, start in enumerate(starts, 1)))
    contracts = rows(
        CONTRACTS, *((n, START, 2, term, price, first, None, None) for n, (price, first, _) in enumerate(starts, 1))
    )

    def run(came: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
        return credits(came, known, price="daily", rounding=rounding)

    expected, dark = [], {}
    for number, (price, first, carried) in enumerate(starts, 1):
        ends, gaps, paid, ran_out = first, 0, 0, first
        for _, n, when, amount in sorted(receipts.rows(), key=lambda row: (row[0], row[2], row[1])):
            if receipts["account_id"][receipts["receipt_id"].to_list().index(n)] != number:
                continue
            if when <= as_of and paid < term * price:
                gaps += max((when - max(ends, START)).days, 0)
            days = -(-(amount + carried) // price) if rounding == "up" else (amount + carried) // price
            carried = 0 if rounding == "up" else (amount + carried) % price
            ends = max(when, ends) + timedelta(days=days)
            expected.append((number, n, when, days, carried, ends))
            if when <= as_of:
                paid, ran_out = paid + amount, ends
        running = max((as_of - ran_out).days, 0) if paid < term * price else 0
        since = max((as_of - max(ran_out, START)).days, 0) if paid < term * price else 0
        dark[number] = (running, gaps + since)
    made = run(receipts, terms)
    assert made.rows() == expected
    assert_order_is_free(run, receipts, terms)
    assert_alone_as_among_many(lambda known, came: run(came, known), [terms, receipts], "account_id")

    def stand(known: pl.DataFrame, came: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
        return position(known, came, days, as_of=as_of)

    found = stand(contracts, receipts, made)
    assert {
        row["account_id"]: (row["zero_credit_days"], row["zero_credit_days_total"]) for row in found.to_dicts()
    } == dark
    assert_order_is_free(stand, contracts, receipts, made)
    assert_alone_as_among_many(stand, [contracts, receipts, made], "account_id")


def test_contract_without_receipts_has_been_dark_since_its_credit_ended() -> None:
    contract = rows(CONTRACTS, (1, START, 0, 100, 10, day(5), None, None))
    row = position(contract, empty(CREDIT_RECEIPTS), empty(CREDITS), as_of=day(9)).row(0, named=True)
    assert (row["zero_credit_days"], row["zero_credit_days_total"], row["pace"]) == (4, 4, "0.00")
