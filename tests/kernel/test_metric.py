"""Figures of the book: small ones by hand, and two published sets of invoices in full."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.ageing import Buckets, age_charges, ageing_table
from ahadi.kernel.allocation import allocate
from ahadi.kernel.metric import DIMENSIONS, punctuality, receivables
from ahadi.kernel.schema import ALLOCATIONS, CHARGES, DESIGNATIONS, HOLDS, RECEIPTS, WrongFrame, empty

from .book import DAY_ONE, Book, books, charges, designations, receipts, rows

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
NO_HOLDS, NOTHING_PAID = empty(HOLDS), empty(ALLOCATIONS)
BUCKETS = Buckets.named("receivables-121")
AS_OF = date(2026, 3, 31)


def figures(book: Book, dimensions: pl.DataFrame, as_of: date, by: Sequence[str] = ()) -> pl.DataFrame:
    made = allocate(book.charges, book.receipts, book.designations, as_of=as_of)
    return receivables(book.charges, made, book.receipts, NO_HOLDS, dimensions, as_of=as_of, by=by)


def in_currency(*account_ids: int, currency: str = "USD") -> pl.DataFrame:
    return rows(DIMENSIONS, *((account_id, currency) for account_id in account_ids))


def test_par_counts_the_whole_balance_of_every_late_account() -> None:
    late = date(2026, 2, 20)
    owed = charges(
        (1, 1, DAY_ONE, late, 100, 0, 0, 0),
        (1, 2, DAY_ONE, AS_OF, 900, 0, 0, 0),
        (2, 3, DAY_ONE, AS_OF, 1000, 0, 0, 0),
    )
    row = figures(Book(owed, empty(RECEIPTS), designations()), in_currency(1, 2), AS_OF).row(0, named=True)
    assert (row["overdue_minor"], row["par30_minor"], row["par30_pct"]) == (100, 1000, "50.00")
    assert (row["par60_minor"], row["par60_pct"]) == (0, "0.00")


def test_par_begins_after_thirty_days() -> None:
    owed = charges((1, 1, DAY_ONE, date(2026, 3, 1), 100, 0, 0, 0))
    book = Book(owed, empty(RECEIPTS), designations())
    assert figures(book, in_currency(1), AS_OF)["par30_minor"].to_list() == [0]
    assert figures(book, in_currency(1), date(2026, 4, 1))["par30_minor"].to_list() == [100]


def test_nothing_sold_and_nothing_owed_makes_no_ratio() -> None:
    row = figures(Book(empty(CHARGES), empty(RECEIPTS), designations()), in_currency(1), AS_OF).row(0, named=True)
    assert row["open_minor"] == 0
    assert (row["dso_90"], row["cei_pct"], row["par30_pct"]) == (None, None, None)


def test_currencies_are_never_added() -> None:
    owed = charges((1, 1, DAY_ONE, AS_OF, 100, 0, 0, 0), (2, 2, DAY_ONE, AS_OF, 7, 0, 0, 0))
    dimensions = pl.concat([in_currency(1), in_currency(2, currency="UGX")])
    found = figures(Book(owed, empty(RECEIPTS), designations()), dimensions, AS_OF)
    assert found.select("currency", "open_minor").rows() == [("UGX", 7), ("USD", 100)]


def test_account_without_dimensions_is_refused() -> None:
    owed = charges((5, 1, DAY_ONE, AS_OF, 100, 0, 0, 0))
    with pytest.raises(WrongFrame, match="dimensions: account 5"):
        figures(Book(owed, empty(RECEIPTS), designations()), in_currency(1), AS_OF)
    with pytest.raises(WrongFrame, match="dimensions: column 'team' is missing, and charges have none"):
        figures(Book(owed, empty(RECEIPTS), designations()), in_currency(5), AS_OF, by=["team"])


def test_figures_by_a_column_of_the_charge_leave_cash_unsaid() -> None:
    owed = charges((1, 1, DAY_ONE, AS_OF, 100, 0, 0, 0), (1, 2, DAY_ONE, AS_OF, 7, 0, 0, 0))
    by_branch = owed.with_columns(branch=pl.Series(["N", "S"]))
    book = Book(by_branch, receipts((1, 1, AS_OF, 100)), designations((1, 1, 100)))
    found = figures(book, in_currency(1), AS_OF, by=["branch"])
    assert found.select("branch", "open_minor", "cash_month_minor").rows() == [("N", 0, None), ("S", 7, None)]


def test_cash_counts_receipts_of_the_month_up_to_the_day() -> None:
    came = receipts((1, 1, date(2026, 2, 28), 5), (1, 2, date(2026, 3, 1), 7), (1, 3, date(2026, 3, 20), 11))
    book = Book(empty(CHARGES), came, designations())
    row = figures(book, in_currency(1), date(2026, 3, 19)).row(0, named=True)
    assert (row["cash_month_count"], row["cash_month_minor"]) == (1, 7)


@given(books(), st.integers(0, 60).map(lambda offset: DAY_ONE + timedelta(days=offset)))
def test_effectiveness_is_the_share_of_what_could_be_collected_that_was(book: Book, as_of: date) -> None:
    row = figures(book, in_currency(1, 2, 3, 4), as_of).row(0, named=True)
    assert row["cei_denominator_minor"] - row["cei_numerator_minor"] == row["overdue_minor"]
    assert 0 <= row["cei_numerator_minor"] <= row["cei_denominator_minor"]
    assert row["par90_minor"] <= row["par60_minor"] <= row["par30_minor"] <= row["open_minor"]


def test_punctuality_counts_days_from_the_due_date_to_the_last_of_the_money() -> None:
    owed = charges(
        (1, 1, DAY_ONE, date(2026, 1, 10), 100, 0, 0, 0),
        (1, 2, DAY_ONE, date(2026, 1, 20), 100, 0, 0, 0),
        (1, 3, DAY_ONE, date(2026, 1, 30), 100, 0, 0, 0),
    )
    came = receipts((1, 1, date(2026, 1, 9), 100), (1, 2, date(2026, 1, 15), 50), (1, 3, date(2026, 1, 25), 60))
    made = allocate(owed, came, designations(), as_of=AS_OF)
    row = punctuality(owed, made, NO_HOLDS, in_currency(1), as_of=AS_OF).row(0, named=True)
    assert (row["charge_count"], row["paid_count"], row["paid_late_count"], row["late_days_total"]) == (
        3,
        2,
        1,
        5,
    )


def minor(text: pl.Expr) -> pl.Expr:
    """Minor units of a text with up to two decimals, without passing a float."""
    parts = text.str.splitn(".", 2)
    cents = parts.struct.field("field_1").fill_null("").str.pad_end(2, "0")
    return (parts.struct.field("field_0") + cents).cast(pl.Int64)


def as_decimal(amount_minor: int) -> Decimal:
    return Decimal(amount_minor) / 100


def published(folder: str) -> dict[str, Any]:
    path = SHARED / folder / "expected_dev.json"
    if not path.exists():
        pytest.skip(f"{path} is not on this machine")
    expected: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["expected"]
    return expected


@pytest.fixture(scope="module")
def invoices() -> tuple[pl.DataFrame, Book, pl.DataFrame, pl.DataFrame]:
    """Invoices with customer and country; the book; its holds; its dimensions: each settled invoice is a
    receipt for it.
    """
    path = SHARED / "ar_ibm" / "invoices_dev.csv"
    if not path.exists():
        pytest.skip(f"{path} is not on this machine")
    raw = pl.read_csv(path, infer_schema=False)
    read = raw.select(
        pl.col("customerID").alias("customer"),
        pl.col("countryCode").alias("country"),
        (pl.col("customerID").rank("dense").cast(pl.Int64)).alias("account_id"),
        pl.col("invoiceNumber").cast(pl.Int64).alias("charge_id"),
        pl.col("InvoiceDate").str.to_date("%m/%d/%Y").alias("value_date"),
        pl.col("DueDate").str.to_date("%m/%d/%Y").alias("due_date"),
        pl.col("SettledDate").str.to_date("%m/%d/%Y").alias("settled_on"),
        minor(pl.col("InvoiceAmount")).alias("principal_minor"),
        (pl.col("Disputed") == "Yes").alias("is_disputed"),
        *(pl.lit(0, dtype=pl.Int64).alias(f"{part}_minor") for part in ("interest", "fee", "penalty")),
    ).with_columns(receipt_id=pl.col("charge_id"), amount_minor=pl.col("principal_minor"))
    on_hold = read.filter("is_disputed").select(
        "account_id",
        "charge_id",
        kind=pl.lit("DISPUTE"),
        from_date=pl.col("value_date"),
        until_date=pl.lit(None, dtype=pl.Date),
    )
    book = Book(
        read.select(*CHARGES.column_names, "country"),
        read.with_columns(value_date=pl.col("settled_on")).select(RECEIPTS.column_names),
        read.select(DESIGNATIONS.column_names),
    )
    dimensions = read.select("account_id", "customer", currency=pl.lit("USD")).unique()
    return read, book, on_hold, dimensions


IBM_DATES = ("2012-06-30", "2012-12-31", "2013-06-30", "2013-11-30")
IBM_MONEY = {
    "open_amount": "open_minor",
    "disputed_open_amount": "disputed_open_minor",
    "overdue_amount": "overdue_minor",
    "sales_trailing_90_days": "sales_90_minor",
}
IBM_CEI = {
    "beginning_ar": "cei_beginning_minor",
    "credit_sales": "cei_sales_minor",
    "ending_total_ar": "cei_ending_minor",
    "ending_current_ar": "cei_ending_not_due_minor",
}
IBM_COUNTS = {
    "open_count": "open_count",
    "disputed_open_count": "disputed_open_count",
    "overdue_customers": "overdue_accounts",
}


@pytest.mark.parametrize("day", IBM_DATES)
def test_published_invoices_give_the_published_figures(
    day: str, invoices: tuple[pl.DataFrame, Book, pl.DataFrame, pl.DataFrame]
) -> None:
    _, book, on_hold, dimensions = invoices
    expected, as_of = published("ar_ibm")[day], date.fromisoformat(day)
    made = allocate(book.charges, book.receipts, book.designations, as_of=as_of)
    row = receivables(book.charges, made, book.receipts, on_hold, dimensions, as_of=as_of).row(0, named=True)
    assert {key: row[column] for key, column in IBM_COUNTS.items()} == {key: expected[key] for key in IBM_COUNTS}
    for key, column in IBM_MONEY.items():
        assert as_decimal(row[column]) == Decimal(expected[key]), key
    for key, column in IBM_CEI.items():
        assert as_decimal(row[column]) == Decimal(expected["cei_month"][key]), key
    assert (row["dso_90"], row["cei_pct"]) == (expected["dso_90"], expected["cei_month"]["cei_pct"])
    for key, name in (
        ("pre_due_reminders_next_7_days", "due_next_7"),
        ("cash_received_in_month", "cash_month"),
    ):
        found = {"count": row[f"{name}_count"], "amount": as_decimal(row[f"{name}_minor"])}
        assert found == {"count": expected[key]["count"], "amount": Decimal(expected[key]["amount"])}, key


@pytest.mark.parametrize("day", IBM_DATES)
def test_published_invoices_give_the_published_buckets_countries_and_customers(
    day: str, invoices: tuple[pl.DataFrame, Book, pl.DataFrame, pl.DataFrame]
) -> None:
    _, book, on_hold, dimensions = invoices
    expected, as_of = published("ar_ibm")[day], date.fromisoformat(day)
    made = allocate(book.charges, book.receipts, book.designations, as_of=as_of)
    aged = age_charges(book.charges, made, on_hold, as_of=as_of, buckets=BUCKETS)
    table = ageing_table(aged.join(dimensions, on="account_id"), buckets=BUCKETS)
    assert bucket_figures(table) == bucket_expectation(expected["buckets"])
    for key, by in (("by_country", "country"), ("by_customer", "customer")):
        found = receivables(book.charges, made, book.receipts, on_hold, dimensions, as_of=as_of, by=[by])
        assert {
            row[by]: (row["open_count"], as_decimal(row["open_minor"]), as_decimal(row["overdue_minor"]))
            for row in found.to_dicts()
            if row["open_count"]
        } == {
            name: (group["open_count"], Decimal(group["open_amount"]), Decimal(group["overdue_amount"]))
            for name, group in expected[key].items()
        }


def test_published_invoices_give_the_published_totals_of_the_file(
    invoices: tuple[pl.DataFrame, Book, pl.DataFrame, pl.DataFrame],
) -> None:
    read, book, on_hold, dimensions = invoices
    expected, as_of = published("ar_ibm")["whole_file"], read["settled_on"].max()
    assert isinstance(as_of, date)
    made = allocate(book.charges, book.receipts, book.designations, as_of=as_of)
    row = punctuality(book.charges, made, on_hold, dimensions, as_of=as_of).row(0, named=True)
    assert (row["charge_count"], row["paid_count"]) == (expected["invoices"], expected["invoices"])
    assert row["account_count"] == expected["customers"]
    assert as_decimal(row["charged_minor"]) == Decimal(expected["amount"])
    assert row["disputed_count"] == expected["disputed_count"]
    assert (row["paid_late_count"], row["late_days_total"]) == (
        expected["paid_late_count"],
        expected["late_days_total"],
    )


@pytest.fixture(scope="module")
def open_items() -> pl.DataFrame:
    """Open items with company, account and the CHARGES columns; one currency per company is all they
    promise.
    """
    path = SHARED / "ar_highradius" / "open_items_dev.csv"
    if not path.exists():
        pytest.skip(f"{path} is not on this machine")
    raw = pl.read_csv(path, infer_schema=False).with_columns(customer=pl.col("cust_number").str.strip_chars_start("0"))
    return raw.select(
        pl.col("business_code").alias("company"),
        "customer",
        pl.struct("business_code", "customer").rank("dense").cast(pl.Int64).alias("account_id"),
        pl.col("doc_id").str.strip_suffix(".0").cast(pl.Int64).alias("charge_id"),
        pl.col("posting_date").str.head(10).str.to_date().alias("value_date"),
        pl.col("due_in_date").str.head(10).str.to_date().alias("due_date"),
        minor(pl.col("converted_usd")).alias("principal_minor"),
        *(pl.lit(0, dtype=pl.Int64).alias(f"{part}_minor") for part in ("interest", "fee", "penalty")),
        currency=pl.when(pl.col("business_code") == "CA02").then(pl.lit("CAD")).otherwise(pl.lit("USD")),
    )


@pytest.mark.parametrize("day", ["2020-05-31", "2020-06-30", "2020-07-31"])
def test_published_open_items_give_the_published_ageing_of_each_company(day: str, open_items: pl.DataFrame) -> None:
    expected, as_of = published("ar_highradius")[day], date.fromisoformat(day)
    aged = age_charges(open_items, NOTHING_PAID, NO_HOLDS, as_of=as_of, buckets=BUCKETS)
    items = aged.join(open_items.select("charge_id", "company", "customer", "currency"), on="charge_id")
    table = ageing_table(items, by=["company"], buckets=BUCKETS)
    for company, buckets in expected["by_company"].items():
        assert bucket_figures(table.filter(pl.col("company") == company)) == bucket_expectation(buckets), company
    assert set(table["company"]) == set(expected["by_company"])
    assert items.filter(pl.col("days_late") > 0)["customer"].n_unique() == expected["overdue_customers"]


def bucket_figures(table: pl.DataFrame) -> dict[str, tuple[int, Decimal]]:
    return {row["bucket"]: (row["charge_count"], as_decimal(row["open_minor"])) for row in table.to_dicts()}


def bucket_expectation(buckets: dict[str, Any]) -> dict[str, tuple[int, Decimal]]:
    return {code: (figure["count"], Decimal(figure["amount"])) for code, figure in buckets.items()}
