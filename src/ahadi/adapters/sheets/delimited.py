"""Delimited text into a grid: by Polars where the file is well formed, else by the csv reader."""

import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from ahadi.adapters.sheets import dialect as dialects
from ahadi.adapters.sheets.dialect import Dialect
from ahadi.adapters.sheets.encodings import decode, is_plain_utf8
from ahadi.adapters.sheets.limits import Limits
from ahadi.adapters.sheets.sheet import Grid, UnableToReadSheet, column

SAMPLE_CHARACTERS = 128 * 1024
RECORDS_A_BATCH = 20_000
LARGE_BYTES = 64 * 1024
END = "\x00end"


def read_delimited(path: Path, limits: Limits) -> Grid:
    """Return the cells of a delimited text file; raise `UnableToReadSheet` beyond the limits."""
    if path.stat().st_size > LARGE_BYTES and is_plain_utf8(path):
        grid = _read_well_formed(path, limits)
        if grid is not None:
            return grid
    return read_text(path.name, *_decoded(path), limits=limits)


def read_text(file_name: str, text: str, notes: tuple[str, ...], *, limits: Limits) -> Grid:
    """Return the cells of delimited text, record by record."""
    dialect = dialects.detect(text[:SAMPLE_CHARACTERS])
    records = _records(file_name, text, dialect, limits)
    cells = _frame(file_name, records, limits)
    return Grid(cells, skipped=int(dialect.is_declared), notes=(*notes, dialect.note))


def _decoded(path: Path) -> tuple[str, tuple[str, ...]]:
    text = decode(path)
    return text.content, text.notes


def _read_well_formed(path: Path, limits: Limits) -> Grid | None:
    """Read with Polars, or return None where its answer could differ from the csv reader's."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        sample = stream.read(SAMPLE_CHARACTERS)
    dialect = dialects.detect(sample)
    if not dialect.delimiter.isascii():
        return None
    content = path.read_bytes()
    has_quotes = b'"' in content
    if has_quotes and not _is_evenly_quoted(content, dialect.delimiter):
        return None
    width = _sample_width(sample, dialect)
    cells = _polars_cells(content, dialect.delimiter, width)
    if cells is None or (not has_quotes and cells.height != _line_count(content)):
        return None
    _check_size(path.name, cells, limits)
    return Grid(cells, skipped=int(dialect.is_declared), notes=(dialect.note,))


def _sample_width(sample: str, dialect: Dialect) -> int:
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=dialect.delimiter)
    try:
        return max((len(record) for record in itertools.islice(reader, 500)), default=1)
    except csv.Error:
        return 1


def _polars_cells(content: bytes, delimiter: str, width: int) -> pl.DataFrame | None:
    try:
        return pl.read_csv(
            content,
            has_header=False,
            separator=delimiter,
            schema={column(position): pl.String for position in range(width)},
            missing_columns="insert",
            infer_schema=False,
        )
    except pl.exceptions.PolarsError:
        return None


def _is_evenly_quoted(content: bytes, delimiter: str) -> bool:
    """Whether quotation marks pair up and none stands in the midst of a cell, where readers disagree."""
    mark = re.escape(delimiter.encode())
    stray = re.compile(rb'[^"\r\n' + mark + rb']"[^"\r\n' + mark + rb"]")
    return content.count(b'"') % 2 == 0 and stray.search(content) is None


def _line_count(content: bytes) -> int:
    return content.count(b"\n") + (not content.endswith(b"\n"))


def _check_size(file_name: str, cells: pl.DataFrame, limits: Limits) -> None:
    _check_width(file_name, cells.width, limits)
    if cells.height > limits.rows + 1:
        raise _too_many_rows(file_name, limits)
    widest = max((size or 0 for size in cells.select(pl.all().str.len_bytes().max()).row(0)), default=0)
    if widest > limits.cell_characters:
        is_long = cells.select(pl.any_horizontal(pl.all().str.len_chars() > limits.cell_characters)).to_series()
        if is_long.any():
            raise _too_long(file_name, is_long.arg_true()[0] + 1, limits)


def _check_width(file_name: str, width: int, limits: Limits) -> None:
    if width > limits.columns:
        raise UnableToReadSheet(
            file_name,
            f"it has {width:,} columns; at most {limits.columns} are taken. Remove those not needed.",
        )


def _too_many_rows(file_name: str, limits: Limits) -> UnableToReadSheet:
    return UnableToReadSheet(
        file_name,
        f"it has more than {limits.rows:,} rows. Split it, or place it from the command line.",
    )


def _too_long(file_name: str, line: int, limits: Limits) -> UnableToReadSheet:
    return UnableToReadSheet(
        file_name,
        f"row {line} has a cell of more than {limits.cell_characters:,} characters. Shorten it; if it is "
        "no such "
        "cell, a quotation mark near that row is never closed.",
    )


def _records(file_name: str, text: str, dialect: Dialect, limits: Limits) -> Iterator[list[str]]:
    """Yield the records; a line added at the end shows whether the last quotation mark was ever closed."""
    closing = "" if text.endswith(("\n", "\r")) or not text else "\n"
    lines = itertools.chain(io.StringIO(text, newline=""), [closing] if closing else [], [END])
    reader = csv.reader(lines, delimiter=dialect.delimiter)
    line = 0
    try:
        for line, record in enumerate(reader, start=1):
            if END in record[-1:]:
                return
            if record and any(END in cell for cell in record):
                raise _unclosed(file_name, line)
            if any(len(cell) > limits.cell_characters for cell in record):
                raise _too_long(file_name, line, limits)
            yield record
    except csv.Error as failure:
        if "field larger" in str(failure):
            raise _too_long(file_name, line + 1, limits) from failure
        raise UnableToReadSheet(file_name, f"row {line + 1} cannot be parsed ({failure}).") from failure


def _unclosed(file_name: str, line: int) -> UnableToReadSheet:
    return UnableToReadSheet(
        file_name,
        f"a quotation mark opened on row {line} is never closed, so that all after it would be one cell. "
        "Close or remove it.",
    )


def _frame(file_name: str, records: Iterable[list[str]], limits: Limits) -> pl.DataFrame:
    frames: list[pl.DataFrame] = []
    height = 0
    iterator = iter(records)
    while batch := list(itertools.islice(iterator, RECORDS_A_BATCH)):
        height += len(batch)
        if height > limits.rows + 1:
            raise _too_many_rows(file_name, limits)
        frames.append(_batch_frame(file_name, batch, limits))
    if not frames:
        return pl.DataFrame()
    return pl.concat(frames, how="diagonal")


def _batch_frame(file_name: str, batch: list[list[str]], limits: Limits) -> pl.DataFrame:
    width = max(1, *(len(_trimmed(record)) if len(record) > limits.columns else len(record) for record in batch))
    _check_width(file_name, width, limits)
    columns = itertools.zip_longest(*batch)
    return pl.DataFrame(
        {
            column(position): pl.Series(values, dtype=pl.String)
            for position, values in enumerate(itertools.islice(columns, width))
        }
        or {column(0): pl.Series([None] * len(batch), dtype=pl.String)}
    )


def _trimmed(record: list[str]) -> list[str]:
    """Drop empty cells at the end: a line of delimiters alone does not make a table wide."""
    length = len(record)
    while length and not record[length - 1].strip():
        length -= 1
    return record[:length]
