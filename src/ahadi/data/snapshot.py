"""Schedules as files in columns: read by the close instead of the table, and proved equal to it.

Problem: the night needs every charge of every account, and reading them from the database costs more than all
that is computed with them. Choice: a schedule changes seldom, so a copy lies beside the database as Parquet,
sorted by account and due date, with a version for each account; accounts whose version moved on are read from
the table. It refuses to be trusted: `differences` compares the whole copy with the table.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import polars as pl
from django.conf import settings

from ahadi.data import facts, frames
from ahadi.data.facts import Selection
from ahadi.data.models.worklist import Snapshot

PART_ACCOUNTS_MAX = 125_000
# From so many accounts on there are two parts, for two are worked at once.
_HALVED_FROM = 50_000
_PARTS_MAX = 1_024

FIXED = {
    "account_id": pl.Int64,
    "creditor_id": pl.Int64,
    "product": pl.String,
    "currency": pl.String,
    "opened_on": pl.Date,
    "placed_on": pl.Date,
    "schedule_version": pl.Int64,
}
"""What never changes of an account, and the version of its schedule that the copy holds."""

SCHEDULE = {
    "account_id": pl.Int64,
    "charge_id": pl.Int64,
    "value_date": pl.Date,
    "due_date": pl.Date,
    "amount_minor": pl.Int64,
}


class UnableToReadSnapshot(Exception):
    """A file of the snapshot is missing or broken; another one is made at the next close."""

    is_refusal = True


@dataclass(frozen=True)
class Part:
    """The accounts and the charges of a span, sorted by account, due date and charge."""

    accounts: pl.DataFrame
    charges: pl.DataFrame


@dataclass(frozen=True)
class Span:
    """The accounts of an organisation with ids from `first` up to, not including, `end` (None: no end).

    A span lies together in its tables, so that reading it costs what it holds; shards would lie everywhere.
    """

    organisation_id: int
    first: int
    end: int | None

    def selection(self, row: str = "a", key: str = "id") -> Selection:
        """The condition on a table's `row`."""
        keys = "{id} >= %(first_account)s"
        parameters: dict[str, object] = {"organisation": self.organisation_id, "first_account": self.first}
        if self.end is not None:
            keys += " AND {id} < %(end_account)s"
            parameters["end_account"] = self.end
        condition = f"{row}.organisation_id = %(organisation)s AND {keys.format(id=f'{row}.{key}')}"
        return Selection(condition, parameters, keys=keys)


def parts_for(accounts: int) -> int:
    """Into how many parts a book is cut: a power of 2, so that each holds at most PART_ACCOUNTS_MAX if it can."""
    parts = 1 if accounts < _HALVED_FROM else 2
    while parts < _PARTS_MAX and accounts > parts * PART_ACCOUNTS_MAX:
        parts *= 2
    return parts


def bounds(organisation_id: int, parts: int) -> list[int]:
    """Where each of so many parts of equal size begins; the first begins at 0, and the last has no end."""
    shares = [place / parts for place in range(1, parts)]
    found = frames.read(
        "SELECT unnest(percentile_disc(%(shares)s::float8[]) WITHIN GROUP (ORDER BY account_id))"
        " FROM account_state WHERE organisation_id = %(organisation)s",
        {"shares": shares, "organisation": organisation_id},
        {"account_id": pl.Int64},
    )
    return [0, *found["account_id"].drop_nulls().to_list()]


def spans(snapshot: Snapshot) -> list[Span]:
    """The parts of a snapshot, in order."""
    ends = [*snapshot.bounds[1:], None]
    return [Span(snapshot.organisation_id, first, end) for first, end in zip(snapshot.bounds, ends, strict=True)]


def newest(organisation_id: int) -> Snapshot | None:
    """The newest snapshot of an organisation whose files are here."""
    found = Snapshot.objects.filter(organisation_id=organisation_id).order_by("-id").first()
    return found if found and _folder(found.name).is_dir() else None


def write(organisation_id: int, starts: list[int]) -> tuple[UUID, int, int]:
    """Copies the schedules of an organisation into files of parts that begin there: name, accounts, charges."""
    name = uuid4()
    building = _folder(name).with_suffix(".building")
    building.mkdir(parents=True, mode=0o700)
    accounts = charges = 0
    ends = [*starts[1:], None]
    for place, (first, end) in enumerate(zip(starts, ends, strict=True)):
        part = from_tables(Span(organisation_id, first, end).selection())
        part.accounts.write_parquet(building / f"accounts-{place}.parquet", compression="zstd")
        part.charges.write_parquet(building / f"charges-{place}.parquet", compression="zstd")
        accounts, charges = accounts + part.accounts.height, charges + part.charges.height
    building.rename(_folder(name))
    return name, accounts, charges


def read(snapshot: Snapshot, place: int) -> Part:
    """One part of a snapshot. Raises UnableToReadSnapshot."""
    folder = _folder(snapshot.name)
    try:
        accounts, charges = (pl.read_parquet(folder / f"{kind}-{place}.parquet") for kind in ("accounts", "charges"))
    except (OSError, pl.exceptions.PolarsError) as error:
        raise UnableToReadSnapshot(f"snapshot {snapshot.name} cannot be read: {error}") from error
    return Part(accounts, charges)


def from_tables(selection: Selection) -> Part:
    """The same of any accounts, from the tables."""
    known = facts.fixed(selection).join(facts.schedule_versions(selection), on="account_id", how="left")
    return Part(
        accounts=known.with_columns(pl.col("schedule_version").fill_null(0)).select(list(FIXED)),
        charges=facts.schedules(selection),
    )


def differences(snapshot: Snapshot) -> Iterator[str]:
    """Accounts and charges in which a snapshot is not what the tables say, of accounts that did not move on."""
    for place, span in enumerate(spans(snapshot)):
        copy, true = read(snapshot, place), from_tables(span.selection())
        same = copy.accounts.join(true.accounts, on=["account_id", "schedule_version"], how="semi")
        for frame, kept, what in (
            (copy.accounts, true.accounts, "account_id"),
            (copy.charges, true.charges, "charge_id"),
        ):
            mine = frame.join(same, on="account_id", how="semi")
            theirs = kept.join(same, on="account_id", how="semi")
            for row in mine.join(theirs, on=mine.columns, how="anti", nulls_equal=True).iter_rows(named=True):
                yield f"account {row['account_id']}: {what} {row[what]} in the snapshot is not as in the table"
            for row in theirs.join(mine, on=mine.columns, how="anti", nulls_equal=True).iter_rows(named=True):
                yield f"account {row['account_id']}: {what} {row[what]} of the table is not in the snapshot"


def discard(names: list[UUID]) -> None:
    """Removes the files of snapshots that nobody reads any more."""
    for name in names:
        shutil.rmtree(_folder(name), ignore_errors=True)


def older(snapshot: Snapshot) -> list[UUID]:
    """The snapshots of the same organisation that were made before this one and have files here."""
    names = Snapshot.objects.filter(organisation_id=snapshot.organisation_id, id__lt=snapshot.id)
    return [name for name in names.values_list("name", flat=True) if _folder(name).is_dir()]


def _folder(name: UUID) -> Path:
    return Path(settings.SNAPSHOT_FOLDER) / str(name)
