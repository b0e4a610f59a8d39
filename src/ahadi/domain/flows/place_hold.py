"""Holds collection on an account, or on single charges of it, for a reason that somebody gives."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import polars as pl

from ahadi.data.models.account import Hold
from ahadi.data.models.desk import Note
from ahadi.domain.accounts import queries as accounts
from ahadi.domain.audit.ports import Act
from ahadi.domain.cases import opening
from ahadi.domain.contact import steps as gate
from ahadi.domain.placements import steps as placements
from ahadi.domain.work import queries
from ahadi.domain.work import steps as work

KINDS: Final = (
    "VALIDATION",
    "BREATHING_SPACE",
    "MH_CRISIS",
    "BANKRUPTCY",
    "DECEASED",
    "VULNERABLE",
    "CEASE",
    "ATTORNEY",
    "CLIENT_RECALL",
    "LEGAL",
    "FRAUD",
    "TIME_BARRED",
    "DO_NOT_CONTACT_DATE",
)
"""What people place by hand. Disputes, complaints and hardship are held by their case, a claimed receipt by its proof,
promises and plans by themselves.
"""
OF_CHARGES: Final = ("VALIDATION", "CLIENT_RECALL", "FRAUD", "TIME_BARRED")
"""Of these, what may be about single charges."""
REVIEW_DAYS_MAX: Final = 365
_REASON_MAX = 2000


class UnableToPlaceHold(Exception):
    """A hold cannot be placed so: the text says what of it is wrong, and what to give instead."""

    is_refusal = True


@dataclass(frozen=True)
class HoldTerms:
    """What restrains, why, the day on which somebody looks at it again, and the last day where one is known.

    `charges` are the charges it is about, none for the whole account.
    """

    kind: str
    reason: str
    review_on: date
    ends_on: date | None = None
    charges: tuple[int, ...] = ()


@dataclass(frozen=True)
class PlacedOutcome:
    """The holds, and the planned contacts that they stopped."""

    hold_ids: list[int]
    stopped: int


def place_hold(act: Act, *, account_id: int, terms: HoldTerms) -> PlacedOutcome:
    """Places a hold from today on and stops what it blocks; the reason is kept as a note.

    Passing its review raises work and lifts nothing; passing its last day lifts it. Raises, in this order:
    UnableToFindAccount, UnableToPlaceHold.
    """
    creditor_id = queries.require_seen(by=act.by, account_id=account_id)
    today = work.business_date(act)
    _require_sensible(account_id, terms, today=today)
    placements.hold_creditor(creditor_id)
    gate.hold(account_id)
    made = []
    charges: list[int | None] = [*sorted(set(terms.charges))]
    for charge in charges or [None]:
        hold = Hold(
            account_id=account_id,
            charge=charge,
            kind=terms.kind,
            from_date=today,
            ends_on=terms.ends_on,
            review_on=min(terms.review_on, terms.ends_on or terms.review_on),
            booked_at=act.at,
            act_id=act.id,
        )
        hold.save(force_insert=True)
        made.append(hold.id)
    # PostgreSQL keeps no character 0 in a text.
    reason = terms.reason.strip().replace("\0", "")
    Note(account_id=account_id, text=reason, at=act.at, act_id=act.id).save(force_insert=True)
    stopped = opening.stop(act, account_id)
    work.restate(act, pl.Series([account_id]), as_of=today, is_told=True)
    return PlacedOutcome(made, stopped)


def _require_sensible(account_id: int, terms: HoldTerms, *, today: date) -> None:
    if terms.kind not in KINDS:
        raise UnableToPlaceHold(f"{terms.kind!r} is not placed by hand; choose one of {', '.join(KINDS)}")
    if not 0 < len(terms.reason.strip()) <= _REASON_MAX:
        raise UnableToPlaceHold(f"write down why, in 1 to {_REASON_MAX} characters")
    if not today < terms.review_on <= today + timedelta(days=REVIEW_DAYS_MAX):
        raise UnableToPlaceHold(f"somebody looks at it again on a day from tomorrow on, within {REVIEW_DAYS_MAX} days")
    if terms.ends_on is not None and terms.ends_on < today:
        raise UnableToPlaceHold("its last day has passed; give a later one, or none")
    if terms.charges and terms.kind not in OF_CHARGES:
        raise UnableToPlaceHold(f"{terms.kind} is about the whole account; choose no charges")
    known = accounts.known_charges(pl.Series([account_id])).filter(~pl.col("is_withdrawn"))["charge_id"]
    if set(terms.charges) - set(known):
        raise UnableToPlaceHold("one of the charges is not of this account; choose from its list")
