"""What acts and pages hand to cases, and what they hand back."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from ahadi.data.models.case import (
    ADJUSTMENT_KINDS,
    CASE_KINDS,
    CASE_LEVELS,
    COMPONENTS,
    OUTCOMES,
    PRIORITIES,
    REFERRERS,
    TEXT_PARTS,
)

__all__ = [
    "ADJUSTMENT_KINDS",
    "CASE_KINDS",
    "CASE_LEVELS",
    "COMPONENTS",
    "HOLD_OF",
    "LIST_OF",
    "OUTCOMES",
    "PRIORITIES",
    "REFERRERS",
    "SETTLERS",
    "TEXT_CHARACTERS_MAX",
    "TEXT_PARTS",
    "Care",
    "CaseOutcome",
    "CaseTerms",
    "Wanted",
]

HOLD_OF: Final[dict[str, str | None]] = {
    "dispute": "DISPUTE",
    "complaint": "COMPLAINT",
    "hardship": "VULNERABLE",
    "query": None,
}
"""What an open case restrains; a question restrains nothing."""
LIST_OF: Final = {"dispute": "complaints", "complaint": "complaints", "hardship": "reasons", "query": "queries"}
"""The list of codes that the category of a case is from."""
SETTLERS: Final = ("supervisor", "manager", "legal", "admin")
"""Who closes a case that restrains collection, as who releases a hold."""
TEXT_CHARACTERS_MAX: Final = 5_000


@dataclass(frozen=True)
class Care:
    """Hardship: how grave it is (1-10), whether the person agreed that it is kept, proof, and days to hold."""

    severity: int
    has_consent: bool
    hold_days: int
    proof_asked_on: date | None = None
    proof_received_on: date | None = None


@dataclass(frozen=True)
class CaseTerms:
    """A case to be opened; `charges` are the charges it is about, none for the whole account."""

    kind: str
    category: str
    details: str
    grievances: str = ""
    referred_by: str = "debtor"
    priority: str = "normal"
    against_id: int | None = None
    received_at: datetime | None = None
    charges: tuple[int, ...] = ()
    care: Care | None = None


@dataclass(frozen=True)
class Wanted:
    """An adjustment that is asked for: a credit on a charge, a debit of a component, or the reversal of an earlier."""

    kind: str
    reason: str
    amount_minor: int = 0
    charge_id: int | None = None
    component: str | None = None
    reverses_id: int | None = None


@dataclass(frozen=True)
class CaseOutcome:
    """The case, where it stands, the holds it placed or released, and the planned contacts that were stopped."""

    case_id: int
    status: str
    holds: int = 0
    stopped: int = 0
