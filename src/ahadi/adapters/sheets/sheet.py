"""A sheet as it was read, and the refusal of one that could not be."""

from dataclasses import dataclass
from typing import Literal

import polars as pl

Kind = Literal["csv", "xlsx", "xls", "xlsb"]

LINE = "line"


class UnableToReadSheet(Exception):
    """The file was refused: its text names the file, the reason and what to do."""

    def __init__(self, file_name: str, reason: str) -> None:
        self.file_name = file_name
        self.reason = reason
        super().__init__(f"Unable to read {file_name}: {reason}")


@dataclass(frozen=True)
class SetAside:
    """A row of the file that is no record: its row number, why, and its cells as shown."""

    line: int
    reason: Literal["total", "repeated header"]
    cells: tuple[str | None, ...]


@dataclass(frozen=True)
class Sheet:
    """One table out of a file, every cell as text.

    `rows` holds `line` (Int64, the row number a spreadsheet program shows) and one String column per name in
    `header`; an empty cell is null and surrounding blanks are gone. `set_aside` are rows that were kept out,
    `notes` the sentences that tell how the file was understood.
    """

    file_name: str
    sha256: str
    kind: Kind
    header: tuple[str, ...]
    rows: pl.DataFrame
    set_aside: tuple[SetAside, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """The bare cells of a table before its header is known: String columns `c0`, `c1`, ... in file order.

    The record at position `i` is row `i + 1` of the file; `skipped` rows at the top carry no cells of the
    table (a `sep=` line).
    """

    cells: pl.DataFrame
    skipped: int
    notes: tuple[str, ...]


def column(position: int) -> str:
    """Return the name of a column of a `Grid`."""
    return f"c{position}"


def letters(position: int) -> str:
    """Return the letters a spreadsheet program shows above a column: 0 is A, 26 is AA."""
    name = ""
    rest = position + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        name = chr(ord("A") + digit) + name
    return name
