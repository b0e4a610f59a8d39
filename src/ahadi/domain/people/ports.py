"""What higher rooms and pages hand to this one about people."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Access:
    """What somebody may do: a role, and the creditors (by code; none: all) and the branch that it is limited to."""

    role: str
    creditors: Sequence[str] = ()
    branch: str | None = None


@dataclass(frozen=True)
class AccessOutcome:
    """Whose access changed, and how many accounts went to another owner."""

    person_id: int
    accounts_moved: int
