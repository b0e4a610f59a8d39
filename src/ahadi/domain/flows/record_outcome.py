"""Writes down what came of a contact, with all that follows from it: promise, call-back, number, reason, next step."""

from dataclasses import dataclass
from datetime import datetime

from ahadi.data import desks
from ahadi.data.models.contact import Contact, ContactAccount, ContactOutcome
from ahadi.data.models.desk import CallBack, DelayReason, Note, Verification
from ahadi.data.models.organisation import Organisation
from ahadi.domain.arrangements.ports import Promised
from ahadi.domain.audit.ports import Act
from ahadi.domain.cases import claiming, opening
from ahadi.domain.cases.claiming import Claim
from ahadi.domain.cases.ports import CaseTerms
from ahadi.domain.contact import codes
from ahadi.domain.contact import steps as gate
from ahadi.domain.contact.codes import KeptCode
from ahadi.domain.desk import queries as at_desk
from ahadi.domain.desk import steps as desk
from ahadi.domain.desk.ports import WRAP
from ahadi.domain.negotiation import proposing
from ahadi.domain.negotiation.proposing import Offered, OfferOutcome
from ahadi.domain.placements import steps as placements
from ahadi.domain.work import queries, steps
from ahadi.kernel.offer import SETTLEMENT


class UnableToRecordOutcome(Exception):
    """What came of a contact cannot be written down: the text says what is wrong, and what to choose from."""

    is_refusal = True


class ContactAlreadyEnded(Exception):
    """What came of this contact was written down before; begin another to try again."""

    is_refusal = True

    def __init__(self, contact_id: int) -> None:
        super().__init__("what came of this contact was written down before; begin another to try again")
        self.contact_id = contact_id


@dataclass(frozen=True)
class Along:
    """What is written down along with an outcome; `advances` goes on to the next account of the desk at once.

    An outcome of `offered` is named by what becomes of it: promised, agreed, or waiting for somebody's word; one with
    a `case` or a `claim` by that.
    """

    note: str = ""
    reason: str = ""
    promised: Promised | None = None
    offered: Offered | None = None
    call_back_at: datetime | None = None
    case: CaseTerms | None = None
    claim: Claim | None = None
    advances: bool = False

    @property
    def is_about_money(self) -> bool:
        """Whether more is written down than what came of the contact."""
        return any(one is not None for one in (self.promised, self.offered, self.case, self.claim))


@dataclass(frozen=True)
class ContactResult:
    """What was written down about a contact, and the account that comes next where the desk went on."""

    contact_id: int
    result: str
    promise_id: int | None = None
    next_account_id: int | None = None
    case_id: int | None = None


_NOTHING = Along()
_CALL_BACK = "CALLBACK"
_PROMISE = "PTP"
_WAITS = {True: "RP_SETTLE_OFFER", False: "RP_PLAN_OFFER"}
_AGREED = {True: "RP_SETTLE_OK", False: "RP_PLAN"}
_IN_FULL = "RP_PTP_FULL"
_RAISED = {"dispute": "RP_DISPUTE", "complaint": "RP_COMPLAINT", "hardship": "RP_INABILITY", "query": "RP_NOCOMMIT"}
_CLAIMED = "RP_CLAIM_PAID"


def record_outcome(act: Act, *, contact_id: int, result: str, along: Along = _NOTHING) -> ContactResult:
    """Writes down the disposition of a contact, an active one of the organisation, and restates its account.

    Where an offer, a case or a claimed receipt comes along, it is put forward first, and `result` is not asked for.

    Raises, in this order: UnableToFindAccount, ContactAlreadyEnded, UnableToRecordOutcome, and what taking a promise,
    putting an offer forward, opening a case or claiming a receipt raises.
    """
    contact = Contact.objects.filter(id=contact_id).first()
    if contact is None:
        raise UnableToRecordOutcome(f"there is no contact {contact_id}; begin one first")
    creditor_id = queries.require_seen(by=act.by, account_id=contact.account_id)
    if along.is_about_money:
        # In the order of every act about money: first the creditor, then the debtor. Who only rang waits for no sheet.
        placements.hold_creditor(creditor_id)
    gate.hold(contact.account_id, party_id=contact.party_id)
    if any(not desk.is_withdrawn(one.act_id) for one in ContactOutcome.objects.filter(contact_id=contact_id)):
        raise ContactAlreadyEnded(contact_id)
    made = _put_forward(act, contact, along)
    if along.offered is not None and made is not None:
        result = named(along.offered, made)
    case_id, raised = _raise(act, contact, along)
    result = raised or result
    chosen = _chosen(act, contact, result)
    _require_whole(act, contact, chosen, along)
    ContactOutcome(
        contact_id=contact_id,
        result=result,
        is_contact=bool(chosen.code.is_contact),
        is_right_party=bool(chosen.code.is_right_party),
        ended_at=act.at,
        act_id=act.id,
    ).save(force_insert=True)
    promise_id = next(iter(made.promise_ids), None) if made else _follow_promise(act, contact, along)
    _follow(act, contact, chosen, along)
    others = ContactAccount.objects.filter(contact_id=contact_id).values_list("account_id", flat=True)
    ids = desk.ids_of(contact.account_id, *others)
    steps.restate(act, ids, as_of=steps.business_date(act), is_told=bool(raised))
    return ContactResult(contact_id, result, promise_id, _leave(act, contact, along), case_id)


def _put_forward(act: Act, contact: Contact, along: Along) -> OfferOutcome | None:
    if along.offered is None:
        return None
    _require_verified(contact)
    return proposing.put_forward(act, account_id=contact.account_id, offered=along.offered)


def _raise(act: Act, contact: Contact, along: Along) -> tuple[int | None, str]:
    """The case or the claim that comes along, and the disposition by which a call with it is named."""
    today = steps.business_date(act)
    if along.case is not None:
        made = opening.open_up(act, account_id=contact.account_id, terms=along.case, today=today)
        return made.case_id, _RAISED[along.case.kind]
    if along.claim is not None:
        claiming.claim(act, account_id=contact.account_id, claimed=along.claim, today=today)
        return None, _CLAIMED
    return None, ""


def named(offered: Offered, made: OfferOutcome) -> str:
    """The disposition of a call in which an offer was made, by what became of it."""
    is_settlement = offered.kind == SETTLEMENT
    if made.approval_id is not None:
        return _WAITS[is_settlement]
    return _AGREED[is_settlement] if is_settlement or made.plan_id is not None else _IN_FULL


def _chosen(act: Act, contact: Contact, result: str) -> KeptCode:
    """The disposition of a code, where it is active and goes with the channel."""
    listed = codes.outcomes(act.organisation_id, contact.channel)
    known = {one.code.code: one for one in listed if one.is_active}
    if result not in known:
        is_retired = any(one.code.code == result for one in listed)
        said = "was retired" if is_retired else "does not come of this channel"
        raise UnableToRecordOutcome(f"{result!r} {said}; choose one of {', '.join(sorted(known))}")
    levels = desks.terms().pairs.get(contact.channel)
    if levels is not None and known[result].code.level not in levels:
        fitting = sorted(code for code, one in known.items() if one.code.level in levels)
        raise UnableToRecordOutcome(
            f"{result!r} does not go with {contact.channel}; choose one of {', '.join(fitting)}"
        )
    return known[result]


def _require_whole(act: Act, contact: Contact, chosen: KeptCode, along: Along) -> None:
    """At the desk an outcome that makes work comes with it, and money is spoken of with the debtor alone."""
    if along.promised is not None and chosen.code.next_action != _PROMISE:
        raise UnableToRecordOutcome(f"{chosen.code.code} is no promise; take the promise down as one")
    if along.call_back_at is not None and along.call_back_at <= act.at:
        raise UnableToRecordOutcome("that moment has passed; choose a later one to call back")
    if along.promised is not None:
        _require_verified(contact)
        proposing.require_promisable(act, account_id=contact.account_id, promised=along.promised)
    now = at_desk.at(by=act.by) if act.by.person_id is not None else None
    if now is None or now.contact_id != contact.id:
        return
    if chosen.code.next_action == _CALL_BACK and along.call_back_at is None:
        raise UnableToRecordOutcome("say when to call back; the card asks for the moment")


def _require_verified(contact: Contact) -> None:
    if not Verification.objects.filter(contact_id=contact.id).exists():
        raise UnableToRecordOutcome("nobody was recognised in this call yet: two facts first, then the promise")


def _follow_promise(act: Act, contact: Contact, along: Along) -> int | None:
    if along.promised is None:
        return None
    return steps.book_promise(act, account_id=contact.account_id, promised=[along.promised]).promise_ids[0]


def _follow(act: Act, contact: Contact, chosen: KeptCode, along: Along) -> None:
    """What else comes along with the outcome."""
    if along.note.strip():
        Note(
            account_id=contact.account_id,
            contact_id=contact.id,
            text=along.note.strip()[:2000],
            at=act.at,
            act_id=act.id,
        ).save(force_insert=True)
    if along.reason:
        DelayReason(
            account_id=contact.account_id, contact_id=contact.id, reason=along.reason[:30], at=act.at, act_id=act.id
        ).save(force_insert=True)
    if along.call_back_at is not None:
        _call_back(act, contact, along.call_back_at)
    elif chosen.code.next_action != _PROMISE:
        desk.take_effect(act, contact, chosen.code.next_action)


def _call_back(act: Act, contact: Contact, due_at: datetime) -> None:
    CallBack(
        account_id=contact.account_id,
        person_id=desk.person_of(act),
        contact_point_id=contact.contact_point_id,
        due_at=due_at,
        booked_at=act.at,
        act_id=act.id,
    ).save(force_insert=True)
    zone = Organisation.objects.values_list("time_zone", flat=True).get(id=act.organisation_id)
    day = due_at.astimezone(desk.zone(zone)).date()
    if day > steps.business_date(act):
        desk.ask(act, contact.account_id, "call", due_on=day, channel="call")


def _leave(act: Act, contact: Contact, along: Along) -> int | None:
    """At the desk the draft is blank again, and the next account comes, or what is left is to wrap up."""
    desk.blank_draft(act, contact.account_id)
    now = at_desk.at(by=act.by) if act.by.person_id is not None else None
    if now is None or now.contact_id != contact.id:
        return None
    if along.advances:
        return desk.go_on(act, left=contact.account_id)
    if now.state != WRAP:
        desk.turned(act, WRAP, account_id=contact.account_id, contact_id=contact.id)
    return None
