"""Loading in bulk as the owner of the tables: foreign keys are checked table by table afterwards, not row by row.

A key that is checked for each row of a COPY costs more than the COPY. So the keys of the tables that are loaded are
taken off and put back within the same transaction, in force for every row that comes later and marked as not proved
for those that are there; `prove` proves them by one pass over each table. A load that is stopped leaves nothing
behind, and a series of loads that is stopped leaves keys to be proved, which the next `prove` does.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import polars as pl

from ahadi.data import frames

_KEYS = """
    SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid)
    FROM pg_constraint c WHERE c.contype = 'f' AND c.conrelid = ANY(%(tables)s::text[]::regclass[])
    ORDER BY 1, 2
"""
_UNPROVED = """
    SELECT c.conrelid::regclass::text, c.conname, '' FROM pg_constraint c
    WHERE c.contype = 'f' AND NOT c.convalidated AND c.connamespace = 'public'::regnamespace
    ORDER BY 1, 2
"""
_KEY = {"table": pl.String, "name": pl.String, "definition": pl.String}
_NOT_PROVED = " NOT VALID"
_MANY = 2_000


def is_owner() -> bool:
    """Whether this connection is of the role that owns the tables."""
    return bool(frames.scalar("SELECT tableowner = current_user FROM pg_tables WHERE tablename = 'charge'"))


@contextmanager
def deferred_keys(tables: Sequence[str]) -> Iterator[None]:
    """Inside, rows of `tables` are taken without a check of their foreign keys; whoever else writes them waits.

    Needs the owner and an open transaction. Call `prove` afterwards, in a transaction of its own.
    """
    # What is still to be checked of this transaction is checked now: a table in use cannot be altered.
    frames.execute("SET CONSTRAINTS ALL IMMEDIATE", {})
    keys = frames.read(_KEYS, {"tables": list(tables)}, _KEY)
    for table, name, _ in keys.iter_rows():
        frames.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"', {})
    yield
    for table, name, definition in keys.iter_rows():
        again = definition.removesuffix(_NOT_PROVED) + _NOT_PROVED
        frames.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {again}', {})
    frames.execute("SET CONSTRAINTS ALL DEFERRED", {})


@contextmanager
def joined_as_sets(*, rows: int) -> Iterator[None]:
    """Inside, the server joins tables by sets and not row by row, where `rows` are many. Needs an open transaction.

    The planner takes what the transaction has just written for a row or two, and would go through a whole table
    once for each of them; telling it better is the owner's right alone.
    """
    if rows <= _MANY:
        yield
        return
    # What is forbidden counts as endlessly dear, and would be compiled for that.
    frames.execute("SET LOCAL enable_nestloop = off; SET LOCAL jit = off", {})
    yield
    # A failed transaction has forgotten it already.
    frames.execute("SET LOCAL enable_nestloop = DEFAULT; SET LOCAL jit = DEFAULT", {})


def prove() -> int:
    """Proves every foreign key that is not proved yet, and returns how many; one that does not hold is an error."""
    keys = frames.read(_UNPROVED, {}, _KEY)
    for table, name, _ in keys.iter_rows():
        frames.execute(f'ALTER TABLE {table} VALIDATE CONSTRAINT "{name}"', {})
    return keys.height


def analyze(tables: Sequence[str]) -> None:
    """Tells the planner what these tables hold now."""
    for table in tables:
        frames.execute(f"ANALYZE {table}", {})


def unknown(rows: dict[str, int]) -> list[str]:
    """Those of the tables of which the planner knows fewer rows than `rows` says were just written."""
    known = frames.read(
        "SELECT relname, reltuples::bigint FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relname = ANY(%(tables)s) ORDER BY 1",
        {"tables": list(rows)},
        {"table": pl.String, "rows": pl.Int64},
    )
    return [table for table, count in known.iter_rows() if count < rows[table]]


def numbers(table: str, count: int) -> pl.Series:
    """`count` new ids of `table` in a row, taken from its sequence for good; whoever else needs one waits.

    Needs the owner and an open transaction.
    """
    if not count:
        return pl.Series("id", [], dtype=pl.Int64)
    sequence = frames.scalar("SELECT pg_get_serial_sequence(%(table)s, 'id')", {"table": table})
    # Changes nothing, and holds the sequence until the transaction ends.
    frames.execute(f"ALTER SEQUENCE {sequence} INCREMENT BY 1", {})
    last = frames.scalar("SELECT setval(%(s)s, nextval(%(s)s) + %(more)s)", {"s": sequence, "more": count - 1})
    return pl.int_range(last - count + 1, last + 1, eager=True).alias("id")


def round_up(table: str, step: int) -> None:
    """The next id of `table` is one more than a multiple of `step`; ids left out are never given."""
    frames.scalar(
        "SELECT setval(s, (last / %(step)s + 1) * %(step)s) FROM (SELECT pg_get_serial_sequence(%(table)s, 'id') AS s,"
        " nextval(pg_get_serial_sequence(%(table)s, 'id')) AS last) n",
        {"table": table, "step": step},
    )
