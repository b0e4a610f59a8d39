"""Begins a contact that the other side began: somebody calls, or stands at the counter."""

from dataclasses import dataclass

from ahadi.data.models.account import Account
from ahadi.data.models.contact import Contact
from ahadi.domain.audit.ports import Act
from ahadi.domain.contact import steps as gate
from ahadi.domain.desk import queries as at_desk
from ahadi.domain.desk import steps as desk
from ahadi.domain.desk.ports import TALK
from ahadi.domain.people.queries import owner_of
from ahadi.domain.work import queries

WAYS = {"call": "debtor_called", "in_person": "walked_in"}
"""How somebody comes, and the reason for which their account is taken before its turn."""


class UnableToReceiveContact(Exception):
    """The contact cannot be begun: the text says what is in its way, and what to do first."""

    is_refusal = True


@dataclass(frozen=True)
class ReceivedOutcome:
    """The contact that began, and the account that is open now."""

    contact_id: int
    account_id: int


def receive_contact(act: Act, *, account_id: int, channel: str, contact_point_id: int | None = None) -> ReceivedOutcome:
    """Begins an inbound contact at the desk of this person, who has the account before them from now on.

    No rule stops somebody from calling, so the gate is not asked; who it is must be made sure of all the same.
    `contact_point_id` is the number that calls, also one that was marked as not theirs.

    Raises, in this order: UnableToFindAccount, UnableToReceiveContact, DebtorAlreadyClaimed.
    """
    queries.require_seen(by=act.by, account_id=account_id)
    if channel not in WAYS:
        raise UnableToReceiveContact(f"somebody comes by one of {', '.join(WAYS)}, found {channel!r}")
    now = at_desk.at(by=act.by)
    if now.contact_id is not None and not now.has_outcome:
        raise UnableToReceiveContact("another contact is under way; write down what came of it first")
    _require_theirs(account_id, contact_point_id)
    gate.hold(account_id)
    desk.pull_ahead(act, account_id, WAYS[channel])
    contact = Contact(
        account_id=account_id,
        party_id=Account.objects.values_list("party_id", flat=True).get(id=account_id),
        contact_point_id=contact_point_id,
        by_id=owner_of(act.by.login),
        channel=channel,
        direction="inbound",
        began_at=act.at,
        act_id=act.id,
    )
    contact.save(force_insert=True)
    desk.turned(act, TALK, account_id=account_id, contact_id=contact.id)
    return ReceivedOutcome(contact.id, account_id)


def _require_theirs(account_id: int, contact_point_id: int | None) -> None:
    if contact_point_id is None:
        return
    if at_desk.number_of(account_id=account_id, contact_point_id=contact_point_id) is None:
        raise UnableToReceiveContact("that number is not of this account; choose one that is, or none")
