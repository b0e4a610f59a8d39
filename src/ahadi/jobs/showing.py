"""Tables on a terminal: aligned, amounts to the right, as wide as they need."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import polars as pl

from ahadi.adapters.sheets.exporting import write_table
from ahadi.kernel.money import plain_text

FORMATS = ("table", "csv", "json", "xlsx")


def table(frame: pl.DataFrame) -> str:
    """The frame as text, numbers right-aligned."""
    is_number = [kind.is_numeric() or name.endswith(("amount", "open")) for name, kind in frame.schema.items()]
    cells = [["" if cell is None else str(cell) for cell in row] for row in frame.iter_rows()]
    widths = [max([len(name), *(len(row[place]) for row in cells)]) for place, name in enumerate(frame.columns)]

    def line(row: Sequence[str]) -> str:
        parts = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, is_number, strict=True)
        ]
        return "  ".join(parts).rstrip()

    return "\n".join([line(frame.columns), line(["-" * width for width in widths]), *map(line, cells)])


def with_amounts(frame: pl.DataFrame, names: Sequence[str], currency: str = "currency") -> pl.DataFrame:
    """Minor units as plain decimal texts in the currency of each row."""
    return frame.with_columns(plain_text(pl.col(name), pl.col(currency)).alias(name) for name in names)


def write(frame: pl.DataFrame, format: str, output: Path | None, money: dict[str, str]) -> None:
    """Writes the frame as csv or xlsx to a file or to standard output; amounts become decimals."""
    if output is not None:
        write_table(output, frame, format=_file_format(format), money=money)
        print(f"{frame.height} rows written to {output}", file=sys.stderr)
    else:
        write_table(sys.stdout.buffer, frame, format=_file_format(format), money=money)


def _file_format(format: str) -> Literal["csv", "xlsx"]:
    return "xlsx" if format == "xlsx" else "csv"


def counted(count: int, one: str, many: str | None = None) -> str:
    """`1 hold`, `2 holds`."""
    return f"{count} {one if count == 1 else many or one + 's'}"
