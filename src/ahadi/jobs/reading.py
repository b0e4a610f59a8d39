"""Bringing what people are found by into step with the book."""

from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Performance
from ahadi.domain.finding.operations import ReadOutcome, read_due
from ahadi.domain.finding.queries import is_due


def read_all(organisation_id: int) -> int:
    """Reads until no name, number or address of the organisation is due; how many parties."""
    read = 0
    while is_due(organisation_id):
        how = Performance(OPERATOR, organisation_id, b"names, numbers, addresses")
        read += perform("read_names", read_due, ReadOutcome, how).parties
    return read
