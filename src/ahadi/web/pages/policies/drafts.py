"""From a filled form to the text of a policy: one rule in the form of a law file, with two examples at its edge."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

KINDS: Final = ("hours", "attempts", "pause", "people", "content")
"""The common kinds: hours, how often, what pauses a channel, whom never to reach, what a message must have."""
# 2026-03-09 is a Monday: examples stand in that week.
_MONDAY: Final = 9
_UNANSWERED: Final = {"call": "no_answer", "visit": "met"}
_TUESDAY: Final = 2
_DAY: Final = 1440
_BARE: Final = "§"


@dataclass(frozen=True)
class _Part:
    """What a kind adds: its test, and the example in which it speaks and the one in which it is silent."""

    topic: str
    test: dict[str, Any]
    speaks: dict[str, Any]
    silent: dict[str, Any]


def text(kind: str, typed: Mapping[str, Any]) -> str:
    """The text of a policy of a kind, from what its form holds: every value is of the right shape."""
    part = _PARTS[kind](typed)
    channels = list(typed["channels"])
    head = {"channel": channels[0]} if channels else {}
    lines = [
        'jurisdiction: "*"',
        "name: Policies of the house",
        "rules:",
        f"  - id: {typed['code']}",
        f"    title: {json.dumps(typed['title'], ensure_ascii=False)}",
        f"    topic: {part.topic}",
        "    binds: any",
        "    debtors: any",
        "    from: unknown",
        "    until: null",
        f"    action: {typed['action']}",
        "    quality: H",
        f"    source: {json.dumps(typed['source'], ensure_ascii=False)}",
        "    applied_by: gate",
        *([f"    channels: [{', '.join(channels)}]"] if channels else []),
        "    tests:",
        f"      - {_flow(part.test)}",
        "    examples:",
        f"      - {_flow({**head, **part.speaks, 'expect': typed['action']})}",
        f"      - {_flow({**head, **part.silent, 'expect': 'silent'})}",
    ]
    return "\n".join(lines) + "\n"


def _flow(values: Mapping[str, Any]) -> str:
    """A mapping on one line; JSON is YAML, and keeps times the texts they have to be. A day stands without quotes."""
    text = json.dumps(values, ensure_ascii=False, default=lambda day: f"{_BARE}{day.isoformat()}{_BARE}")
    return text.replace(f'"{_BARE}', "").replace(f'{_BARE}"', "")


def _hours(typed: Mapping[str, Any]) -> _Part:
    start, end = typed["start"], typed["end"]
    days = sorted(int(day) for day in typed["weekdays"]) or list(range(1, 8))
    test: dict[str, Any] = {"kind": "hours", "start": _clock(start), "end": _clock(end)}
    if len(days) < 7:
        test["weekdays"] = days
    if typed["holidays"]:
        test["holidays"] = "closed"
    open_day = _TUESDAY if _TUESDAY in days else days[0]
    closed = sorted(set(range(1, 8)) - set(days))
    if start > 0:
        speaks: dict[str, Any] = {"say": "a minute early", "at": _at(open_day, start - 1)}
    elif end < _DAY:
        speaks = {"say": "as the hours end", "at": _at(open_day, end)}
    elif closed:
        speaks = {"say": "on a day that is closed", "at": _at(closed[0], start)}
    else:
        speaks = {
            "say": "on a holiday",
            "at": _at(open_day, start),
            "holidays": [date(2026, 3, _MONDAY + open_day - 1)],
        }
    return _Part("contact hours", test, speaks, {"say": "as the hours begin", "at": _at(open_day, start)})


def _attempts(typed: Mapping[str, Any]) -> _Part:
    most = typed["most"]
    test = {"kind": "attempts", "most": most, "days": typed["days"], "per": [typed["per"]]}
    channel = next(iter(typed["channels"]), "call")
    tried = {"at": "2026-03-10 08:10", "result": _UNANSWERED.get(channel, "sent"), "times": most}
    fewer = {} if most == 1 else {"attempts": [{**tried, "times": most - 1}]}
    return _Part(
        "frequency",
        test,
        {"say": f"{most} so far", "attempts": [tried]},
        {"say": "one fewer", **fewer},
    )


def _pause(typed: Mapping[str, Any]) -> _Part:
    facts = list(typed["facts"])
    return _Part(
        "holds",
        {"kind": "during", "facts": facts},
        {"say": "while it is so", "facts": [{"kind": facts[0], "from": "2026-03-01 00:00"}]},
        {"say": "while it is not so"},
    )


def _people(typed: Mapping[str, Any]) -> _Part:
    roles = list(typed["roles"])
    basis = {} if typed["basis"] else {"has_basis": False}
    return _Part(
        "third party",
        {"kind": "always", "roles": roles, **basis},
        {"say": "somebody who is not reached", "role": roles[0]},
        {"say": "the debtor"},
    )


def _content(typed: Mapping[str, Any]) -> _Part:
    required, forbidden = list(typed["required"]), list(typed["forbidden"])
    test: dict[str, Any] = {"kind": "content"}
    if required:
        test["required"] = required
    if forbidden:
        test["forbidden"] = forbidden
    return _Part(
        "disclosure",
        test,
        {"say": "a message that is not as it must be", "content": [] if required else [forbidden[0]]},
        {"say": "a message that is as it must be", "content": required},
    )


_PARTS: Final = {
    "hours": _hours,
    "attempts": _attempts,
    "pause": _pause,
    "people": _people,
    "content": _content,
}


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _at(weekday: int, minute: int) -> str:
    """A moment in the week of the examples; the end of a day is the next one's beginning."""
    day = _MONDAY + weekday - 1 + minute // _DAY
    return f"2026-03-{day:02} {_clock(minute % _DAY)}"
