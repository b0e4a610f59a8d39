"""Tables out to spreadsheets: every cell typed, no text ever a formula, amounts with their currency's
decimals.

A spreadsheet program runs a text that begins with one of a few characters. In xlsx the cell's type
forbids it; in
CSV, which has no types, an apostrophe in front does (OWASP, CSV injection). Negative figures and telephone
numbers begin with the same characters and stay as they are.
"""

import csv
import datetime
import decimal
import io
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Literal

import polars as pl
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from ahadi.kernel.money import plain_text, require_currencies

Format = Literal["csv", "xlsx", "json"]
DANGEROUS = r"^[ ]*[=+\-@\t\r\n|＝＋－＠｜]"
HARMLESS = r"^[+-][0-9]+(?:[ ,.][0-9]+)*$"
XLSX_ROWS, XLSX_CELL = 1_048_576, 32_767
EXACT_INTEGER = 2**53
MINOR = "_minor"


class UnableToWriteTable(Exception):
    """The table was not written: its text says which limit of the format it breaks and what to do."""


def write_table(
    target: Path | IO[bytes],
    frame: pl.DataFrame,
    *,
    format: Format,
    money: Mapping[str, str] | None = None,
    sheet_name: str = "Sheet1",
) -> None:
    """Write the frame to a path or an open binary stream.

    `money` names columns of Int64 minor units and the column with each row's currency; they are written as
    decimal amounts under their name without `_minor`. Raise `UnableToWriteTable` when a limit of xlsx is
    broken
    and `UnknownCurrency` for a currency that is none.
    """
    shown = _with_amounts(frame, money or {})
    if isinstance(target, Path):
        with target.open("wb") as stream:
            _write(stream, shown, format, frozenset(_shown(name) for name in money or {}), sheet_name)
    else:
        _write(target, shown, format, frozenset(_shown(name) for name in money or {}), sheet_name)


def safe_for_csv(text: pl.Expr) -> pl.Expr:
    """Return the text with an apostrophe in front where a spreadsheet program would run it."""
    is_dangerous = text.str.contains(DANGEROUS) & ~text.str.contains(HARMLESS)
    return pl.when(is_dangerous).then(pl.concat_str(pl.lit("'"), text)).otherwise(text)


def _shown(name: str) -> str:
    return name.removesuffix(MINOR)


def _with_amounts(frame: pl.DataFrame, money: Mapping[str, str]) -> pl.DataFrame:
    for currencies in dict.fromkeys(money.values()):
        require_currencies(frame[currencies].drop_nulls())
    amounts = [plain_text(pl.col(name), pl.col(currencies)).alias(name) for name, currencies in money.items()]
    return frame.with_columns(amounts).rename({name: _shown(name) for name in money})


def _write(stream: IO[bytes], frame: pl.DataFrame, format: Format, amounts: frozenset[str], sheet_name: str) -> None:
    match format:
        case "csv":
            _write_csv(stream, frame, amounts)
        case "json":
            _write_json(stream, frame)
        case "xlsx":
            _write_xlsx(stream, frame, amounts, sheet_name)


def _write_csv(stream: IO[bytes], frame: pl.DataFrame, amounts: frozenset[str]) -> None:
    """Write UTF-8 with a byte order mark, without which spreadsheet programs take accents for Latin-1."""
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String and name not in amounts]
    safe = frame.with_columns(safe_for_csv(pl.col(name)).alias(name) for name in texts)
    names = pl.DataFrame({"name": frame.columns}).select(safe_for_csv(pl.col("name"))).to_series().to_list()
    header = io.StringIO()
    csv.writer(header, lineterminator="\r\n").writerow(names)
    stream.write(b"\xef\xbb\xbf" + header.getvalue().encode("utf-8"))
    safe.write_csv(stream, include_header=False, line_terminator="\r\n")


def _write_json(stream: IO[bytes], frame: pl.DataFrame) -> None:
    stream.write(b"[")
    for number, row in enumerate(frame.iter_rows(named=True)):
        stream.write(b",\n" if number else b"\n")
        stream.write(json.dumps(row, ensure_ascii=False, default=str).encode("utf-8"))
    stream.write(b"\n]\n")


def _write_xlsx(stream: IO[bytes], frame: pl.DataFrame, amounts: frozenset[str], sheet_name: str) -> None:
    _check_xlsx(frame)
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(stream, options)
    sheet = book.add_worksheet(sheet_name[:31])
    formats = {
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        "head": book.add_format({"bold": True}),
    }
    sheet.freeze_panes(1, 0)
    for position, name in enumerate(frame.columns):
        sheet.write_string(0, position, name, formats["head"])
    places = {name: book.add_format({"num_format": "#,##0.00##"}) for name in amounts}
    for row, cells in enumerate(frame.iter_rows(), start=1):
        for position, (name, value) in enumerate(zip(frame.columns, cells, strict=True)):
            if name in amounts and value is not None:
                _write_amount(sheet, row, position, value, places[name])
            else:
                _write_cell(sheet, row, position, value, formats)
    book.close()


def _check_xlsx(frame: pl.DataFrame) -> None:
    if frame.height >= XLSX_ROWS:
        raise UnableToWriteTable(
            f"Unable to write {frame.height:,} rows as xlsx, which holds {XLSX_ROWS - 1:,}: write csv, or fewer rows."
        )
    for name in _long_texts(frame):
        raise UnableToWriteTable(
            f"Unable to write column {name!r} as xlsx: a cell has more than {XLSX_CELL:,} characters. Write csv."
        )


def _long_texts(frame: pl.DataFrame) -> Iterator[str]:
    for name, dtype in frame.schema.items():
        if dtype == pl.String and (frame[name].str.len_chars() > XLSX_CELL).any():
            yield name


def _write_amount(sheet: Worksheet, row: int, position: int, text: str, style: Any) -> None:
    """Write a decimal text as a number, or as text where a spreadsheet's floats would change it."""
    value = decimal.Decimal(text)
    if abs(value.scaleb(-int(value.as_tuple().exponent))) < EXACT_INTEGER // 8:
        sheet.write_number(row, position, float(value), style)
    else:
        sheet.write_string(row, position, text)


def _write_cell(sheet: Worksheet, row: int, position: int, value: Any, formats: dict[str, Any]) -> None:
    match value:
        case None:
            return
        case bool():
            sheet.write_boolean(row, position, value)
        case int() if abs(value) < 10**15:
            sheet.write_number(row, position, value)
        case float() if math.isfinite(value):
            sheet.write_number(row, position, value)
        case datetime.datetime():
            sheet.write_datetime(row, position, value.replace(tzinfo=None), formats["time"])
        case datetime.date() if value.year >= 1900:
            sheet.write_datetime(row, position, value, formats["date"])
        case _:
            sheet.write_string(row, position, str(value))
