"""What is wrong with one cell, said so that the client can mend it."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class RowError:
    """One cell that was refused: the row of the file, its column, the target it was meant for, why, and
    the cell.
    """

    line: int
    column: str
    target: str
    message: str
    raw: str | None

    def __str__(self) -> str:
        where = f"row {self.line}, column {self.column}" if self.column else f"row {self.line}"
        return f"{where}: {self.message}"


def errors_where(
    lines: pl.Series,
    wrong: pl.Series,
    cells: pl.Series,
    column: str,
    target: str,
    message: Callable[[str], str],
) -> list[RowError]:
    """Return one error for each row that is `wrong` (null counts as right)."""
    flags = wrong.fill_null(False)
    if not flags.any():
        return []
    pairs = zip(lines.filter(flags).to_list(), cells.filter(flags).to_list(), strict=True)
    return [RowError(line, column, target, message(raw), raw) for line, raw in pairs]
