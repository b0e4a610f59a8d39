"""Public data sets are read without loss and proposed rightly; skipped where the data is not at hand."""

import csv
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from ahadi.adapters.sheets.limits import Limits
from ahadi.adapters.sheets.parsing import parse
from ahadi.adapters.sheets.proposing import Proposal, propose
from ahadi.adapters.sheets.reading import read
from ahadi.adapters.sheets.sheet import Sheet
from ahadi.adapters.sheets.typing_rows import TypedRows, type_rows
from ahadi.adapters.sheets.vocabulary import Purpose

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
FOLDERS = (
    "ar_ibm", "ar_highradius", "loans_berka", "loans_lendingclub", "cards_uci", "bank/sheet", "mobile_money",
    "payment_matching",
)  # fmt: skip
FILES = sorted(path for folder in FOLDERS for path in (DATA / folder).glob("*.csv"))

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the public data sets are not at hand")


def sheet_of(name: str) -> Sheet:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not at hand")
    return parse(path, Limits())


def understood(name: str, purpose: Purpose, currency: str) -> tuple[Proposal, TypedRows]:
    sheet = sheet_of(name)
    proposal = propose(sheet, purpose=purpose)
    return proposal, type_rows(sheet, proposal.mapping(), currency=currency)


def picks_of(proposal: Proposal) -> dict[str, str]:
    return {pick.target: pick.column for pick in proposal.picks if pick.certainty != "doubtful"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_nothing_is_lost_in_reading(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as stream:
        records = list(csv.reader(stream))
    sheet = parse(path, Limits())
    expected = [[cell.strip() or None for cell in record] for record in records[1:] if any(map(str.strip, record))]
    assert sheet.rows.height == len(expected)
    assert sheet.set_aside == ()
    assert [list(row[1:]) for row in sheet.rows.iter_rows()] == expected


def test_child_reads_what_the_parser_reads() -> None:
    path = DATA / "ar_ibm" / "invoices_dev.csv"
    if not path.exists():
        pytest.skip("the file is not at hand")
    assert read(path).rows.equals(parse(path, Limits()).rows)


def test_workbook_and_text_of_one_statement_say_the_same() -> None:
    path = DATA / "bank" / "sheet" / "sample_statement_en.xlsx"
    if not path.exists():
        pytest.skip("the file is not at hand")
    sheets = [parse(path, Limits()), sheet_of("bank/sheet/sample_statement_en.csv")]
    typed = [type_rows(sheet, propose(sheet, purpose="receipts").mapping()).rows for sheet in sheets]
    assert typed[0].select(sorted(typed[0].columns)).equals(typed[1].select(sorted(typed[1].columns)))


def test_invoices_of_fifty_customers_need_no_question() -> None:
    proposal, typed = understood("ar_ibm/invoices_dev.csv", "placement", "USD")
    assert proposal.questions == ()
    assert picks_of(proposal) == {
        "debtor_number": "customerID", "reference": "invoiceNumber", "invoiced_on": "InvoiceDate", "due_on": "DueDate",
        "amount": "InvoiceAmount", "disputed": "Disputed", "settled_on": "SettledDate", "country": "countryCode",
    }  # fmt: skip
    assert proposal.mapping().columns["invoiced_on"].dates == "mdy"
    raw = sheet_of("ar_ibm/invoices_dev.csv").rows
    assert (typed.rows.height, typed.errors, typed.duplicates) == (raw.height, (), ())
    assert typed.rows["amount_minor"].sum() == sum(int(Decimal(text) * 100) for text in raw["InvoiceAmount"])
    assert typed.rows["disputed"].sum() == (raw["Disputed"] == "Yes").sum()
    days = (typed.rows["settled_on"] - typed.rows["invoiced_on"]).dt.total_days()
    assert days.to_list() == raw["DaysToSettle"].cast(pl.Int64).to_list()


def test_open_items_leave_the_forecast_out() -> None:
    proposal, typed = understood("ar_highradius/open_items_dev.csv", "placement", "USD")
    assert proposal.questions == ()
    found = picks_of(proposal)
    assert found.pop("invoiced_on", "baseline_create_date") == "baseline_create_date"
    assert found == {
        "debtor_number": "cust_number", "debtor_name": "name_customer", "reference": "doc_id",
        "posted_on": "posting_date", "due_on": "due_in_date", "amount": "converted_usd", "branch": "business_code",
    }  # fmt: skip
    assert [pick.column for pick in proposal.left_out] == ["clear_date"]
    assert typed.errors == ()
    raw = sheet_of("ar_highradius/open_items_dev.csv").rows
    assert typed.rows.height + len(typed.duplicates) == raw.height
    assert typed.rows["reference"].str.contains(r"^[0-9]+$").all()


def test_loans_are_read_with_their_instalments() -> None:
    proposal, typed = understood("loans_berka/loan.csv", "placement", "CZK")
    assert proposal.questions == ()
    assert picks_of(proposal) == {
        "account_number": "account_id", "reference": "loan_id", "opened_on": "date", "amount": "amount",
        "instalments": "duration", "instalment": "payments",
    }  # fmt: skip
    assert typed.errors == ()
    product = typed.rows["instalments"] * typed.rows["instalment_minor"]
    assert (product == typed.rows["amount_minor"]).mean() > 0.9


def test_statement_of_a_mobile_operator_gives_its_receipts() -> None:
    proposal, typed = understood("mobile_money/mpesa_org_statement_a.csv", "receipts", "KES")
    assert proposal.questions == ()
    assert typed.rows["amount_minor"].to_list() == [300000, 210000]
    assert [error.line for error in typed.errors] == [2]


def test_cards_and_consumer_loans_ask_for_what_they_lack() -> None:
    for name in ("cards_uci/cards_dev.csv", "loans_lendingclub/loans_dev.csv"):
        questions = propose(sheet_of(name), purpose="placement").questions
        assert {"debtor_number", "due_on"} <= {target for question in questions for target in question.targets}
