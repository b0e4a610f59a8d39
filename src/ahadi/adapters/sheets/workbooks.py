"""Workbooks into a grid, through fastexcel: every cell as text, errors and uncalculated formulas kept
visible.
"""

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from posixpath import join, normpath
from xml.etree.ElementTree import ParseError

import fastexcel
import polars as pl
from defusedxml.ElementTree import fromstring

from ahadi.adapters.sheets.limits import Limits
from ahadi.adapters.sheets.sheet import Grid, Kind, UnableToReadSheet, column

MIDNIGHT = r"^(\d{4}-\d{2}-\d{2}) 00:00:00(?:\.0+)?$"
TIME_ONLY = r"^1899-12-3[01] (\d{2}:\d{2}:\d{2})"
CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*[^/>])>(.*?)</(?:\w+:)?c>", re.S)
ERROR_MARK = b't="e"'
ADDRESS = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
VALUE = re.compile(rb"<(?:\w+:)?v>(.+?)</(?:\w+:)?v>", re.S)
FORMULA = re.compile(rb"<(?:\w+:)?f\b")
UNCALCULATED = "#FORMULA!"


@dataclass(frozen=True)
class _Mark:
    """A cell whose text the library leaves out: row and column from 0, and what to show."""

    row: int
    column: int
    text: str


def read_workbook(path: Path, kind: Kind, limits: Limits, wanted: str | None) -> Grid:
    """Return the cells of one worksheet: `wanted`, else the first visible one that holds cells.

    Row positions are those of the file. Raise `UnableToReadSheet` for damage, an unknown worksheet or a
    table beyond the limits.
    """
    try:
        book = fastexcel.read_excel(str(path))
        sheet, notes = _pick(path, book, wanted)
        cells = sheet.to_polars()
    except fastexcel.FastExcelError as failure:
        raise UnableToReadSheet(
            path.name, f"the workbook is damaged ({_first_line(failure)}). Open and save it again."
        ) from failure
    _check_size(path, cells, limits)
    cells = cells.rename({name: column(position) for position, name in enumerate(cells.columns)})
    if kind == "xlsx":
        cells = _with_marks(cells, _marks(path, sheet.name))
    cells = cells.with_columns(pl.all().str.replace(MIDNIGHT, "$1").str.replace(TIME_ONLY, "$1"))
    _check_cells(path, cells, limits)
    return Grid(cells, skipped=0, notes=notes)


def _first_line(failure: Exception) -> str:
    return str(failure).splitlines()[0][:200] if str(failure) else type(failure).__name__


def _pick(path: Path, book: fastexcel.ExcelReader, wanted: str | None) -> tuple[fastexcel.ExcelSheet, tuple[str, ...]]:
    names = list(book.sheet_names)
    if wanted is not None:
        if wanted not in names:
            raise UnableToReadSheet(path.name, f"it has no worksheet {wanted!r}, only {', '.join(names)}.")
        return _load(book, wanted), (f"Worksheet {wanted!r} was read.",)
    for name in names:
        sheet = _load(book, name)
        if sheet.visible == "visible" and sheet.height:
            others = tuple(other for other in names if other != name)
            note = f"Worksheet {name!r} was read; {', '.join(others)} were not." if others else ""
            return sheet, (note,) if note else ()
    raise UnableToReadSheet(path.name, "none of its visible worksheets holds a cell. Fill one or unhide it.")


def _load(book: fastexcel.ExcelReader, name: str) -> fastexcel.ExcelSheet:
    # skip_rows=0 keeps the empty rows at the top, without it row numbers would begin at the first filled row.
    return book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string", skip_whitespace_tail_rows=True)


def _check_size(path: Path, cells: pl.DataFrame, limits: Limits) -> None:
    filled = cells.select(pl.all().is_not_null().any()).sum_horizontal().item() if cells.width else 0
    if filled > limits.columns:
        raise UnableToReadSheet(
            path.name,
            f"it has {filled:,} columns; at most {limits.columns} are taken. Remove those not needed.",
        )
    if cells.height > limits.rows + 1 and cells.filter(pl.any_horizontal(pl.all().is_not_null())).height > limits.rows:
        raise UnableToReadSheet(
            path.name, f"it has more than {limits.rows:,} rows. Split it, or place it from the command line."
        )


def _check_cells(path: Path, cells: pl.DataFrame, limits: Limits) -> None:
    too_long = cells.select(pl.any_horizontal(pl.all().str.len_chars() > limits.cell_characters)).to_series().arg_true()
    if too_long.len():
        raise UnableToReadSheet(
            path.name,
            f"row {too_long[0] + 1} has a cell of more than {limits.cell_characters:,} characters. Shorten it.",
        )


def _marks(path: Path, sheet_name: str) -> tuple[_Mark, ...]:
    """Find the cells that hold an error value or a formula that was never calculated.

    The library gives null for both, and a null amount or date would pass for an empty cell.
    """
    part = _sheet_part(path, sheet_name)
    if part is None:
        return ()
    with zipfile.ZipFile(path) as package:
        markup = package.read(part)
    has_errors = ERROR_MARK in markup
    has_formulas = FORMULA.search(markup) is not None
    if not (has_errors or has_formulas):
        return ()
    left = _left_column(markup)
    return tuple(mark for match in CELL.finditer(markup) if (mark := _mark(match, left)) is not None)


def _mark(match: "re.Match[bytes]", left: int) -> _Mark | None:
    attributes, body = match[1], match[2]
    value = VALUE.search(body)
    if ERROR_MARK in attributes:
        text = value[1].decode("utf-8", "replace")[:20] if value else "#ERROR!"
    elif value is None and FORMULA.search(body) and b't="str"' not in attributes:
        text = UNCALCULATED
    else:
        return None
    address = ADDRESS.search(attributes)
    if address is None:
        return None
    return _Mark(int(address[2]) - 1, _position(address[1]) - left, text)


def _left_column(markup: bytes) -> int:
    """Return the leftmost column with a value: the library's first column."""
    positions = {
        _position(address[1])
        for match in CELL.finditer(markup)
        if (VALUE.search(match[2]) or b"<is>" in match[2] or b":is>" in match[2])
        and (address := ADDRESS.search(match[1]))
    }
    return min(positions, default=0)


def _position(name: bytes) -> int:
    position = 0
    for letter in name:
        position = position * 26 + letter - ord("A") + 1
    return position - 1


def _with_marks(cells: pl.DataFrame, marks: tuple[_Mark, ...]) -> pl.DataFrame:
    by_column: dict[int, list[_Mark]] = {}
    for mark in marks:
        if mark.row < cells.height and 0 <= mark.column < cells.width:
            by_column.setdefault(mark.column, []).append(mark)
    changed = []
    for position, found in by_column.items():
        texts = {mark.row: mark.text for mark in found}
        changed.append(cells[column(position)].scatter(list(texts), list(texts.values())))
    return cells.with_columns(changed)


def _sheet_part(path: Path, sheet_name: str) -> str | None:
    """Return the package part of a worksheet by way of the workbook's relations."""
    try:
        with zipfile.ZipFile(path) as package:
            workbook = fromstring(package.read("xl/workbook.xml"))
            relations = fromstring(package.read("xl/_rels/workbook.xml.rels"))
            names = set(package.namelist())
    except (KeyError, ParseError, ValueError, zipfile.BadZipFile):
        return None
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations.iter()}
    for element in workbook.iter():
        if element.tag.endswith("}sheet") and element.get("name") == sheet_name:
            key = next((value for name, value in element.attrib.items() if name.endswith("}id")), None)
            target = targets.get(key, "")
            part = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
            return part if part in names else None
    return None
