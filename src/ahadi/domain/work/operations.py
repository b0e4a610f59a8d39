"""Acts that prepare the night."""

from dataclasses import dataclass

from ahadi.data import frames, snapshot
from ahadi.data.models.worklist import Snapshot
from ahadi.domain.audit.ports import Act
from ahadi.domain.work import queries, steps
from ahadi.domain.work.ports import Night


@dataclass(frozen=True)
class SnapshotOutcome:
    """What was copied."""

    snapshot_id: int
    parts: int
    accounts: int
    charges: int


def write_snapshot(act: Act) -> SnapshotOutcome:
    """Copies the schedules of the organisation into files; snapshots before the one that held until now go.

    While a day is half closed the parts stay as they are.
    """
    known: int = frames.scalar(
        "SELECT count(*) FROM account_state WHERE organisation_id = %(organisation)s AND status <> 'withdrawn'",
        {"organisation": act.organisation_id},
    )
    half_done = queries.begun(act.organisation_id)
    starts = half_done.bounds if half_done else snapshot.bounds(act.organisation_id, snapshot.parts_for(known))
    before = snapshot.newest(act.organisation_id)
    name, accounts, charges = snapshot.write(act.organisation_id, starts)
    made = Snapshot(
        organisation_id=act.organisation_id,
        name=name,
        bounds=starts,
        accounts=accounts,
        charges=charges,
        act_id=act.id,
        at=act.at,
    )
    made.save(force_insert=True)
    if before is not None:
        snapshot.discard(snapshot.older(before))
    return SnapshotOutcome(made.id, len(starts), accounts, charges)


@dataclass(frozen=True)
class NightOutcome:
    """Whether somebody had begun the close of the day before."""

    was_begun: bool


def open_night(act: Act, *, night: Night) -> NightOutcome:
    """Begins the close of a day: whatever is restated from now on is restated as of that day or a later one.

    Without it a receipt that is booked for an earlier day could put back a state whose part is closed already.
    Raises: UnableToCloseDay, DayAlreadyClosed.
    """
    steps.require_open(act, night.business_date)
    return NightOutcome(was_begun=not steps.begin(act, night.business_date))
