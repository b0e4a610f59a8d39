"""What the desk hands over: where somebody is at it, the rows of a queue, an account opened for a call."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

READY: Final = "ready"
PREVIEW: Final = "preview"
DIAL: Final = "dial"
TALK: Final = "talk"
WRAP: Final = "wrap"
PAUSE: Final = "pause"
WITH_ACCOUNT: Final = (PREVIEW, DIAL, TALK, WRAP)
ON_CALL: Final = (DIAL, TALK, WRAP)
"""States in which an attempt is under way, or was and has no outcome yet."""


class DebtorAlreadyClaimed(Exception):
    """Somebody else has this debtor before them; take another account, or ask them."""

    is_refusal = True

    def __init__(self, holder: str) -> None:
        super().__init__(f"{holder} has this debtor before them at the moment; take another account, or ask them")
        self.holder = holder


class UnableToChangeDesk(Exception):
    """What was asked of the desk does not go with what is being done there: the text says why, and what to do."""

    is_refusal = True


class UnableToUndoOutcome(Exception):
    """An outcome is taken back by who wrote it down, within a few seconds; later it is corrected by a new contact."""

    is_refusal = True


@dataclass(frozen=True)
class At:
    """Where somebody is at the desk; `account_id` and `contact_id` where they have one before them.

    `has_outcome` says that what came of the contact is written down; `proofs` are the facts that the debtor named.
    """

    state: str
    code: str | None
    since: datetime
    account_id: int | None = None
    contact_id: int | None = None
    opened_at: datetime | None = None
    extensions: int = 0
    has_outcome: bool = False
    proofs: tuple[str, ...] = ()
    next_account_id: int | None = None

    @property
    def is_verified(self) -> bool:
        """Whether the debtor was recognised in this contact."""
        return bool(self.proofs)


@dataclass(frozen=True)
class Following:
    """What follows on an account: the day of its promise, the next action with its day, and how often the debtor was
    called about it since Monday.
    """

    promise_due_on: date | None
    action: str | None
    action_on: date | None
    week: int


@dataclass(frozen=True)
class Waiting:
    """An account that waits for an officer: who it is, what is late, and what puts it there.

    `reason` is `call_back` (at `due_at`), `pulled`, or the heaviest reason for its points.
    """

    account_id: int
    debtor_id: int
    name: str
    currency: str
    overdue_minor: int
    days_late: int
    points: int
    reason: str
    due_at: datetime | None = None


@dataclass(frozen=True)
class Queue:
    """What waits for an officer: the first rows, how many wait altogether, and how many call-backs are due by now."""

    rows: tuple[Waiting, ...]
    left: int
    due_now: int


@dataclass(frozen=True)
class DeskOutcome:
    """What an act at the desk did: the state somebody is in now, and the account before them."""

    state: str
    account_id: int | None = None


@dataclass(frozen=True)
class Event:
    """One line of a timeline: what happened when, by whom; `text` in somebody's own words."""

    at: datetime
    kind: str
    code: str
    amount_minor: int | None = None
    currency: str | None = None
    on: date | None = None
    by: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Proof:
    """A fact that only the debtor is likely to know: what it is, and what they should say."""

    code: str
    value: str


@dataclass(frozen=True)
class Draft:
    """What was typed and not saved yet, by field."""

    content: dict[str, str] = field(default_factory=dict)
    saved_at: datetime | None = None
