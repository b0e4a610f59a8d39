"""A test of a rule as its file says it: what the rule is about, and when it restrains."""

from collections.abc import Callable, Collection
from typing import Final

from ahadi.data.law_example import FACTS
from ahadi.data.marked import Entry
from ahadi.kernel.rule import (
    CHANNELS,
    KEYS,
    PLACES,
    PURPOSES,
    RESULTS,
    ROLES,
    Always,
    Attempts,
    Content,
    Conversation,
    During,
    Gap,
    Hours,
    Inconvenient,
    Test,
    Unless,
    Where,
)

_LIMITED: Final[dict[str, tuple[str, ...]]] = {
    "channels": CHANNELS,
    "roles": ROLES,
    "purposes": PURPOSES,
    "places": PLACES,
}
LIMITS: Final = (*_LIMITED, *(f"except_{name}" for name in _LIMITED), "has_basis")
"""The keys that say what a rule or one of its tests is about."""

_EVERY_DAY: Final = frozenset(range(1, 8))


def read_where(fields: dict[str, Entry], *, within: Where | None = None) -> Where:
    """What a rule or test is about, cut with what its rule is about; a limit that leaves nothing is refused."""
    outer = within or Where()
    has_basis = fields["has_basis"].truth() if "has_basis" in fields else None
    if None not in (has_basis, outer.has_basis) and has_basis != outer.has_basis:
        raise fields["has_basis"].refused("the rule itself says the contrary, which leaves nothing")
    return Where(
        channels=_limit(fields, "channels", outer.channels),
        roles=_limit(fields, "roles", outer.roles),
        purposes=_limit(fields, "purposes", outer.purposes),
        places=_limit(fields, "places", outer.places),
        has_basis=outer.has_basis if has_basis is None else has_basis,
    )


def _limit(fields: dict[str, Entry], name: str, outer: frozenset[str] | None) -> frozenset[str] | None:
    known, limit = _LIMITED[name], outer
    for key in (name, f"except_{name}"):
        if key in fields:
            named = fields[key].choices(known)
            meant = named if key == name else frozenset(known) - named
            limit = meant if limit is None else limit & meant
            if not limit:
                raise fields[key].refused(f"with what else limits the {name} this leaves none")
    return limit


def read_test(entry: Entry | None, *, tags: Collection[str] = ()) -> Test:
    """The test that an entry tells, `always` for none; `tags` are the known elements of a message."""
    if entry is None:
        return Always()
    named = entry.named()
    if "kind" not in named:
        raise entry.refused("kind missing")
    kind = named["kind"].choice(tuple(_KINDS))
    required, optional, make = _KINDS[kind]
    fields = entry.fields(required=("kind", *required), optional=(*optional, *LIMITS, "action"))
    return make(entry, fields, tags)


def _during(entry: Entry, fields: dict[str, Entry], tags: Collection[str]) -> Test:
    return During(fields["facts"].choices(FACTS))


def _unless(entry: Entry, fields: dict[str, Entry], tags: Collection[str]) -> Test:
    return Unless(fields["facts"].choices(FACTS))


def _hours(entry: Entry, fields: dict[str, Entry], tags: Collection[str]) -> Test:
    start, end = _span(entry, fields["start"], fields["end"])
    ramadan = None
    if "ramadan" in fields:
        both = tuple(fields["ramadan"].items())
        if len(both) != 2:
            raise fields["ramadan"].refused('expected two times, as ["10:00", "16:00"]')
        ramadan = _span(fields["ramadan"], *both)
    is_open = "holidays" not in fields or fields["holidays"].choice(("open", "closed")) == "open"
    return Hours(start, end, weekdays=_weekdays(fields.get("weekdays")), with_holidays=is_open, ramadan=ramadan)


def _span(entry: Entry, first: Entry, last: Entry) -> tuple[int, int]:
    start, end = first.minute(), last.minute()
    if start >= end:
        raise entry.refused("the hours must begin before they end; hours over midnight are two rules")
    return start, end


def _weekdays(entry: Entry | None) -> frozenset[int] | None:
    if entry is None:
        return _EVERY_DAY
    if entry.value == "working":
        return None
    named = frozenset(item.whole(least=1) for item in entry.items())
    if not named or not named <= _EVERY_DAY:
        raise entry.refused("expected weekdays from 1 (Monday) to 7, or `working`")
    return named


def _attempts(entry: Entry, fields: dict[str, Entry], tags: Collection[str]) -> Test:
    if "days" in fields and "hours" in fields:
        raise fields["hours"].refused("the window is given in days already; give one of them")
    return Attempts(
        most=fields["most"].whole(least=1),
        per=_per(fields["per"]),
        days=_whole(fields, "days"),
        hours=_whole(fields, "hours"),
        channels=_counted(fields, "channels", CHANNELS),
        results=_counted(fields, "results", RESULTS),
        places=fields["places"].choices(PLACES) if "places" in fields else None,
        consent_days=_whole(fields, "consent_days"),
    )


def _conversation(entry: Entry, fields: dict[str, Entry], tags: Collection[str]) -> Test:
    return Conversation(fields["days"].whole(least=1), _per(fields["per"]), _whole(fields, "consent_days"))


def _gap(entry: Entry, fields: dict[str, Entry], tags: Collection[str]) -> Test:
    minutes, per = fields["minutes"].whole(least=1), _per(fields["per"])
    return Gap(minutes, per, fields["channels"].choices(CHANNELS)) if "channels" in fields else Gap(minutes, per)


def _content(entry: Entry, fields: dict[str, Entry], tags: Collection[str]) -> Test:
    required, forbidden = (
        fields[name].choices(sorted(tags)) if name in fields else frozenset() for name in ("required", "forbidden")
    )
    if not required | forbidden or required & forbidden:
        raise entry.refused("expected elements that are `required` or `forbidden`, and none that is both")
    return Content(required, forbidden)


def _counted(fields: dict[str, Entry], name: str, known: tuple[str, ...]) -> frozenset[str]:
    return fields[name].choices(known) if name in fields else frozenset(known)


def _per(entry: Entry) -> tuple[str, ...]:
    named = entry.choices(KEYS)
    return tuple(key for key in KEYS if key in named)


def _whole(fields: dict[str, Entry], name: str) -> int | None:
    return fields[name].whole(least=1) if name in fields else None


_Make = Callable[[Entry, dict[str, Entry], Collection[str]], Test]
_KINDS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...], _Make]]] = {
    "always": ((), (), lambda entry, fields, tags: Always()),
    "during": (("facts",), (), _during),
    "unless": (("facts",), (), _unless),
    "hours": (("start", "end"), ("weekdays", "holidays", "ramadan"), _hours),
    "attempts": (("most", "per"), ("days", "hours", "results", "consent_days"), _attempts),
    "conversation": (("days", "per"), ("consent_days",), _conversation),
    "gap": (("minutes", "per"), (), _gap),
    "content": ((), ("required", "forbidden"), _content),
    "inconvenient": ((), (), lambda entry, fields, tags: Inconvenient()),
}
"""Every kind of test: the keys it needs, those it may have, and what makes it."""
