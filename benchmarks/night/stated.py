"""A book of states and a snapshot, without the facts below them: as much as a close reads, for sizes at which the rest
would take hours to load.

It holds accounts and what their foreign keys need, their states, their promises, and the schedules as Parquet; no
charges, receipts, allocations or journals. So the close alone can be measured on it, and no law holds on it. The
states are what the facts of the same made book come to. It is loaded part by part as the owner of the tables, each
part with its files in one act; a part that is there is not loaded again.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import polars as pl
from django.conf import settings
from django.utils.timezone import now

from ahadi.data import facts, frames, loading, snapshot
from ahadi.data.facts import Book
from ahadi.data.models.worklist import Snapshot
from ahadi.data.shards import shard
from ahadi.domain.accounts.queries import position
from ahadi.domain.arrangements import queries as arrangements
from ahadi.domain.people.queries import House
from ahadi.domain.work import states
from ahadi.kernel.schema import COMPONENT_COLUMNS, DESIGNATIONS, empty
from kernel import book as made
from night.book import AT, BEGUN, Tell, as_owner, charges_of, once, opened, owners_of, promises_of, receipts_of

TABLES = ("party", "account", "account_state", "promise", "promise_state")


@dataclass(frozen=True)
class Loaded:
    """One part that was loaded: its first account id, and how many accounts and charges there are."""

    first_id: int
    accounts: int
    charges: int


@dataclass(frozen=True)
class Announced:
    """The snapshot that was noted."""

    snapshot_id: int


def load(accounts: int, *, tell: Tell) -> None:
    """The book in the database that this process is connected to."""
    with as_owner():
        house, creditor = opened()
        owners = owners_of(house, accounts)
        name, parts = uuid5(NAMESPACE_OID, f"state-only {accounts}"), snapshot.parts_for(accounts)
        starts = [accounts * place // parts for place in range(parts + 1)]
        loaded = []
        for place in range(parts):
            share = _Share(place, starts[place], starts[place + 1] - starts[place], accounts, name)
            operation = partial(_load, share=share, house=house, creditor_id=creditor.creditor_id, owners=owners)
            key = f"states {place} of {parts}, {accounts} accounts".encode()
            loaded.append(once(house, "load_states", operation, Loaded, key))
            tell(f"{starts[place + 1]:>9} accounts loaded")
        loading.prove()
        loading.analyze(TABLES)
        once(house, "announce_snapshot", partial(_announce, name=name, loaded=loaded), Announced, b"snapshot")


@dataclass(frozen=True)
class _Share:
    place: int
    first: int
    count: int
    whole: int
    name: UUID


def _load(act: Any, *, share: _Share, house: House, creditor_id: int, owners: pl.Series) -> Loaded:
    part = made.part(share.first, share.count, share.whole)
    with loading.deferred_keys(TABLES):
        ids, parties = (loading.numbers(table, share.count) for table in ("account", "party"))
        of_house = {"organisation_id": pl.lit(house.id), "act_id": pl.lit(act.id)}
        frames.append("party", pl.DataFrame({"id": parties}).with_columns(**of_house))
        place = pl.int_range(share.count, eager=True)
        known = pl.DataFrame({"account_id": ids, "party_id": parties}).with_columns(
            organisation_id=pl.lit(house.id),
            shard=shard(pl.col("account_id")).cast(pl.Int64),
            owner_id=owners.gather((place + share.first) // made.OWNED),
            product=pl.lit("loan"),
            currency=pl.lit("KES"),
            schedule_version=pl.lit(made.INSTALMENTS, dtype=pl.Int64),
        )
        charges = _of(charges_of(part, share.first), ids).with_columns(
            charge_id=pl.int_range(pl.len()) + share.first * made.INSTALMENTS + 1
        )
        opened_on = charges.group_by("account_id", maintain_order=True).agg(opened_on=pl.col("value_date").min())
        known = known.join(opened_on, on="account_id", maintain_order="left").with_columns(placed_on="opened_on")
        frames.append("account", _accounts(known, place, share.first, creditor_id, act))
        _state(act, part, share.first, known, charges)
    _write(share, known.with_columns(creditor_id=pl.lit(creditor_id)), charges)
    return Loaded(int(ids[0]), share.count, charges.height)


def _of(rows: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    """Rows whose accounts are named by their place, with the ids of these."""
    return rows.with_columns(account_id=pl.lit(ids).gather(pl.col("account_id")))


def _accounts(known: pl.DataFrame, place: pl.Series, first: int, creditor_id: int, act: Any) -> pl.DataFrame:
    return known.select(
        "party_id",
        "organisation_id",
        "shard",
        "product",
        "currency",
        "opened_on",
        id="account_id",
        number=pl.format("A{}", pl.lit(place) + first),
        creditor_id=pl.lit(creditor_id),
        act_id=pl.lit(act.id),
    )


def _state(act: Any, part: made.Book, first: int, known: pl.DataFrame, charges: pl.DataFrame) -> None:
    """Writes what the facts of a part come to: promises, their states, and the states of the accounts."""
    ids = known["account_id"]
    receipts = _of(receipts_of(part, first), ids).with_columns(receipt_id=pl.int_range(pl.len()) + 1)
    promises = _of(promises_of(part, first), ids).with_columns(
        promise_id=loading.numbers("promise", len(part.promises["account_id"])),
        is_instalment=pl.lit(value=False),
        withdrawn_on=pl.lit(None, dtype=pl.Date),
    )
    columns = ["account_id", "made_on", "due_on", "amount_minor"]
    booked = promises.select(*columns, id="promise_id", booked_at=pl.lit(AT), act_id=pl.lit(act.id))
    frames.append("promise", booked)
    judged = arrangements.judged(promises, receipts, as_of=BEGUN)
    kept = ["promise_id", "account_id", "is_instalment", "status", "received_minor"]
    frames.append("promise_state", judged.select(*kept, as_of=pl.lit(BEGUN)))
    holds = pl.DataFrame(schema=facts.HOLDS)
    book = Book(known.drop("party_id"), charges, receipts, empty(DESIGNATIONS), holds)
    nothing = dict.fromkeys(("last_contact_on", "asked_on"), pl.lit(None, dtype=pl.Date))
    standing = position(book, as_of=BEGUN).join(
        arrangements.by_account(judged, as_of=BEGUN), on="account_id", how="left", maintain_order="left"
    )
    standing = standing.join(states.weightiest_holds(holds, as_of=BEGUN), on="account_id", how="left").with_columns(
        asked_action=pl.lit(None, dtype=pl.String), **nothing
    )
    rows = states.decided(standing, done=pl.DataFrame(schema=facts.STEPS_TAKEN), as_of=BEGUN)
    stated = rows.select(*states.STATE, as_of=pl.lit(BEGUN), revision=pl.lit(1)).sort("account_id")
    frames.append("account_state", stated)


def _write(share: _Share, known: pl.DataFrame, charges: pl.DataFrame) -> None:
    """The files of one part, as `snapshot.write` leaves them."""
    folder = _folder(share.name)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    owed = charges.with_columns(amount_minor=pl.sum_horizontal(COMPONENT_COLUMNS))
    parts = (("accounts", known.select(list(snapshot.FIXED))), ("charges", owed.select(list(snapshot.SCHEDULE))))
    for kind, rows in parts:
        rows.write_parquet(folder / f"{kind}-{share.place}.parquet", compression="zstd")


def _announce(act: Any, *, name: UUID, loaded: list[Loaded]) -> Announced:
    made_ = Snapshot(
        organisation_id=act.organisation_id,
        name=name,
        bounds=[0, *(part.first_id for part in loaded[1:])],
        accounts=sum(part.accounts for part in loaded),
        charges=sum(part.charges for part in loaded),
        act_id=act.id,
        at=now(),
    )
    made_.save(force_insert=True)
    return Announced(made_.id)


def _folder(name: UUID) -> Path:
    return Path(settings.SNAPSHOT_FOLDER) / str(name)
