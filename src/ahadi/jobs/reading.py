"""Bringing what people are found by into step with the book."""

from threading import Event

from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Performance
from ahadi.domain.finding.operations import ReadOutcome, read_due
from ahadi.domain.finding.queries import is_due
from ahadi.jobs.along import along

_EVERY_SECONDS = 2.0


def read_all(organisation_id: int) -> int:
    """Reads until no name, number or address of the organisation is due; how many parties."""
    read = 0
    while is_due(organisation_id):
        how = Performance(OPERATOR, organisation_id, b"names, numbers, addresses")
        read += perform("read_names", read_due, ReadOutcome, how).parties
    return read


def read_along(stop: Event) -> None:
    """Reads what is due every few seconds until `stop` is set; what fails is told and tried again."""
    failed = "names, numbers and addresses could not be read; they are read later"
    along(stop, lambda house: read_all(house.id), every_seconds=_EVERY_SECONDS, failed=failed)
