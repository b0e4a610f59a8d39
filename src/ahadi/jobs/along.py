"""What is done beside the site for every organisation, again and again until the site stops."""

import logging
from collections.abc import Callable
from threading import Event

from django.db import DatabaseError, connections

from ahadi.domain.people.queries import House, houses

_LOG = logging.getLogger(__name__)


def along(stop: Event, do: Callable[[House], object], *, every_seconds: float, failed: str) -> None:
    """Does it every so many seconds until `stop` is set; what fails is told as `failed`, and tried again."""
    while not stop.wait(every_seconds):
        try:
            for house in houses():
                do(house)
        except DatabaseError:
            _LOG.exception(failed)
        finally:
            connections.close_all()
