"""The laws that recompute: the ledger, the allocations and the states against the kernel."""

from collections.abc import Iterator
from datetime import date

import polars as pl

from ahadi.data import facts, frames
from ahadi.data.facts import Selection
from ahadi.domain.receipts import queries as receipts
from ahadi.domain.receipts.steps import END_OF_TIME
from ahadi.domain.work import states
from ahadi.kernel.allocation import allocate
from ahadi.kernel.schema import COMPONENT_COLUMNS

# Recomputed in parts, so that the check of a large book stays within its memory.
_PART = 200_000


def _parts() -> Iterator[Selection]:
    last: int = frames.scalar("SELECT coalesce(max(id), 0) FROM account")
    for start in range(0, last, _PART):
        yield Selection("a.id > %(part_from)s AND a.id <= %(part_to)s", {"part_from": start, "part_to": start + _PART})


def different_allocations() -> Iterator[str]:
    """Receipts and charges between which something else is allocated than the replay says."""
    key = ["account_id", "receipt_id", "charge_id"]
    for part in _parts():
        ids = frames.read(
            f"SELECT a.id FROM account a WHERE {part.condition} ORDER BY a.id", part.parameters, {"id": pl.Int64}
        )["id"]
        desired = allocate(facts.charges(part), facts.receipts(part), facts.designations(part), as_of=END_OF_TIME)
        both = desired.join(receipts.allocated(ids), on=key, how="full", coalesce=True, suffix="_stored")
        differs = pl.any_horizontal(
            pl.col(n).fill_null(0) != pl.col(f"{n}_stored").fill_null(0) for n in COMPONENT_COLUMNS
        )
        for row in both.filter(differs).sort(key).iter_rows(named=True):
            where = f"receipt {row['receipt_id']} on charge {row['charge_id']}"
            yield f"account {row['account_id']}: {where} is not as replayed"


_LEDGER = """
    SELECT j.account_id, sum(p.amount_minor)::bigint FROM journal j JOIN posting p ON p.journal_id = j.id
    JOIN account a ON a.id = j.account_id
    WHERE p.ledger = 'debtor_receivable' AND {condition} GROUP BY j.account_id ORDER BY j.account_id
"""


def ledger_differences() -> Iterator[str]:
    """Accounts whose ledger differs from their living charges less their allocations."""
    for part in _parts():
        ledger = frames.read(
            _LEDGER.format(condition=part.condition),
            part.parameters,
            {"account_id": pl.Int64, "ledger_minor": pl.Int64},
        )
        charged = (
            facts.charges(part).group_by("account_id").agg(charged_minor=pl.sum_horizontal(COMPONENT_COLUMNS).sum())
        )
        ids = pl.concat([ledger["account_id"], charged["account_id"]]).unique()
        paid = receipts.allocated(ids).group_by("account_id").agg(paid_minor=pl.sum_horizontal(COMPONENT_COLUMNS).sum())
        both = (
            ledger.join(charged, on="account_id", how="full", coalesce=True)
            .join(paid, on="account_id", how="full", coalesce=True)
            .with_columns(pl.exclude("account_id").fill_null(0))
        )
        wrong = both.filter(pl.col("ledger_minor") != pl.col("charged_minor") - pl.col("paid_minor"))
        for row in wrong.sort("account_id").iter_rows(named=True):
            yield (
                f"account {row['account_id']}: the ledger says {row['ledger_minor']}, "
                f"charged {row['charged_minor']}, allocated {row['paid_minor']}"
            )


def different_states() -> Iterator[str]:
    """Accounts whose stored state is not what the facts say as of the state's own date."""
    dates = frames.read("SELECT DISTINCT as_of FROM account_state ORDER BY 1", {}, {"as_of": pl.Date})["as_of"]
    for as_of in dates:
        for part in _parts():
            yield from _different_states(part, as_of)


def _different_states(part: Selection, as_of: date) -> Iterator[str]:
    # Readers of accounts say `a`, readers of states say `s`: the parts are ranges of the same ids.
    mine = Selection(
        "s.as_of = %(as_of)s AND " + part.condition.replace("a.id", "s.account_id"),
        {**part.parameters, "as_of": as_of},
    )
    stored = states.stored(mine)
    if stored.is_empty():
        return
    is_whole = f"{part.condition} AND a.id IN (SELECT account_id FROM account_state WHERE as_of = %(as_of)s)"
    derived = states.current(Selection(is_whole, {**part.parameters, "as_of": as_of}), as_of=as_of)
    live = stored.filter(pl.col("status") != "withdrawn")
    for row in live.join(derived, on=list(states.STATE), how="anti", nulls_equal=True).iter_rows(named=True):
        true = derived.filter(pl.col("account_id") == row["account_id"])
        names = [name for name in states.STATE if true.is_empty() or row[name] != true[name][0]]
        yield f"account {row['account_id']}: its state of {as_of} is not what its facts say: {', '.join(names)}"
    for account in stored.filter(pl.col("status") == "withdrawn").join(derived, on="account_id", how="semi")[
        "account_id"
    ]:
        yield f"account {account}: is stated as withdrawn and lives"
