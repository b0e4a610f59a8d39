"""The close of an organisation's days, stage by stage: each partition in an act of its own, missed days in order."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connections

from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Performance
from ahadi.domain.cases.operations import EscalationOutcome, escalate_overdue
from ahadi.domain.flows.close_day import CloseOutcome, close_day
from ahadi.domain.flows.close_partition import PartitionOutcome, close_partition
from ahadi.domain.people import queries as people
from ahadi.domain.people.queries import House
from ahadi.domain.work import queries as work
from ahadi.domain.work.operations import NightOutcome, SnapshotOutcome, open_night, write_snapshot
from ahadi.domain.work.ports import Night
from ahadi.jobs.reading import read_all

# A book that was never closed starts with the day asked for; one that slept longer starts so many days back.
CATCH_UP_DAYS_MAX = 400
# One computes while the server reads for the other; more would not fit into the memory that a close may take.
WORKERS = 2


@dataclass(frozen=True)
class Progress:
    """How far the close of a day is: so many of its partitions."""

    day: date
    done: int
    of: int


Tell = Callable[[Progress], None]


def days_to_close(house: House, *, until: date) -> list[date]:
    """The missed days up to `until`, in order; that day alone where it is closed already or none was before."""
    last = people.last_close(house.id)
    if last is None or last[0] >= until:
        return [until]
    first = max(last[0] + timedelta(days=1), until - timedelta(days=CATCH_UP_DAYS_MAX - 1))
    return [first + timedelta(days=offset) for offset in range((until - first).days + 1)]


def close_days(
    house: House, *, until: date, tell: Tell, is_dry_run: bool = False
) -> Iterator[tuple[date, CloseOutcome]]:
    """Closes the missed days up to `until`, each with its outcome. Raises UnableToCloseDay, DayAlreadyClosed."""
    for day in days_to_close(house, until=until):
        yield day, close(house, day=day, tell=tell, is_dry_run=is_dry_run)


def close(house: House, *, day: date, tell: Tell, is_dry_run: bool = False) -> CloseOutcome:
    """Closes one day: a snapshot where none holds, every partition, then the day.

    Raises UnableToCloseDay, DayAlreadyClosed, UnableToReadSnapshot.
    """
    if work.wants_snapshot(house.id):
        perform("write_snapshot", write_snapshot, SnapshotOutcome, _how(house, b"schedules"))
    night = work.begin_night(house.id, day, is_dry_run=is_dry_run)
    how = _how(house, _inputs(night), is_dry_run=is_dry_run)
    perform("open_night", lambda act: open_night(act, night=night), NightOutcome, how)
    _partitions(house, night, tell)
    outcome = perform("close_day", lambda act: close_day(act, night=night), CloseOutcome, how)
    read_all(house.id)
    if not is_dry_run:
        escalate_cases(house.id)
    return outcome


def escalate_cases(organisation_id: int) -> EscalationOutcome:
    """Hands up the cases of an organisation whose clock ran out; doing it again does nothing."""
    how = Performance(OPERATOR, organisation_id, b"overdue")
    return perform("escalate_cases", escalate_overdue, EscalationOutcome, how)


def _partitions(house: House, night: Night, tell: Tell) -> None:
    """Every partition, several at once where there are several."""
    count = night.partitions
    tell(Progress(night.business_date, 0, count))
    if count == 1:
        _partition(house, night, 0)
        tell(Progress(night.business_date, 1, 1))
        return
    with ThreadPoolExecutor(max_workers=WORKERS) as workers:
        under_way = [workers.submit(_alone, house, night, partition) for partition in range(count)]
        for done, one in enumerate(as_completed(under_way), 1):
            one.result()
            tell(Progress(night.business_date, done, count))


def _alone(house: House, night: Night, partition: int) -> PartitionOutcome:
    """One partition in a thread, whose connection ends with it."""
    try:
        return _partition(house, night, partition)
    finally:
        connections.close_all()


def _partition(house: House, night: Night, partition: int) -> PartitionOutcome:
    inputs = _inputs(night) + f" {partition}/{night.partitions}".encode()
    return perform(
        "close_partition",
        lambda act: close_partition(act, night=night, partition=partition),
        PartitionOutcome,
        _how(house, inputs, is_dry_run=night.is_dry_run),
    )


def _inputs(night: Night) -> bytes:
    return night.business_date.isoformat().encode()


def _how(house: House, inputs: bytes, *, is_dry_run: bool = False) -> Performance:
    return Performance(OPERATOR, house.id, inputs, is_dry_run=is_dry_run)
