"""The rows that were refused, given back as the file they came in, each with its reasons."""

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from ahadi.adapters.sheets.exporting import Format, UnableToWriteTable, write_table
from ahadi.adapters.sheets.row_errors import RowError
from ahadi.adapters.sheets.sheet import LINE, Sheet

REASON = "reason"
FORMATS: dict[str, Format] = {".csv": "csv", ".xlsx": "xlsx"}


def rejected_rows(sheet: Sheet, errors: Iterable[RowError]) -> pl.DataFrame:
    """Return the sheet's rows that have errors: its columns as text, `line` (Int64) and `reason` (String)."""
    reasons: dict[int, list[str]] = {}
    for error in errors:
        where = f"{error.column}: " if error.column else ""
        reasons.setdefault(error.line, []).append(f"{where}{error.message}")
    found = pl.DataFrame(
        {LINE: list(reasons), REASON: ["; ".join(messages) for messages in reasons.values()]},
        schema={LINE: pl.Int64, REASON: pl.String},
    )
    rows = sheet.rows.join(found, on=LINE, how="inner", maintain_order="left")
    return rows.select(*sheet.header, LINE, REASON)


def write_rejects(path: Path, sheet: Sheet, errors: Iterable[RowError]) -> int:
    """Write the refused rows as csv or xlsx, by the path's extension, and return how many there are.

    The file can be mended and placed as it is: the reader leaves out a last `line` and `reason`. Raise
    `UnableToWriteTable` for another extension.
    """
    format = FORMATS.get(path.suffix.lower())
    if format is None:
        raise UnableToWriteTable(f"Unable to write {path.name}: rejects are written as .csv or .xlsx; name it so.")
    rows = rejected_rows(sheet, errors)
    write_table(path, rows, format=format, sheet_name="Rejects")
    return rows.height
