"""A rule of contact: whom and what it is about, when it restrains, and what it asks to be said and kept."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Literal

Action = Literal["block", "warn", "require", "record"]
"""What a rule does where it speaks: refuse, ask for a second thought, ask for something to be said or done, or ask
for something to be kept.
"""

ACTIONS: Final[tuple[Action, ...]] = ("block", "warn", "require", "record")
CHANNELS: Final = ("call", "sms", "whatsapp", "email", "letter", "visit", "app")
ROLES: Final = (
    "debtor",
    "co_borrower",
    "guarantor",
    "spouse",
    "representative",
    "relative",
    "employer",
    "reference",
)
PURPOSES: Final = (
    "collect",
    "reminder",
    "requested",
    "location",
    "notice",
    "opt_out_confirmation",
    "verification",
    "legal",
)
PLACES: Final = ("home", "mobile", "work", "other")
RESULTS: Final = ("answered", "dropped", "no_answer", "voicemail", "busy", "not_in_service", "sent", "failed", "met")
UNANSWERED: Final = frozenset({"no_answer", "voicemail"})
HOLD_KINDS: Final = (
    "DISPUTE",
    "VALIDATION",
    "COMPLAINT",
    "BREATHING_SPACE",
    "MH_CRISIS",
    "BANKRUPTCY",
    "DECEASED",
    "VULNERABLE",
    "CEASE",
    "ATTORNEY",
    "PAYMENT_CLAIMED",
    "PTP_ACTIVE",
    "PLAN_ACTIVE",
    "CLIENT_RECALL",
    "LEGAL",
    "FRAUD",
    "TIME_BARRED",
    "DO_NOT_CONTACT_DATE",
)
"""What may be put on an account to restrain its collection."""

KEYS: Final = ("account", "person", "point", "debtor")


@dataclass(frozen=True)
class Where:
    """What a rule is about; None is anything. `has_basis` is whether a basis on which the person may be reached is
    recorded; a place that is not known is about every place.
    """

    channels: frozenset[str] | None = None
    roles: frozenset[str] | None = None
    purposes: frozenset[str] | None = None
    places: frozenset[str] | None = None
    has_basis: bool | None = None


@dataclass(frozen=True)
class Always:
    """Restrains whatever it is about, at every moment."""


@dataclass(frozen=True)
class During:
    """Restrains while a fact of one of these kinds is in force for the account, the debtor, the person or the
    contact point.
    """

    facts: frozenset[str]


@dataclass(frozen=True)
class Unless:
    """Restrains while no fact of any of these kinds is in force."""

    facts: frozenset[str]


@dataclass(frozen=True)
class Hours:
    """Restrains outside `start` <= local time < `end` (minutes of the day), in any zone where the person may be.

    `weekdays` are the days that are open (1 Monday to 7 Sunday), None for all but the calendar's days of rest;
    holidays are closed where `with_holidays` is not set. In Ramadan the hours are `ramadan` where given.
    """

    start: int
    end: int
    weekdays: frozenset[int] | None = frozenset({1, 2, 3, 4, 5, 6, 7})
    with_holidays: bool = True
    ramadan: tuple[int, int] | None = None


@dataclass(frozen=True)
class Inconvenient:
    """Restrains at the times that the person called inconvenient, in any of the zones where the person may be."""


@dataclass(frozen=True)
class Attempts:
    """Restrains once `most` counted attempts lie in the window before, on the same account, person and so on (`per`).

    An attempt counts by its channel, its place and its result; one whose result is not known counts. The window is
    `days` local calendar days, the day of the attempt included, or so many `hours`, or for ever where both are None.
    With `consent_days`, attempts under a consent to be called (that day and the next ones, until a conversation) do
    not count, and while such a consent lives the rule is silent.
    """

    most: int
    per: tuple[str, ...]
    days: int | None = None
    hours: int | None = None
    channels: frozenset[str] = frozenset(CHANNELS)
    results: frozenset[str] = frozenset(RESULTS)
    places: frozenset[str] | None = None
    consent_days: int | None = None


@dataclass(frozen=True)
class Conversation:
    """Restrains on the local day of a conversation by telephone and so many days in all, whoever began it."""

    days: int
    per: tuple[str, ...]
    consent_days: int | None = None


@dataclass(frozen=True)
class Gap:
    """Restrains for so many minutes after an attempt that nobody answered."""

    minutes: int
    per: tuple[str, ...]
    channels: frozenset[str] = frozenset({"call"})


@dataclass(frozen=True)
class Content:
    """Restrains what is known to lack a required element, or to bear a forbidden one."""

    required: frozenset[str] = frozenset()
    forbidden: frozenset[str] = frozenset()


Test = Always | During | Unless | Hours | Inconvenient | Attempts | Conversation | Gap | Content


@dataclass(frozen=True)
class Rule:
    """One test of one rule; a rule with several tests is several of these under one id.

    It is in force from the local day `from_date` through `until_date`; None on either side is without bound. `says`
    and `stores` are what it asks to be said or done, and to be kept, wherever it is about the question.
    """

    rule_id: str
    action: Action
    test: Test
    where: Where = field(default_factory=Where)
    from_date: date | None = None
    until_date: date | None = None
    says: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ramadan:
    """A month of fasting, first and last day."""

    first: date
    last: date


@dataclass(frozen=True)
class Calendar:
    """The days of a place: holidays, weekly days of rest (1 Monday to 7 Sunday), months of Ramadan."""

    holidays: frozenset[date] = frozenset()
    rest: frozenset[int] = frozenset({7})
    ramadan: tuple[Ramadan, ...] = ()

    def is_ramadan(self, day: date) -> bool:
        """Whether the day lies in a month of Ramadan."""
        return any(month.first <= day <= month.last for month in self.ramadan)

    def joined(self, other: "Calendar") -> "Calendar":
        """What is closed in one or the other."""
        return Calendar(self.holidays | other.holidays, self.rest | other.rest, self.ramadan + other.ramadan)


HORIZON: Final = timedelta(days=400)
"""How far ahead a lawful moment is looked for."""
