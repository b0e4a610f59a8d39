"""Opens what is kept about the care of a vulnerable person, and puts on record who did."""

from ahadi.data.models.circumstance import CareRecord
from ahadi.data.sealing import unseal
from ahadi.domain.audit.ports import Act
from ahadi.domain.contact.ports import CareOutcome
from ahadi.domain.contact.steps import UnableToKeepCareRecord, require_vulnerable
from ahadi.domain.work import queries


def open_care(act: Act, *, account_id: int, circumstance_id: int) -> CareOutcome:
    """Puts on record that somebody opens a care record; `text_of` reads it then.

    Raises, in this order: UnableToFindAccount, UnableToKeepCareRecord.
    """
    queries.require_seen(by=act.by, account_id=account_id)
    require_vulnerable(act, account_id=account_id, circumstance_id=circumstance_id)
    if not CareRecord.objects.filter(circumstance_id=circumstance_id).exists():
        raise UnableToKeepCareRecord("nothing is kept about the care of this person")
    return CareOutcome(circumstance_id)


def text_of(opened: CareOutcome) -> str:
    """The text of a record whose opening was put on record. Raises UnableToUnseal."""
    return unseal(bytes(CareRecord.objects.get(circumstance_id=opened.circumstance_id).sealed))
