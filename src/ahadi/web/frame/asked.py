"""What waits for somebody's word, ready for the page: who asks, the ladder, the mandate, what it does."""

from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from ahadi.domain.approvals.queries import OFFER, WAITING, ApprovalSeen, AskedFor
from ahadi.domain.negotiation.queries import OfferKept
from ahadi.kernel.offer import SETTLEMENT
from ahadi.web.frame import bargains, figures, words
from ahadi.web.frame.bargains import PartRow
from ahadi.web.frame.figures import Amount

TONES = {
    "proposed": ("next", "hourglass"),
    "waiting": ("warn", "hourglass"),
    "approved": ("kept", "badge-check"),
    "refused": ("late", "circle-x"),
    "asked_back": ("next", "repeat"),
    "withdrawn": ("", "undo-2"),
    "expired": ("", "clock"),
}
"""What one person asks and another decides, by its state: tone and icon."""


@dataclass(frozen=True)
class ApprovalRow:
    """Something that was asked, in the list or by itself."""

    url: str
    account_url: str
    debtor: str
    number: str
    asked_by: str
    asked_at: str
    expires_at: str
    kind: str
    total: Amount
    owed: Amount
    forgiven: Amount
    is_settlement: bool
    word: str
    tone: str
    icon: str
    need: str
    mandate: str
    excess_reason: str
    reason: str
    decided_by: str
    is_waiting: bool
    digest: str


@dataclass(frozen=True)
class AskedRow:
    """Anything that was asked, as a line of the list of all."""

    url: str
    debtor: str
    number: str
    asked_by: str
    asked_at: str
    what: str
    owed: Amount
    pays: Amount | None
    change: Amount
    need: str
    word: str
    tone: str
    icon: str


@dataclass(frozen=True)
class OfferText:
    """How the offer is paid and what it rests on."""

    pay: str
    parts: tuple[PartRow, ...]
    kept: int
    tone: str
    like: str
    expected: Amount
    clauses: tuple[tuple[str, str], ...]


def approval_row(one: ApprovalSeen, *, zone: str, today: date, is_staff: bool) -> ApprovalRow:
    """Something that was asked; who works on what is the house's own business, which a creditor's people do not see."""
    tone, icon = TONES[one.state]
    forgiven = one.owed_minor - one.total_minor if one.kind == SETTLEMENT else 0
    return ApprovalRow(
        url=reverse("approval", args=[one.approval_id]),
        account_url=reverse("account", args=[one.account_id]),
        debtor=one.debtor,
        number=one.number,
        asked_by=one.asked_by if is_staff else _("An officer"),
        asked_at=_at(one.asked_at, zone, today),
        expires_at=_at(one.expires_at, zone, today),
        kind=bargains.kind(one.kind),
        total=figures.amount(one.total_minor, one.currency),
        owed=figures.amount(one.owed_minor, one.currency),
        forgiven=figures.amount(forgiven, one.currency),
        is_settlement=one.kind == SETTLEMENT,
        word=state(one.state),
        tone=tone,
        icon=icon,
        need=bargains.level(one.level),
        mandate=one.mandate,
        excess_reason=one.excess_reason or "",
        reason=one.reason or "",
        decided_by=(one.decided_by or "") if is_staff else "",
        is_waiting=one.state == WAITING,
        digest=one.digest.hex(),
    )


def asked_row(one: AskedFor, *, zone: str, today: date, is_staff: bool) -> AskedRow:
    """A line of the list; each kind of thing has a page of its own on which it is decided."""
    tone, icon = TONES[one.state]
    adjustments = {"credit": _("Credit"), "debit": _("Debit"), "reversal": _("Reversal of an adjustment")}
    is_offer = one.of == OFFER
    return AskedRow(
        url=reverse("approval" if is_offer else "adjustment", args=[one.number_id]),
        debtor=one.debtor,
        number=one.number,
        asked_by=one.asked_by if is_staff else _("An officer"),
        asked_at=_at(one.asked_at, zone, today),
        what=bargains.kind(one.kind) if is_offer else adjustments[one.kind],
        owed=figures.amount(one.owed_minor, one.currency),
        pays=figures.amount(one.pays_minor, one.currency) if one.pays_minor is not None else None,
        change=figures.amount(one.change_minor, one.currency),
        need=bargains.level(one.level),
        word=state(one.state),
        tone=tone,
        icon=icon,
    )


def offer_text(one: OfferKept, currency: str, *, today: date) -> OfferText:
    """The parts of an offer as it was kept, and the sentences of its mandate."""
    return OfferText(
        pay=bargains.pay(one.parts, currency),
        parts=tuple(
            PartRow(figures.day(part.due_on, today), figures.amount(part.amount_minor, currency)) for part in one.parts
        ),
        kept=round(one.kept_bps / 100),
        tone=bargains.tone(one.kept_bps),
        like=bargains.like(one.like_count),
        expected=figures.whole(one.expected_minor, currency),
        clauses=tuple((clause.number, words.said(clause.text)) for clause in one.clauses),
    )


def state(code: str) -> str:
    """Where an approval stands."""
    known = {
        "waiting": _("Waiting"),
        "approved": _("Approved"),
        "refused": _("Refused"),
        "asked_back": _("Asked back"),
        "withdrawn": _("Taken back"),
        "expired": _("Expired"),
    }
    return known.get(code, code)


def _at(at: datetime, zone: str, today: date) -> str:
    return figures.moment(at, zone, today)
