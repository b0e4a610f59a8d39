"""Takes down that a debtor says money was sent: nothing is posted, dunning pauses, the accountant has it to look at."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from ahadi.data import frames
from ahadi.data.models.account import Account, Hold
from ahadi.data.models.document import Document
from ahadi.data.models.organisation import Organisation
from ahadi.data.models.proof import PROOF_CHANNELS, Proof
from ahadi.data.rulebook import parameter
from ahadi.domain.audit.ports import Act
from ahadi.domain.cases import hours
from ahadi.domain.contact import steps as gate
from ahadi.domain.placements import steps as placements
from ahadi.domain.receipts import queries as receipts
from ahadi.domain.work import queries
from ahadi.domain.work import steps as work

__all__ = ["PROOF_CHANNELS", "Claim", "ClaimOutcome", "ReceiptAlreadyClaimed", "UnableToClaimReceipt", "claim_receipt"]

_REFERENCE = re.compile(r"[0-9A-Z][0-9A-Z./_-]{3,59}")
# A proof older than this is an old receipt, or a mistake.
_DAYS_BACK_MAX = 366


class UnableToClaimReceipt(Exception):
    """What a debtor says was sent cannot be taken down so: the text says what of it is wrong."""

    is_refusal = True


class ReceiptAlreadyClaimed(Exception):
    """This reference was claimed or posted before; the text names it and says where."""

    is_refusal = True


@dataclass(frozen=True)
class Claim:
    """What the debtor says: so much (minor units of the account's currency), on a day, under a reference, by what."""

    amount_minor: int
    value_date: date
    reference: str
    channel: str
    document_id: int | None = None


@dataclass(frozen=True)
class ClaimOutcome:
    """The proof, its hold, and the planned contacts that it stopped."""

    proof_id: int
    hold_id: int
    stopped: int


def claim_receipt(act: Act, *, account_id: int, claim: Claim) -> ClaimOutcome:
    """Takes a claimed receipt down, holds dunning for the hours of the rulebook, and starts the accountant's clock.

    Source: duty D1. Raises, in this order: UnableToFindAccount, UnableToClaimReceipt, ReceiptAlreadyClaimed.
    """
    creditor_id = queries.require_seen(by=act.by, account_id=account_id)
    organisation = Organisation.objects.get(id=act.organisation_id)
    zone, today = ZoneInfo(organisation.time_zone), work.business_date(act)
    _require_sensible(account_id, claim, today=today)
    reference = normal(claim.reference)
    placements.hold_creditor(creditor_id)
    frames.lock("proof", act.organisation_id)
    _require_new(act, reference)
    gate.hold(account_id)
    pause = timedelta(hours=parameter("proof_hold", by="country").at(organisation.country, today))
    until = (act.at + pause).astimezone(zone).date()
    booked = {"account_id": account_id, "booked_at": act.at, "act_id": act.id}
    hold = Hold(kind="PAYMENT_CLAIMED", from_date=today, ends_on=until, review_on=until, **booked)
    hold.save(force_insert=True)
    account = Account.objects.get(id=account_id)
    proof = Proof(
        organisation_id=act.organisation_id,
        channel=claim.channel,
        reference=reference,
        currency=account.currency,
        amount_minor=claim.amount_minor,
        value_date=claim.value_date,
        document_id=claim.document_id,
        hold_id=hold.id,
        due_at=hours.times(act.organisation_id, "proof", received_at=act.at).due_at,
        **booked,
    )
    proof.save(force_insert=True)
    stopped = gate.stop_what_is_blocked(act, account.party_id)
    work.restate(act, pl.Series([account_id]), as_of=today)
    return ClaimOutcome(proof.id, hold.id, stopped)


def normal(reference: str) -> str:
    """A reference as the source of the money writes it."""
    return "".join(reference.split()).upper()


def _require_sensible(account_id: int, claim: Claim, *, today: date) -> None:
    if claim.amount_minor <= 0:
        raise UnableToClaimReceipt("the amount must be above 0")
    if not today - timedelta(days=_DAYS_BACK_MAX) <= claim.value_date <= today:
        raise UnableToClaimReceipt("the day on which it was sent must be one of the last year, and not to come")
    if claim.channel not in PROOF_CHANNELS:
        raise UnableToClaimReceipt(f"channel {claim.channel!r} is not one of {', '.join(PROOF_CHANNELS)}")
    if not _REFERENCE.fullmatch(normal(claim.reference)):
        raise UnableToClaimReceipt("give the reference as it was told: 4 to 60 letters, figures and dashes")
    document = claim.document_id
    if document is not None and not Document.objects.filter(id=document, account_id=account_id).exists():
        raise UnableToClaimReceipt("the document is not of this account; file it there first")


def _require_new(act: Act, reference: str) -> None:
    """Raises ReceiptAlreadyClaimed where the reference waits, was accepted, or stands under a posted receipt."""
    waiting = frames.scalar(
        "SELECT a.number FROM proof p JOIN account a ON a.id = p.account_id"
        " LEFT JOIN proof_verdict v ON v.proof_id = p.id WHERE p.organisation_id = %(organisation)s"
        " AND p.reference = %(reference)s AND (v.verdict IS NULL OR v.verdict <> 'refused') LIMIT 1",
        {"organisation": act.organisation_id, "reference": reference},
    )
    if waiting is not None:
        raise ReceiptAlreadyClaimed(f"{reference} was claimed before and is not to be claimed again; see the proofs")
    posted = receipts.posted_as(act.organisation_id, reference)
    if posted.height:
        raise ReceiptAlreadyClaimed(f"{reference} was posted on {posted['value_date'][0]} already; see its receipt")
