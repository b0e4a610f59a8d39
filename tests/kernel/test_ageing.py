"""Lateness is counted from the oldest open charge, and buckets tie out with what is owed."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.ageing import (
    AGED,
    Bucket,
    Buckets,
    UnableToUseBuckets,
    Unit,
    age_accounts,
    age_charges,
    ageing_table,
)
from ahadi.kernel.allocation import allocate
from ahadi.kernel.money import UnknownCurrency
from ahadi.kernel.schema import ALLOCATIONS, HOLDS, RECEIPTS, BrokenLaw, WrongFrame, empty, require

from .book import DAY_ONE, Book, books, charges, designations, holds, receipts, rows

STANDARD = Buckets.named("standard")
NO_HOLDS = empty(HOLDS)
NOTHING_PAID = empty(ALLOCATIONS)
JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)
TWO = charges((1, 1, DAY_ONE, JANUARY, 10000, 0, 0, 0), (1, 2, DAY_ONE, FEBRUARY, 10000, 0, 0, 0))
as_ofs = st.integers(-1, 60).map(lambda offset: DAY_ONE + timedelta(days=offset))


@st.composite
def disputes(draw: st.DrawFn) -> pl.DataFrame:
    """Holds of several kinds on charges and accounts, some of them over."""
    day = st.integers(0, 50).map(lambda offset: DAY_ONE + timedelta(days=offset))
    hold = st.tuples(
        st.integers(1, 4),
        st.none() | st.integers(1, 99),
        st.sampled_from(["DISPUTE", "COMPLAINT"]),
        day,
        st.none() | day,
    )
    return holds(*draw(st.lists(hold, max_size=5)))


def aged_of(book: Book, on_hold: pl.DataFrame, as_of: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    made = allocate(book.charges, book.receipts, book.designations, as_of=as_of)
    return made, age_charges(book.charges, made, on_hold, as_of=as_of, buckets=STANDARD)


def is_disputed(charge: dict[str, Any], on_hold: pl.DataFrame, as_of: date) -> bool:
    for hold in on_hold.to_dicts():
        covers = hold["charge_id"] == charge["charge_id"] or (
            hold["charge_id"] is None and hold["account_id"] == charge["account_id"]
        )
        if covers and hold["kind"] == "DISPUTE" and hold["from_date"] <= as_of <= (hold["until_date"] or date.max):
            return True
    return False


def audited_account(book: Book, made: pl.DataFrame, on_hold: pl.DataFrame, as_of: date, account_id: int) -> Any:
    """The slow model: one account, charge by charge."""
    fact: dict[str, Any] = dict.fromkeys(("outstanding_minor", "overdue_minor", "disputed_minor"), 0)
    fact |= {
        "unapplied_minor": 0,
        "oldest_due_date": None,
        "days_late": 0,
        "days_late_undisputed": 0,
        "open_count": 0,
    }
    paid = dict.fromkeys(book.charges["charge_id"], 0)
    for row in made.to_dicts():
        paid[row["charge_id"]] += sum(row[f"{part}_minor"] for part in ("principal", "interest", "fee", "penalty"))
        if row["account_id"] == account_id:
            fact["unapplied_minor"] -= sum(row[f"{part}_minor"] for part in ("principal", "interest", "fee", "penalty"))
    for receipt in book.receipts.to_dicts():
        if receipt["account_id"] == account_id and receipt["value_date"] <= as_of:
            fact["unapplied_minor"] += receipt["amount_minor"]
    for charge in book.charges.sort("due_date").to_dicts():
        if charge["account_id"] != account_id or charge["value_date"] > as_of:
            continue
        open_minor = sum(charge[f"{part}_minor"] for part in ("principal", "interest", "fee", "penalty"))
        open_minor -= paid[charge["charge_id"]]
        if open_minor < 0:
            fact["unapplied_minor"] -= open_minor
        elif open_minor:
            disputed = is_disputed(charge, on_hold, as_of)
            late = max((as_of - charge["due_date"]).days, 0)
            fact["outstanding_minor"] += open_minor
            fact["open_count"] += 1
            fact["overdue_minor"] += open_minor if late else 0
            fact["disputed_minor"] += open_minor if disputed else 0
            fact["days_late"] = max(fact["days_late"], late)
            fact["days_late_undisputed"] = max(fact["days_late_undisputed"], 0 if disputed else late)
            fact["oldest_due_date"] = fact["oldest_due_date"] or (charge["due_date"] if late else None)
    return fact


@given(books(), disputes(), as_ofs)
def test_accounts_agree_with_the_auditor(book: Book, on_hold: pl.DataFrame, as_of: date) -> None:
    made, aged = aged_of(book, on_hold, as_of)
    found = age_accounts(aged, book.receipts, made, as_of=as_of, buckets=STANDARD)
    for row in found.to_dicts():
        expected = audited_account(book, made, on_hold, as_of, row["account_id"])
        assert {name: row[name] for name in expected} == expected
        assert row["not_due_minor"] == row["outstanding_minor"] - row["overdue_minor"]
        assert row["bucket"] == bucket_by_hand(row["days_late"])


def bucket_by_hand(days: int) -> str:
    for edge, code in ((0, "CURRENT"), (30, "1-30"), (60, "31-60"), (90, "61-90")):
        if days <= edge:
            return code
    raise AssertionError(days)


@given(
    books(),
    disputes(),
    as_ofs,
    st.sampled_from(["item", "account"]),
    st.sampled_from(["standard", "quarterly"]),
)
def test_buckets_and_unapplied_money_tie_out_with_charges_less_receipts(
    book: Book, on_hold: pl.DataFrame, as_of: date, unit: Unit, name: str
) -> None:
    made, aged = aged_of(book, on_hold, as_of)
    buckets = Buckets.named(name)
    aged = aged.with_columns(bucket=pl.when(pl.col("open_minor") > 0).then(buckets.code(pl.col("days_late"))))
    found = age_accounts(aged, book.receipts, made, as_of=as_of, buckets=buckets, unit=unit)
    valued = pl.col("value_date") <= as_of
    owed = sum(int(book.charges.filter(valued)[part].sum()) for part in book.charges.columns[4:])
    received = int(book.receipts.filter(valued)["amount_minor"].sum())
    in_buckets = sum(sum(row.values()) for row in found["bucket_minor"])
    assert in_buckets - int(found["unapplied_minor"].sum()) == owed - received


@given(books(), as_ofs)
def test_days_late_never_fall_while_nothing_is_paid(book: Book, as_of: date) -> None:
    before = age_charges(book.charges, NOTHING_PAID, NO_HOLDS, as_of=as_of, buckets=STANDARD)
    after = age_charges(book.charges, NOTHING_PAID, NO_HOLDS, as_of=as_of + timedelta(days=3), buckets=STANDARD)
    grown = before.join(after, on="charge_id", suffix="_after")
    assert (grown["days_late_after"] >= grown["days_late"]).all()


def test_due_today_is_not_late_and_tomorrow_is_one_day() -> None:
    on_the_day = age_charges(TWO, NOTHING_PAID, NO_HOLDS, as_of=JANUARY, buckets=STANDARD)
    day_after = age_charges(TWO, NOTHING_PAID, NO_HOLDS, as_of=date(2026, 2, 1), buckets=STANDARD)
    assert on_the_day["days_late"].to_list() == [0, 0]
    assert on_the_day["bucket"].to_list() == ["CURRENT", "CURRENT"]
    assert day_after["days_late"].to_list() == [1, 0]
    assert day_after["bucket"].to_list() == ["1-30", "CURRENT"]


def test_part_paid_charge_stays_as_late_and_a_paid_one_moves_the_account_on() -> None:
    as_of = date(2026, 3, 31)
    for amount, days in ((9999, 59), (10000, 31)):
        book = Book(TWO, receipts((1, 1, FEBRUARY, amount)), designations())
        made, aged = aged_of(book, NO_HOLDS, as_of)
        found = age_accounts(aged, book.receipts, made, as_of=as_of, buckets=STANDARD)
        assert found["days_late"].to_list() == [days]


def test_dispute_ends_with_its_last_day_and_other_holds_dispute_nothing() -> None:
    on_hold = holds((1, 1, "DISPUTE", JANUARY, FEBRUARY), (1, None, "COMPLAINT", JANUARY, None))
    for as_of, disputed in (
        (date(2026, 1, 30), False),
        (JANUARY, True),
        (FEBRUARY, True),
        (date(2026, 3, 1), False),
    ):
        aged = age_charges(TWO, NOTHING_PAID, on_hold, as_of=as_of, buckets=STANDARD)
        assert aged["is_disputed"].to_list() == [disputed, False]


def test_undisputed_lateness_is_that_of_the_oldest_undisputed_charge() -> None:
    as_of = date(2026, 3, 31)
    aged = age_charges(TWO, NOTHING_PAID, holds((1, 1, "DISPUTE", JANUARY, None)), as_of=as_of, buckets=STANDARD)
    found = age_accounts(aged, empty(RECEIPTS), NOTHING_PAID, as_of=as_of, buckets=STANDARD).row(0, named=True)
    assert (found["days_late"], found["days_late_undisputed"]) == (59, 31)
    assert (found["disputed_minor"], found["disputed_overdue_minor"]) == (10000, 10000)


def test_account_unit_moves_the_whole_balance_to_the_worst_bucket() -> None:
    as_of = date(2026, 3, 5)
    aged = age_charges(TWO, NOTHING_PAID, NO_HOLDS, as_of=as_of, buckets=STANDARD)
    by_item = age_accounts(aged, empty(RECEIPTS), NOTHING_PAID, as_of=as_of, buckets=STANDARD)
    by_account = age_accounts(aged, empty(RECEIPTS), NOTHING_PAID, as_of=as_of, buckets=STANDARD, unit="account")
    assert {code: part for code, part in by_item["bucket_minor"][0].items() if part} == {
        "1-30": 10000,
        "31-60": 10000,
    }
    assert {code: part for code, part in by_account["bucket_minor"][0].items() if part} == {"31-60": 20000}
    items = aged.with_columns(currency=pl.lit("KES"))
    table = ageing_table(items, buckets=STANDARD, unit="account").filter(pl.col("open_minor") > 0)
    assert table.select("bucket", "charge_count", "account_count", "open_minor").rows() == [("31-60", 2, 1, 20000)]


def test_worst_bucket_of_one_account_moves_no_other() -> None:
    owed = charges((1, 1, DAY_ONE, JANUARY, 100, 0, 0, 0), (2, 2, DAY_ONE, FEBRUARY, 7, 0, 0, 0))
    aged = age_charges(owed, NOTHING_PAID, NO_HOLDS, as_of=date(2026, 3, 5), buckets=STANDARD)
    table = ageing_table(aged.with_columns(currency=pl.lit("KES")), buckets=STANDARD, unit="account")
    assert table.filter(pl.col("open_minor") > 0).select("bucket", "open_minor").rows() == [("1-30", 7), ("31-60", 100)]


def test_credit_stands_beside_the_buckets_and_lessens_none() -> None:
    owed = charges((1, 1, DAY_ONE, JANUARY, 10000, 0, 0, 0), (1, 2, DAY_ONE, JANUARY, -4000, 0, 0, 0))
    aged = age_charges(owed, NOTHING_PAID, NO_HOLDS, as_of=FEBRUARY, buckets=STANDARD)
    found = age_accounts(aged, empty(RECEIPTS), NOTHING_PAID, as_of=FEBRUARY, buckets=STANDARD).row(0, named=True)
    assert (found["outstanding_minor"], found["unapplied_minor"]) == (10000, 4000)
    assert aged["bucket"].to_list() == ["1-30", None]


def test_account_with_money_and_no_charge_has_a_row() -> None:
    came = receipts((7, 1, JANUARY, 500))
    found = age_accounts(empty(AGED), came, NOTHING_PAID, as_of=JANUARY, buckets=STANDARD).row(0, named=True)
    assert (found["account_id"], found["outstanding_minor"], found["unapplied_minor"]) == (7, 0, 500)
    assert (found["days_late"], found["bucket"], found["oldest_due_date"]) == (0, "CURRENT", None)


def test_table_keeps_currencies_apart_and_shows_empty_buckets() -> None:
    aged = age_charges(TWO, NOTHING_PAID, NO_HOLDS, as_of=date(2026, 3, 5), buckets=STANDARD)
    items = pl.concat([aged.with_columns(currency=pl.lit(code), branch=pl.lit("N")) for code in ("KES", "USD")])
    table = ageing_table(items, by=["branch"], buckets=STANDARD)
    assert table.height == 2 * len(STANDARD.codes)
    assert table.filter(pl.col("currency") == "KES")["bucket"].to_list() == list(STANDARD.codes)
    assert table.group_by("currency").agg(pl.col("open_minor").sum())["open_minor"].to_list() == [
        20000,
        20000,
    ]


def test_table_without_a_known_currency_is_refused() -> None:
    aged = age_charges(TWO, NOTHING_PAID, NO_HOLDS, as_of=JANUARY, buckets=STANDARD)
    with pytest.raises(WrongFrame, match="items: column 'currency' is missing"):
        ageing_table(aged, buckets=STANDARD)
    with pytest.raises(WrongFrame, match="items: column 'team' is missing"):
        ageing_table(aged.with_columns(currency=pl.lit("KES")), by=["team"], buckets=STANDARD)
    with pytest.raises(UnknownCurrency):
        ageing_table(aged.with_columns(currency=pl.lit("shilling")), buckets=STANDARD)


@given(st.integers(0, 5000), st.sampled_from(["standard", "receivables-121", "quarterly"]))
def test_every_day_lies_in_exactly_one_bucket(days: int, name: str) -> None:
    buckets = Buckets.named(name)
    holding = [b for b in buckets.ranges if b.from_days <= days and (b.to_days is None or days <= b.to_days)]
    assert [b.code for b in holding] == [pl.select(buckets.code(pl.lit(days))).item()]
    to_next = pl.select(buckets.days_to_next(pl.lit(days))).item()
    end = holding[0].to_days
    assert to_next == (None if end is None or days == 0 else end + 1 - days)


@pytest.mark.parametrize(
    "ranges",
    [
        (),
        (Bucket("A", 1, None),),
        (Bucket("A", 0, 30),),
        (Bucket("A", 0, 30), Bucket("B", 32, None)),
        (Bucket("A", 0, 30), Bucket("B", 30, None)),
        (Bucket("A", 0, 0), Bucket("A", 1, None)),
        (Bucket("A", 0, None), Bucket("B", 1, None)),
        (Bucket("A", 0, 0), Bucket("B", 1, 0), Bucket("C", 1, None)),
    ],
    ids=["empty", "not from 0", "closed", "gap", "overlap", "same code", "after the open one", "backward"],
)
def test_buckets_with_a_gap_or_an_overlap_are_refused(ranges: tuple[Bucket, ...]) -> None:
    with pytest.raises(UnableToUseBuckets):
        Buckets("wrong", ranges)


def test_unknown_bucket_set_is_refused_with_the_known_names() -> None:
    with pytest.raises(UnableToUseBuckets, match="receivables-121"):
        Buckets.named("weekly")


def test_allocations_that_pay_too_much_or_nothing_known_are_noticed() -> None:
    good = rows(ALLOCATIONS, (1, 1, 1, JANUARY, 10000, 0, 0, 0))
    assert require(age_charges(TWO, good, NO_HOLDS, as_of=FEBRUARY, buckets=STANDARD), AGED).height == 2
    too_much = rows(ALLOCATIONS, (1, 1, 1, JANUARY, 10001, 0, 0, 0))
    with pytest.raises(BrokenLaw, match="no charge is paid beyond its amount"):
        age_charges(TWO, too_much, NO_HOLDS, as_of=FEBRUARY, buckets=STANDARD)
    unknown = rows(ALLOCATIONS, (1, 1, 99, JANUARY, 1, 0, 0, 0))
    with pytest.raises(BrokenLaw, match="every allocation pays a charge that is owed"):
        age_charges(TWO, unknown, NO_HOLDS, as_of=FEBRUARY, buckets=STANDARD)


def test_receipts_that_do_not_belong_to_the_allocations_are_noticed() -> None:
    book = Book(TWO, receipts((1, 1, JANUARY, 5000)), designations())
    made, aged = aged_of(book, NO_HOLDS, FEBRUARY)
    assert age_accounts(aged, book.receipts, made, as_of=FEBRUARY, buckets=STANDARD).height == 1
    with pytest.raises(BrokenLaw, match="buckets less unapplied money"):
        age_accounts(aged, empty(RECEIPTS), made, as_of=FEBRUARY, buckets=STANDARD)
