"""Writes down what came of a contact."""

from dataclasses import dataclass

import polars as pl

from ahadi.data.models.contact import Contact, ContactAccount, ContactOutcome
from ahadi.domain.audit.ports import Act
from ahadi.domain.contact import codes
from ahadi.domain.work import queries, steps


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
class ContactResult:
    """What was written down about a contact."""

    contact_id: int
    result: str


def record_outcome(act: Act, *, contact_id: int, result: str) -> ContactResult:
    """Writes down the disposition of a contact, an active one of the organisation, and restates its account.

    Raises, in this order: UnableToFindAccount, ContactAlreadyEnded, UnableToRecordOutcome.
    """
    contact = Contact.objects.filter(id=contact_id).first()
    if contact is None:
        raise UnableToRecordOutcome(f"there is no contact {contact_id}; begin one first")
    queries.require_seen(by=act.by, account_id=contact.account_id)
    if ContactOutcome.objects.filter(contact_id=contact_id).exists():
        raise ContactAlreadyEnded(contact_id)
    listed = codes.outcomes(act.organisation_id, contact.channel)
    known = {one.code.code: one.code for one in listed if one.is_active}
    if result not in known:
        is_retired = any(one.code.code == result for one in listed)
        said = "was retired" if is_retired else "does not come of this channel"
        raise UnableToRecordOutcome(f"{result!r} {said}; choose one of {', '.join(sorted(known))}")
    ContactOutcome(
        contact_id=contact_id,
        result=result,
        is_contact=bool(known[result].is_contact),
        is_right_party=bool(known[result].is_right_party),
        ended_at=act.at,
        act_id=act.id,
    ).save(force_insert=True)
    accounts = [
        contact.account_id,
        *ContactAccount.objects.filter(contact_id=contact_id).values_list("account_id", flat=True),
    ]
    steps.restate(act, pl.Series(sorted(accounts)), as_of=steps.business_date(act))
    return ContactResult(contact_id, result)
