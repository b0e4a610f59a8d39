"""The night, first stage: restates what the passing of the day changed in one part of the book."""

import hashlib
from dataclasses import dataclass

import polars as pl

from ahadi.data import frames
from ahadi.data.models.worklist import Close
from ahadi.domain.arrangements import queries, settling
from ahadi.domain.arrangements import steps as arrangements
from ahadi.domain.audit.ports import Act
from ahadi.domain.receipts import steps as receipts
from ahadi.domain.work import overnight, states
from ahadi.domain.work import steps as work
from ahadi.domain.work.ports import STATES, Night


@dataclass(frozen=True)
class PartitionOutcome:
    """Accounts looked at, states changed, verdicts on promises, and whether somebody had closed the part before."""

    partition: int
    accounts: int
    changed: int
    verdicts: int
    was_done: bool


def close_partition(act: Act, *, night: Night, partition: int) -> PartitionOutcome:
    """Closes one part of the book for one day, once; a part that is closed already is only looked at.

    No lock keeps receipts away: a state that somebody changed since it was read is left to them, and looked at
    again. Raises: UnableToCloseDay, DayAlreadyClosed.
    """
    work.hold_partition(act.organisation_id, partition)
    work.require_open(act, night.business_date)
    seen = overnight.look_at(night, partition)
    if closed(night, partition):
        return PartitionOutcome(partition, seen.stored.height, 0, 0, was_done=True)
    written, verdicts = _write(act, night, seen)
    night.counts[partition] = (seen.stored.height, written.height)
    Close(
        organisation_id=act.organisation_id,
        business_date=night.business_date,
        stage=STATES,
        partition=partition,
        partitions=night.partitions,
        snapshot=night.snapshot,
        read=seen.stored.height,
        changed=written.height,
        digest=hashlib.sha256(written.write_csv().encode()).digest(),
        act_id=act.id,
        at=act.at,
    ).save(force_insert=True)
    return PartitionOutcome(partition, seen.stored.height, written.height, verdicts, was_done=False)


def closed(night: Night, partition: int) -> bool:
    """Whether this part of the book is closed for the day."""
    return Close.objects.filter(
        organisation_id=night.organisation_id,
        business_date=night.business_date,
        stage=STATES,
        partition=partition,
    ).exists()


def _write(act: Act, night: Night, seen: overnight.Overnight) -> tuple[pl.DataFrame, int]:
    """Writes what differs, guarded by the revision of each state; the rows written and the verdicts noted."""
    as_of = night.business_date
    changed = work.differing(seen.rows, seen.stored)
    verdicts = arrangements.news(seen.judged)
    # A verdict goes with the state of its account, so that the same guard protects both.
    named = verdicts.join(changed, on="account_id", how="anti")["account_id"].unique()
    silent = work.differing(seen.rows.filter(pl.col("account_id").is_in(named.implode())), seen.stored.clear())
    wanted = pl.concat([changed, silent], how="diagonal_relaxed")
    revision = seen.stored.select("account_id", "revision")
    rows = wanted.select(*states.STATE, as_of=pl.lit(as_of)).join(revision, on="account_id")
    updated = frames.revise("account_state", rows, key="account_id", counting="revision")
    is_mine = pl.col("account_id").is_in(updated.implode())
    work.append_next_actions(act, changed.filter(is_mine))
    noted = arrangements.state(act, verdicts.filter(is_mine), as_of=as_of)
    missed = wanted.filter(~is_mine)["account_id"]
    if len(missed):
        # Somebody was quicker: their state is read again, and left alone where it is younger than the day.
        again = states.of(missed).filter(pl.col("as_of") <= as_of)["account_id"]
        work.restate(act, again, as_of=as_of)
    _follow(act, night, seen, verdicts["account_id"].unique())
    return rows.filter(is_mine).drop("revision").sort("account_id"), noted


def _follow(act: Act, night: Night, seen: overnight.Overnight, judged: pl.Series) -> None:
    """What follows from verdicts: settlements that were kept are forgiven, plans that were not kept to are broken."""
    as_of = night.business_date
    settled = settling.follow(act, judged, as_of=as_of)
    receipts.reallocate(act, settled)
    late = queries.broken_plans(seen.judged, as_of=as_of)["account_id"].unique()
    broken = arrangements.break_plans(act, late, as_of=as_of) if len(late) else late
    work.restate(act, pl.concat([settled, broken]), as_of=as_of)
