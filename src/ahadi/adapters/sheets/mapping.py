"""Which column of a client's sheet means what: remembered as text, checked against each new sheet."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any, NoReturn, cast

import yaml

from ahadi.adapters.sheets.datings import ORDERS, Order
from ahadi.adapters.sheets.sheet import Sheet
from ahadi.adapters.sheets.vocabulary import PURPOSES, Purpose, targets

TOP_KEYS = ("purpose", "columns", "default_term_days", "ignored")
COLUMN_KEYS = ("column", "dates", "decimal", "thousands", "true", "false", "values", "otherwise", "value")
SINGLE_KEYS = ("column", "dates", "decimal", "thousands", "otherwise", "value")
TERM_DAYS_MAX = 3_650


class UnableToReadMapping(Exception):
    """The mapping's text was refused: the sentence names the file, the line, the key and what to write."""

    def __init__(self, source: str, line: int, key: str, reason: str) -> None:
        self.source = source
        self.line = line
        self.key = key
        self.reason = reason
        super().__init__(f"Unable to read mapping {source}, line {line}, {key}: {reason}")


@dataclass(frozen=True)
class Source:
    """Where the value of one target comes from: a column and how to read it, or a constant.

    `values` translates cells; a cell not named there becomes `otherwise` when that is given, else an error.
    """

    column: str | None = None
    dates: Order | None = None
    decimal: str | None = None
    thousands: str | None = None
    true: tuple[str, ...] = ()
    false: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    otherwise: str | None = None
    value: str | None = None


@dataclass(frozen=True)
class Mapping:
    """What every used column of a sheet means, and what to do where the sheet is silent."""

    purpose: Purpose
    columns: dict[str, Source] = field(default_factory=dict)
    default_term_days: int | None = None
    ignored: tuple[str, ...] = ()

    @classmethod
    def from_text(cls, text: str, source: str) -> "Mapping":
        """Return the mapping in YAML or JSON text; raise `UnableToReadMapping` naming `source`, line and
        key.
        """
        return _Reader(source, text).mapping()

    def to_text(self) -> str:
        """Return the mapping as YAML that `from_text` reads back to an equal mapping."""
        content: dict[str, Any] = {
            "purpose": self.purpose,
            "columns": {name: _plain(source) for name, source in self.columns.items()},
        }
        if self.default_term_days is not None:
            content["default_term_days"] = self.default_term_days
        if self.ignored:
            content["ignored"] = list(self.ignored)
        return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)

    def missing(self, sheet: Sheet) -> tuple[str, ...]:
        """Return the mapped columns that the sheet does not have, in the mapping's order."""
        wanted = dict.fromkeys(source.column for source in self.columns.values() if source.column is not None)
        return tuple(name for name in wanted if name not in sheet.header)

    def unknown(self, sheet: Sheet) -> tuple[str, ...]:
        """Return the sheet's columns that the mapping neither uses nor ignores: news from the client."""
        used = {source.column for source in self.columns.values()} | set(self.ignored)
        return tuple(name for name in sheet.header if name not in used)

    def with_column(self, target: str, source: Source) -> "Mapping":
        """Return a mapping in which `target` comes from `source`."""
        return dataclasses.replace(self, columns={**self.columns, target: source})


def _plain(source: Source) -> str | dict[str, Any]:
    if source == Source(column=source.column) and source.column is not None:
        return source.column
    plain: dict[str, Any] = {}
    for key in COLUMN_KEYS:
        value = getattr(source, key)
        if value is None or value == ():
            continue
        plain[key] = dict(value) if key == "values" else list(value) if isinstance(value, tuple) else value
    return plain


class _Loader(yaml.SafeLoader):
    """Plain texts only: `No`, `2024-01-01` and `007` stay what the person wrote, so that columns and
    words match.
    """


_Loader.yaml_implicit_resolvers = {}


class _Reader:
    """Walks the YAML nodes rather than values, since only nodes know their lines."""

    def __init__(self, source: str, text: str) -> None:
        self.source = source
        self.text = text

    def mapping(self) -> Mapping:
        root = self._root()
        top = self._pairs(root, "the file")
        self._only(top, TOP_KEYS, "the file")
        if "purpose" not in top:
            self._refuse(root, "purpose", f"is missing; write one of {', '.join(PURPOSES)}.")
        purpose_text = self._text(top["purpose"], "purpose")
        if purpose_text not in PURPOSES:
            self._refuse(
                top["purpose"],
                "purpose",
                f"{purpose_text!r} is not known; write one of {', '.join(PURPOSES)}.",
            )
        purpose = purpose_text
        if "columns" not in top:
            self._refuse(root, "columns", "is missing; name a column for each target.")
        return Mapping(
            purpose=purpose,
            columns=self._columns(top["columns"], purpose),
            default_term_days=self._term(top["default_term_days"]) if "default_term_days" in top else None,
            ignored=self._texts(top["ignored"], "ignored") if "ignored" in top else (),
        )

    def _root(self) -> yaml.Node:
        try:
            root = yaml.compose(self.text, Loader=_Loader)
        except yaml.MarkedYAMLError as failure:
            line = failure.problem_mark.line + 1 if failure.problem_mark else 1
            raise UnableToReadMapping(self.source, line, "the file", f"is no YAML ({failure.problem}).") from failure
        except (yaml.YAMLError, RecursionError, ValueError) as failure:
            raise UnableToReadMapping(
                self.source, 1, "the file", f"is no YAML ({type(failure).__name__})."
            ) from failure
        if root is None:
            raise UnableToReadMapping(self.source, 1, "the file", "is empty; write purpose and columns.")
        return root

    def _columns(self, node: yaml.Node, purpose: Purpose) -> dict[str, Source]:
        known = [target.name for target in targets(purpose)]
        columns = {}
        for name, value in self._pairs(node, "columns").items():
            if name not in known:
                self._refuse(value, name, f"is no target of {purpose}; the targets are {', '.join(known)}.")
            columns[name] = self._source(value, name)
        return columns

    def _source(self, node: yaml.Node, name: str) -> Source:
        if isinstance(node, yaml.ScalarNode):
            return Source(column=self._text(node, name))
        pairs = self._pairs(node, name)
        self._only(pairs, COLUMN_KEYS, name)
        if ("column" in pairs) == ("value" in pairs):
            self._refuse(node, name, "needs either column (a column of the sheet) or value (a constant).")
        singles: dict[str, str] = {
            key: self._text(pairs[key], f"{name}.{key}", may_be_empty=key == "thousands")
            for key in SINGLE_KEYS
            if key in pairs
        }
        self._check_marks(pairs, singles, name)
        values = self._pairs(pairs["values"], f"{name}.values") if "values" in pairs else {}
        return Source(
            column=singles.get("column"),
            dates=cast(Order, singles["dates"]) if "dates" in singles else None,
            decimal=singles.get("decimal"),
            thousands=singles.get("thousands"),
            true=self._texts(pairs["true"], f"{name}.true") if "true" in pairs else (),
            false=self._texts(pairs["false"], f"{name}.false") if "false" in pairs else (),
            values=tuple((key, self._text(value, f"{name}.values.{key}")) for key, value in values.items()),
            otherwise=singles.get("otherwise"),
            value=singles.get("value"),
        )

    def _check_marks(self, pairs: dict[str, yaml.Node], singles: dict[str, str], name: str) -> None:
        if singles.get("dates", ORDERS[0]) not in ORDERS:
            self._refuse(pairs["dates"], f"{name}.dates", f"write one of {', '.join(ORDERS)}.")
        if singles.get("decimal", ".") not in (".", ","):
            self._refuse(pairs["decimal"], f"{name}.decimal", 'write "." or ",".')
        if singles.get("thousands", ",") not in (".", ",", " ", "'", ""):
            self._refuse(pairs["thousands"], f"{name}.thousands", 'write ",", ".", " ", "\'" or "".')
        if "decimal" in singles and singles["decimal"] == singles.get("thousands"):
            self._refuse(pairs["thousands"], f"{name}.thousands", "must differ from decimal.")

    def _term(self, node: yaml.Node) -> int:
        text = self._text(node, "default_term_days")
        if not (text.isascii() and text.isdigit() and int(text[:6]) <= TERM_DAYS_MAX):
            self._refuse(node, "default_term_days", f"{text!r} is no number of days from 0 to {TERM_DAYS_MAX}.")
        return int(text)

    def _pairs(self, node: yaml.Node, key: str) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            self._refuse(node, key, "needs names with values, one a line.")
        pairs: dict[str, yaml.Node] = {}
        for name_node, value in node.value:
            name = self._text(name_node, key, may_be_empty=True)
            if name in pairs:
                self._refuse(name_node, name, "is given twice; keep one.")
            pairs[name] = value
        return pairs

    def _only(self, pairs: dict[str, yaml.Node], allowed: tuple[str, ...], key: str) -> None:
        for name, node in pairs.items():
            if name not in allowed:
                self._refuse(node, name, f"is not known in {key}; known are {', '.join(allowed)}.")

    def _texts(self, node: yaml.Node, key: str) -> tuple[str, ...]:
        if isinstance(node, yaml.ScalarNode):
            return (self._text(node, key),)
        if not isinstance(node, yaml.SequenceNode):
            self._refuse(node, key, "needs a list.")
        return tuple(self._text(item, key) for item in node.value)

    def _text(self, node: yaml.Node, key: str, *, may_be_empty: bool = False) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self._refuse(node, key, "needs one text.")
        if node.value == "" and not may_be_empty:
            self._refuse(node, key, "is empty.")
        return str(node.value)

    def _refuse(self, node: yaml.Node, key: str, reason: str) -> NoReturn:
        raise UnableToReadMapping(self.source, node.start_mark.line + 1, key, reason)
