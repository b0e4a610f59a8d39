"""The commands that tell: reports in every form, why an account stands where it does, and strategies."""

import json
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from .conftest import Ahadi

DEBTS = """\
Customer No,Customer Name,Invoice No,Invoice Date,Due Date,Amount
0042,Mwangi Stores,INV-1,2026-01-01,2026-01-31,1250.00
77,Zuhura Textiles,INV-3,2026-01-10,2026-02-09,80.00
"""
RECEIPTS = """\
Receipt No,Customer No,Value Date,Amount,Invoice No
RC-1,0042,2026-02-15,250.00,INV-1
RC-2,999,2026-02-16,10.00,
"""
OTHERS = """\
Customer No,Customer Name,Invoice No,Invoice Date,Due Date,Amount
77,Another Zuhura,X-1,2026-01-10,2026-02-09,5.00
"""
STRATEGY = """\
product: invoice
version: own-1
in_force_from: 2026-04-01
segments:
  - {code: ALL, condition: days_late >= 0}
steps:
  - {code: VISIT-NOW, day: 0, action: visit, channel: visit}
"""
AS_OF = ("--as-of", "2026-02-28")
MONEY = ("--currency", "KES", "--yes", "--as-of", "2026-02-20")


@pytest.fixture
def placed(ahadi: Ahadi, tmp_path: Path) -> Ahadi:
    """A console on a book of one creditor with two accounts, a receipt, and one in suspense."""
    for name, text in (("debts.csv", DEBTS), ("receipts.csv", RECEIPTS), ("others.csv", OTHERS)):
        (tmp_path / name).write_text(text)
    for command, name in (("place", "debts.csv"), ("receive", "receipts.csv")):
        said = ahadi(command, name, "--creditor", "Savannah", *MONEY)
        assert said.code == 0, said.out + said.err
    return ahadi


def report(ahadi: Ahadi, name: str, *words: str) -> dict[str, Any]:
    said = ahadi("report", name, *AS_OF, "--format", "json", *words)
    assert said.code == 0, said.err
    found: dict[str, Any] = json.loads(said.out)
    return found


def test_portfolio_is_told_as_a_document_and_as_a_table(placed: Ahadi) -> None:
    found = report(placed, "portfolio", "--by", "creditor")
    (row,) = found["rows"]
    assert (row["creditor"], row["account_count"], row["outstanding"], row["overdue"]) == (
        ("Savannah", 2, "1080.00", "1080.00")
    )
    assert (row["par30_pct"], row["received"], row["cer_current_pct"]) == ("0.00", "250.00", "0.00")
    assert found["month_from"] == "2026-02-01"
    said = placed("report", "portfolio", *AS_OF).out
    assert "Portfolio as of 2026-02-28; movements and collections since 2026-02-01" in said
    assert "Rolled on, KES: " in said


def test_receipts_say_that_the_ledger_ties_out(placed: Ahadi) -> None:
    found = report(placed, "receipts", "--by", "day")
    assert [(row["day"], row["amount"], row["suspense"]) for row in found["rows"]] == [
        ("2026-02-15", "250.00", "0.00"),
        ("2026-02-16", "10.00", "10.00"),
    ]
    assert found["is_tied"] is True
    said = placed("report", "receipts", *AS_OF, "--from", "2026-02-16").out
    assert "Receipts valued from 2026-02-16 to 2026-02-28" in said
    assert "KES, ledger of the whole book by the day: bank 260.00 = trust 250.00 + suspense 10.00" in said
    assert "cash that came and held 260.00: it ties out" in said


def test_promises_that_nobody_made_are_none(placed: Ahadi) -> None:
    assert report(placed, "promises")["rows"] == []
    assert "No promise was made by 2026-02-28." in placed("report", "promises", *AS_OF).out


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_report_is_written_to_a_file(placed: Ahadi, form: str, tmp_path: Path) -> None:
    path = tmp_path / f"portfolio.{form}"
    assert placed("report", "portfolio", *AS_OF, "--format", form, "--output", path).code == 0
    if form == "csv":
        assert pl.read_csv(path, infer_schema=False)["outstanding"].to_list() == ["1080.00"]
    else:
        sheet = openpyxl.load_workbook(path).active
        assert sheet is not None
        header, row = sheet.iter_rows(values_only=True)
        assert float(str(row[header.index("outstanding")])) == 1080.0


@pytest.mark.parametrize("name", ["portfolio", "receipts", "promises"])
def test_report_by_something_it_does_not_know_is_refused(placed: Ahadi, name: str) -> None:
    said = placed("report", name, "--by", "weather")
    assert (said.code, "no report by weather; choose of" in said.err) == (2, True)


def test_report_of_one_organisation_leaves_the_others_out(placed: Ahadi) -> None:
    said = placed("place", "others.csv", "--creditor", "Mara", "--organisation", "second", *MONEY)
    assert said.code == 2, "a second organisation is not opened by a command"
    for name in ("ageing", "portfolio"):
        assert len(report(placed, name, "--organisation", "house")["rows"]) == 1


def why(ahadi: Ahadi, *words: str) -> dict[str, Any]:
    said = ahadi("why", *words, *AS_OF, "--format", "json")
    assert said.code == 0, said.err
    found: dict[str, Any] = json.loads(said.out)
    return found


def test_why_gives_points_that_add_up_and_the_figures_behind_them(placed: Ahadi) -> None:
    found = why(placed, "0042")
    listed = found["listed"]
    assert listed["points"] == sum(reason["points"] for reason in listed["reasons"])
    assert (listed["rank"], listed["of"], found["absent"]) == (1, 2, None)
    assert {"DAYS_LATE", "NO_CONTACT"} <= {reason["reason"] for reason in listed["reasons"]}
    figures = found["figures"]
    assert (figures["overdue"], figures["days_late"], figures["bucket"]) == ("1000.00", 28, "1-30")
    assert (figures["last_receipt_on"], figures["last_contact_on"]) == ("2026-02-15", None)
    assert found["next_action"] == {
        "action": "call",
        "channel": "call",
        "on": "2026-02-15",
        "source": "strategy",
        "step": "CALL-1",
        "segment": "EARLY",
        "version": "standard-1",
    }


def test_why_prints_the_same_for_people(placed: Ahadi) -> None:
    lines = placed("why", "0042", *AS_OF).out.splitlines()
    assert lines[0].startswith("0042 of Savannah, invoice in KES: Mwangi Stores (0042), worked by ")
    assert any(line.startswith("Place 1 of 2 on the list, ") for line in lines)
    assert "Next: call by call on 2026-02-15 (strategy: step CALL-1 of strategy standard-1, segment EARLY)" in lines


def test_why_names_the_rule_that_keeps_an_account_off_the_list(placed: Ahadi) -> None:
    said = placed("why", "0042", "--as-of", "2026-01-20", "--format", "json")
    found = json.loads(said.out)
    assert (found["listed"], found["absent"]) == (None, {"rule": "NOT_LATE", "until_date": None})
    assert found["figures"]["overdue"] == "0.00"
    assert "On no list: NOT_LATE." in placed("why", "0042", "--as-of", "2026-01-20").out


def test_number_that_two_creditors_use_is_asked_back(placed: Ahadi) -> None:
    assert placed("place", "others.csv", "--creditor", "Mara", *MONEY).code == 0
    said = placed("why", "77", *AS_OF)
    assert said.code == 2
    assert "2 accounts bear the number '77'; say which: " in said.err
    assert '--creditor "Mara" --currency KES --product invoice' in said.err
    assert why(placed, "77", "--creditor", "mara")["figures"]["outstanding"] == "5.00"
    assert why(placed, "77", "--creditor", "Savannah")["figures"]["outstanding"] == "80.00"


def test_number_of_no_account_is_refused(placed: Ahadi) -> None:
    said = placed("why", "no such", *AS_OF)
    assert (said.code, "no account 'no such' is in the book here" in said.err) == (2, True)


def test_strategy_is_adopted_listed_shown_and_withdrawn(placed: Ahadi) -> None:
    Path("own.yaml").write_text(STRATEGY)
    said = placed("strategy", "adopt", "own.yaml", "--dry-run")
    assert (said.code, "A dry run: nothing was adopted." in said.out) == (0, True), said.err
    assert "own-1" not in placed("strategy", "list").out
    assert "invoice: version own-1, 1 step, holds from 2026-04-01 on." in placed("strategy", "adopt", "own.yaml").out
    (line,) = [line for line in placed("strategy", "--as-of", "2026-04-01").out.splitlines() if "own-1" in line]
    assert line.split() == ["invoice", "own-1", "2026-04-01", "own", "yes"]
    assert "VISIT-NOW" in placed("strategy", "show", "invoice", "--as-of", "2026-04-01").out
    assert "CALL-1" in placed("strategy", "show", "invoice", "--as-of", "2026-03-31").out
    assert placed("strategy", "withdraw", "invoice", "own-1").code == 0
    assert "own-1" not in placed("strategy", "list").out


def test_strategy_that_cannot_be_read_or_shown_is_refused(placed: Ahadi) -> None:
    Path("bad.yaml").write_text(STRATEGY.replace("channel: visit", "channel: pigeon"))
    said = placed("strategy", "adopt", "bad.yaml")
    assert (said.code, "bad.yaml, step 1: channel must be one of" in said.err) == (2, True)
    assert placed("strategy", "adopt", "absent.yaml").code == 2
    said = placed("strategy", "show", "boat")
    assert (said.code, "there is no product 'boat'; there are loan, " in said.err) == (2, True)
