"""One pass over a book gives the rows that allocating and ageing give one after the other."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from ahadi.kernel import ageing
from ahadi.kernel.ageing import Buckets, Unit, age_accounts, age_charges
from ahadi.kernel.allocation import UnableToUseWaterfall, Waterfall, allocate
from ahadi.kernel.position import Position, position
from ahadi.kernel.schema import HOLDS, BrokenLaw, WrongFrame, empty

from .book import DAY_ONE, Book, books, charges, designations, receipts
from .test_ageing import as_ofs, disputes

BUCKETS = Buckets.from_edges("short", "CURRENT", (5, 10, 20))
NO_HOLDS = empty(HOLDS)


def of(book: Book, as_of: date, on_hold: pl.DataFrame = NO_HOLDS, unit: Unit = "item") -> Position:
    return position(book.charges, book.receipts, book.designations, on_hold, as_of=as_of, buckets=BUCKETS, unit=unit)


def frames_of(found: Position) -> list[pl.DataFrame]:
    return [found.allocations(), found.charges, found.accounts]


@given(books(), disputes(), as_ofs, st.sampled_from(["item", "account"]))
def test_one_pass_gives_what_the_three_steps_give(book: Book, on_hold: pl.DataFrame, as_of: date, unit: Unit) -> None:
    found = of(book, as_of, on_hold, unit)
    made = allocate(book.charges, book.receipts, book.designations, as_of=as_of)
    aged = age_charges(book.charges, made, on_hold, as_of=as_of, buckets=BUCKETS)
    accounts = age_accounts(aged, book.receipts, made, as_of=as_of, buckets=BUCKETS, unit=unit)
    assert_frame_equal(found.allocations(), made)
    assert_frame_equal(found.charges, aged)
    assert_frame_equal(found.accounts, accounts.drop("bucket_minor"))


@given(books(), as_ofs, st.integers(0, 2**32 - 1))
def test_row_order_never_matters(book: Book, as_of: date, seed: int) -> None:
    mixed = Book(*(frame.sample(fraction=1, shuffle=True, seed=seed) for frame in vars(book).values()))
    in_turn, turned = of(book, as_of), of(mixed, as_of)
    for one, other in zip(frames_of(in_turn), frames_of(turned), strict=True):
        assert_frame_equal(one, other)


def test_book_without_anything_has_no_rows() -> None:
    found = of(Book(charges(), receipts(), designations()), DAY_ONE)
    assert [frame.height for frame in frames_of(found)] == [0, 0, 0]


def test_refusals_are_those_of_the_steps() -> None:
    book = Book(charges((1, 1, DAY_ONE, DAY_ONE, 5, 0, 0, 0)), receipts((1, 1, DAY_ONE, 0)), designations())
    with pytest.raises(WrongFrame, match="'amount_minor' must be above 0"):
        of(book, DAY_ONE)
    with pytest.raises(UnableToUseWaterfall):
        position(
            book.charges, receipts(), designations(), NO_HOLDS, as_of=DAY_ONE, buckets=BUCKETS,
            waterfall=Waterfall(advance_to="last"),
        )  # fmt: skip


def test_money_lost_between_receipts_and_buckets_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    book = Book(charges((1, 1, DAY_ONE, DAY_ONE, 500, 0, 0, 0)), receipts((1, 1, DAY_ONE, 700)), designations())
    as_of = DAY_ONE + timedelta(days=9)
    assert of(book, as_of).accounts["unapplied_minor"].to_list() == [200]
    counted = ageing.sums
    monkeypatch.setattr(ageing, "sums", lambda values, begins: counted(values, begins) // 3)
    with pytest.raises(BrokenLaw, match="buckets less unapplied money"):
        of(book, as_of)


@given(books(), as_ofs)
def test_sums_of_an_account_are_those_of_its_rows(book: Book, as_of: date) -> None:
    stood, is_here = of(book, as_of), pl.col("value_date") <= as_of
    by_charge = stood.charges.group_by("account_id").agg(
        charged_minor=pl.col("amount_minor").clip(lower_bound=0).sum(),
        allocated_minor=pl.col("paid_minor").sum(),
        next_due_date=pl.col("due_date").filter((pl.col("open_minor") > 0) & (pl.col("due_date") >= as_of)).min(),
    )
    by_receipt = book.receipts.group_by("account_id").agg(
        received_minor=pl.col("amount_minor").filter(is_here).sum(),
        last_receipt_on=pl.col("value_date").filter(is_here).max(),
        is_early=(~is_here).any(),
    )
    later = book.charges.filter(~is_here)["account_id"].unique().sort()
    assert_frame_equal(stood.charged, by_charge.sort("account_id"))
    assert_frame_equal(stood.received, by_receipt.sort("account_id"))
    assert stood.ahead.tolist() == later.to_list()
