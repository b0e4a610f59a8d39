"""Ledgers of others, placed by the console, against figures that others computed; skipped where they are absent."""

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from .conftest import Ahadi, Said

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
Figures = dict[str, Any]

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the public data sets are not at hand")


def path_of(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not at hand")
    return path


def expected_of(name: str) -> Figures:
    found: Figures = json.loads(path_of(name).read_text())["expected"]
    return found


def records(name: str) -> list[dict[str, str]]:
    with path_of(name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def total(rows: list[dict[str, str]], column: str) -> str:
    return f"{sum(Decimal(row[column]) for row in rows):.2f}"


def place(ahadi: Ahadi, name: str, *words: str) -> Said:
    said = ahadi("place", path_of(name), "--creditor", "Public", "--yes", *words)
    assert said.code == 0, said.out + said.err
    rows = len(records(name))
    assert f"{rows} rows read, {rows} accepted, 0 there already, 0 rejected" in said.out
    return said


def report(ahadi: Ahadi, as_of: str, *words: str) -> Figures:
    words = ("report", "ageing", "--as-of", as_of, "--format", "json", "--buckets", "receivables-121", *words)
    said = ahadi(*words)
    assert said.code == 0, said.err
    found: Figures = json.loads(said.out)
    return found


def money(text: str) -> str:
    return f"{Decimal(text):.2f}"


def groups(found: Figures, column: str, *, owing: bool = True) -> dict[str, Figures]:
    rows = {
        row[column]: {
            "open_count": row["open_count"],
            "open_amount": row["open"],
            "overdue_amount": row["overdue"],
        }
        for row in found["rows"]
    }
    return {name: row for name, row in rows.items() if row["open_count"] or not owing}


def in_cents(rows: dict[str, Figures]) -> dict[str, Figures]:
    return {
        name: {key: money(value) if key.endswith("amount") else value for key, value in row.items()}
        for name, row in rows.items()
        if row["open_count"]
    }


@pytest.fixture
def invoices(ahadi: Ahadi) -> Ahadi:
    """The ledger of invoices of fifty customers."""
    place(ahadi, "ar_ibm/invoices_dev.csv", "--currency", "USD")
    return ahadi


def receivables(row: Figures) -> Figures:
    """A row of totals under the names that the expected figures bear."""
    return {
        "open_count": row["open_count"],
        "open_amount": row["open"],
        "disputed_open_amount": row["disputed_open"],
        "disputed_open_count": row["disputed_open_count"],
        "overdue_amount": row["overdue"],
        "pre_due_reminders_next_7_days": {"count": row["due_next_7_count"], "amount": row["due_next_7"]},
        "cash_received_in_month": {"count": row["cash_month_count"], "amount": row["cash_month"]},
        "sales_trailing_90_days": row["sales_90"],
        "dso_90": row["dso_90"],
        "cei_month": {
            "beginning_ar": row["cei_beginning"],
            "credit_sales": row["cei_sales"],
            "ending_total_ar": row["cei_ending"],
            "ending_current_ar": row["cei_ending_not_due"],
            "cei_pct": row["cei_pct"],
        },
    }


def test_every_figure_of_the_invoices_is_the_expected_one_at_every_date(invoices: Ahadi) -> None:
    expected = expected_of("ar_ibm/expected_dev.json")
    whole = expected.pop("whole_file")
    for day, figures in expected.items():
        found = report(invoices, day)
        assert len(found["totals"]) == 1
        now = receivables(found["totals"][0])
        assert now == {name: figures[name] for name in now}, day
        assert found["overdue_debtors"] == figures["overdue_customers"], day
        buckets = {code: {**cell, "amount": money(cell["amount"])} for code, cell in figures["buckets"].items()}
        assert found["rows"][0]["buckets"] == buckets, day
        for column, name in (("country", "by_country"), ("debtor_number", "by_customer")):
            by = "debtor" if column == "debtor_number" else column
            assert groups(report(invoices, day, "--by", by), column) == in_cents(figures[name]), (day, by)
    (punctual,) = report(invoices, "2014-12-31")["punctuality"]
    assert {
        "invoices": punctual["charge_count"],
        "customers": punctual["account_count"],
        "amount": punctual["charged"],
        "paid_late_count": punctual["paid_late_count"],
        "late_days_total": punctual["late_days_total"],
        "disputed_count": punctual["disputed_count"],
    } == whole
    assert invoices("check").code == 0


@pytest.fixture
def open_items(ahadi: Ahadi) -> Ahadi:
    """The ledger of open items of several companies, with numbers that lost their zeros."""
    place(ahadi, "ar_highradius/open_items_dev.csv", "--currency", "USD")
    return ahadi


def test_open_items_are_aged_by_company_and_customers_are_merged_when_accepted(open_items: Ahadi) -> None:
    expected = expected_of("ar_highradius/expected_dev.json")
    days = {day: figures for day, figures in expected.items() if isinstance(figures, dict)}
    last = max(days)
    raw = report(open_items, last, "--by", "debtor")
    assert len(raw["rows"]) == expected["customers_raw"]
    assert raw["totals"][0]["open"] == expected["amount_total"]
    accepted = open_items("parties", "accept", "--kind", "lost_zeros")
    merged = expected["customers_raw"] - expected["customers_after_stripping_leading_zeros"]
    assert accepted.out.startswith(f"{merged} proposals accepted"), accepted.out
    for day, figures in days.items():
        found = report(open_items, day, "--by", "branch")
        assert {row["branch"]: in_buckets(row["buckets"]) for row in found["rows"]} == {
            company: in_buckets(cells) for company, cells in figures["by_company"].items()
        }, day
        assert found["overdue_debtors"] == figures["overdue_customers"], day
        customers = report(open_items, day, "--by", "debtor")["rows"]
        assert len(customers) == expected["customers_after_stripping_leading_zeros"]
        top = sorted(customers, key=lambda row: -Decimal(row["overdue"]))[:10]
        assert [[row["debtor_number"].lstrip("0"), row["overdue"]] for row in top] == [
            [number, money(amount)] for number, amount in figures["top10_overdue_customers"]
        ], day
    assert open_items("check").code == 0


def in_buckets(cells: dict[str, Figures]) -> dict[str, tuple[int, str]]:
    return {code: (cell["count"], money(cell["amount"])) for code, cell in cells.items() if cell["count"]}


def test_bank_loans_are_spread_over_their_instalments_without_losing_a_crown(ahadi: Ahadi, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        "purpose: placement\ncolumns:\n  account_number: account_id\n  reference: loan_id\n"
        "  opened_on: {column: date, dates: ymd}\n  amount: amount\n  instalments: duration\n"
        "  instalment: {column: payments, decimal: '.'}\nignored: [status]\n"
    )
    name = "loans_berka/loan.csv"
    place(ahadi, name, "--currency", "CZK", "--product", "loan", "--mapping", str(mapping))
    rows = records(name)
    found = report(ahadi, "2005-12-31", "--by", "account")
    assert len(found["rows"]) == len({row["account_id"] for row in rows})
    assert found["totals"][0]["open"] == total(rows, "amount")
    assert found["totals"][0]["open_count"] == sum(int(row["duration"]) for row in rows)
    assert ahadi("check").code == 0


def test_consumer_loans_tie_out_with_their_file(ahadi: Ahadi, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        "purpose: placement\ncolumns:\n  debtor_number: rownames\n"
        "  opened_on: {value: 2018-03-31, dates: ymd}\n  due_on: {value: 2018-06-30, dates: ymd}\n"
        "  amount: {column: balance, decimal: '.'}\n  product: {value: loan}\n"
    )
    name = "loans_lendingclub/loans_dev.csv"
    place(ahadi, name, "--currency", "USD", "--mapping", str(mapping))
    rows = records(name)
    found = report(ahadi, "2018-07-01", "--by", "account")
    owing = [row for row in rows if Decimal(row["balance"]) > 0]
    assert found["totals"][0]["open"] == total(rows, "balance")
    assert (found["totals"][0]["open_count"], len(found["rows"])) == (len(owing), len(owing))
    assert ahadi("check").code == 0


def test_instalments_and_receipts_of_consumer_loans_tie_out_with_their_file(ahadi: Ahadi, tmp_path: Path) -> None:
    """Amounts of more decimals than the currency has go back; all others tie out."""
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        "purpose: placement\ncolumns:\n  debtor_number: rownames\n"
        "  opened_on: {value: 2018-03-31, dates: ymd}\n  amount: {column: loan_amount, decimal: '.'}\n"
        "  instalments: term\n  instalment: {column: installment, decimal: '.'}\n"
        "  paid: {column: paid_total, decimal: '.'}\n  paid_on: {value: 2018-06-30, dates: ymd}\n"
        "  product: {value: loan}\n"
    )
    name = "loans_lendingclub/loans_dev.csv"
    words = ("--creditor", "Public", "--currency", "USD", "--mapping", mapping, "--as-of", "2018-06-30")
    said = ahadi("place", path_of(name), *words, "--rejects", "back.csv")
    rows = records(name)
    good = [row for row in rows if Decimal(row["paid_total"]) == round(Decimal(row["paid_total"]), 2)]
    asked = sum(Decimal(row["installment"]) * int(row["term"]) for row in good)
    assert f"4000 rows read, {len(good)} accepted, 0 there already, {len(rows) - len(good)} rejected" in said.out
    assert f"charged  USD {asked:.2f}" in said.out
    assert f"received USD {total(good, 'paid_total')}" in said.out
    assert f"{sum(int(row['term']) for row in good)} charges" in said.out
    with Path("back.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert len(list(csv.DictReader(stream))) == len(rows) - len(good)
    assert ahadi("check", "ledger-ties-out", "allocations-replay", "accounts-stated").code == 0


def test_card_bills_tie_out_with_their_file_and_credits_stay_apart(ahadi: Ahadi, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        "purpose: placement\ncolumns:\n  account_number: ID\n  amount: BILL_AMT1\n"
        "  due_on: {value: 2005-09-30, dates: ymd}\n"
    )
    name = "cards_uci/cards_dev.csv"
    said = place(ahadi, name, "--currency", "TWD", "--product", "card", "--mapping", str(mapping))
    bills = [Decimal(row["BILL_AMT1"]) for row in records(name)]
    assert f"{len(bills)} accounts opened, {sum(bill != 0 for bill in bills)} charges" in said.out
    (row,) = report(ahadi, "2005-10-31")["rows"]
    assert row["open"] == money(str(sum(bill for bill in bills if bill > 0)))
    assert row["credit"] == money(str(-sum(bill for bill in bills if bill < 0)))
    assert ahadi("check").code == 0
