"""What happens by the clock while the site is served: overdue cases go up without waiting for the night."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

import pytest
from django.db import DatabaseError, connections

from ahadi.data import frames
from ahadi.data.models.act import Act
from ahadi.data.models.case import CaseAssignment
from ahadi.domain.cases.ports import CaseTerms
from ahadi.domain.people import queries as people
from ahadi.jobs import along, turning

from .book import SmallBook, invoice
from .test_cases import Office, manned


@pytest.fixture
def office(committed_book: Any) -> Iterator[Office]:
    """People, and a question of two months ago that nobody answered."""
    office = manned(SmallBook.opened())
    office.book.place(invoice("A", 100_000))
    at = frames.scalar("SELECT clock_timestamp()") - timedelta(days=60)
    office.open(CaseTerms("query", "BALANCE", "How much is it?", received_at=at), by="musa")
    yield office
    connections.close_all()


@contextmanager
def turning_along() -> Iterator[None]:
    """The clock runs beside, as it does beside the site."""
    stop = Event()
    beside = Thread(target=turning.turn_along, args=(stop, 0.05))
    beside.start()
    try:
        yield
    finally:
        stop.set()
        beside.join(timeout=10)


def levels(wanted: int, seconds: float = 8) -> list[str]:
    """To whom overdue cases went, once there are so many or the time is over."""
    end = monotonic() + seconds
    while monotonic() < end:
        found = list(CaseAssignment.objects.filter(why="overdue").order_by("id").values_list("level", flat=True))
        if len(found) >= wanted:
            return found
        sleep(0.05)
    return found


def test_overdue_case_goes_up_while_the_day_runs_and_not_by_itself(office: Office) -> None:
    assert levels(1, seconds=0.5) == [], "without the clock it stays where it is until the night"
    with turning_along():
        assert levels(2) == ["supervisor", "manager"]
        sleep(0.3)
    assert levels(2) == ["supervisor", "manager"], "once to each level"


def test_where_nothing_is_due_nothing_is_written(office: Office) -> None:
    house = people.houses()[0]
    turning.turn(house)
    written = Act.objects.count()
    turning.turn(house)
    assert Act.objects.count() == written


def test_a_turn_that_failed_is_done_later(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    failing, houses = iter([True]), people.houses

    def sometimes() -> Any:
        if next(failing, False):
            raise DatabaseError("the server went away")
        return houses()

    monkeypatch.setattr(along, "houses", sometimes)
    with turning_along():
        assert levels(2) == ["supervisor", "manager"]
