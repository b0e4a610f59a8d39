"""Booking receipts, replaying what they paid, and restating what is left of them."""

from datetime import date

import polars as pl

from ahadi.data import facts, frames, gathered, loading
from ahadi.data.shards import shard
from ahadi.domain.audit.ports import Act
from ahadi.domain.ledger import steps as ledger
from ahadi.domain.receipts import queries
from ahadi.kernel.allocation import allocate
from ahadi.kernel.schema import COMPONENT_COLUMNS

# Stored allocations are the replay of everything that is known, whatever its value date.
END_OF_TIME = date(9999, 12, 31)
# So many accounts are replayed, and so many receipts restated, at a time.
_PART = 50_000


def book(act: Act, receipts: pl.DataFrame) -> pl.DataFrame:
    """Books receipts and returns them with receipt_id; `settle` or `reallocate` must follow, which write their states.

    Columns: source, source_reference, edition, creditor_id, kind, currency, amount_minor, value_date,
    account_id (null: suspense), charge_id and designated_minor (null: oldest first). Cash enters the bank
    against suspense; direct money, which the creditor has, moves nothing until it is allocated.
    """
    receipts = receipts.with_columns(receipt_id=frames.reserve("receipt", receipts.height))
    acted = {"booked_at": pl.lit(act.at.isoformat()), "act_id": pl.lit(act.id)}
    frames.append(
        "receipt",
        receipts.select(
            "source",
            "source_reference",
            "edition",
            "creditor_id",
            "kind",
            "currency",
            "amount_minor",
            "value_date",
            id="receipt_id",
            organisation_id=pl.lit(act.organisation_id),
            **acted,
        ),
    )
    frames.append(
        "receipt_assignment",
        receipts.drop_nulls("account_id").select("receipt_id", "account_id", **acted),
    )
    frames.append(
        "designation",
        receipts.drop_nulls(["charge_id", "designated_minor"]).select(
            "receipt_id", "charge_id", amount_minor="designated_minor", act_id=pl.lit(act.id)
        ),
    )
    cash = receipts.filter(pl.col("kind") == "cash").with_columns(
        account_id=pl.lit(None, dtype=pl.Int64), component=pl.lit(None, dtype=pl.String), kind=pl.lit("receipt")
    )
    ledger.post(act, ledger.both(cash, debit="bank", credit="suspense"))
    return receipts


def claim(act: Act, creditor_id: int, found: pl.DataFrame) -> pl.Series:
    """Takes receipts out of suspense whose payer named a number that means one account now.

    `found`: number, currency, account_id as `accounts.queries.reachable` gives them. Returns the accounts that
    got a receipt; undoing the act puts the receipts back.
    """
    return _assign(act, queries.claimable(creditor_id, found["number"]), found)


def claim_again(act: Act, waiting: pl.DataFrame, found: pl.DataFrame) -> pl.Series:
    """As `claim`, for receipts (receipt_id, number, currency) that an undone act had taken out of suspense."""
    return _assign(act, waiting, found)


def _assign(act: Act, waiting: pl.DataFrame, found: pl.DataFrame) -> pl.Series:
    sure = found.filter(pl.len().over("number", "currency") == 1)
    assigned = waiting.join(sure, on=["number", "currency"])
    frames.append(
        "receipt_assignment",
        assigned.select("receipt_id", "account_id", booked_at=pl.lit(act.at.isoformat()), act_id=pl.lit(act.id)),
    )
    return assigned["account_id"].unique()


def keep_payers(receipts: pl.DataFrame) -> int:
    """Keeps, erasably, who paid and what they wrote (receipt_id, payer_name, memo, phone, account_number)."""
    told = ["payer_name", "memo", "phone", "account_number"]
    known = receipts.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in told))
    return frames.append(
        "receipt_payer",
        known.select(
            "receipt_id",
            pl.col("payer_name").str.slice(0, 300),
            pl.col("memo").str.slice(0, 500),
            pl.col("phone").str.slice(0, 60),
            pl.col("account_number").str.slice(0, 120),
        ),
    )


def settle(act: Act, booked: pl.DataFrame) -> int:
    """Replays the accounts on which receipts came that `book` has just booked; once per act.

    Writes what is current of these receipts, and of others whose money they moved. Returns the number of allocation
    rows appended.
    """
    paid = [_replay(act, part) for part in _parts(booked["account_id"].drop_nulls())]
    moved = pl.concat([pl.DataFrame(schema=_PAID), *paid])
    total = moved.group_by("receipt_id").agg(allocated_minor=pl.col("amount_minor").sum())
    is_placed = pl.col("account_id").is_not_null()
    frames.append(
        "receipt_state",
        booked.join(total, on="receipt_id", how="left", maintain_order="left").select(
            "receipt_id",
            "account_id",
            status=pl.when(is_placed).then(pl.lit("assigned")).otherwise(pl.lit("suspense")),
            received_minor="amount_minor",
            allocated_minor=pl.col("allocated_minor").fill_null(0),
        ),
    )
    restate_receipts(total.join(booked, on="receipt_id", how="anti")["receipt_id"].sort())
    return moved.height


def reallocate(act: Act, account_ids: pl.Series) -> int:
    """Replays all receipts of these accounts and appends what came out differently; once per act and account.

    Back-dating, undoing and reversing need nothing else: the facts changed, the replay follows, and the
    difference is posted. Every receipt that was ever on them is looked at anew. Returns the number of allocation
    rows appended.
    """
    done = [(_replay(act, part), queries.ever_on(part)) for part in _parts(account_ids)]
    # Only now: a receipt that moved from one account to another may stand in two parts.
    ever = pl.concat([pl.Series("receipt_id", [], dtype=pl.Int64), *(ids for _, ids in done)])
    restate_receipts(ever.unique().sort())
    return sum(paid.height for paid, _ in done)


def _parts(account_ids: pl.Series) -> list[pl.Series]:
    return [part["account_id"] for part in account_ids.unique().sort().to_frame("account_id").iter_slices(_PART)]


_PAID = {"receipt_id": pl.Int64, "amount_minor": pl.Int64}


def _replay(act: Act, wanted: pl.Series) -> pl.DataFrame:
    """The allocation rows appended, as receipt_id and the sum of their components: _PAID."""
    selection = facts.of_accounts(wanted)
    with loading.joined_as_sets(rows=len(wanted)):
        named = facts.designations(selection)
    desired = allocate(gathered.charges(selection), gathered.receipts(selection), named, as_of=END_OF_TIME)
    difference = _difference(desired, queries.allocated(wanted))
    frames.append(
        "allocation",
        difference.select(
            "receipt_id",
            "charge_id",
            "account_id",
            "value_date",
            *COMPONENT_COLUMNS,
            shard=shard(pl.col("account_id")),
            booked_at=pl.lit(act.at.isoformat()),
            act_id=pl.lit(act.id),
        ),
    )
    _post(act, difference)
    return difference.select("receipt_id", amount_minor=pl.sum_horizontal(COMPONENT_COLUMNS))


def _difference(desired: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """What must be added to `stored` so that it becomes `desired`, by receipt and charge."""
    key = ["receipt_id", "charge_id", "account_id"]
    both = desired.select(*key, "value_date", *COMPONENT_COLUMNS).join(
        stored.select(*key, "value_date", *COMPONENT_COLUMNS), on=key, how="full", coalesce=True, suffix="_stored"
    )
    changes = both.with_columns(
        pl.coalesce("value_date", "value_date_stored").alias("value_date"),
        *((pl.col(n).fill_null(0) - pl.col(f"{n}_stored").fill_null(0)).alias(n) for n in COMPONENT_COLUMNS),
    )
    changed = pl.any_horizontal(pl.col(name) != 0 for name in COMPONENT_COLUMNS)
    return changes.filter(changed).select(*key, "value_date", *COMPONENT_COLUMNS).sort(key)


def _post(act: Act, difference: pl.DataFrame) -> None:
    """Cash leaves suspense for the creditor's trust; any money lowers what the debtor owes."""
    if difference.is_empty():
        return
    told = queries.told(difference["receipt_id"])
    lines = (
        difference.join(told, on="receipt_id")
        .unpivot(
            COMPONENT_COLUMNS,
            index=["account_id", "creditor_id", "currency", "kind", "value_date"],
            variable_name="component",
            value_name="amount_minor",
        )
        .filter(pl.col("amount_minor") != 0)
        .with_columns(pl.col("component").str.strip_suffix("_minor"))
    )
    cash = lines.filter(pl.col("kind") == "cash").with_columns(component=pl.lit(None, dtype=pl.String))
    moved = pl.concat(
        [
            ledger.both(cash, debit="suspense", credit="creditor_trust"),
            ledger.both(lines, debit="placed", credit="debtor_receivable"),
        ]
    )
    ledger.post(act, moved.with_columns(kind=pl.lit("allocation")))


def restate_receipts(receipt_ids: pl.Series) -> int:
    """Writes what is current of these receipts from the facts; `settle` writes those of a sheet that came."""
    parts = receipt_ids.to_frame("receipt_id").iter_slices(_PART)
    return sum(
        frames.upsert("receipt_state", queries.derived_states(part["receipt_id"]), key="receipt_id") for part in parts
    )


def give(act: Act, *, receipt_id: int, account_id: int) -> None:
    """Takes one receipt out of suspense for an account; `reallocate` must follow."""
    frames.append(
        "receipt_assignment",
        pl.DataFrame(
            {
                "receipt_id": [receipt_id],
                "account_id": [account_id],
                "booked_at": [act.at.isoformat()],
                "act_id": [act.id],
            }
        ),
    )
