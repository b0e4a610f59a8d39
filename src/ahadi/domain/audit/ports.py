"""What higher rooms hand to the trail, and what it hands back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True)
class Actor:
    """Who acts: a person of one organisation, or the operator of the installation at its console."""

    login: str
    person_id: int | None = None
    organisation_id: int | None = None

    @property
    def is_operator(self) -> bool:
        """The operator holds the machine and so sees every organisation."""
        return self.person_id is None


OPERATOR = Actor(login="operator")


@dataclass(frozen=True)
class Act:
    """An act that is under way: every fact it makes bears its id, every moment in it is `at`."""

    id: int
    organisation_id: int
    name: str
    at: datetime
    by: Actor


class Outcome(Protocol):
    """What an act reports: a frozen dataclass of counts and texts without personal values."""

    __dataclass_fields__: Any


@dataclass(frozen=True)
class Performance:
    """How an act is to be performed: by whom, in which organisation, on which inputs, under which key."""

    by: Actor
    organisation_id: int
    inputs: bytes
    key: str | None = None
    is_dry_run: bool = False
    origin: str = "live"


Operation = Callable[[Act], Any]
