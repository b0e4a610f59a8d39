"""What oversight hands over: an officer now, the figures of their day, what comes first, what would move where."""

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

UNDO_SECONDS = 600
"""How long accounts that were moved may be taken back as one."""


class UnableToReassignAccounts(Exception):
    """The accounts cannot go to others so: the text says why, and what to do instead."""

    is_refusal = True


class UnableToUndoReassignment(Exception):
    """What was moved cannot be taken back as one any more; move the accounts that matter by a new act."""

    is_refusal = True


class ReassignmentAlreadyUndone(Exception):
    """This was taken back before; the accounts are where they were."""

    is_refusal = True

    def __init__(self) -> None:
        super().__init__("this was taken back before; the accounts are where they were")


@dataclass(frozen=True)
class Officer:
    """Somebody who works accounts, and what they do at this moment; `since` None where they were not at the desk."""

    person_id: int
    owner_id: int
    login: str
    name: str
    team_id: int
    team: str
    state: str | None
    code: str | None
    since: datetime | None
    account_id: int | None
    debtor: str | None


@dataclass(frozen=True)
class Effort:
    """What somebody did today: clients tried of those planned and of those expected by now, by hour, and calls.

    `effectiveness` is text (None: no contact yet); `hours` are (hour, clients first tried in it).
    """

    clients: int = 0
    planned: int = 0
    expected: int = 0
    attempts: int = 0
    contacts: int = 0
    promises: int = 0
    effectiveness: str | None = None
    hours: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Cash:
    """Money that came today in a currency, what the list is expected to bring by now, and in the whole day."""

    currency: str
    came_minor: int
    expected_minor: int
    day_minor: int


@dataclass(frozen=True)
class Yield:
    """What a list brings: cash by currency, promises kept of those judged this week, accounts long without a talk."""

    cash: tuple[Cash, ...] = ()
    kept: int = 0
    judged: int = 0
    silent: int = 0


@dataclass(frozen=True)
class First:
    """Something that comes first on the board: of which kind, how urgent, whom it is about, since when."""

    kind: str
    harm: int
    count: int
    since: datetime | None
    who: str
    person_id: int | None
    reference: str
    account_ids: tuple[int, ...] = ()
    amount_minor: int | None = None
    currency: str | None = None


@dataclass(frozen=True)
class Terms:
    """Which accounts are to move and to whom: those of these owners (or these accounts), narrowed, at most `count`."""

    from_ids: tuple[int, ...]
    to: tuple[tuple[int, int], ...]
    way: str = "rule"
    account_ids: tuple[int, ...] = ()
    creditor: str = ""
    branch: str = ""
    bucket: str = ""
    language: str = ""
    count: int | None = None


EFFECTS = {
    "owner_id": pl.Int64,
    "name": pl.String,
    "currency": pl.String,
    "accounts_before": pl.Int64,
    "accounts_after": pl.Int64,
    "overdue_before_minor": pl.Int64,
    "overdue_after_minor": pl.Int64,
    "days_before": pl.Int64,
    "days_after": pl.Int64,
}
MOVES = {
    "account_id": pl.Int64,
    "debtor_id": pl.Int64,
    "before_id": pl.Int64,
    "owner_id": pl.Int64,
    "creditor_id": pl.Int64,
    "currency": pl.String,
    "overdue_minor": pl.Int64,
    "days_late": pl.Int64,
    "number": pl.String,
}


@dataclass(frozen=True)
class Preview:
    """What would move: MOVES, EFFECTS on every list that is touched, how many stay since somebody speaks to them.

    `digest` says which accounts would go from whom to whom: what is carried out is what was looked at, or nothing.
    """

    moves: pl.DataFrame
    effects: pl.DataFrame
    busy: int
    digest: str


@dataclass(frozen=True)
class ReassignmentOutcome:
    """How many accounts went to others."""

    reassignment_id: int
    accounts: int


@dataclass(frozen=True)
class Handed:
    """Something that was moved lately: by whom, how many, and until when it can be taken back."""

    reassignment_id: int
    by: str
    reason: str
    accounts: int
    at: datetime
    until_at: datetime


@dataclass(frozen=True)
class TeamHours:
    """A team against its work: hours left, by hour, and how many accounts are too many or could come besides."""

    team_id: int
    team: str
    work_minutes: int
    people_minutes: int
    hours: tuple[tuple[int, int, int, int], ...]
    left: int
    room: int


@dataclass(frozen=True)
class Capacity:
    """Teams against their work for the rest of a day, and the move that helps: so many accounts from one to another."""

    day: date
    minute: int
    teams: tuple[TeamHours, ...]
    move: tuple[int, int, int] | None = None
    short_from: int | None = None
    short: int = 0
