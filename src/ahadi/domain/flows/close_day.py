"""The night, last stage: ranks what every partition left, and writes the worklists of the next day."""

import hashlib
from dataclasses import dataclass

import polars as pl

from ahadi.data import frames
from ahadi.data.models.worklist import Close
from ahadi.domain.audit.ports import Act
from ahadi.domain.negotiation import steps as negotiation
from ahadi.domain.work import lists, overnight
from ahadi.domain.work import steps as work
from ahadi.domain.work.lists import Share
from ahadi.domain.work.ports import DAY, STATES, Night


class UnableToFinishClose(Exception):
    """A partition of the day is not closed: close it first; the close does so when it is started again."""

    is_refusal = True


@dataclass(frozen=True)
class CloseOutcome:
    """Accounts looked at, states changed, rows on tomorrow's worklists, and accounts absent from them by rule."""

    accounts: int
    changed: int
    listed: int
    absent: dict[str, int]


def close_day(act: Act, *, night: Night) -> CloseOutcome:
    """Closes the business date of `night` for one organisation when all its partitions are closed.

    Raises: UnableToCloseDay, DayAlreadyClosed, UnableToFinishClose.
    """
    work.hold_close(act.organisation_id)
    work.require_open(act, night.business_date)
    done = Close.objects.filter(
        organisation_id=act.organisation_id, business_date=night.business_date, stage=STATES
    ).order_by("partition")
    counts = {row.partition: (row.read, row.changed) for row in done} | (night.counts if night.is_dry_run else {})
    missing = sorted(set(range(night.partitions)) - set(counts))
    if missing:
        raise UnableToFinishClose(f"{night.business_date}: partitions {missing} are not closed; start the close again")
    shares = _shares(night)
    for rows in lists.rows(shares):
        frames.append("worklist", rows.with_columns(day=pl.lit(night.next_day), act_id=pl.lit(act.id)))
    absent = pl.concat(share.absent for share in shares).group_by("rule").agg(pl.col("len").sum()).sort("rule")
    negotiation.learn(act, as_of=night.business_date)
    outcome = CloseOutcome(
        accounts=sum(read for read, _ in counts.values()),
        changed=sum(changed for _, changed in counts.values()),
        listed=sum(share.ranked.height for share in shares),
        absent=dict(absent.rows()),
    )
    Close(
        organisation_id=act.organisation_id,
        business_date=night.business_date,
        stage=DAY,
        partitions=night.partitions,
        read=outcome.accounts,
        changed=outcome.changed,
        digest=hashlib.sha256(b"".join(bytes(row.digest) for row in done)).digest(),
        summary={"listed": outcome.listed, "absent": outcome.absent},
        act_id=act.id,
        at=act.at,
    ).save(force_insert=True)
    return outcome


def _shares(night: Night) -> list[Share]:
    """What all partitions give to the lists; those closed by an earlier run are looked at now."""
    for partition in range(night.partitions):
        if partition not in night.shares:
            overnight.look_at(night, partition)
    return [night.shares[place] for place in range(night.partitions)]
