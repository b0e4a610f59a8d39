"""Tables and rejects are written so that no text runs, no figure changes, and rejects can be placed again."""

import csv
import datetime
import io
import json
import zipfile
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from ahadi.adapters.sheets.exporting import UnableToWriteTable, write_table
from ahadi.adapters.sheets.limits import Limits
from ahadi.adapters.sheets.mapping import Mapping, Source
from ahadi.adapters.sheets.parsing import parse
from ahadi.adapters.sheets.rejects import write_rejects
from ahadi.adapters.sheets.typing_rows import type_rows

DANGEROUS = (
    "=1+1", "=cmd|'/C calc'!A0", '=HYPERLINK("http://127.0.0.1","x")', "+1+1", "-1+1", "-2+3+cmd|' /C calc'!A0",
    "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", "＝1+1", "＋1", "－1+1", "＠SUM(1)", "|calc", " =1+1", "=1+1,2",
    "+254-1", "+cmd", '="1"', "-", "+", "=",
)  # fmt: skip
HARMLESS = ("+254712345678", "+254 712 345 678", "-5.50", "-1,234.50", "Asha", "a=b", "1-2", "%0A=1", "'tis", "١٢٣", "")


def csv_cells(frame: pl.DataFrame) -> list[list[str]]:
    stream = io.BytesIO()
    write_table(stream, frame, format="csv")
    return list(csv.reader(io.StringIO(stream.getvalue().decode("utf-8-sig"), newline="")))


def xlsx_sheet(frame: pl.DataFrame, **options: object) -> openpyxl.worksheet.worksheet.Worksheet:
    stream = io.BytesIO()
    write_table(stream, frame, format="xlsx", **options)
    return openpyxl.load_workbook(stream).active


@pytest.mark.parametrize("text", DANGEROUS)
def test_text_that_would_run_gets_an_apostrophe_in_csv(text: str) -> None:
    assert csv_cells(pl.DataFrame({"name": [text]}))[1] == [f"'{text}"]


@pytest.mark.parametrize("text", HARMLESS[:-1])
def test_telephone_numbers_negative_figures_and_words_stay_as_they_are(text: str) -> None:
    assert csv_cells(pl.DataFrame({"name": [text]}))[1] == [text]


def test_title_that_would_run_gets_an_apostrophe_as_well() -> None:
    assert csv_cells(pl.DataFrame({"=1+1": ["a"]}))[0] == ["'=1+1"]


def test_no_cell_of_a_workbook_is_a_formula_and_texts_come_back_unchanged() -> None:
    """The control: openpyxl, writing the same texts plainly, makes formulas of them."""
    texts = [text for text in DANGEROUS + HARMLESS if text.strip() == text and text]
    sheet = xlsx_sheet(pl.DataFrame({"=title": texts}))
    cells = [sheet.cell(row, 1) for row in range(1, len(texts) + 2)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value for cell in cells[1:]] == texts
    plain = openpyxl.Workbook().active
    plain.append([texts[0]])
    assert plain.cell(1, 1).data_type == "f"


def test_workbook_holds_no_formula_element_and_no_link() -> None:
    stream = io.BytesIO()
    write_table(stream, pl.DataFrame({"a": [*DANGEROUS, "http://127.0.0.1/x", "mailto:x@y.z"]}), format="xlsx")
    with zipfile.ZipFile(stream) as package:
        assert b"<f>" not in package.read("xl/worksheets/sheet1.xml")
        assert not [name for name in package.namelist() if "externalLink" in name or "worksheets/_rels" in name]


def test_control_characters_do_not_break_a_workbook() -> None:
    assert xlsx_sheet(pl.DataFrame({"a": ["x\x07y"]})).max_row == 2


def test_cells_of_a_workbook_are_typed() -> None:
    frame = pl.DataFrame({
        "day": [datetime.date(2024, 1, 31)], "count": [7], "flag": [True], "name": ["00123"], "none": [None],
        "big": [2**60], "at": [datetime.datetime(2024, 1, 31, 5, 6, 7, tzinfo=datetime.UTC)],
    })  # fmt: skip
    row = [cell.value for cell in xlsx_sheet(frame)[2]]
    assert row == [
        datetime.datetime.fromisoformat("2024-01-31"), 7, True, "00123", None, str(2**60),
        datetime.datetime.fromisoformat("2024-01-31T05:06:07"),
    ]  # fmt: skip


def test_amounts_are_written_with_the_decimals_of_their_currency() -> None:
    frame = pl.DataFrame({"open_minor": [-123450, 5, None, 2**62], "currency": ["KES", "UGX", "KES", "KWD"]})
    money = {"open_minor": "currency"}
    stream = io.BytesIO()
    write_table(stream, frame, format="csv", money=money)
    lines = stream.getvalue().decode("utf-8-sig").splitlines()
    assert lines == ["open,currency", "-1234.50,KES", "5,UGX", ",KES", "4611686018427387.904,KWD"]
    values = [cell.value for cell in xlsx_sheet(frame, money=money)["A"]]
    assert values == ["open", -1234.5, 5, None, "4611686018427387.904"]


def test_json_keeps_letters_and_dates() -> None:
    stream = io.BytesIO()
    write_table(stream, pl.DataFrame({"name": ["فاطمة", None], "day": [datetime.date(2024, 1, 31)] * 2}), format="json")
    assert json.loads(stream.getvalue()) == [
        {"name": "فاطمة", "day": "2024-01-31"}, {"name": None, "day": "2024-01-31"},
    ]  # fmt: skip


def test_table_too_large_for_a_workbook_is_refused() -> None:
    with pytest.raises(UnableToWriteTable, match="write csv"):
        write_table(io.BytesIO(), pl.DataFrame({"a": [None] * 1_048_576}), format="xlsx")
    with pytest.raises(UnableToWriteTable, match="characters"):
        write_table(io.BytesIO(), pl.DataFrame({"a": ["x" * 40_000]}), format="xlsx")


SOURCE = "customer id,name,due date,amount\nC1,=1+1,31/01/2024,x\nC2,Asha,31/01/2024,5\n00003,-Ali,31/02/2024,y\n"
MAPPING = Mapping(
    "placement",
    {
        "debtor_number": Source("customer id"), "debtor_name": Source("name"),
        "due_on": Source("due date", dates="dmy"), "amount": Source("amount"),
    },
)  # fmt: skip


@pytest.mark.parametrize("name", ["rejects.csv", "rejects.xlsx"])
def test_rejects_can_be_mended_and_placed_again(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.csv").write_text(SOURCE)
    sheet = parse(tmp_path / "a.csv", Limits())
    typed = type_rows(sheet, MAPPING, currency="KES")
    path = tmp_path / name
    assert write_rejects(path, sheet, typed.errors) == 2
    again = parse(path, Limits())
    assert again.header == sheet.header
    assert again.rows.drop("line").rows() == [
        ("C1", "=1+1", "31/01/2024", "x"), ("00003", "-Ali", "31/02/2024", "y"),
    ]  # fmt: skip
    assert "The columns line and reason of an earlier rejects file were left out." in again.notes


def test_rejects_tell_the_line_and_every_reason(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(SOURCE)
    sheet = parse(tmp_path / "a.csv", Limits())
    write_rejects(tmp_path / "r.csv", sheet, type_rows(sheet, MAPPING, currency="KES").errors)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "r.csv").read_bytes().decode("utf-8-sig"), newline="")))
    assert [row["line"] for row in rows] == ["2", "4"]
    assert rows[1]["reason"] == (
        "amount: 'y' is no amount in the column's notation; it is not taken as 0.; "
        "due date: '31/02/2024' is no date in the order dmy."
    )
    assert rows[0]["name"] == "'=1+1"


def test_rejects_of_another_extension_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(SOURCE)
    with pytest.raises(UnableToWriteTable, match=r"\.csv or \.xlsx"):
        write_rejects(tmp_path / "r.pdf", parse(tmp_path / "a.csv", Limits()), ())
