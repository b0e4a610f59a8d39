"""Reads YAML and keeps the line of every entry, so that a mistake is named where it stands."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import yaml

# The parser in C where it was built.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
_DAY_MINUTES = 1440


@dataclass(frozen=True)
class Entry:
    """One value of a file: a scalar, a tuple of entries or a dict of entries; it raises `error` with its place."""

    value: Any
    file: str
    line: int
    error: type[Exception]

    def refused(self, text: str) -> Exception:
        """The refusal of this entry, to be raised: file, line and what was expected."""
        return self.error(f"{self.file}, line {self.line}: {text}")

    def fields(self, *, required: Collection[str], optional: Collection[str] = ()) -> dict[str, "Entry"]:
        """The entries by key: every required one, no unknown one."""
        if not isinstance(self.value, dict):
            raise self.refused(f"expected entries by name, found {self._shown()}")
        unknown = [key for key in self.value if key not in required and key not in optional]
        if unknown:
            known = ", ".join(sorted({*required, *optional}))
            raise self.value[unknown[0]].refused(f"unknown key {unknown[0]!r}; it may be one of {known}")
        missing = [key for key in required if key not in self.value]
        if missing:
            raise self.refused(f"{', '.join(missing)} missing")
        return dict(self.value)

    def named(self) -> dict[str, "Entry"]:
        """The entries by key, whatever the keys are."""
        if not isinstance(self.value, dict):
            raise self.refused(f"expected entries by name, found {self._shown()}")
        return dict(self.value)

    def items(self) -> Iterator["Entry"]:
        """The entries of a list."""
        if not isinstance(self.value, tuple):
            raise self.refused(f"expected a list, found {self._shown()}")
        return iter(self.value)

    def text(self) -> str:
        """A text that says something."""
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.refused(f"expected a text, found {self._shown()}")
        return self.value

    def whole(self, *, least: int = 0) -> int:
        """A whole number, `least` or more."""
        if not isinstance(self.value, int) or isinstance(self.value, bool) or self.value < least:
            raise self.refused(f"expected a whole number from {least} on, found {self._shown()}")
        return self.value

    def truth(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            raise self.refused(f"expected true or false, found {self._shown()}")
        return self.value

    def day(self) -> date:
        """A day."""
        if not isinstance(self.value, date) or isinstance(self.value, datetime):
            raise self.refused(f"expected a date YYYY-MM-DD, found {self._shown()}")
        return self.value

    def choice(self, known: Collection[str]) -> str:
        """One of the texts that are known."""
        if not isinstance(self.value, str) or self.value not in known:
            raise self.refused(f"expected one of {', '.join(known)}, found {self._shown()}")
        return self.value

    def choices(self, known: Collection[str]) -> frozenset[str]:
        """Some of the texts that are known, at least one and none twice."""
        found = [item.choice(known) for item in self.items()]
        if not found or len(set(found)) < len(found):
            raise self.refused(f"expected a list of different ones of {', '.join(known)}")
        return frozenset(found)

    def minute(self) -> int:
        """A time of day as minutes, 0 to 1440; it is written in quotes, since YAML reads 19:00 as a number."""
        found = _CLOCK.fullmatch(self.value) if isinstance(self.value, str) else None
        minute = int(found[1]) * 60 + int(found[2]) if found else _DAY_MINUTES + 1
        if minute > _DAY_MINUTES:
            raise self.refused(f'expected a time in quotes, "00:00" to "24:00", found {self._shown()}')
        return minute

    def _shown(self) -> str:
        if isinstance(self.value, dict | tuple):
            return "a list" if isinstance(self.value, tuple) else "entries by name"
        return "nothing" if self.value is None else repr(self.value)


def read_entries(text: str, *, file: str, error: type[Exception]) -> Entry:
    """The entries of a text. Raises `error`, with the line, for what is no YAML, a key or an anchor used twice."""
    loader = _LOADER(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise error(f"{file}, line 1: expected entries by name, found nothing")
        return _Reader(loader, file, error).entry(node)
    except yaml.YAMLError as failed:
        mark = getattr(failed, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise error(f"{file}{where}: this is no YAML") from None
    except RecursionError:
        raise error(f"{file}: it is nested too deeply") from None
    finally:
        loader.dispose()


class _Reader:
    def __init__(self, loader: Any, file: str, error: type[Exception]) -> None:
        self._loader, self._file, self._error = loader, file, error
        self._seen: set[int] = set()

    def entry(self, node: yaml.Node) -> Entry:
        line = node.start_mark.line + 1
        # A node met twice is an alias: it could hold itself, or grow without end.
        if id(node) in self._seen:
            raise self._error(f"{self._file}, line {line}: write the entry out again, anchors are not taken")
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return Entry(self._mapping(node), self._file, line, self._error)
        if isinstance(node, yaml.SequenceNode):
            return Entry(tuple(self.entry(item) for item in node.value), self._file, line, self._error)
        return Entry(self._scalar(node, line), self._file, line, self._error)

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Entry]:
        made: dict[str, Entry] = {}
        for key_node, value_node in node.value:
            key, line = key_node.value, key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._error(f"{self._file}, line {line}: a key is one word")
            if key in made:
                raise self._error(f"{self._file}, line {line}: {key!r} stands twice; keep one of them")
            made[key] = self.entry(value_node)
        return made

    def _scalar(self, node: yaml.Node, line: int) -> Any:
        try:
            return self._loader.construct_object(node)
        except ValueError as failed:
            raise self._error(f"{self._file}, line {line}: {node.value!r} does not exist ({failed})") from None
