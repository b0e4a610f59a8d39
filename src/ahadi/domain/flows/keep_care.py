"""Keeps, or forgets, what a vulnerable person agreed that is known of them: little, encrypted, and with consent."""

from ahadi.data.models.circumstance import CareRecord
from ahadi.data.sealing import seal
from ahadi.domain.audit.ports import Act
from ahadi.domain.contact.ports import CareOutcome
from ahadi.domain.contact.steps import UnableToKeepCareRecord, require_vulnerable
from ahadi.domain.work import queries

CHARACTERS_MAX = 500
"""As little as serves: what helps to deal with the person, no medical history."""


def keep_care(act: Act, *, account_id: int, circumstance_id: int, text: str, has_consent: bool) -> CareOutcome:
    """Keeps how a vulnerable person wants to be dealt with, replacing what was kept before.

    Raises, in this order: UnableToFindAccount, UnableToKeepCareRecord.
    """
    queries.require_seen(by=act.by, account_id=account_id)
    require_vulnerable(act, account_id=account_id, circumstance_id=circumstance_id)
    if not has_consent:
        raise UnableToKeepCareRecord("ask the person first: nothing about their care is kept without their consent")
    if not 0 < len(text.strip()) <= CHARACTERS_MAX:
        raise UnableToKeepCareRecord(f"write 1 to {CHARACTERS_MAX} characters: what helps, and no medical history")
    CareRecord.objects.update_or_create(
        circumstance_id=circumstance_id,
        defaults={"sealed": seal(text.strip()), "consented_at": act.at, "act_id": act.id},
    )
    return CareOutcome(circumstance_id)


def forget_care(act: Act, *, account_id: int, circumstance_id: int) -> CareOutcome:
    """Forgets what was kept: the person took their consent back, or it serves no more.

    Raises, in this order: UnableToFindAccount, UnableToKeepCareRecord.
    """
    queries.require_seen(by=act.by, account_id=account_id)
    require_vulnerable(act, account_id=account_id, circumstance_id=circumstance_id)
    CareRecord.objects.filter(circumstance_id=circumstance_id).delete()
    return CareOutcome(circumstance_id)
