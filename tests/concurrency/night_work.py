"""What a child does by night: closing days as the console does, and a control that marks before it writes."""

from datetime import date
from functools import partial
from typing import Any

from ahadi.data.models.worklist import Close
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import Act
from ahadi.domain.flows import close_partition as flow
from ahadi.domain.people.queries import House, house, last_close
from ahadi.domain.work import overnight
from ahadi.domain.work.ports import STATES, DayAlreadyClosed, Night
from ahadi.jobs import closing

from .telling import Line


def close_nights(order: dict[str, Any], line: Line) -> None:
    """Closes what is missing between two days, in order, and says so of each."""
    first, last = date.fromisoformat(order["first"]), date.fromisoformat(order["last"])
    chosen = house("small")
    while (done := last_close(chosen.id)) is None or done[0] < last:
        day = first if done is None else min(closing.days_to_close(chosen, until=last))
        try:
            closing.close(chosen, day=day, tell=lambda _progress: None)
        except DayAlreadyClosed:
            continue
        line.tell(f"closed {day}")


def mark_nights_first(order: dict[str, Any], line: Line) -> None:
    """The control: that a part is closed is committed before its states are, and between the two the child says so."""
    closing._partition = partial(_marked_first, line)
    close_nights(order, line)


def _marked_first(line: Line, chosen: House, night: Night, partition: int) -> flow.PartitionOutcome:
    def mark(act: Act) -> flow.PartitionOutcome:
        key = {"organisation_id": chosen.id, "business_date": night.business_date, "stage": STATES}
        row = Close(
            **key, partition=partition, partitions=night.partitions, read=0, changed=0, act_id=act.id, at=act.at
        )
        row.digest, row.snapshot = bytes(32), night.snapshot
        row.save(force_insert=True)
        return flow.PartitionOutcome(partition, 0, 0, 0, was_done=False)

    def write(act: Act) -> flow.PartitionOutcome:
        seen = overnight.look_at(night, partition)
        flow._write(act, night, seen)
        return flow.PartitionOutcome(partition, 0, 0, 0, was_done=False)

    if flow.closed(night, partition):
        return flow.PartitionOutcome(partition, 0, 0, 0, was_done=True)
    perform("mark", mark, flow.PartitionOutcome, closing._how(chosen, b"mark"))
    line.tell("marked")
    line.hear()
    return perform("close_partition", write, flow.PartitionOutcome, closing._how(chosen, b"write"))
