"""After the close: who changed or came is compared with those who are like them."""

from functools import partial

from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Performance
from ahadi.domain.flows.propose_duplicates import DuplicatesOutcome, propose_duplicates


def propose_changed(organisation_id: int) -> DuplicatesOutcome:
    """Proposes who may be one person among debtors of whom something changed since the last time."""
    run = partial(propose_duplicates, whom="changed")
    return perform("propose_duplicates", run, DuplicatesOutcome, Performance(OPERATOR, organisation_id, b"changed"))
