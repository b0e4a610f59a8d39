"""A YAML 1.2 or JSON text as a tree of cells that know their line, and the readers of single values.

Every scalar stays text until somebody asks for a date, an amount or a number: so `on` is a word, `010` is
ten and nothing is guessed.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import yaml

from ahadi.kernel.money import UnknownCurrency, exponent

_NULLS = ("", "~", "null", "Null", "NULL")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_DEPTH_MAX = 40
# Wider figures are slips of the keyboard, and would leave the range of the columns.
_MINOR_MAX = 10**15
_COUNT_MAX = 100_000
_YEARS = range(1900, 3000)


class UnableToReadScenario(ValueError):
    """A scenario file was refused: the message names file, document and line, what was expected there and
    what was found. Nothing was computed; correct the line and run again.
    """

    is_refusal = True


@dataclass(frozen=True)
class Source:
    """Where a document stands: its file and its number in it, from 1 on."""

    file: str
    document: int

    def refusal(self, line: int, expected: str, found: str) -> UnableToReadScenario:
        """The refusal of a line."""
        return UnableToReadScenario(
            f"{self.file}, document {self.document}, line {line}: expected {expected}, found {found}"
        )


@dataclass(frozen=True)
class Cell:
    """One value with its line: a text, nothing, a list of cells, or cells by key."""

    value: "str | list[Cell] | dict[str, Cell] | None"
    line: int
    source: Source
    key_lines: Mapping[str, int] = field(default_factory=dict)

    def refuse(self, expected: str) -> UnableToReadScenario:
        """The refusal of this cell, which says what was expected instead."""
        return self.source.refusal(self.line, expected, self.shown)

    @property
    def shown(self) -> str:
        """The cell as a message shows it."""
        if isinstance(self.value, str):
            return repr(self.value)
        if isinstance(self.value, list):
            return "a list"
        return "nothing" if self.value is None else "a mapping of keys"

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands there."""
        return self.value is None

    def text(self, expected: str = "a word") -> str:
        """The text. Raises UnableToReadScenario where it is none."""
        if not isinstance(self.value, str) or not self.value:
            raise self.refuse(expected)
        return self.value

    def choice(self, allowed: Collection[str]) -> str:
        """One of the allowed words."""
        expected = f"one of {', '.join(allowed)}"
        if self.text(expected) not in allowed:
            raise self.refuse(expected)
        return self.text()

    def day(self) -> date:
        """A date that exists, written YYYY-MM-DD."""
        expected = "a date of the calendar such as 2023-10-31"
        if not _DATE.fullmatch(self.text(expected)):
            raise self.refuse(expected)
        try:
            found = date.fromisoformat(self.text())
        except ValueError:
            raise self.refuse(expected) from None
        if found.year not in _YEARS:
            raise self.refuse(f"{expected}, from {_YEARS[0]} to {_YEARS[-1]}")
        return found

    def truth(self) -> bool:
        """true or false."""
        return self.choice(("true", "false")) == "true"

    def integer(self, minimum: int = 0) -> int:
        """A whole number not below the minimum."""
        expected = f"a whole number from {minimum} to {_COUNT_MAX}"
        if not re.fullmatch(r"[+-]?\d+", self.text(expected)) or not minimum <= int(self.text()) <= _COUNT_MAX:
            raise self.refuse(expected)
        return int(self.text())

    def currency(self) -> str:
        """The code of a currency in use."""
        expected = "the ISO 4217 code of a currency in use such as KES"
        try:
            exponent(self.text(expected))
        except UnknownCurrency:
            raise self.refuse(expected) from None
        return self.text()

    def number(self, expected: str = 'a number such as "8.5"') -> Fraction:
        """A number with a point and no grouping, exact."""
        if not _NUMBER.fullmatch(self.text(expected)):
            raise self.refuse(expected)
        return Fraction(Decimal(self.text()))

    def percent(self) -> Fraction:
        """A percentage that is a whole number of basis points: nothing of it is lost on the way to money."""
        given = self.number('a percentage such as "2.5"')
        if (given * 100).denominator != 1:
            raise self.refuse('a percentage with at most 2 decimals such as "2.25"')
        return given

    def amount(self, currency: str, *, may_be_negative: bool = False) -> int:
        """An amount in minor units of the currency; it may not have more decimals than the currency."""
        decimals = exponent(currency)
        example = f"{'250.' + '0' * decimals if decimals else '250'}"
        expected = f'an amount of {currency} such as "{example}", with at most {decimals} decimals and no grouping'
        minor = self.number(expected) * 10**decimals
        if abs(minor) > _MINOR_MAX:
            raise self.refuse(f"{expected}, of at most {_MINOR_MAX // 10**decimals}")
        if minor.denominator != 1 or (minor < 0 and not may_be_negative):
            raise self.refuse(expected if minor.denominator != 1 else f"{expected}, not below 0")
        return int(minor)

    def items(self) -> "list[Cell]":
        """The cells of a list."""
        if not isinstance(self.value, list):
            raise self.refuse("a list")
        return self.value

    def keyed(self) -> "dict[str, Cell]":
        """The cells of a mapping, whatever its keys are."""
        if not isinstance(self.value, dict):
            raise self.refuse("a mapping of keys")
        return self.value

    def record(self, allowed: Collection[str], required: Collection[str] = ()) -> "dict[str, Cell]":
        """The cells of a mapping whose keys are known; empty values are left out."""
        found = self.keyed()
        for key in found:
            if key not in allowed:
                line = self.key_lines.get(key, self.line)
                raise self.source.refusal(line, f"one of the keys {', '.join(allowed)}", repr(key))
        present = {key: cell for key, cell in found.items() if not cell.is_empty}
        for key in required:
            if key not in present:
                raise self.source.refusal(self.line, f"the key {key!r}", f"only {', '.join(found) or 'nothing'}")
        return present


def documents(text: str, file: str) -> Iterator[Cell]:
    """The documents of a text in order. Raises UnableToReadScenario where it is not YAML or JSON."""
    pieces = _json_pieces(text, file) if file.endswith(".json") else [(text, 0)]
    number = 0
    for piece, skipped in pieces:
        for node in _composed(piece, file, number, skipped):
            number += 1
            cell = _cell(node, Source(file, number), skipped, 0)
            listed = cell.value if isinstance(cell.value, list) else [cell]
            yield from listed


def _composed(text: str, file: str, number: int, skipped: int) -> Iterator[Any]:
    loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        yield from (node for node in yaml.compose_all(text, Loader=loader) if node is not None)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = (mark.line if mark else 0) + 1 + skipped
        raise Source(file, number + 1).refusal(line, "YAML 1.2 or JSON", str(error.problem)) from None
    except yaml.YAMLError as error:
        raise Source(file, number + 1).refusal(1 + skipped, "YAML 1.2 or JSON", str(error).splitlines()[0]) from None


def _json_pieces(text: str, file: str) -> Iterator[tuple[str, int]]:
    """Each JSON document of the text and how many lines stand before it."""
    decoder, at, number = json.JSONDecoder(), 0, 0
    while (start := re.compile(r"\s*").match(text, at).end()) < len(text):  # type: ignore[union-attr]
        number += 1
        try:
            _, at = decoder.raw_decode(text, start)
        except json.JSONDecodeError as error:
            raise Source(file, number).refusal(error.lineno, "JSON", error.msg) from None
        # A tab may stand between the words of JSON and never inside them; YAML refuses it between words.
        yield text[start:at].replace("\t", " "), text.count("\n", 0, start)


def _cell(node: Any, source: Source, skipped: int, depth: int) -> Cell:
    line = node.start_mark.line + 1 + skipped
    if depth > _DEPTH_MAX:
        raise source.refusal(line, f"at most {_DEPTH_MAX} levels", "more")
    if isinstance(node, yaml.ScalarNode):
        is_null = not node.style and node.value in _NULLS
        return Cell(None if is_null else node.value, line, source)
    if isinstance(node, yaml.SequenceNode):
        return Cell([_cell(item, source, skipped, depth + 1) for item in node.value], line, source)
    cells: dict[str, Cell] = {}
    lines: dict[str, int] = {}
    for key, value in node.value:
        place = key.start_mark.line + 1 + skipped
        if not isinstance(key, yaml.ScalarNode):
            raise source.refusal(place, "a word as key", "a list or a mapping")
        if key.value in cells:
            raise source.refusal(place, "each key once", f"{key.value!r} again")
        cells[key.value] = _cell(value, source, skipped, depth + 1)
        lines[key.value] = place
    return Cell(cells, line, source, lines)
