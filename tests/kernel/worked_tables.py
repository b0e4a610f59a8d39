"""Reads the worked tables of docs/algorithms: an example is a marker line, then tables headed "Given x:"
and "Then y:".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

PAGES = Path(__file__).parents[2] / "docs" / "algorithms"
_MARKER = re.compile(r"<!-- worked: (\w+)((?: \w+=\S+)*) -->")
_HEADING = re.compile(r"(Given|Then) ([\w ]+):")

Cell = str | int | bool | date | None


@dataclass(frozen=True)
class Table:
    """The headings of a table and its rows of values."""

    headings: list[str]
    rows: list[list[Cell]] = field(default_factory=list)


@dataclass(frozen=True)
class Example:
    """One worked example: the function it shows, its options, what is given and what follows."""

    page: str
    line: int
    name: str
    options: dict[str, str]
    given: dict[str, Table] = field(default_factory=dict)
    then: list[tuple[str, Table]] = field(default_factory=list)


def examples() -> list[Example]:
    """Every worked example of every page, in order."""
    return [example for path in sorted(PAGES.glob("*.md")) for example in _examples_of(path)]


def _examples_of(path: Path) -> list[Example]:
    found: list[Example] = []
    table: Table | None = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if marker := _MARKER.fullmatch(line):
            options = dict(option.split("=", 1) for option in marker[2].split())
            found.append(Example(path.name, number, marker[1], options))
        elif found and (heading := _HEADING.fullmatch(line)):
            table = Table([])
            if heading[1] == "Given":
                found[-1].given[heading[2]] = table
            else:
                found[-1].then.append((heading[2], table))
        elif line.startswith("|") and table is not None:
            _read_line(table, [cell.strip() for cell in line.strip("|").split("|")])
        elif line:
            table = None
    return found


def _read_line(table: Table, cells: list[str]) -> None:
    if not table.headings:
        table.headings.extend(cells)
    elif set(cells[0]) != {"-"}:
        table.rows.append([_value(cell) for cell in cells])


def _value(cell: str) -> Cell:
    if cell == "–":
        return None
    if cell in ("yes", "no"):
        return cell == "yes"
    if re.fullmatch(r"\d{4}-\d\d-\d\d", cell):
        return date.fromisoformat(cell)
    if re.fullmatch(r"-?\d+", cell):
        return int(cell)
    return cell


def column_of(heading: str, known: Sequence[str]) -> str:
    """The column that a heading names: `due date` is due_date, `amount` amount_minor, `rate` rate_e8."""
    name = heading.replace(" ", "_")
    for column in (name, *(f"{name}_{unit}" for unit in ("minor", "id", "bps", "e8")), heading):
        if column in known:
            return column
    raise AssertionError(f"no column for the heading {heading!r} among {list(known)}")


def minor_units(cell: Cell) -> Cell:
    """A cell of a money column, written with two decimals, in minor units."""
    if not isinstance(cell, str):
        return cell
    whole, cents = cell.replace(",", "").split(".")
    return int(whole + cents)
