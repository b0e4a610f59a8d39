"""A grid of cells into a table: where its header stands, which rows are records, which columns are real."""

import itertools
import re
from dataclasses import dataclass

import polars as pl

from ahadi.adapters.sheets.datings import is_date_like
from ahadi.adapters.sheets.numerals import is_number_like
from ahadi.adapters.sheets.sheet import LINE, Grid, SetAside, UnableToReadSheet, letters
from ahadi.adapters.sheets.totals import is_total

SEARCHED_ROWS = 60
PROFILE_ROWS = 300
HEADER_FILLED = 0.6
HEADER_TEXT = 0.8
HEADER_CHARACTERS = 200
REASON = "reason"
# What the writer of rejects puts before a text that a spreadsheet program would run.
APOSTROPHE = r"^'([ ]*[=+\-@\t\r\n|＝＋－＠｜])"
BLANKS = " \t\r\n\f\v\u00a0\u2007\u202f\u200b\u200e\u200f\ufeff"


@dataclass(frozen=True)
class Table:
    """A shaped table: the parts of a `Sheet` that come out of its cells."""

    header: tuple[str, ...]
    rows: pl.DataFrame
    set_aside: tuple[SetAside, ...]
    notes: tuple[str, ...]


def shape(file_name: str, grid: Grid) -> Table:
    """Return the table within the grid; raise `UnableToReadSheet` when it holds none."""
    cells = _stripped(grid)
    if not cells.height:
        raise UnableToReadSheet(file_name, "it holds no filled cell. Choose the file that holds the rows.")
    at = _header_position(cells)
    below = cells if at is None else cells.slice(at + 1)
    titles = None if at is None else cells.row(at)
    kept, dropped = _real_columns(below, titles)
    kept, own = _without_own(kept, below.columns, titles)
    if own:
        below = below.with_columns(pl.exclude(LINE).str.replace(APOSTROPHE, "$1"))
        dropped.append("The columns line and reason of an earlier rejects file were left out.")
    notes = [*grid.notes, *_header_notes(cells, at), *dropped]
    header, naming = _names(kept, titles, cells.columns)
    named = below.select(LINE, *(pl.col(source).alias(name) for source, name in zip(kept, header, strict=True)))
    named = named.filter(pl.any_horizontal(pl.exclude(LINE).is_not_null())) if header else named.clear()
    rows, set_aside = _set_aside(
        named, header, [titles[cells.columns.index(name)] for name in kept] if titles else None
    )
    return Table(header, rows, set_aside, (*notes, *naming))


def _stripped(grid: Grid) -> pl.DataFrame:
    """Return the non-blank rows with their row numbers, blanks around cells removed and empty cells null."""
    cells = grid.cells.with_row_index(LINE, offset=1).with_columns(pl.col(LINE).cast(pl.Int64)).slice(grid.skipped)
    if cells.width == 1:
        return cells.clear()
    trimmed = pl.exclude(LINE).str.strip_chars(BLANKS)
    cells = cells.with_columns(trimmed)
    cells = cells.with_columns(pl.exclude(LINE).replace("", None))
    return cells.filter(pl.any_horizontal(pl.exclude(LINE).is_not_null()))


def _header_position(cells: pl.DataFrame) -> int | None:
    """Return the position of the first row that looks like a header: nearly as wide as the table and no
    figures.
    """
    texts = cells.drop(LINE)
    filled = texts.head(PROFILE_ROWS).select(
        pl.sum_horizontal([pl.col(name).is_not_null() for name in texts.columns]).alias("filled")
    )["filled"]
    usual = filled.median()
    width = float(usual) if isinstance(usual, int | float) else 1.0
    head = texts.head(SEARCHED_ROWS)
    rows = head.rows()
    figures = iter(_are_figures([cell for row in rows for cell in row]))
    for position, row in enumerate(rows):
        if _is_header(row, tuple(itertools.islice(figures, len(row))), width):
            return position
    return None


def _are_figures(cells: list[str | None]) -> list[bool]:
    """Tell for each cell whether it is a number or a date; one column for all, since columns cost more
    than rows.
    """
    text = pl.col("text")
    frame = pl.DataFrame({"text": cells}, schema={"text": pl.String})
    return frame.select((is_number_like(text) | is_date_like(text)).fill_null(False)).to_series().to_list()


def _is_header(row: tuple[str | None, ...], is_figure: tuple[bool, ...], width: float) -> bool:
    named = [cell for cell in row if cell is not None]
    if len(named) < max(width * HEADER_FILLED, 1) or max(map(len, named)) > HEADER_CHARACTERS:
        return False
    words = len(named) - sum(is_figure)
    is_distinct = len({name.casefold() for name in named}) * 2 >= len(named)
    return words >= len(named) * HEADER_TEXT and is_distinct and any(any(map(str.isalpha, name)) for name in named)


def _header_notes(cells: pl.DataFrame, at: int | None) -> list[str]:
    if at is None:
        return ["No header row was found; columns bear the letters a spreadsheet program shows."]
    line = cells[LINE][at]
    if line == 1:
        return []
    return [
        f"The header stands on row {line}; {at} row(s) above it were left out."
        if at
        else f"The header stands on row {line}."
    ]


def _real_columns(below: pl.DataFrame, titles: tuple[object, ...] | None) -> tuple[list[str], list[str]]:
    """Return the columns to keep: those with a title or a cell; and a note on phantom ones."""
    sources = [name for name in below.columns if name != LINE]
    has_cell = below.select(pl.col(name).is_not_null().any() for name in sources).row(0) if below.height else ()
    kept = []
    for position, source in enumerate(sources):
        is_titled = titles is not None and titles[position + 1] is not None
        if is_titled or (bool(has_cell) and has_cell[position]):
            kept.append(source)
    dropped = len(sources) - len(kept)
    notes = [f"{dropped} column(s) without title and cells were left out."] if dropped else []
    return kept, notes


def _without_own(kept: list[str], columns: list[str], titles: tuple[object, ...] | None) -> tuple[list[str], list[str]]:
    """Leave out `line` and `reason` where both stand at the end, as in a file of rejects."""
    if titles is None or len(kept) < 3:
        return kept, []
    last = [str(titles[columns.index(source)]).casefold() for source in kept[-2:]]
    return (kept[:-2], kept[-2:]) if last == [LINE, REASON] else (kept, [])


def _names(kept: list[str], titles: tuple[object, ...] | None, columns: list[str]) -> tuple[tuple[str, ...], list[str]]:
    names: list[str] = []
    notes: list[str] = []
    taken = {LINE}
    for source in kept:
        position = columns.index(source)
        title = titles[position] if titles is not None else None
        name = re.sub(r"\s+", " ", str(title)) if title is not None else f"Column {letters(position - 1)}"
        unique = name
        for number in itertools.count(2):
            if unique not in taken:
                break
            unique = f"{name} ({number})"
        if unique != name:
            notes.append(f"A second column {name!r} is shown as {unique!r}.")
        taken.add(unique)
        names.append(unique)
    return tuple(names), notes


def _set_aside(
    rows: pl.DataFrame, header: tuple[str, ...], titles: list[object] | None
) -> tuple[pl.DataFrame, tuple[SetAside, ...]]:
    if not header or not rows.height:
        return rows, ()
    repeated = _is_repeated_header(rows, header, titles)
    rows, headers = _parted(rows, repeated, "repeated header")
    totals = is_total(rows.drop(LINE))
    rows, sums = _parted(rows, totals, "total")
    return rows, tuple(sorted((*headers, *sums), key=lambda aside: aside.line))


def _is_repeated_header(rows: pl.DataFrame, header: tuple[str, ...], titles: list[object] | None) -> pl.Series:
    if titles is None:
        return pl.Series([False] * rows.height, dtype=pl.Boolean)
    pairs = [(name, title) for name, title in zip(header, titles, strict=True) if title is not None]
    return rows.select(
        pl.all_horizontal([(pl.col(name) == str(title)).fill_null(False) for name, title in pairs])
    ).to_series()


def _parted(rows: pl.DataFrame, flags: pl.Series, reason: str) -> tuple[pl.DataFrame, tuple[SetAside, ...]]:
    if not flags.any():
        return rows, ()
    aside = tuple(
        SetAside(line=row[0], reason="total" if reason == "total" else "repeated header", cells=tuple(row[1:]))
        for row in rows.filter(flags).iter_rows()
    )
    return rows.filter(~flags), aside
