"""Claiming a receipt, alone or with the outcome of a call: nothing is posted, dunning pauses, the accountant looks."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from ahadi.data import frames
from ahadi.data.models.account import Account, Hold
from ahadi.data.models.document import Document
from ahadi.data.models.organisation import Organisation
from ahadi.data.models.proof import PROOF_CHANNELS, Proof
from ahadi.data.rulebook import parameter
from ahadi.domain.audit.ports import Act
from ahadi.domain.cases import hours
from ahadi.domain.contact import steps as gate
from ahadi.domain.receipts import queries as receipts

__all__ = [
    "PROOF_CHANNELS",
    "Claim",
    "ClaimOutcome",
    "ReceiptAlreadyClaimed",
    "UnableToClaimReceipt",
    "claim",
    "hold_references",
    "normal",
]

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


def hold_references(organisation_id: int) -> None:
    """Lets one act at a time claim a reference or decide about one, until it ends."""
    frames.lock("proof", organisation_id)


def claim(act: Act, *, account_id: int, claimed: Claim, today: date) -> ClaimOutcome:
    """Takes a claimed receipt down, holds dunning for the hours of the rulebook, and starts the accountant's clock.

    The creditor and the debtor are held, the account may be seen, and is restated afterwards. Raises, in this order:
    UnableToClaimReceipt, ReceiptAlreadyClaimed.
    """
    organisation = Organisation.objects.get(id=act.organisation_id)
    zone = ZoneInfo(organisation.time_zone)
    _require_sensible(account_id, claimed, today=today)
    reference = normal(claimed.reference)
    hold_references(act.organisation_id)
    _require_new(act, reference)
    pause = timedelta(hours=parameter("proof_hold", by="country").at(organisation.country, today))
    until = (act.at + pause).astimezone(zone).date()
    booked = {"account_id": account_id, "booked_at": act.at, "act_id": act.id}
    hold = Hold(kind="PAYMENT_CLAIMED", from_date=today, ends_on=until, review_on=until, **booked)
    hold.save(force_insert=True)
    account = Account.objects.get(id=account_id)
    proof = Proof(
        organisation_id=act.organisation_id,
        channel=claimed.channel,
        reference=reference,
        currency=account.currency,
        amount_minor=claimed.amount_minor,
        value_date=claimed.value_date,
        document_id=claimed.document_id,
        hold_id=hold.id,
        due_at=hours.times(act.organisation_id, "proof", received_at=act.at).due_at,
        **booked,
    )
    proof.save(force_insert=True)
    return ClaimOutcome(proof.id, hold.id, gate.stop_what_is_blocked(act, account.party_id))


def normal(reference: str) -> str:
    """A reference as the source of the money writes it."""
    return "".join(reference.split()).upper()


def _require_sensible(account_id: int, claimed: Claim, *, today: date) -> None:
    if claimed.amount_minor <= 0:
        raise UnableToClaimReceipt("the amount must be above 0")
    if not today - timedelta(days=_DAYS_BACK_MAX) <= claimed.value_date <= today:
        raise UnableToClaimReceipt("the day on which it was sent must be one of the last year, and not to come")
    if claimed.channel not in PROOF_CHANNELS:
        raise UnableToClaimReceipt(f"channel {claimed.channel!r} is not one of {', '.join(PROOF_CHANNELS)}")
    if not _REFERENCE.fullmatch(normal(claimed.reference)):
        raise UnableToClaimReceipt("give the reference as it was told: 4 to 60 letters, figures and dashes")
    document = claimed.document_id
    if document is not None and not Document.objects.filter(id=document, account_id=account_id).exists():
        raise UnableToClaimReceipt("the document is not of this account; file it there first")


def _require_new(act: Act, reference: str) -> None:
    """Raises ReceiptAlreadyClaimed where the reference waits, was accepted, or stands under a posted receipt."""
    waiting = frames.scalar(
        "SELECT a.number FROM proof p JOIN account a ON a.id = p.account_id"
        " LEFT JOIN proof_verdict v ON v.proof_id = p.id WHERE NOT EXISTS"
        " (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = p.act_id) AND p.organisation_id = %(organisation)s"
        " AND p.reference = %(reference)s AND (v.verdict IS NULL OR v.verdict <> 'refused') LIMIT 1",
        {"organisation": act.organisation_id, "reference": reference},
    )
    if waiting is not None:
        raise ReceiptAlreadyClaimed(f"{reference} was claimed before and is not to be claimed again; see the proofs")
    posted = receipts.posted_as(act.organisation_id, reference)
    if posted.height:
        raise ReceiptAlreadyClaimed(f"{reference} was posted on {posted['value_date'][0]} already; see its receipt")
