"""Changes what somebody may do, or lets them leave, and hands on the accounts that they cannot keep."""

import polars as pl

from ahadi.data import frames
from ahadi.domain.accounts import queries as accounts_queries
from ahadi.domain.accounts import steps as accounts
from ahadi.domain.audit.ports import Act
from ahadi.domain.people import steps
from ahadi.domain.people.ports import Access, AccessOutcome
from ahadi.domain.placements import steps as placements
from ahadi.domain.work import steps as work

_UNCOVERED = f"""
    SELECT a.id FROM account a JOIN account_state s ON s.account_id = a.id AND s.status = 'open'
    JOIN owner o ON o.id = s.owner_id
    WHERE o.person_id = %(person)s AND NOT {accounts_queries.COVERED} ORDER BY a.id
"""


def move_person(act: Act, *, person_id: int, terms: Access | None, receiver: str) -> AccessOutcome:
    """Ends what somebody may do and gives `terms` instead; without terms they leave, and cannot sign in any more.

    Open accounts of theirs that the new access does not cover go to `receiver`: the code of an officer whose own
    access covers them, or of a queue. Every session of theirs ends. Somebody who had left comes back with what
    they are given, and chooses a password anew.

    Raises: UnableToChangeAccess (no administrator; one's own access; the last administrator; an unknown role or
    creditor; accounts without a receiver who may have them), UnableToFindPerson.
    """
    steps.require_admin(act)
    _hold_creditors(act)
    person = steps.person_of(act, person_id)
    steps.require_other(act, person)
    steps.require_administrator_left(act, person, terms.role if terms else None)
    steps.end_all(act, person)
    if terms is not None:
        steps.give(act, person, terms)
    if person.is_active != (terms is not None):
        person.is_active = terms is not None
        person.set_unusable_password()
        person.save(update_fields=["is_active", "password"])
    return AccessOutcome(person.id, _hand_on(act, person.id, person.name, receiver))


def _hold_creditors(act: Act) -> None:
    """Nothing is placed with officers until the act is through."""
    creditors = frames.read(
        "SELECT id FROM creditor WHERE organisation_id = %(organisation)s ORDER BY id",
        {"organisation": act.organisation_id},
        {"creditor_id": pl.Int64},
    )
    for creditor_id in creditors["creditor_id"]:
        placements.hold_creditor(creditor_id)


def _hand_on(act: Act, person_id: int, name: str, receiver: str) -> int:
    bound = {"person": person_id, "owning": list(steps.OWNING)}
    left = frames.read(_UNCOVERED, bound, {"account_id": pl.Int64})["account_id"]
    if left.is_empty():
        return 0
    owner_id = _receiver(act, person_id, receiver)
    if owner_id is None:
        raise steps.UnableToChangeAccess(
            f"{len(left)} open accounts are {name}’s and would be nobody’s: choose who receives them, or the queue"
        )
    beyond = accounts_queries.beyond(owner_id, accounts=left)
    if beyond:
        raise steps.UnableToChangeAccess(
            f"{beyond} of the {len(left)} accounts are outside of what the receiver may see: choose another, "
            "or the queue"
        )
    accounts.reassign(act, left, owner_id)
    work.restate(act, left, as_of=work.business_date(act))
    return len(left)


def _receiver(act: Act, person_id: int, code: str) -> int | None:
    """The owner of this code who may receive accounts; None where there is none."""
    if code == accounts.QUEUE:
        return accounts.queue(act.organisation_id)
    found: int | None = frames.scalar(
        "SELECT o.id FROM owner o LEFT JOIN person p ON p.id = o.person_id"
        " WHERE o.organisation_id = %(organisation)s AND o.code = %(code)s"
        " AND o.person_id IS DISTINCT FROM %(person)s AND (p.id IS NULL OR p.is_active)",
        {"organisation": act.organisation_id, "code": code, "person": person_id},
    )
    return found
