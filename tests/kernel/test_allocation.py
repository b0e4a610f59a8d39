"""Receipts pay charges as an independent auditor does, who works through one account at a time."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from ahadi.kernel import allocation
from ahadi.kernel.allocation import STANDARD, Waterfall, allocate, unapplied
from ahadi.kernel.schema import COMPONENT_COLUMNS, COMPONENTS, BrokenLaw, WrongFrame

from .book import DAY_ONE, Book, books, charges, designations, receipts

DAY = date(2026, 3, 1)
TWO_INSTALMENTS = charges(
    (1, 1, DAY_ONE, date(2026, 1, 31), 20000, 2000, 500, 1000),
    (1, 2, DAY_ONE, date(2026, 2, 28), 20000, 1800, 500, 500),
)
waterfalls = st.permutations(COMPONENTS).map(lambda order: Waterfall(tuple(order)))
Row = dict[str, Any]


def paid(book: Book, as_of: date = DAY, waterfall: Waterfall = STANDARD) -> pl.DataFrame:
    return allocate(book.charges, book.receipts, book.designations, as_of=as_of, waterfall=waterfall)


def audited(book: Book, as_of: date, waterfall: Waterfall) -> list[Row]:
    """The slow model: one account, one receipt, one charge, one component at a time."""
    allocations: list[Row] = []
    for account_id in sorted(set(book.receipts["account_id"])):
        of_account = (pl.col("account_id") == account_id) & (pl.col("value_date") <= as_of)
        open_charges = book.charges.filter(of_account).sort("due_date", "charge_id").to_dicts()
        coming = book.receipts.filter(of_account).sort("value_date", "receipt_id").to_dicts()
        choices = {
            receipt["receipt_id"]: {
                row["charge_id"]: row["amount_minor"]
                for row in book.designations.filter(pl.col("receipt_id") == receipt["receipt_id"]).to_dicts()
            }
            for receipt in coming
        }
        for receipt in [r for r in coming if choices[r["receipt_id"]]]:
            for charge in open_charges:
                limit = choices[receipt["receipt_id"]].get(charge["charge_id"], 0)
                allocations += _served(receipt, charge, limit, waterfall)[0]
        for receipt in [r for r in coming if not choices[r["receipt_id"]]]:
            left = receipt["amount_minor"]
            for charge in open_charges:
                made, left = _served(receipt, charge, left, waterfall)
                allocations += made
    return sorted(allocations, key=lambda row: (row["account_id"], row["receipt_id"], row["charge_id"]))


def _served(receipt: Row, charge: Row, money: int, waterfall: Waterfall) -> tuple[list[Row], int]:
    """What the money pays of a charge, whose open parts are lessened in place, and what is left of it."""
    row: Row = {
        "account_id": receipt["account_id"],
        "receipt_id": receipt["receipt_id"],
        "charge_id": charge["charge_id"],
        "value_date": max(receipt["value_date"], charge["value_date"]),
    }
    before = money
    for component in waterfall.due:
        open_part = charge[f"{component}_minor"]
        assert isinstance(open_part, int)
        part = min(money, max(open_part, 0))
        charge[f"{component}_minor"] = open_part - part
        row[f"{component}_minor"] = part
        money -= part
    return ([row] if money < before else []), money


as_ofs = st.integers(-1, 41).map(lambda offset: DAY_ONE + timedelta(days=offset))


@given(books(), as_ofs, waterfalls)
def test_allocation_agrees_with_the_auditor(book: Book, as_of: date, waterfall: Waterfall) -> None:
    found = paid(book, as_of, waterfall).to_dicts()
    assert found == audited(book, as_of, waterfall)


@given(books(), as_ofs, st.randoms())
def test_row_order_never_matters(book: Book, as_of: date, random: object) -> None:
    seed = random.randrange(2**32)  # type: ignore[attr-defined]
    shuffled = Book(*(frame.sample(fraction=1, shuffle=True, seed=seed) for frame in vars(book).values()))
    assert_frame_equal(paid(book, as_of), paid(shuffled, as_of))


@given(books(), as_ofs)
def test_account_alone_gets_the_same_rows_as_among_many(book: Book, as_of: date) -> None:
    together = paid(book, as_of)
    for account_id in set(book.charges["account_id"]) | set(book.receipts["account_id"]):
        own = pl.col("account_id") == account_id
        alone = Book(book.charges.filter(own), book.receipts.filter(own), book.designations)
        assert_frame_equal(paid(alone, as_of), together.filter(own))


@given(books(), as_ofs)
def test_receipt_is_split_into_what_it_paid_and_what_is_unapplied(book: Book, as_of: date) -> None:
    allocations = paid(book, as_of)
    rest = unapplied(book.receipts, allocations, as_of=as_of)
    assert rest["receipt_id"].to_list() == (
        book.receipts.filter(pl.col("value_date") <= as_of)
        .sort("account_id", "value_date", "receipt_id")["receipt_id"]
        .to_list()
    )
    applied = sum(int(allocations[name].sum()) for name in COMPONENT_COLUMNS)
    assert rest["amount_minor"].sum() == applied + rest["unapplied_minor"].sum()


def test_oldest_charge_is_paid_first() -> None:
    book = Book(TWO_INSTALMENTS, receipts((1, 1, DAY, 28000)), designations())
    first, second = paid(book).to_dicts()
    assert [first[name] for name in COMPONENT_COLUMNS] == [20000, 2000, 500, 1000]
    assert [second[name] for name in COMPONENT_COLUMNS] == [1700, 1800, 500, 500]


@pytest.mark.parametrize(
    ("order", "second"),
    [
        (("interest", "principal", "penalty", "fee"), [2700, 1800, 0, 0]),
        (("principal", "interest", "penalty", "fee"), [4500, 0, 0, 0]),
        (("penalty", "interest", "principal", "fee"), [2200, 1800, 0, 500]),
    ],
)
def test_components_are_paid_in_the_order_of_the_waterfall(order: Sequence[str], second: list[int]) -> None:
    book = Book(TWO_INSTALMENTS, receipts((1, 1, DAY, 28000)), designations())
    assert [paid(book, waterfall=Waterfall(order)).row(1, named=True)[name] for name in COMPONENT_COLUMNS] == second


def test_designated_receipt_pays_what_it_names_though_an_older_charge_is_open() -> None:
    coming = receipts((1, 1, DAY, 10000))
    without = paid(Book(TWO_INSTALMENTS, coming, designations()))
    assert without["charge_id"].to_list() == [1]
    named = paid(Book(TWO_INSTALMENTS, coming, designations((1, 2, 10000))))
    assert named["charge_id"].to_list() == [2]


def test_rest_of_a_designated_receipt_does_not_wander() -> None:
    book = Book(TWO_INSTALMENTS, receipts((1, 1, DAY, 30000)), designations((1, 2, 25000)))
    made = paid(book)
    assert made["charge_id"].to_list() == [2]
    assert made.select(pl.sum_horizontal(COMPONENT_COLUMNS)).item() == 22800
    assert unapplied(book.receipts, made, as_of=DAY)["unapplied_minor"].to_list() == [7200]


def test_receipt_from_before_the_charge_counts_from_the_charges_day() -> None:
    owed = charges((1, 1, date(2026, 2, 1), date(2026, 2, 10), 500, 0, 0, 0))
    book = Book(owed, receipts((1, 1, date(2026, 1, 5), 500)), designations())
    assert paid(book, date(2026, 1, 31)).is_empty()
    assert paid(book, date(2026, 2, 1))["value_date"].to_list() == [date(2026, 2, 1)]


def test_credit_is_not_paid_and_pays_nothing() -> None:
    owed = charges((1, 1, DAY_ONE, DAY_ONE, -500, 0, 0, 0), (1, 2, DAY_ONE, DAY, 300, 0, 0, 0))
    book = Book(owed, receipts((1, 1, DAY, 1000)), designations())
    assert paid(book)["charge_id"].to_list() == [2]
    assert paid(book)["principal_minor"].to_list() == [300]


def test_reversed_receipt_has_never_happened() -> None:
    both = receipts((1, 1, date(2026, 2, 1), 23500), (1, 2, date(2026, 2, 2), 1000))
    after = paid(Book(TWO_INSTALMENTS, both.filter(pl.col("receipt_id") == 2), designations()))
    assert after["charge_id"].to_list() == [1]
    assert after["penalty_minor"].to_list() == [1000]


def test_designation_across_accounts_is_refused() -> None:
    owed = charges((1, 1, DAY_ONE, DAY, 100, 0, 0, 0), (2, 2, DAY_ONE, DAY, 100, 0, 0, 0))
    with pytest.raises(WrongFrame, match="receipt 5 of account 1 names charge 2 of account 2"):
        allocate(owed, receipts((1, 5, DAY, 100)), designations((5, 2, 100)), as_of=DAY)


def test_designations_beyond_the_receipt_are_refused() -> None:
    with pytest.raises(WrongFrame, match="receipt 5 names 120 of its 100"):
        allocate(TWO_INSTALMENTS, receipts((1, 5, DAY, 100)), designations((5, 1, 60), (5, 2, 60)), as_of=DAY)


def test_amounts_beyond_the_range_are_refused_and_not_wrapped() -> None:
    owed = charges(*((account, account, DAY_ONE, DAY, 2**61, 0, 0, 0) for account in range(9)))
    coming = receipts(*((account, account, DAY, 2**61) for account in range(9)))
    assert int(owed["principal_minor"].to_numpy().sum()) != 9 * 2**61
    with pytest.raises(allocation.UnableToAllocateReceipts):
        allocate(owed, coming, designations(), as_of=DAY)


def test_waterfall_must_name_every_component_once() -> None:
    with pytest.raises(allocation.UnableToUseWaterfall):
        Waterfall(("penalty", "fee", "interest"))


def test_laws_notice_money_lost_between_the_components() -> None:
    book = Book(TWO_INSTALMENTS, receipts((1, 1, DAY, 10000)), designations())
    assert paid(book).height == 1
    leaking = Waterfall()
    object.__setattr__(leaking, "due", ("penalty", "penalty", "fee", "interest", "principal"))
    with pytest.raises(BrokenLaw, match="components add up to what moved"):
        paid(book, waterfall=leaking)


def test_allocation_beyond_a_receipt_is_noticed() -> None:
    book = Book(TWO_INSTALMENTS, receipts((1, 1, DAY, 10000)), designations())
    with pytest.raises(BrokenLaw, match="no receipt is applied beyond its amount"):
        unapplied(book.receipts.with_columns(amount_minor=pl.lit(9999, dtype=pl.Int64)), paid(book), as_of=DAY)
