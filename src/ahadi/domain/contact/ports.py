"""What is asked of the gate and what it answers, as acts, pages and commands pass it on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

WAITING: Final = "waiting"
BEGUN: Final = "begun"
STOPPED: Final = "stopped"
"""What may be said of a planned contact."""


@dataclass(frozen=True)
class Asked:
    """One contact that is thought of: about an account, with a person (None: the debtor), by a channel.

    `contact_point_id` is the number or address, None where the channel needs none or none is chosen; `content` are
    the elements of the message once it is written.
    """

    account_id: int
    channel: str
    person_id: int | None = None
    contact_point_id: int | None = None
    purpose: str = "collect"
    content: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Reason:
    """A rule that spoke: what it does, until when what restrains now lasts (None: no end), and the fact behind it."""

    rule_id: str
    action: str
    until_at: datetime | None
    fact: str | None
    title: str
    source: str


@dataclass(frozen=True)
class Duty:
    """What a rule asks to be said or done, and to be kept."""

    rule_id: str
    says: tuple[str, ...]
    stores: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """The gate's answer about one contact at one moment."""

    asked: Asked
    role: str
    at: datetime
    zones: tuple[str, ...]
    answer: str
    next_lawful_at: datetime | None
    reasons: tuple[Reason, ...]
    duties: tuple[Duty, ...]


@dataclass(frozen=True)
class Decided:
    """A decision that was stored: its number and the answer."""

    decision_id: int
    answer: Answer


@dataclass(frozen=True)
class CareOutcome:
    """The circumstance whose record was kept, opened or forgotten; never its text."""

    circumstance_id: int
