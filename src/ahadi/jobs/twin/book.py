"""Builds the demonstration book: an agency, its people, and what its creditors sent, through the product's own acts."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TypeVar

import numpy as np
import polars as pl

from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Act, Performance
from ahadi.domain.flows.place_batch import place_batch
from ahadi.domain.flows.receive_batch import receive_batch
from ahadi.domain.people import queries
from ahadi.domain.people.operations import Joining, OrganisationTerms, PersonOutcome, add_person, open_organisation
from ahadi.domain.placements.operations import CreditorOutcome, open_creditor
from ahadi.domain.placements.ports import BatchOutcome, BatchRequest, SheetOfRows
from ahadi.jobs.twin.ledgers import Ledger, ledgers
from ahadi.jobs.twin.names import people

CODE = "kisima"
TERMS = OrganisationTerms(
    code=CODE,
    name="Kisima Collections",
    country="TZ",
    currency="TZS",
    time_zone="Africa/Dar_es_Salaam",
)
_DOMAIN = "kisima.example"
# role, creditors, branch: who works in the demonstration book.
_STAFF: tuple[tuple[str, tuple[str, ...], str | None], ...] = (
    ("officer", ("Pwani Home Credit",), None),
    ("officer", ("Zawadi Stores", "Kilimo Union"), None),
    ("officer", ("Savannah Airtime", "Jua Nyumbani"), None),
    ("supervisor", (), None),
    ("manager", (), None),
    ("accountant", (), None),
    ("creditor", ("Pwani Home Credit",), None),
)

T = TypeVar("T")


@dataclass(frozen=True)
class SignIn:
    """How somebody of the demonstration book signs in."""

    role: str
    name: str
    login: str
    password: str


def build(*, accounts: int, seed: int, tell: Callable[[str], None]) -> list[SignIn]:
    """Builds a book that ends yesterday and returns the sign-ins; takes seconds for a few thousand accounts."""
    organisation_id = open_organisation(by=OPERATOR, terms=TERMS)
    today = queries.today(organisation_id)
    sheets = ledgers(accounts=accounts, seed=seed, today=today)
    for ledger in sheets:
        _open_creditor(organisation_id, ledger.portfolio.creditor)
    sign_ins = _join(organisation_id, seed)
    for ledger in sheets:
        placed = _place(organisation_id, ledger, ledger.debts, today)
        came = _receive(organisation_id, ledger, today)
        counts = f"{placed.accounts} accounts, {placed.charges} charges, {came.receipts} receipts"
        tell(f"{ledger.portfolio.creditor}: {counts}")
    return sign_ins


def _generated(name: str, operation: Callable[[Act], T], outcome: type[T], organisation_id: int, inputs: bytes) -> T:
    return perform(name, operation, outcome, Performance(OPERATOR, organisation_id, inputs, origin="generated"))


def _open_creditor(organisation_id: int, name: str) -> None:
    _generated(
        "open_creditor",
        lambda act: open_creditor(act, name=name),
        CreditorOutcome,
        organisation_id,
        name.encode(),
    )


def _request(ledger: Ledger, today: date) -> BatchRequest:
    kind = ledger.portfolio
    return BatchRequest(kind.creditor, today, kind.product, kind.currency, TERMS.country)


def _sheet(ledger: Ledger, rows: pl.DataFrame, what: str) -> SheetOfRows:
    content = rows.write_csv().encode() + ledger.portfolio.creditor.encode()
    return SheetOfRows(f"{ledger.portfolio.creditor} {what}.csv", hashlib.sha256(content).digest(), "", rows)


def _place(organisation_id: int, ledger: Ledger, rows: pl.DataFrame, today: date) -> BatchOutcome:
    sheet, request = _sheet(ledger, rows, "debts"), _request(ledger, today)
    return _generated(
        "place_batch",
        lambda act: place_batch(act, sheet=sheet, request=request),
        BatchOutcome,
        organisation_id,
        sheet.sha256,
    )


def _receive(organisation_id: int, ledger: Ledger, today: date) -> BatchOutcome:
    sheet, request = _sheet(ledger, ledger.receipts, "receipts"), _request(ledger, today)
    return _generated(
        "receive_batch",
        lambda act: receive_batch(act, sheet=sheet, request=request),
        BatchOutcome,
        organisation_id,
        sheet.sha256,
    )


def _join(organisation_id: int, seed: int) -> list[SignIn]:
    names = people(np.random.default_rng(seed + 1), len(_STAFF)).to_list()
    sign_ins = []
    for (role, creditors, branch), name in zip(_STAFF, names, strict=True):
        given, *_, family = name.split()
        login = f"{given}.{family}@{_DOMAIN}".lower()
        password = secrets.token_urlsafe(9)
        joining = Joining(login, name.replace(".", ""), password, role, creditors, branch, login)
        _generated(
            "add_person",
            partial(add_person, joining=joining),
            PersonOutcome,
            organisation_id,
            login.encode(),
        )
        sign_ins.append(SignIn(role, name, login, password))
    return sign_ins
