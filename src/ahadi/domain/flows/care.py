"""Keeps, opens and forgets what a vulnerable person agreed that is known of them: little, encrypted, and on record."""

from dataclasses import dataclass

from ahadi.data.models.account import Account
from ahadi.data.models.circumstance import CareRecord, Circumstance
from ahadi.data.models.party import PartyState
from ahadi.data.sealing import seal, unseal
from ahadi.domain.audit.ports import Act
from ahadi.domain.people import access
from ahadi.domain.work import queries

CHARACTERS_MAX = 500
"""As little as serves: what helps to deal with the person, no medical history."""
_READERS = ("officer", "supervisor", "manager")


class UnableToKeepCareRecord(Exception):
    """What was said about care cannot be kept or opened: the text says why, and what to do."""

    is_refusal = True


@dataclass(frozen=True)
class CareOutcome:
    """The circumstance whose record was kept, opened or forgotten; never its text."""

    circumstance_id: int


def keep_care(act: Act, *, account_id: int, circumstance_id: int, text: str, has_consent: bool) -> CareOutcome:
    """Keeps how a vulnerable person wants to be dealt with, replacing what was kept before.

    Raises, in this order: UnableToFindAccount, UnableToKeepCareRecord.
    """
    _require_known(act, account_id, circumstance_id)
    if not has_consent:
        raise UnableToKeepCareRecord("ask the person first: nothing about their care is kept without their consent")
    if not 0 < len(text.strip()) <= CHARACTERS_MAX:
        raise UnableToKeepCareRecord(f"write 1 to {CHARACTERS_MAX} characters: what helps, and no medical history")
    CareRecord.objects.update_or_create(
        circumstance_id=circumstance_id,
        defaults={"sealed": seal(text.strip()), "consented_at": act.at, "act_id": act.id},
    )
    return CareOutcome(circumstance_id)


def open_care(act: Act, *, account_id: int, circumstance_id: int) -> CareOutcome:
    """Puts on record that somebody opens a care record; `text_of` reads it then.

    Raises, in this order: UnableToFindAccount, UnableToKeepCareRecord.
    """
    _require_known(act, account_id, circumstance_id)
    if not CareRecord.objects.filter(circumstance_id=circumstance_id).exists():
        raise UnableToKeepCareRecord("nothing is kept about the care of this person")
    return CareOutcome(circumstance_id)


def forget_care(act: Act, *, account_id: int, circumstance_id: int) -> CareOutcome:
    """Forgets what was kept: the person took their consent back, or it serves no more.

    Raises, in this order: UnableToFindAccount, UnableToKeepCareRecord.
    """
    _require_known(act, account_id, circumstance_id)
    CareRecord.objects.filter(circumstance_id=circumstance_id).delete()
    return CareOutcome(circumstance_id)


def text_of(opened: CareOutcome) -> str:
    """The text of a record whose opening was put on record. Raises UnableToUnseal."""
    return unseal(bytes(CareRecord.objects.get(circumstance_id=opened.circumstance_id).sealed))


def _require_known(act: Act, account_id: int, circumstance_id: int) -> None:
    queries.require_seen(by=act.by, account_id=account_id)
    if not access.rights(act.by).may(*_READERS):
        raise UnableToKeepCareRecord("care records are for those who speak with the person and their supervisors")
    debtor = PartyState.objects.get(party_id=Account.objects.values_list("party_id", flat=True).get(id=account_id))
    mine = PartyState.objects.filter(stands_for_id=debtor.stands_for_id).values_list("party_id", flat=True)
    if not Circumstance.objects.filter(id=circumstance_id, kind="VULNERABLE", party_id__in=list(mine)).exists():
        raise UnableToKeepCareRecord("this person was not taken down as vulnerable; do that first")
