"""Takes a history that was kept elsewhere or generated, in columns: only as the owner of the tables, and by COPY.

What people book while they work enters through the other acts, which ask and check row by row. A history comes
whole: its rows name one another by their places, its acts say that they were imported, and its states are then
derived from its facts like any other. When all parts are in, `prove_history` proves what they name.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from ahadi.data import frames, loading
from ahadi.data.models.batch import Batch
from ahadi.data.shards import shard
from ahadi.domain.audit import steps as audit
from ahadi.domain.audit.ports import Act, Performance
from ahadi.domain.parties.steps import search_key, stripped
from ahadi.domain.placements.ports import BatchOutcome
from ahadi.domain.work import steps as work

# Accounts whose states are derived at once.
_RESTATED = 50_000


class UnableToImportHistory(Exception):
    """Only the role that owns the tables may import a history: set AHADI_OWNER_DATABASE_URL, and start it again."""

    is_refusal = True


@dataclass(frozen=True)
class History:
    """Facts in columns, by table: a column named in `_REFERENCES` holds the place of a row in the other table.

    `batches` (creditor_id, business_date, file_name, rows) were placed each in an act of its own; the column
    `batch` of a table says by its place which of them brought the row (null or absent: the import itself).
    """

    batches: pl.DataFrame
    tables: Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class HistoryOutcome:
    """What was taken: accounts, states written, and rows by table."""

    accounts: int
    stated: int
    rows: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ProofOutcome:
    """How many foreign keys were proved that a load had left to be proved."""

    keys: int


@dataclass(frozen=True)
class _Table:
    references: Mapping[str, str] = field(default_factory=dict)
    is_numbered: bool = False
    has_act: bool = True
    has_organisation: bool = False
    has_shard: bool = False


_ACCOUNT, _PARTY, _RECEIPT = {"account_id": "account"}, {"party_id": "party"}, {"receipt_id": "receipt"}
_PROMISE, _CONTACT = {"promise_id": "promise"}, {"contact_id": "contact"}
# In the order of loading: postings come before their journal, for the database refuses an empty one.
_TABLES: dict[str, _Table] = {
    "party": _Table(is_numbered=True, has_organisation=True),
    "party_name": _Table(_PARTY),
    "party_number": _Table(_PARTY),
    "party_state": _Table({**_PARTY, "stands_for_id": "party"}, has_act=False),
    "contact_point": _Table(_PARTY, is_numbered=True),
    "related_party": _Table({**_PARTY, "other_id": "party"}),
    "circumstance": _Table(_PARTY),
    "quiet_week": _Table(_PARTY),
    "account": _Table(_PARTY, is_numbered=True, has_organisation=True, has_shard=True),
    "placement": _Table(_ACCOUNT),
    "assignment": _Table(_ACCOUNT),
    "charge": _Table(_ACCOUNT, is_numbered=True, has_shard=True),
    "receipt": _Table(is_numbered=True, has_organisation=True),
    "receipt_payer": _Table(_RECEIPT, has_act=False),
    "receipt_assignment": _Table({**_RECEIPT, **_ACCOUNT}),
    "receipt_reversal": _Table(_RECEIPT),
    "receipt_state": _Table({**_RECEIPT, **_ACCOUNT}, has_act=False),
    "allocation": _Table({**_RECEIPT, **_ACCOUNT, "charge_id": "charge"}, has_shard=True),
    "posting": _Table({"journal_id": "journal"}, has_act=False),
    "journal": _Table(_ACCOUNT, is_numbered=True, has_organisation=True),
    "hold": _Table({**_ACCOUNT, "charge": "charge"}, is_numbered=True),
    "hold_release": _Table({"hold_id": "hold"}),
    "contact": _Table({**_ACCOUNT, **_PARTY, "contact_point_id": "contact_point"}, is_numbered=True),
    "contact_outcome": _Table(_CONTACT),
    "step_taken": _Table(_ACCOUNT),
    "plan": _Table(_ACCOUNT, is_numbered=True),
    "promise": _Table({**_ACCOUNT, "plan_id": "plan"}, is_numbered=True),
    "promise_withdrawal": _Table(_PROMISE),
    "next_action": _Table(_ACCOUNT),
}
# Batches that people place themselves are numbered from a round number on, however many were imported.
_ROUND = 1_000
# What the derived states are written to.
_STATED = ("promise_judgement", "promise_state", "account_state")


def import_history(act: Act, *, history: History, origin: str, as_of: date) -> HistoryOutcome:
    """Books `history` and derives its states as of a day, all in the act's one transaction.

    Raises: UnableToImportHistory.
    """
    _require_owner()
    acts = _place(act, history.batches, origin)
    ids = {
        name: loading.numbers(name, history.tables[name].height)
        for name, table in _TABLES.items()
        if table.is_numbered and name in history.tables
    }
    with loading.deferred_keys([*_TABLES, *_STATED]):
        rows = {
            name: frames.append(name, _named(act, name, history.tables[name], ids, acts))
            for name in _TABLES
            if name in history.tables
        }
        loading.analyze(loading.unknown(rows))
        accounts = ids["account"]
        starts = range(0, len(accounts), _RESTATED)
        stated = sum(work.restate(act, accounts.slice(start, _RESTATED), as_of=as_of) for start in starts)
    return HistoryOutcome(accounts=len(accounts), stated=stated, rows=rows)


def prove_history(_act: Act) -> ProofOutcome:
    """Proves that every row of the imported histories names rows that are there. Raises: UnableToImportHistory."""
    _require_owner()
    keys = loading.prove()
    loading.round_up("batch", _ROUND)
    loading.analyze([*_TABLES, *_STATED])
    return ProofOutcome(keys)


def _require_owner() -> None:
    if not loading.is_owner():
        raise UnableToImportHistory(
            "a history can be imported only by the role that owns the tables: "
            "set AHADI_OWNER_DATABASE_URL, and start it again"
        )


def _place(act: Act, batches: pl.DataFrame, origin: str) -> pl.Series:
    """Begins the act of every batch, and books the batch; the acts in order."""
    acts = []
    for row in batches.iter_rows(named=True):
        inputs = f"{act.id} {row['creditor_id']} {row['business_date']} {row['file_name']}".encode()
        one = audit.begin("place_batch", Performance(act.by, act.organisation_id, inputs, origin=origin))
        batch = Batch(
            act_id=one.id,
            creditor_id=row["creditor_id"],
            purpose="placement",
            business_date=row["business_date"],
            file_name=row["file_name"],
            file_sha256=hashlib.sha256(inputs).digest(),
            staged=row["rows"],
            accepted=row["rows"],
            duplicate=0,
            rejected=0,
        )
        batch.save(force_insert=True)
        audit.finish(one, BatchOutcome(batch.id, row["rows"], row["rows"], 0, 0, accounts=row["rows"]))
        acts.append((one.id, batch.id))
    return pl.Series(acts, dtype=pl.Array(pl.Int64, 2))


def _named(act: Act, name: str, rows: pl.DataFrame, ids: Mapping[str, pl.Series], acts: pl.Series) -> pl.DataFrame:
    """The rows as the table takes them: places become ids, and what all rows share is added."""
    table = _TABLES[name]
    rows = rows.with_columns(
        pl.lit(ids[other]).gather(pl.col(column)).alias(column)
        for column, other in table.references.items()
        if column in rows.columns
    )
    if table.is_numbered:
        rows = rows.with_columns(id=ids[name])
    if table.has_organisation:
        rows = rows.with_columns(organisation_id=pl.lit(act.organisation_id))
    if table.has_shard:
        rows = rows.with_columns(shard=shard(pl.col("id" if name == "account" else "account_id")))
    rows = _of_batches(act, name, rows, acts) if table.has_act else rows
    if name == "contact":
        rows = rows.with_columns(origin=pl.lit("imported"))
    if name == "party_name":
        rows = rows.with_columns(search_key=search_key(pl.col("name")))
    if name == "party_number":
        rows = rows.with_columns(stripped=stripped(pl.col("number")))
    return rows


def _of_batches(act: Act, name: str, rows: pl.DataFrame, acts: pl.Series) -> pl.DataFrame:
    """Adds the act that brought each row and, to placements, its batch."""
    if "batch" not in rows.columns:
        return rows.with_columns(act_id=pl.lit(act.id))
    brought = pl.lit(acts).gather(pl.col("batch")).arr
    rows = rows.with_columns(act_id=brought.get(0).fill_null(act.id), batch_id=brought.get(1))
    return rows.drop("batch") if name == "placement" else rows.drop("batch", "batch_id")
