"""Reads the rulebook: dated parameters by country, currency or trade, kept as data beside the code."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

ANY = "*"


class UnableToReadRulebook(Exception):
    """A file of the rulebook says something that cannot be used; the text names the file and the entry."""

    is_refusal = True


@dataclass(frozen=True)
class Value:
    """One value of a parameter, in force from a day on, for one key or for any."""

    from_date: date
    key: str
    value: int


@dataclass(frozen=True)
class Parameter:
    """A dated parameter: what it is called, its unit, where it comes from, and its values."""

    name: str
    unit: str
    source: str
    values: tuple[Value, ...]

    def at(self, key: str, day: date) -> int:
        """The value in force on a day for a key, else for any. Raises UnableToReadRulebook when there is none."""
        for wanted in (key, ANY):
            found = [value for value in self.values if value.key == wanted and value.from_date <= day]
            if found:
                return max(found, key=lambda value: value.from_date).value
        raise UnableToReadRulebook(f"{self.name}: no value for {key!r} on {day}, and none for any")


@cache
def parameter(file: str, *, by: str) -> Parameter:
    """The parameter that `file` (without `.yaml`) holds, keyed by the field `by`. Raises UnableToReadRulebook."""
    text = files("ahadi").joinpath("rulebook", f"{file}.yaml").read_text("utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    missing = sorted({"parameter", "unit", "source", "quality", "values"} - set(content))
    if missing:
        raise UnableToReadRulebook(f"rulebook/{file}.yaml: {', '.join(missing)} missing")
    return Parameter(
        name=content["parameter"],
        unit=content["unit"],
        source=content["source"],
        values=tuple(_value(file, place, entry, by) for place, entry in enumerate(content["values"], 1)),
    )


def _value(file: str, place: int, entry: dict[str, Any], by: str) -> Value:
    where = f"rulebook/{file}.yaml, value {place}"
    from_date, key, value = entry.get("from"), entry.get(by), entry.get("value")
    if not isinstance(from_date, date) or not isinstance(key, str) or not isinstance(value, int):
        raise UnableToReadRulebook(f"{where}: needs a date `from`, a text `{by}` and a whole number `value`")
    return Value(from_date, key, value)
