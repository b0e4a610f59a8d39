"""An example of a rule: what happened, what is asked, and what that rule alone says to it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, cast
from zoneinfo import ZoneInfo

from ahadi.data.marked import Entry
from ahadi.kernel.rule import ACTIONS, CHANNELS, HOLD_KINDS, PLACES, PURPOSES, RESULTS, ROLES

FACTS: Final = (
    *HOLD_KINDS,
    "OPT_OUT",
    "WRONG_NUMBER",
    "CONSENT",
    "CALL_CONSENT",
    "WORK_BARRED",
    "VALIDATION_OVERDUE",
    "UNREGISTERED",
    "ADDRESS_PROVEN",
    "VISIT_NOTICED",
    "REPRESENTED",
)
"""What restrains or permits: every kind of hold, and what else the law asks about."""

SILENT: Final = "silent"
NEVER: Final = "never"
_WHO: Final = ("account", "person", "point")
_QUESTION: Final = (
    "say",
    "role",
    "has_basis",
    "channel",
    "place",
    "purpose",
    "content",
    "zones",
    "at",
    "holidays",
    "preferences",
    "facts",
    "attempts",
    "until",
    *_WHO,
)
_BEGINNERS: Final = ("us", "debtor")


@dataclass(frozen=True)
class ExampleFact:
    """What was so from an instant until before another (None: still); `channel` where it is about one alone."""

    kind: str
    from_at: datetime
    until_at: datetime | None
    channel: str | None
    account: int
    person: int
    point: int


@dataclass(frozen=True)
class ExampleAttempt:
    """So many (`times`) attempts of one kind at one moment."""

    at: datetime
    channel: str
    place: str | None
    result: str
    is_conversation: bool
    is_outbound: bool
    times: int
    account: int
    person: int
    point: int


@dataclass(frozen=True)
class ExamplePreference:
    """Times of a weekday (1 Monday to 7) that the person called inconvenient, in minutes of the local day."""

    weekday: int
    from_minute: int
    until_minute: int


@dataclass(frozen=True)
class Example:
    """A question with what is known, and what the rule says to it with the action of its own text.

    Moments are in the first of `zones`. `expect` is an action or `silent`; where it restrains, `until_at` is when it
    lets go, or `is_endless` that it never does, where the example says so.
    """

    say: str
    role: str
    has_basis: bool
    channel: str
    place: str | None
    purpose: str
    content: frozenset[str] | None
    zones: tuple[str, ...]
    at: datetime
    account: int
    person: int
    point: int
    holidays: frozenset[date]
    preferences: tuple[ExamplePreference, ...]
    facts: tuple[ExampleFact, ...]
    attempts: tuple[ExampleAttempt, ...]
    expect: str
    until_at: datetime | None
    is_endless: bool
    line: int


def read_example(entry: Entry, *, tags: frozenset[str]) -> Example:
    """The example that an entry tells; `tags` are the known elements of a message. Raises the entry's refusal."""
    fields = entry.fields(required=("expect",), optional=_QUESTION)
    zones = tuple(_zone(item) for item in fields["zones"].items()) if "zones" in fields else ("UTC",)
    place = fields["place"].choice(PLACES) if "place" in fields else None
    channel = _choice(fields, "channel", CHANNELS, "call")
    expect = fields["expect"].choice((*ACTIONS, SILENT))
    until = fields.get("until")
    if until is not None and expect == SILENT:
        raise until.refused("a rule that is silent has no end; leave `until` out")
    is_endless = until is not None and until.value == NEVER
    return Example(
        say=fields["say"].text() if "say" in fields else "",
        role=_choice(fields, "role", ROLES, "debtor"),
        has_basis=fields["has_basis"].truth() if "has_basis" in fields else False,
        channel=channel,
        place=place,
        purpose=_choice(fields, "purpose", PURPOSES, "collect"),
        content=_tags(fields["content"], tags) if "content" in fields else None,
        zones=zones,
        at=_moment(fields["at"], zones) if "at" in fields else datetime(2026, 3, 10, 10, tzinfo=ZoneInfo(zones[0])),
        **_who(fields),
        holidays=frozenset(item.day() for item in _listed(fields, "holidays")),
        preferences=tuple(_preference(item) for item in _listed(fields, "preferences")),
        facts=tuple(_fact(item, zones) for item in _listed(fields, "facts")),
        attempts=tuple(_attempt(item, zones, channel=channel, place=place) for item in _listed(fields, "attempts")),
        expect=expect,
        until_at=None if until is None or is_endless else _moment(until, zones),
        is_endless=is_endless,
        line=entry.line,
    )


def _fact(entry: Entry, zones: tuple[str, ...]) -> ExampleFact:
    fields = entry.fields(required=("kind", "from"), optional=("until", "channel", *_WHO))
    return ExampleFact(
        kind=fields["kind"].choice(FACTS),
        from_at=_moment(fields["from"], zones),
        until_at=_moment(fields["until"], zones) if "until" in fields else None,
        channel=fields["channel"].choice(CHANNELS) if "channel" in fields else None,
        **_who(fields),
    )


def _attempt(entry: Entry, zones: tuple[str, ...], *, channel: str, place: str | None) -> ExampleAttempt:
    optional = ("channel", "place", "result", "conversation", "begun_by", "times", *_WHO)
    fields = entry.fields(required=("at",), optional=optional)
    return ExampleAttempt(
        at=_moment(fields["at"], zones),
        channel=_choice(fields, "channel", CHANNELS, channel),
        place=fields["place"].choice(PLACES) if "place" in fields else place,
        result=_choice(fields, "result", RESULTS, "answered"),
        is_conversation=fields["conversation"].truth() if "conversation" in fields else False,
        is_outbound=_choice(fields, "begun_by", _BEGINNERS, "us") == "us",
        times=fields["times"].whole(least=1) if "times" in fields else 1,
        **_who(fields),
    )


def _preference(entry: Entry) -> ExamplePreference:
    fields = entry.fields(required=("weekday", "from", "until"))
    weekday = fields["weekday"].whole(least=1)
    from_minute, until_minute = fields["from"].minute(), fields["until"].minute()
    if weekday > 7 or from_minute >= until_minute:
        raise entry.refused("expected a weekday 1 (Monday) to 7 and a time before the one until which it lasts")
    return ExamplePreference(weekday, from_minute, until_minute)


def _who(fields: dict[str, Entry]) -> dict[str, int]:
    return {name: fields[name].whole(least=1) if name in fields else 1 for name in _WHO}


def _choice(fields: dict[str, Entry], name: str, known: tuple[str, ...], otherwise: str) -> str:
    return fields[name].choice(known) if name in fields else otherwise


def _listed(fields: dict[str, Entry], name: str) -> tuple[Entry, ...]:
    return tuple(fields[name].items()) if name in fields else ()


def _tags(entry: Entry, known: frozenset[str]) -> frozenset[str]:
    return frozenset(item.choice(sorted(known)) for item in entry.items())


def _zone(entry: Entry) -> str:
    name = entry.text()
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise entry.refused(f"there is no time zone {name!r}") from None
    return name


def _moment(entry: Entry, zones: tuple[str, ...]) -> datetime:
    """A moment in the first zone; it is written in quotes, else YAML takes it for one in UTC."""
    try:
        local = datetime.strptime(cast(str, entry.value), "%Y-%m-%d %H:%M")  # noqa: DTZ007
    except (TypeError, ValueError):
        raise entry.refused('expected a moment in quotes, "YYYY-MM-DD HH:MM"') from None
    return local.replace(tzinfo=ZoneInfo(zones[0]))
