"""The book of the night: a lender's accounts with twelve instalments and six receipts, every seventh with a promise.

Loaded part by part as the owner of the tables, through the product's own import; a part that is there is not
loaded again, so that a stopped load goes on.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from django.db import connections

from ahadi.data import frames
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Performance
from ahadi.domain.flows.import_history import (
    History,
    HistoryOutcome,
    ProofOutcome,
    import_history,
    prove_history,
)
from ahadi.domain.people.operations import OrganisationTerms, open_organisation
from ahadi.domain.people.queries import House, houses
from ahadi.domain.placements.operations import CreditorOutcome, open_creditor
from ahadi.kernel.allocation import allocate
from ahadi.kernel.schema import COMPONENT_COLUMNS, DESIGNATIONS, empty
from kernel import book as made

PART = 100_000
CODE = "bench"
BEGUN = made.AS_OF - timedelta(days=1)
"""The day as of which the loaded states stand; the first close is of the next one."""
AT = datetime(2026, 3, 30, 20, tzinfo=UTC).isoformat()
Tell = Callable[[str], None]


def load(accounts: int, *, tell: Tell) -> House:
    """The book in the database that this process is connected to."""
    with as_owner():
        house, creditor = opened()
        owners = owners_of(house, accounts)
        for first in range(0, accounts, PART):
            count = min(PART, accounts - first)
            key = f"part {first} {count} of {accounts}".encode()
            operation = partial(_import, first=first, count=count, whole=accounts, creditor=creditor, owners=owners)
            taken = once(house, "import_history", operation, HistoryOutcome, key)
            tell(f"{first + taken.accounts:>9} accounts loaded")
        once(house, "prove_history", prove_history, ProofOutcome, b"proof")
    return house


def opened() -> tuple[House, CreditorOutcome]:
    """The organisation of the book and its creditor."""
    if CODE not in {house.code for house in houses()}:
        terms = OrganisationTerms(code=CODE, name="Bench", country="KE", currency="KES")
        open_organisation(by=OPERATOR, terms=terms)
    house = next(house for house in houses() if house.code == CODE)
    creditor = once(house, "open_creditor", partial(open_creditor, name="Bench"), CreditorOutcome, b"creditor")
    return house, creditor


def once(house: House, name: str, operation: Any, outcome: Any, inputs: bytes) -> Any:
    """Performs an act of the load unless it was performed before: its outcome."""
    how = Performance(OPERATOR, house.id, inputs, key=inputs.decode(), origin="generated")
    return perform(name, operation, outcome, how)


class as_owner:
    """Inside, the domain works as the role that owns the tables."""

    def __enter__(self) -> None:
        self._application = connections["default"]
        connections["default"] = connections["owner"]

    def __exit__(self, *_: object) -> None:
        connections["owner"].close()
        connections["default"] = self._application


def owners_of(house: House, accounts: int) -> pl.Series:
    """The ids of the owners of a book of so many accounts, who are made where there are none."""
    wanted = -(-accounts // made.OWNED)
    codes = [f"queue-{number}" for number in range(wanted)]
    known = frames.scalar("SELECT count(*) FROM owner WHERE organisation_id = %(o)s", {"o": house.id})
    if known == 0:
        rows = pl.DataFrame({"organisation_id": [house.id] * wanted, "code": codes, "name": codes})
        frames.append("owner", rows)
    return frames.read(
        "SELECT id FROM owner WHERE organisation_id = %(o)s ORDER BY id", {"o": house.id}, {"id": pl.Int64}
    )["id"]


def _import(
    act: Any, *, first: int, count: int, whole: int, creditor: CreditorOutcome, owners: pl.Series
) -> HistoryOutcome:
    history = _history(made.part(first, count, whole), first, creditor.creditor_id, owners)
    return import_history(act, history=history, origin="generated", as_of=BEGUN)


def dated(days: Any) -> pl.Series:
    """Days since 1970 as dates."""
    return pl.Series(days, dtype=pl.Int32).cast(pl.Date)


def _history(part: made.Book, first: int, creditor_id: int, owners: pl.Series) -> History:
    count = len(part.accounts["account_id"])
    place = np.arange(count, dtype=np.int64)
    at = pl.lit(AT)
    charges = charges_of(part, first)
    receipts = receipts_of(part, first)
    paid = allocate(
        charges.with_columns(charge_id=pl.int_range(pl.len())),
        receipts.with_columns(receipt_id=pl.int_range(pl.len())),
        empty(DESIGNATIONS),
        as_of=date(9999, 12, 31),
    )
    opened = charges.group_by("account_id").agg(pl.col("value_date").min()).sort("account_id")["value_date"]
    lines, journals = _ledger(charges, receipts, paid, creditor_id)
    accounts = pl.DataFrame({"party_id": place, "opened_on": opened}).with_columns(
        number=pl.format("A{}", pl.col("party_id") + first),
        creditor_id=pl.lit(creditor_id),
        product=pl.lit("loan"),
        currency=pl.lit("KES"),
    )
    applied = paid.group_by("receipt_id").agg(allocated_minor=pl.sum_horizontal(COMPONENT_COLUMNS).sum())
    states = receipts.with_columns(receipt_id=pl.int_range(pl.len())).join(
        applied, on="receipt_id", how="left", maintain_order="left"
    )
    owner = pl.Series(owners.to_numpy()[(place + first) // made.OWNED])
    return History(
        batches=pl.DataFrame(
            {"creditor_id": [creditor_id], "business_date": [BEGUN], "file_name": [f"{first}.csv"], "rows": [count]}
        ),
        tables={
            "party": pl.DataFrame({"batch": np.zeros(count, dtype=np.int64)}),
            "party_name": pl.DataFrame({"party_id": place}).select(
                "party_id", name=pl.format("Debtor {}", pl.col("party_id") + first), seen=pl.lit(1)
            ),
            "party_number": pl.DataFrame({"party_id": place}).select(
                "party_id", creditor_id=pl.lit(creditor_id), number=pl.format("D{}", pl.col("party_id") + first)
            ),
            "party_state": pl.DataFrame({"party_id": place, "stands_for_id": place}),
            "account": accounts,
            "placement": pl.DataFrame({"account_id": place, "placed_on": opened, "batch": np.zeros(count, np.int64)}),
            "assignment": pl.DataFrame({"account_id": place, "owner_id": owner}).with_columns(from_at=at),
            "charge": charges.with_columns(edition=pl.lit(0), booked_at=at, batch=pl.lit(0)),
            "receipt": receipts.drop("account_id").with_columns(
                creditor_id=pl.lit(creditor_id),
                source=pl.lit("bench"),
                edition=pl.lit(0),
                kind=pl.lit("cash"),
                currency=pl.lit("KES"),
                booked_at=at,
            ),
            "receipt_assignment": states.select("receipt_id", "account_id", booked_at=at),
            "receipt_state": states.select(
                "receipt_id",
                "account_id",
                status=pl.lit("assigned"),
                received_minor="amount_minor",
                allocated_minor=pl.col("allocated_minor").fill_null(0),
            ),
            "allocation": paid.with_columns(booked_at=at),
            "posting": lines,
            "journal": journals.with_columns(booked_at=at, creditor_id=pl.lit(creditor_id), currency=pl.lit("KES")),
            "promise": promises_of(part, first).with_columns(booked_at=at),
        },
    )


def charges_of(part: made.Book, first: int) -> pl.DataFrame:
    """The charges of a part; `account_id` counts from 0 within it, as in the two that follow."""
    columns = part.charges
    number = np.tile(np.arange(1, made.INSTALMENTS + 1), len(part.accounts["account_id"]))
    return pl.DataFrame(
        {
            "account_id": columns["account_id"] - first - 1,
            "reference": pl.Series(number).cast(pl.String),
            "value_date": dated(columns["value_date"]),
            "due_date": dated(columns["due_date"]),
            **{name: columns[name] for name in COMPONENT_COLUMNS},
        }
    )


def receipts_of(part: made.Book, first: int) -> pl.DataFrame:
    """The receipts of a part, none after the day on which the book begins."""
    columns = part.receipts
    return pl.DataFrame(
        {
            "account_id": columns["account_id"] - first - 1,
            "source_reference": pl.Series(columns["receipt_id"]).cast(pl.String),
            "value_date": dated(np.minimum(columns["value_date"], made.DAY - 1)),
            "amount_minor": columns["amount_minor"],
        }
    ).sort("account_id", "value_date", "source_reference")


def promises_of(part: made.Book, first: int) -> pl.DataFrame:
    """The promises of a part, none made after the day on which the book begins."""
    columns = part.promises
    return pl.DataFrame(
        {
            "account_id": columns["account_id"] - first - 1,
            "made_on": dated(np.minimum(columns["made_on"], made.DAY - 1)),
            "due_on": dated(columns["due_on"]),
            "amount_minor": columns["amount_minor"],
        }
    )


def _ledger(
    charges: pl.DataFrame, receipts: pl.DataFrame, paid: pl.DataFrame, creditor_id: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One journal per account for what was placed and one for what was paid, and one for all that came."""
    sums = {
        kind: rows.group_by("account_id")
        .agg(pl.col(COMPONENT_COLUMNS).sum())
        .unpivot(COMPONENT_COLUMNS, index="account_id", variable_name="component", value_name="amount_minor")
        .filter(pl.col("amount_minor") != 0)
        .with_columns(pl.col("component").str.strip_suffix("_minor"))
        for kind, rows in (("placement", charges), ("allocation", paid))
    }
    trust = sums["allocation"].group_by("account_id").agg(pl.col("amount_minor").sum())
    came = pl.DataFrame({"account_id": [None], "amount_minor": [receipts["amount_minor"].sum()]}).cast(
        {"account_id": pl.Int64}
    )
    bare = {"component": pl.lit(None, dtype=pl.String)}
    entries = (
        ("placement", sums["placement"], "debtor_receivable", "placed"),
        ("allocation", sums["allocation"], "placed", "debtor_receivable"),
        ("allocation", trust.with_columns(**bare), "suspense", "creditor_trust"),
        ("receipt", came.with_columns(**bare), "bank", "suspense"),
    )
    lines = pl.concat(
        [
            rows.select(
                "account_id",
                "component",
                kind=pl.lit(kind),
                ledger=pl.lit(ledger),
                amount_minor=pl.col("amount_minor") * sign,
            )
            for kind, rows, debit, credit in entries
            for ledger, sign in ((debit, 1), (credit, -1))
        ]
    )
    heads = lines.select("kind", "account_id").unique().sort("kind", "account_id").with_row_index("journal_id")
    heads = heads.with_columns(pl.col("journal_id").cast(pl.Int64))
    named = lines.join(heads, on=["kind", "account_id"], nulls_equal=True).sort("journal_id", "ledger", "component")
    journals = heads.select("account_id", "kind", value_date=pl.lit(BEGUN))
    return named.select("journal_id", "ledger", "component", "amount_minor"), journals


def schedule(path: Path, accounts: int, ids: pl.Series) -> None:
    """The schedules as the floor takes them: where each account begins, what is due when, and the running sum."""
    first = int(ids[0])
    begins = np.arange(accounts, dtype=np.int64) * made.INSTALMENTS
    due, amount = [], []
    for start in range(0, accounts, PART):
        part = made.part(start, min(PART, accounts - start), accounts)
        due.append(part.charges["due_date"].astype(np.int64))
        amount.append(sum(part.charges[name] for name in COMPONENT_COLUMNS))
    reach = np.concatenate([[0], np.cumsum(np.concatenate(amount))])
    assert int(ids[-1]) - first == accounts - 1, "the accounts of the book have ids in a row"
    np.savez(path, begins=begins, due=np.concatenate(due), reach=reach)
