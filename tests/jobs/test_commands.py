"""Commands from end to end, as the operator of an installation runs them."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from django.db import connections

from .conftest import Ahadi

DEBTS = """\
Customer No,Customer Name,Invoice No,Invoice Date,Due Date,Amount,Disputed,Settled Date,Country
0042,Mwangi Stores,INV-1,2026-01-01,2026-01-31,"1,250.00",No,,KE
42,MWANGI STORES,INV-2,2026-01-05,2026-02-04,300.50,Yes,,KE
77,Zuhura Textiles,INV-3,2026-01-10,2026-02-09,80.00,No,2026-02-20,TZ
88,Otieno,INV-4,2026-01-12,2026-02-11,twelve,No,,TZ
"""
RECEIPTS = """\
Receipt No,Customer No,Value Date,Amount,Payer Name,Invoice No
RC-1,0042,2026-02-15,250.00,J. Mwangi,INV-1
RC-2,999,2026-02-16,10.00,Somebody,
"""
MAPPING = """\
purpose: placement
columns:
  debtor_number: Customer No
  debtor_name: Customer Name
  reference: Invoice No
  invoiced_on: {column: Invoice Date, dates: ymd}
  due_on: {column: Due Date, dates: ymd}
  amount: Amount
  disputed: {column: Disputed, 'true': ['Yes'], 'false': ['No']}
  settled_on: {column: Settled Date, dates: ymd}
  country: Country
"""
AS_OF = ("--as-of", "2026-03-01")
UNDERSTOOD = ("--mapping", "mapping.yaml")
MONEY = ("--creditor", "Savannah", "--currency", "KES", "--yes", *AS_OF)


@pytest.fixture
def debts(tmp_path: Path) -> Path:
    """A sheet with one row that cannot be read."""
    path = tmp_path / "debts.csv"
    path.write_text(DEBTS)
    path.with_name("mapping.yaml").write_text(MAPPING)
    return path


@pytest.fixture
def placed(ahadi: Ahadi, debts: Path) -> Ahadi:
    """A console on a book that holds the sheet and its receipts."""
    assert ahadi("place", debts, *MONEY, *UNDERSTOOD).code == 0
    receipts = debts.with_name("receipts.csv")
    receipts.write_text(RECEIPTS)
    assert ahadi("receive", receipts, *MONEY).code == 0
    return ahadi


def report(ahadi: Ahadi, *words: str) -> dict[str, Any]:
    said = ahadi("report", "ageing", *AS_OF, "--format", "json", *words)
    assert said.code == 0, said.err
    found: dict[str, Any] = json.loads(said.out)
    return found


def test_good_rows_go_in_and_the_bad_one_comes_back_to_be_mended(ahadi: Ahadi, debts: Path) -> None:
    said = ahadi("place", debts, *MONEY, *UNDERSTOOD, "--rejects", "back.csv")
    assert said.code == 0, said.err
    assert "4 rows read, 3 accepted, 0 there already, 1 rejected" in said.out
    assert "charged  KES 1630.50" in said.out
    back = Path("back.csv").read_text("utf-8-sig")
    assert "twelve" in back and "INV-1" not in back
    Path("back.csv").write_text(back.replace("twelve", "12.00"))
    mended = ahadi("place", "back.csv", *MONEY)
    assert mended.code == 0, mended.out + mended.err
    assert "1 rows read, 1 accepted" in mended.out
    assert report(ahadi)["totals"][0]["open"] == "1562.50"
    assert ahadi("check").code == 0


def test_workbook_says_what_the_text_says(ahadi: Ahadi, debts: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    with debts.open(newline="") as stream:
        for row in csv.reader(stream):
            sheet.append(row)
    workbook.save(debts.with_suffix(".xlsx"))
    said = ahadi("place", debts.with_suffix(".xlsx"), *MONEY, *UNDERSTOOD)
    assert "3 accepted, 0 there already, 1 rejected" in said.out
    again = ahadi("place", debts, *MONEY)
    assert "0 accepted, 3 there already, 1 rejected" in again.out


def test_dry_run_of_a_placement_keeps_nothing(ahadi: Ahadi, debts: Path) -> None:
    said = ahadi("place", debts, *MONEY, *UNDERSTOOD, "--dry-run")
    assert (said.code, "A dry run: nothing was kept." in said.out) == (0, True)
    assert "No file was placed yet" in ahadi("place", "list").out


def test_file_of_which_no_row_could_be_taken_fails(ahadi: Ahadi, debts: Path) -> None:
    debts.write_text(DEBTS.splitlines(True)[0] + DEBTS.splitlines(True)[-1])
    said = ahadi("place", debts, *MONEY, *UNDERSTOOD)
    assert (said.code, "1 rejected" in said.out) == (1, True), said.err


def test_sheet_that_is_not_clear_is_refused_with_a_proposal(ahadi: Ahadi, debts: Path) -> None:
    debts.write_text("a,b\n1,2\n")
    said = ahadi("place", debts, *MONEY)
    assert said.code == 2
    assert "needs a word from you" in said.err
    assert "purpose: placement" in said.err


def test_batches_are_listed_and_undone(placed: Ahadi) -> None:
    before = report(placed)
    listed = placed("place", "list").out
    assert "debts.csv" in listed and "receipts.csv" in listed
    (first, second) = (
        line.split()[0] for line in sorted(listed.splitlines()[2:], key=lambda line: int(line.split()[0]))
    )
    assert placed("receive", "undo", second, *AS_OF, "--dry-run").code == 0
    assert report(placed) == before
    assert placed("receive", "undo", second, *AS_OF).code == 0
    assert report(placed)["totals"][0]["open"] == "1550.50"
    assert placed("place", "undo", first, *AS_OF).code == 0
    assert report(placed)["totals"] == []
    again = placed("place", "undo", first, *AS_OF)
    assert (again.code, "was undone before" in again.err) == (2, True)
    assert placed("check").code == 0


@pytest.mark.parametrize("form", ["table", "csv", "json", "xlsx"])
def test_report_says_the_same_in_every_form(placed: Ahadi, form: str, tmp_path: Path) -> None:
    path = tmp_path / f"report.{form}"
    said = placed("report", "ageing", *AS_OF, "--by", "debtor", "--format", form, "--output", path)
    assert said.code == 0, said.err
    if form == "json":
        rows = {row["debtor_number"]: row["open"] for row in json.loads(said.out)["rows"]}
    elif form == "table":
        rows = {line.split()[0]: line.split()[-3] for line in said.out.splitlines() if line[:2] in ("00", "42")}
        assert "KES: open 1300.50 in 2 charges, overdue 1300.50, disputed 300.50" in said.out
    elif form == "csv":
        rows = {row["debtor_number"]: row["open"] for row in pl.read_csv(path, infer_schema=False).to_dicts()}
    else:
        found = openpyxl.load_workbook(path).active
        assert found is not None
        header, *body = found.iter_rows(values_only=True)
        place = [str(name) for name in header].index("open")
        rows = {str(row[0]): f"{float(str(row[place])):.2f}" for row in body if row[0] is not None}
    assert {number: rows[number] for number in ("0042", "42")} == {"0042": "1000.00", "42": "300.50"}


@pytest.mark.parametrize("by", ["creditor", "officer", "branch", "product", "currency", "country", "debtor", "account"])
def test_report_by_any_dimension_adds_up_to_the_whole(placed: Ahadi, by: str) -> None:
    rows = report(placed, "--by", by)["rows"]
    assert sum(int(row["open"].replace(".", "")) for row in rows) == 130_050
    assert sum(row["open_count"] for row in rows) == 2


def test_report_by_something_unknown_is_refused(placed: Ahadi) -> None:
    said = placed("report", "ageing", "--by", "weather")
    assert (said.code, "no report by weather; choose of" in said.err) == (2, True)


def test_report_known_at_a_moment_shows_what_was_known(placed: Ahadi) -> None:
    before = datetime.now(UTC).isoformat()
    batch = placed("place", "list").out.splitlines()[2].split()[0]
    assert placed("receive", "undo", batch, *AS_OF).code == 0
    assert report(placed)["totals"][0]["open"] == "1550.50"
    assert report(placed, "--known-at", before)["totals"][0]["open"] == "1300.50"


def test_worklist_shows_points_with_their_reasons(placed: Ahadi) -> None:
    said = placed("worklist", *AS_OF, "--format", "json")
    found = json.loads(said.out)
    assert [row["rank"] for row in found["ranked"]] == list(range(1, len(found["ranked"]) + 1))
    assert all(row["points"] == sum(reason["points"] for reason in row["reasons"]) for row in found["ranked"])
    assert {row["account"] for row in [*found["ranked"], *found["absent"]]} == {"0042", "42", "77"}
    assert placed("worklist", "--officer", "nobody").code == 2


def test_parties_are_proposed_and_accepted(placed: Ahadi) -> None:
    assert report(placed)["overdue_debtors"] == 2
    assert "lost_zeros" in placed("parties", "proposals").out
    said = placed("parties", "accept", "--kind", "lost_zeros", "--sure", "90")
    assert "1 proposal accepted. Debtors that now stand under another number: 1." in said.out
    assert report(placed)["overdue_debtors"] == 1
    assert placed("check", "mergers-stated").code == 0


def test_day_is_closed_once(placed: Ahadi) -> None:
    assert "2026-03-01 closed: 3 accounts" in placed("close", *AS_OF).out
    again = placed("close", *AS_OF)
    assert (again.code, "is closed already" in again.err) == (2, True)


@pytest.fixture
def owner(placed: Ahadi) -> Iterator[Any]:
    """A cursor of the owner of the tables."""
    with connections["owner"].cursor() as cursor:
        yield cursor


def test_check_fails_and_names_the_row_when_a_law_is_broken(placed: Ahadi, owner: Any) -> None:
    assert placed("check").code == 0
    owner.execute("UPDATE account_state SET overdue_minor = overdue_minor + 1")
    said = placed("check")
    assert said.code == 1
    assert "BROKEN  accounts-stated" in said.out
    assert "its state of 2026-03-01 is not what its facts say" in said.out
    assert placed("check", "no-such-law").code == 2


def test_demonstration_book_is_built_closed_and_lawful(ahadi: Ahadi) -> None:
    said = ahadi("demo", "--no-serve", "--accounts", 60)
    assert said.code == 0, said.err
    assert said.out.count("Sign in to ") == 3
    assert ahadi("check").code == 0
    again = ahadi("demo", "--no-serve", "--accounts", 60)
    assert (again.code, "Building" in again.out) == (0, False)
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    listed = ahadi("worklist", "--organisation", "kisima", "--as-of", tomorrow.isoformat(), "--format", "json")
    assert json.loads(listed.out)["ranked"]
