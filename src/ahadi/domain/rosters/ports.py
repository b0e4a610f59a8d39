"""What rosters hand over: shifts of a day, leave, plans, and why something of them was refused."""

from dataclasses import dataclass
from datetime import date

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
DAY_BEGINS, DAY_ENDS = 9 * 60, 18 * 60
"""From and until which minute somebody works who has no roster."""


class UnableToKeepRoster(Exception):
    """The week or the day cannot be kept so: the text says why, and what to do instead."""

    is_refusal = True


class UnableToTakeLeave(Exception):
    """The leave cannot be booked: accounts would be without an owner present, or the days are taken already."""

    is_refusal = True


class UnableToCoverPerson(Exception):
    """Nobody can stand in so: the stand-in is away, may not see the accounts, or is the same person."""

    is_refusal = True


class UnableToPlanWork(Exception):
    """The plan cannot be kept: a day that is over, or a figure that cannot be."""

    is_refusal = True


class LeaveAlreadyTakenBack(Exception):
    """This leave was taken back before; book another where one is wanted."""

    is_refusal = True

    def __init__(self) -> None:
        super().__init__("this leave was taken back before; book another where one is wanted")


@dataclass(frozen=True)
class Week:
    """When somebody works from a day on: days of the week (1 Monday to 7), from and until which minute."""

    weekdays: tuple[int, ...]
    from_minute: int
    until_minute: int
    from_date: date


@dataclass(frozen=True)
class Away:
    """Leave: its kind, its first and its last day, and who stands in."""

    kind: str
    from_date: date
    until_date: date
    stand_in_id: int | None


@dataclass(frozen=True)
class Planned:
    """What somebody is to do on a day; None where nothing was said."""

    clients: int | None = None
    calls: int | None = None
    effectiveness_bps: int | None = None
    promises: int | None = None
    cash_minor: int | None = None
    currency: str | None = None
    silent_max: int | None = None


@dataclass(frozen=True)
class RosterOutcome:
    """The roster, shift, leave or cover that was booked."""

    id: int


@dataclass(frozen=True)
class PlanOutcome:
    """How many days were planned."""

    plans: int
