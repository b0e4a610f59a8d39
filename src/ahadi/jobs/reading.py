"""Bringing what people are found by into step with the book."""

import logging
from threading import Event

from django.db import DatabaseError, connections

from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Performance
from ahadi.domain.finding.operations import ReadOutcome, read_due
from ahadi.domain.finding.queries import is_due
from ahadi.domain.people.queries import houses

_LOG = logging.getLogger(__name__)
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
    while not stop.wait(_EVERY_SECONDS):
        try:
            for house in houses():
                read_all(house.id)
        except DatabaseError:
            _LOG.exception("names, numbers and addresses could not be read; they are read later")
        finally:
            connections.close_all()
