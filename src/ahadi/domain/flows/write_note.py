"""Writes a typed note about an account."""

from ahadi.domain.audit.ports import Act
from ahadi.domain.filing import steps
from ahadi.domain.filing.ports import NoteOutcome
from ahadi.domain.work import queries


def write_note(act: Act, *, account_id: int, kind: str, text: str) -> NoteOutcome:
    """Writes a note of a kind. Raises, in this order: UnableToFindAccount, UnableToWriteNote."""
    queries.require_seen(by=act.by, account_id=account_id)
    return NoteOutcome(steps.note(act, account_id, kind=kind, text=text).id)
