"""A full recompute: every state from the raw facts alone, beside what is stored, byte for byte.

Neither the snapshot nor a stored state is asked for anything, not even for where a part of the book begins: the
parts are equal stretches of account ids, and the last has no end.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

import polars as pl
from django.db import connections

from ahadi.data import frames
from ahadi.data.snapshot import Span
from ahadi.domain.work import states

IDS = 50_000
# As many as a close has: one computes while the server reads for the other.
WORKERS = 2


@dataclass(frozen=True)
class Recomputed:
    """Accounts of a part, how many states differ, and the seconds spent on deriving and on comparing."""

    accounts: int
    different: int
    derived: float
    compared: float


def run(organisation_id: int, *, as_of: date) -> dict[str, float]:
    """The whole book: seconds until all is derived and compared, accounts, and how many differ."""
    started = time.perf_counter()
    with ThreadPoolExecutor(max_workers=WORKERS) as workers:
        parts = list(workers.map(lambda span: _alone(span, as_of), spans(organisation_id)))
    return {
        "wall": time.perf_counter() - started,
        "accounts": sum(part.accounts for part in parts),
        "different": sum(part.different for part in parts),
        "derived": sum(part.derived for part in parts),
        "compared": sum(part.compared for part in parts),
    }


def spans(organisation_id: int) -> list[Span]:
    """The parts: every account id there is or will be lies in exactly one."""
    last: int = frames.scalar(
        "SELECT coalesce(max(id), 0) FROM account WHERE organisation_id = %(organisation)s",
        {"organisation": organisation_id},
    )
    starts = list(range(0, last + 1, IDS))
    ends = [*starts[1:], None]
    return [Span(organisation_id, start, end) for start, end in zip(starts, ends, strict=True)]


def _alone(span: Span, as_of: date) -> Recomputed:
    """One part in a thread, whose connection ends with it."""
    try:
        return _part(span, as_of)
    finally:
        connections.close_all()


def _part(span: Span, as_of: date) -> Recomputed:
    columns = list(states.STATE)
    started = time.perf_counter()
    derived = states.current(span.selection(), as_of=as_of).select(columns).sort("account_id")
    between = time.perf_counter()
    stored = states.stored(span.selection("s", "account_id")).filter(pl.col("status") != "withdrawn").select(columns)
    different = 0
    if derived.write_csv() != stored.write_csv():
        only_derived = derived.join(stored, on=columns, how="anti", nulls_equal=True).height
        only_stored = stored.join(derived, on=columns, how="anti", nulls_equal=True).height
        different = max(only_derived, only_stored)
    ended = time.perf_counter()
    return Recomputed(derived.height, different, between - started, ended - between)
