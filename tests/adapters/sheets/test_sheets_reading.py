"""What is read from files as clients write them: headers, rows, totals, encodings, workbooks."""

import datetime
import time
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from ahadi.adapters.sheets.limits import Limits
from ahadi.adapters.sheets.parsing import parse
from ahadi.adapters.sheets.sheet import Sheet, UnableToReadSheet, letters


def parsed(folder: Path, content: str | bytes, name: str = "file.csv", sheet: str | None = None) -> Sheet:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return parse(path, Limits(), sheet)


def book(folder: Path, rows: list[list[object]], **cells: object) -> Path:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for row in rows:
        sheet.append(row)
    for address, value in cells.items():
        sheet[address] = value
    path = folder / "book.xlsx"
    workbook.save(path)
    return path


def test_line_is_the_row_number_a_spreadsheet_program_shows(tmp_path: Path) -> None:
    sheet = parsed(tmp_path, 'Report of June\n\nid,address,amount\nA,"Plot 5\nMoshi",5\n\nB,x,6\n')
    assert sheet.header == ("id", "address", "amount")
    assert sheet.rows["line"].to_list() == [4, 6]
    assert "The header stands on row 3; 1 row(s) above it were left out." in sheet.notes


def test_cells_are_stripped_and_empty_cells_are_null(tmp_path: Path) -> None:
    sheet = parsed(tmp_path, "id,name,amount\n A ,\u00a0 ,5\n,,\nB,x, 6\n")
    assert sheet.rows.rows() == [(2, "A", None, "5"), (4, "B", "x", "6")]


def test_rows_shorter_than_the_header_are_filled_with_nulls(tmp_path: Path) -> None:
    assert parsed(tmp_path, "id,amount,note\nA,5\nB,6,x\n").rows.rows() == [(2, "A", "5", None), (3, "B", "6", "x")]


def test_second_column_of_a_name_gets_a_number(tmp_path: Path) -> None:
    sheet = parsed(tmp_path, "id,amount,amount,amount\nA,5,6,7\n")
    assert sheet.header == ("id", "amount", "amount (2)", "amount (3)")
    assert any("amount (2)" in note for note in sheet.notes)


def test_column_called_line_does_not_hide_the_row_number(tmp_path: Path) -> None:
    sheet = parsed(tmp_path, "line,id,amount\n77,A,5\n")
    assert sheet.header == ("line (2)", "id", "amount")
    assert sheet.rows["line"].to_list() == [2]


def test_column_without_title_bears_its_letter_and_an_empty_one_is_left_out(tmp_path: Path) -> None:
    sheet = parsed(tmp_path, ",id,amount,,\n0,A,5,,\n1,B,6,,\n")
    assert sheet.header == ("Column A", "id", "amount")
    assert any("2 column(s) without title and cells" in note for note in sheet.notes)


def test_file_without_header_keeps_every_row(tmp_path: Path) -> None:
    sheet = parsed(tmp_path, "1001,5.50,2024-01-31\n1002,6.50,2024-02-28\n")
    assert sheet.header == ("Column A", "Column B", "Column C")
    assert sheet.rows.height == 2


def test_letters_follow_the_columns_of_a_spreadsheet() -> None:
    assert [letters(position) for position in (0, 25, 26, 51, 52, 701, 702)] == [
        "A", "Z", "AA", "AZ", "BA", "ZZ", "AAA",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "label",
    [
        "Total",
        "TOTAL:",
        "Grand Total",
        "Sub-total",
        "Jumla",
        "Jumla Kuu",
        "Somme",
        "Total général",
        "المجموع",
        "الإجمالي",
    ],
)
def test_labelled_total_is_set_aside(tmp_path: Path, label: str) -> None:
    sheet = parsed(tmp_path, f"id,name,date,amount\nA,x,2024-01-01,5\nB,y,2024-01-02,6\n{label},,,11\n")
    assert sheet.rows.height == 2
    assert [(aside.line, aside.reason) for aside in sheet.set_aside] == [(4, "total")]
    assert sheet.set_aside[0].cells == (label, None, None, "11")


def test_total_with_another_figure_is_still_a_total_when_labelled(tmp_path: Path) -> None:
    assert parsed(tmp_path, "id,name,amount\nA,x,5\nB,y,6\nTotal,,12\n").rows.height == 2


def test_debtor_called_total_stays(tmp_path: Path) -> None:
    sheet = parsed(
        tmp_path,
        "id,name,date,amount\nA,Total,2024-01-01,5\nB,Total Energies Ltd,2024-01-02,6\nC,Jumla,2024-01-03,7\n",
    )
    assert sheet.rows.height == 3
    assert sheet.set_aside == ()


def test_unlabelled_row_of_sums_is_set_aside_and_another_sparse_row_stays(tmp_path: Path) -> None:
    rows = "A,x,2024-01-01,5.10,1\nB,y,2024-01-02,6.20,2\n"
    sums = parsed(tmp_path, f"id,name,date,amount,fee\n{rows},,,11.30,3\n")
    assert [aside.line for aside in sums.set_aside] == [4]
    other = parsed(tmp_path, f"id,name,date,amount,fee\n{rows},,,11.31,3\n")
    assert other.rows.height == 3


def test_totals_between_groups_and_at_the_end_are_set_aside(tmp_path: Path) -> None:
    sheet = parsed(
        tmp_path,
        "id,name,date,amount\nA,x,2024-01-01,5\nB,y,2024-01-02,6\n,,,11\nC,z,2024-01-03,7\nD,w,2024-01-04,8\n,,,15\n,,,26\n",
    )
    assert [aside.line for aside in sheet.set_aside] == [4, 7, 8]
    assert sheet.rows["amount"].to_list() == ["5", "6", "7", "8"]


def test_many_sparse_rows_of_figures_cost_little_and_stay(tmp_path: Path) -> None:
    """Half-empty rows of figures are candidates for totals; each must cost a subtraction, not a pass."""
    rows = "".join(f"{i},1,2,3,4\n{i},,,,\n" if i % 2 else f"{i},1,2,3,4\n" for i in range(1, 60_001))
    began = time.monotonic()
    sheet = parsed(tmp_path, f"id,a,b,c,d\n{rows}")
    assert sheet.rows.height + len(sheet.set_aside) == 90_000
    assert len(sheet.set_aside) <= 1
    assert time.monotonic() - began < 20


def test_repeated_header_is_set_aside(tmp_path: Path) -> None:
    sheet = parsed(tmp_path, "id,amount,note\nA,5,x\nid,amount,note\nB,6,y\n")
    assert [(aside.line, aside.reason) for aside in sheet.set_aside] == [(3, "repeated header")]
    assert sheet.rows["line"].to_list() == [2, 4]


def test_accents_of_an_old_code_page_are_read_and_noted(tmp_path: Path) -> None:
    sheet = parsed(tmp_path, "client;montant\nRené Lefèvre;5,50\nŒuvre – Cie;7,00\n".encode("cp1252"))
    assert sheet.rows["client"].to_list() == ["René Lefèvre", "Œuvre – Cie"]
    assert "Characters were read as cp1252." in sheet.notes


def test_arabic_code_page_is_read(tmp_path: Path) -> None:
    rows = "".join(f"{i};فاطمة الزهراء محمد;حي السلام\n" for i in range(20))
    sheet = parsed(tmp_path, f"رقم العميل;اسم العميل;العنوان\n{rows}".encode("cp1256"))
    assert sheet.rows[0, "اسم العميل"] == "فاطمة الزهراء محمد"


def test_utf8_is_preferred_where_it_is_valid(tmp_path: Path) -> None:
    assert parsed(tmp_path, "id,name\nA,Zoë Šimůnek\nB,محمد\n").rows["name"].to_list() == ["Zoë Šimůnek", "محمد"]


@pytest.mark.parametrize("size", [3, 5_000])
def test_both_readers_of_text_agree(tmp_path: Path, size: int) -> None:
    """Large well-formed files take the fast way; a stray quotation mark sends the same rows the patient way."""
    rows = "".join(f'C{i},"Juma, ""Ali"" {i}","Plot\n{i}",{i}.50\n' for i in range(size))
    fast = parsed(tmp_path, f"id,name,address,amount\n{rows}")
    slow = parsed(tmp_path, f'id,name,address,amount\n{rows}X,a"b"c,d,1\n')
    assert fast.rows.rows() == slow.rows.head(size).rows()


def test_row_wider_than_the_first_rows_is_not_cut(tmp_path: Path) -> None:
    rows = "".join(f"C{i},{i}\n" for i in range(20_000))
    sheet = parsed(tmp_path, f"id,amount\n{rows}C,1,late cell\n")
    assert sheet.rows["Column C"].to_list()[-1] == "late cell"
    assert sheet.rows.height == 20_001


def test_workbook_cells_come_as_text_without_spoiling_them(tmp_path: Path) -> None:
    path = book(
        tmp_path,
        [
            ["id", "phone", "due", "when", "amount", "flag"],
            [
                "00123",
                254712345678,
                datetime.date(2024, 3, 1),
                datetime.datetime.fromisoformat("2024-03-01T04:05:06"),
                47.07,
                True,
            ],
            [7.0, "0712", datetime.date(2024, 12, 31), datetime.datetime.fromisoformat("2024-03-01"), 0.1 + 0.2, False],
        ],
    )
    rows = parse(path, Limits()).rows.drop("line").rows()
    assert rows == [
        ("00123", "254712345678", "2024-03-01", "2024-03-01 04:05:06", "47.07", "true"),
        ("7", "0712", "2024-12-31", "2024-03-01", "0.3", "false"),
    ]


def test_table_that_starts_lower_and_to_the_right_keeps_its_row_numbers(tmp_path: Path) -> None:
    path = book(tmp_path, [], C4="id", D4="amount", C6="A", D6=5)
    sheet = parse(path, Limits())
    assert sheet.header == ("id", "amount")
    assert sheet.rows.rows() == [(6, "A", "5")]


def test_merged_title_above_the_header_is_left_out(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    page = workbook.active
    page.append(["Debtors of June", None, None])
    page.merge_cells("A1:C1")
    for row in (["id", "name", "amount"], ["A", "x", 5], ["B", "y", 6]):
        page.append(row)
    workbook.save(tmp_path / "merged.xlsx")
    assert parse(tmp_path / "merged.xlsx", Limits()).header == ("id", "name", "amount")


def test_error_cells_and_uncalculated_formulas_stay_visible(tmp_path: Path) -> None:
    """The control: the library alone gives null for both, as for an empty cell."""
    path = book(tmp_path, [["id", "amount", "fee"], ["A", "#N/A", 1], ["B", "=1+1", 2], ["C", None, 3]])
    assert parse(path, Limits()).rows["amount"].to_list() == ["#N/A", "#FORMULA!", None]
    bare = pl.read_excel(path, engine="calamine", infer_schema_length=0)
    assert bare["amount"].to_list() == [None, None, None]


def test_error_cells_stand_right_in_a_table_that_starts_to_the_right(tmp_path: Path) -> None:
    path = book(tmp_path, [], C4="id", D4="amount", E4="fee", C5="A", D5="#REF!", E5=2)
    assert parse(path, Limits()).rows.rows() == [(5, "A", "#REF!", "2")]


def test_named_worksheet_is_read_and_an_unknown_one_refused(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(["only a title"])
    other = workbook.create_sheet("June")
    for row in (["id", "amount"], ["A", 5]):
        other.append(row)
    hidden = workbook.create_sheet("Hidden", 0)
    hidden.sheet_state = "hidden"
    hidden.append(["secret"])
    workbook.save(tmp_path / "many.xlsx")
    assert parse(tmp_path / "many.xlsx", Limits(), "June").header == ("id", "amount")
    assert parse(tmp_path / "many.xlsx", Limits()).header == ("only a title",)
    with pytest.raises(UnableToReadSheet, match="no worksheet 'July'"):
        parse(tmp_path / "many.xlsx", Limits(), "July")


def test_name_of_the_file_is_shown_without_characters_that_turn_it(tmp_path: Path) -> None:
    assert parsed(tmp_path, "id,amount\nA,5\n", "invoice\u202exslx.csv").file_name == "invoicexslx.csv"


def test_digest_is_of_the_bytes(tmp_path: Path) -> None:
    first, second = parsed(tmp_path, "id,amount\nA,5\n"), parsed(tmp_path, "id,amount\r\nA,5\r\n")
    assert first.rows.equals(second.rows)
    assert first.sha256 != second.sha256
