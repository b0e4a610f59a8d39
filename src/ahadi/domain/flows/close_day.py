"""The night, last stage: ranks what every partition left, and writes the worklists of the next day."""

import hashlib
from dataclasses import dataclass

import polars as pl

from ahadi.data import frames
from ahadi.data.models.worklist import Close
from ahadi.domain.audit.ports import Act
from ahadi.domain.work import lists, overnight, queries
from ahadi.domain.work import steps as work
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
    candidates = _candidates(night)
    told = pl.concat(night.told[place] for place in range(night.partitions))
    listed = queries.built(candidates, told.select("account_id", "points"), day=night.next_day)
    rows = lists.rows(listed, told, _late(candidates))
    frames.append("worklist", rows.with_columns(day=pl.lit(night.next_day), act_id=pl.lit(act.id)))
    absent = listed.absent.group_by("rule").len().sort("rule")
    outcome = CloseOutcome(
        accounts=sum(read for read, _ in counts.values()),
        changed=sum(changed for _, changed in counts.values()),
        listed=listed.ranked.height,
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


def _candidates(night: Night) -> pl.DataFrame:
    """The accounts of all partitions; those closed by an earlier run are looked at now."""
    for partition in range(night.partitions):
        if partition not in night.candidates:
            overnight.look_at(night, partition)
    return pl.concat([night.candidates[place] for place in range(night.partitions)])


def _late(candidates: pl.DataFrame) -> pl.DataFrame:
    return candidates.select("account_id", "overdue_minor", "days_late").filter(pl.col("overdue_minor") > 0)
