"""Inner moves of the trail; each needs an open transaction."""

import dataclasses
import hashlib
from datetime import UTC, datetime
from typing import Any

from ahadi.data import frames
from ahadi.data.models.act import Act as ActRow
from ahadi.data.models.act import ActOutcome, ActWithdrawal
from ahadi.domain.audit.ports import Act, Performance

# Several short chains instead of one: a single head would let one act at a time through.
CHAINS = 8


def link(previous: bytes, parts: tuple[object, ...]) -> bytes:
    """The digest of a row: over the digest before it and the row's own values in a fixed text form."""
    text = "\x1f".join("" if part is None else str(part) for part in parts)
    return hashlib.sha256(previous + text.encode()).digest()


def moment(at: datetime) -> str:
    """The text of an instant that goes into a digest: UTC with microseconds, whatever the session's zone."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def row_parts(row: ActRow) -> tuple[object, ...]:
    """What of an act's row is covered by its digest, in order."""
    return (
        row.organisation_id,
        row.chain,
        row.position,
        moment(row.at),
        row.by_id,
        row.name,
        row.origin,
        bytes(row.inputs_digest).hex(),
        row.idempotency_key,
    )


def database_clock() -> datetime:
    """The one clock that decides: the database's."""
    now: datetime = frames.scalar("SELECT clock_timestamp()")
    return now


_HEAD = "SELECT position, digest FROM chain_head WHERE organisation_id = %(o)s AND chain = %(c)s FOR UPDATE"
_FIRST_HEAD = """
    INSERT INTO chain_head (organisation_id, chain, position, digest) VALUES (%(o)s, %(c)s, 0, %(d)s)
    ON CONFLICT (organisation_id, chain) DO NOTHING
"""
# The act is told to the triggers in the same breath.
_NEXT_HEAD = """
    UPDATE chain_head SET position = %(p)s, digest = %(d)s WHERE organisation_id = %(o)s AND chain = %(c)s
    RETURNING set_config('ahadi.act', %(act)s, true)
"""


def _lock_head(organisation_id: int, chain: int) -> tuple[int, bytes]:
    """Position and digest of the last row of a chain, locked until the transaction ends."""
    bound = {"o": organisation_id, "c": chain, "d": bytes(32)}
    locked = frames.rows(_HEAD, bound)
    if not locked:
        frames.execute(_FIRST_HEAD, bound)
        locked = frames.rows(_HEAD, bound)
    ((position, digest),) = locked
    return position, bytes(digest)


def begin(name: str, how: Performance) -> Act:
    """Adds the act to its chain and returns it; the database's clock is read here and nowhere else."""
    at = database_clock()
    chain = at.microsecond % CHAINS
    position, previous = _lock_head(how.organisation_id, chain)
    row = ActRow(
        organisation_id=how.organisation_id,
        at=at,
        by_id=how.by.person_id,
        name=name,
        origin=how.origin,
        inputs_digest=hashlib.sha256(how.inputs).digest(),
        idempotency_key=how.key,
        chain=chain,
        position=position + 1,
        previous=previous,
    )
    row.digest = link(previous, row_parts(row))
    row.save(force_insert=True)
    bound = {"p": row.position, "d": row.digest, "o": how.organisation_id, "c": chain, "act": str(row.id)}
    frames.execute(_NEXT_HEAD, bound)
    return Act(id=row.id, organisation_id=how.organisation_id, name=name, at=at, by=how.by)


def finish(act: Act, outcome: Any) -> None:
    """Writes what the act did, so that a repeated key gets the same answer."""
    ActOutcome(act_id=act.id, outcome=dataclasses.asdict(outcome)).save(force_insert=True)


def withdraw(act: Act, withdrawn_act_id: int) -> None:
    """From `act.at` on, the facts of the withdrawn act count as if they had never come."""
    ActWithdrawal(withdrawn_act_id=withdrawn_act_id, act_id=act.id, at=act.at).save(force_insert=True)
