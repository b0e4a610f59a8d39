"""The night's door gives the figures that allocating every receipt and ageing every charge would give."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from ahadi.kernel import standing
from ahadi.kernel.ageing import Buckets, age_accounts, age_charges
from ahadi.kernel.allocation import UnableToAllocateReceipts, allocate
from ahadi.kernel.schema import COMPONENT_COLUMNS, DESIGNATIONS, BrokenLaw, WrongFrame, empty
from ahadi.kernel.standing import OWED, RECEIVED, STANDING, stand

from .book import DAY_ONE, Book, books, charges, holds, receipts, rows
from .test_ageing import as_ofs, disputes

BUCKETS = Buckets.from_edges("short", "CURRENT", (5, 10, 20))
JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)
TWO = rows(OWED, (1, 1, DAY_ONE, JANUARY, 10000), (1, 2, DAY_ONE, FEBRUARY, 10000))
NOTHING = empty(RECEIVED)
SHARED = (
    "account_id",
    "outstanding_minor",
    "overdue_minor",
    "disputed_minor",
    "disputed_overdue_minor",
    "unapplied_minor",
    "oldest_due_date",
    "days_late",
    "days_late_undisputed",
    "bucket",
    "days_to_next_bucket",
    "open_count",
)


def owed(book: Book) -> pl.DataFrame:
    return book.charges.with_columns(amount_minor=pl.sum_horizontal(COMPONENT_COLUMNS))


def received(book: Book, as_of: date) -> pl.DataFrame:
    valued = book.receipts.filter(pl.col("value_date") <= as_of)
    return valued.group_by("account_id").agg(received_minor=pl.col("amount_minor").sum())


def the_long_way(book: Book, on_hold: pl.DataFrame, as_of: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    made = allocate(book.charges, book.receipts, empty(DESIGNATIONS), as_of=as_of)
    aged = age_charges(book.charges, made, on_hold, as_of=as_of, buckets=BUCKETS)
    return age_accounts(aged, book.receipts, made, as_of=as_of, buckets=BUCKETS), aged


def stands(of: pl.DataFrame, came: pl.DataFrame, as_of: date, **others: pl.DataFrame) -> dict[str, Any]:
    return stand(of, came, as_of=as_of, buckets=BUCKETS, **others).row(0, named=True)


@given(books(), disputes(), as_ofs)
def test_standing_is_what_allocating_and_ageing_gives(book: Book, on_hold: pl.DataFrame, as_of: date) -> None:
    expected, _ = the_long_way(book, on_hold, as_of)
    found = stand(owed(book), received(book, as_of), on_hold, as_of=as_of, buckets=BUCKETS)
    among = found.join(expected, on="account_id", how="semi")
    assert_frame_equal(among.select(SHARED), expected.select(SHARED))
    only_ahead = found.join(expected, on="account_id", how="anti")
    assert (only_ahead["ahead_count"] > 0).all()
    assert (only_ahead["outstanding_minor"] == 0).all()


@given(books(), as_ofs)
def test_sums_counts_and_next_due_date_are_those_of_the_charges(book: Book, as_of: date) -> None:
    _, aged = the_long_way(book, empty(standing.HOLDS), as_of)
    found = stand(owed(book), received(book, as_of), as_of=as_of, buckets=BUCKETS)
    for row in found.to_dicts():
        own = aged.filter(pl.col("account_id") == row["account_id"])
        is_next = (pl.col("open_minor") > 0) & (pl.col("due_date") >= as_of)
        assert row["next_due_date"] == own.filter(is_next)["due_date"].min()
        assert row["charged_minor"] == own["amount_minor"].clip(lower_bound=0).sum()
        assert row["allocated_minor"] == own["paid_minor"].sum()
        ahead = (pl.col("account_id") == row["account_id"]) & (pl.col("value_date") > as_of)
        assert row["ahead_count"] == book.charges.filter(ahead).height


@given(books(), disputes(), as_ofs, st.integers(0, 2**32 - 1))
def test_row_order_never_matters(book: Book, on_hold: pl.DataFrame, as_of: date, seed: int) -> None:
    def mixed(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.sample(fraction=1, shuffle=True, seed=seed)

    of, came = owed(book), received(book, as_of).sort("account_id")
    in_turn = stand(of, came, on_hold, as_of=as_of, buckets=BUCKETS)
    assert_frame_equal(in_turn, stand(mixed(of), mixed(came), mixed(on_hold), as_of=as_of, buckets=BUCKETS))


@given(books(), as_ofs)
def test_account_alone_stands_as_among_many(book: Book, as_of: date) -> None:
    together = stand(owed(book), received(book, as_of), as_of=as_of, buckets=BUCKETS)
    for account_id in together["account_id"]:
        own = pl.col("account_id") == account_id
        of, came = owed(book).filter(own), received(book, as_of).filter(own)
        assert_frame_equal(stand(of, came, as_of=as_of, buckets=BUCKETS), together.filter(own))


def test_one_unit_short_keeps_the_oldest_charge_open_and_late() -> None:
    for money, days, oldest, count in ((9999, 59, JANUARY, 2), (10000, 31, FEBRUARY, 1), (20000, 0, None, 0)):
        found = stands(TWO, rows(RECEIVED, (1, money)), date(2026, 3, 31))
        assert (found["days_late"], found["oldest_due_date"], found["open_count"]) == (days, oldest, count)
        assert found["overdue_minor"] == found["outstanding_minor"] == 20000 - money


def test_charge_due_today_is_next_and_not_late() -> None:
    on_the_day = stands(TWO, NOTHING, JANUARY)
    assert (on_the_day["next_due_date"], on_the_day["days_late"], on_the_day["bucket"]) == (JANUARY, 0, "CURRENT")
    day_after = stands(TWO, NOTHING, JANUARY + timedelta(days=1))
    assert (day_after["next_due_date"], day_after["days_late"], day_after["bucket"]) == (FEBRUARY, 1, "1-5")
    assert day_after["days_to_next_bucket"] == 5


def test_money_beyond_the_debt_and_credits_stand_unapplied() -> None:
    of = rows(OWED, (1, 1, DAY_ONE, JANUARY, 300), (1, 2, DAY_ONE, JANUARY, -40))
    found = stands(of, rows(RECEIVED, (1, 1000)), FEBRUARY)
    assert (found["charged_minor"], found["allocated_minor"], found["unapplied_minor"]) == (300, 300, 740)


def test_dispute_on_the_oldest_charge_leaves_the_next_one_late() -> None:
    found = stands(TWO, NOTHING, date(2026, 3, 31), holds=holds((1, 1, "DISPUTE", JANUARY, None)))
    assert (found["days_late"], found["days_late_undisputed"]) == (59, 31)
    assert (found["disputed_minor"], found["disputed_overdue_minor"]) == (10000, 10000)


def test_credit_of_one_unit_counts_from_its_day() -> None:
    of = rows(OWED, (1, 1, DAY_ONE, JANUARY, 300), (1, 2, JANUARY, JANUARY, -1))
    assert stands(of, NOTHING, JANUARY - timedelta(days=1))["unapplied_minor"] == 0
    assert stands(of, NOTHING, JANUARY)["unapplied_minor"] == 1


def test_paid_charge_makes_nothing_late_beside_a_disputed_one() -> None:
    found = stands(TWO, rows(RECEIVED, (1, 10000)), date(2026, 3, 31), holds=holds((1, 2, "DISPUTE", JANUARY, None)))
    assert (found["days_late"], found["days_late_undisputed"]) == (31, 0)


def test_no_account_at_all_gives_an_empty_frame() -> None:
    found = stand(empty(OWED), NOTHING, as_of=JANUARY, buckets=BUCKETS)
    assert found.is_empty()
    assert found.columns == STANDING.column_names


def test_charge_in_two_rows_and_money_taken_back_are_refused() -> None:
    with pytest.raises(WrongFrame, match="charges: charge_id 1 stands in more than one row"):
        stand(pl.concat([TWO, TWO]), NOTHING, as_of=JANUARY, buckets=BUCKETS)
    with pytest.raises(WrongFrame, match="received: account_id 1 stands in more than one row"):
        stand(TWO, rows(RECEIVED, (1, 5), (1, 5)), as_of=JANUARY, buckets=BUCKETS)
    with pytest.raises(WrongFrame, match="must be 0 or more"):
        stand(TWO, rows(RECEIVED, (1, -5)), as_of=JANUARY, buckets=BUCKETS)


def test_amounts_beyond_the_range_are_refused_and_not_wrapped() -> None:
    of = rows(OWED, *((account, account, DAY_ONE, JANUARY, 2**61) for account in range(9)))
    assert int(of["amount_minor"].to_numpy().sum()) != 9 * 2**61
    with pytest.raises(UnableToAllocateReceipts):
        stand(of, NOTHING, as_of=JANUARY, buckets=BUCKETS)


def test_laws_notice_charges_that_were_taken_out_of_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    turned = TWO.sort("due_date", descending=True)
    day = date(2026, 2, 10)
    assert stands(turned, rows(RECEIVED, (1, 10000)), day)["days_late"] == 0
    monkeypatch.setattr(standing, "in_order", lambda frame, *names: frame)
    with pytest.raises(BrokenLaw, match="late exactly where something is overdue"):
        stand(turned, rows(RECEIVED, (1, 2000)), as_of=day, buckets=BUCKETS)


def test_several_accounts_keep_their_own_money() -> None:
    of = rows(OWED, (1, 1, DAY_ONE, JANUARY, 100), (3, 3, DAY_ONE, JANUARY, 100))
    found = stand(of, rows(RECEIVED, (2, 70), (3, 30)), as_of=FEBRUARY, buckets=BUCKETS)
    assert found.select("account_id", "outstanding_minor", "unapplied_minor").rows() == [
        (1, 100, 0),
        (2, 0, 70),
        (3, 70, 0),
    ]


def test_receipts_valued_later_are_not_summed_by_the_caller_and_the_day_decides() -> None:
    book = Book(charges((1, 1, DAY_ONE, JANUARY, 100, 0, 0, 0)), receipts((1, 1, FEBRUARY, 100)), empty(DESIGNATIONS))
    for as_of, open_minor in ((FEBRUARY - timedelta(days=1), 100), (FEBRUARY, 0)):
        found = stand(owed(book), received(book, as_of), as_of=as_of, buckets=BUCKETS)
        assert found["outstanding_minor"].to_list() == [open_minor]
