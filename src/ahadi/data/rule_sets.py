"""Rules and calendars as plain values and back, so that a decision can be made again by the rules of its day."""

from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from ahadi.kernel import rule as kernel
from ahadi.kernel.rule import Calendar, Rule

_KINDS = {
    kind.__name__: kind
    for kind in (
        kernel.Always,
        kernel.Attempts,
        kernel.Calendar,
        kernel.Content,
        kernel.Conversation,
        kernel.During,
        kernel.Gap,
        kernel.Hours,
        kernel.Inconvenient,
        kernel.Ramadan,
        kernel.Rule,
        kernel.Unless,
        kernel.Where,
    )
}
_KIND, _SET, _ROW, _DATE = "kind", "set", "row", "date"


def written(rules: tuple[Rule, ...], calendar: Calendar) -> dict[str, Any]:
    """Rules and calendar as values of JSON; equal ones are written alike."""
    return {"rules": [_plain(rule) for rule in rules], "calendar": _plain(calendar)}


def read(content: dict[str, Any]) -> tuple[tuple[Rule, ...], Calendar]:
    """What `written` wrote."""
    calendar: Calendar = _made(content["calendar"])
    return tuple(_made(rule) for rule in content["rules"]), calendar


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {
            _KIND: type(value).__name__,
            **{field.name: _plain(getattr(value, field.name)) for field in fields(value)},
        }
    if isinstance(value, frozenset):
        return {_SET: [_plain(one) for one in sorted(value)]}
    if isinstance(value, tuple):
        return {_ROW: [_plain(one) for one in value]}
    return {_DATE: value.isoformat()} if isinstance(value, date) else value


def _made(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if _KIND in value:
        return _KINDS[value[_KIND]](**{name: _made(one) for name, one in value.items() if name != _KIND})
    if _SET in value:
        return frozenset(_made(one) for one in value[_SET])
    return tuple(_made(one) for one in value[_ROW]) if _ROW in value else date.fromisoformat(value[_DATE])
