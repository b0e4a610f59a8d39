"""Acts of a small book as threads and crashes need them: each a plain call that may be made again."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, TypeVar

import polars as pl
from django.apps import apps

from ahadi.data import frames
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Act, Performance
from ahadi.domain.flows.close_day import CloseOutcome, close_day
from ahadi.domain.flows.place_batch import place_batch
from ahadi.domain.flows.receive_batch import receive_batch
from ahadi.domain.flows.withdraw_batch import WithdrawalOutcome, withdraw_batch
from ahadi.domain.laws.queries import LAWS, first_broken
from ahadi.domain.parties.operations import IdentityOutcome, decide_identities
from ahadi.domain.parties.queries import open_proposals
from ahadi.domain.people.operations import Joining, OrganisationTerms, PersonOutcome, add_person, open_organisation
from ahadi.domain.placements.operations import CreditorOutcome, open_creditor
from ahadi.domain.placements.ports import BatchOutcome, BatchRequest, SheetOfRows

DAY = date(2026, 3, 1)
T = TypeVar("T")


@dataclass(frozen=True)
class Acts:
    """The acts of one organisation."""

    organisation_id: int

    @classmethod
    def opened(cls) -> "Acts":
        """A new organisation."""
        terms = OrganisationTerms(code="small", name="Small", country="KE", currency="USD")
        return cls(open_organisation(by=OPERATOR, terms=terms))

    def _perform(self, name: str, operation: Callable[[Act], T], outcome: type[T], key: str | None) -> T:
        return perform(name, operation, outcome, Performance(OPERATOR, self.organisation_id, name.encode(), key=key))

    def place(self, *debts: tuple[str, str, int], file: str = "debts", key: str | None = None) -> BatchOutcome:
        """Places invoices (debtor, reference, amount_minor); every third is disputed, every fourth settled."""
        rows = pl.DataFrame(
            [
                {
                    "line": line,
                    "debtor_number": debtor,
                    "debtor_name": f"Name of {debtor.strip('0')}",
                    "reference": reference,
                    "amount_minor": amount_minor,
                    "invoiced_on": date(2026, 1, 1),
                    "due_on": date(2026, 1, 31),
                    "disputed": line % 3 == 0,
                    "settled_on": date(2026, 2, 5) if line % 4 == 0 else None,
                }
                for line, (debtor, reference, amount_minor) in enumerate(debts, 2)
            ],
            schema_overrides={"settled_on": pl.Date},
        )
        return self._perform(
            "place_batch",
            partial(place_batch, sheet=_sheet(rows, file), request=_REQUEST),
            BatchOutcome,
            key,
        )

    def receive(self, *came: tuple[str, str, int], file: str = "receipts", key: str | None = None) -> BatchOutcome:
        """Takes receipts (debtor, reference, amount_minor)."""
        rows = pl.DataFrame(
            [
                {
                    "line": line,
                    "debtor_number": debtor,
                    "receipt_reference": reference,
                    "amount_minor": amount_minor,
                    "value_date": date(2026, 2, 10),
                    "payer_name": "A payer",
                }
                for line, (debtor, reference, amount_minor) in enumerate(came, 2)
            ]
        )
        return self._perform(
            "receive_batch",
            partial(receive_batch, sheet=_sheet(rows, file), request=_REQUEST),
            BatchOutcome,
            key,
        )

    def undo(self, batch_id: int | None, key: str | None = None) -> WithdrawalOutcome:
        """Undoes a batch."""
        assert batch_id is not None
        return self._perform(
            "withdraw_batch",
            partial(withdraw_batch, batch_id=batch_id, business_date=DAY),
            WithdrawalOutcome,
            key,
        )

    def close(self, day: date = DAY, key: str | None = None) -> CloseOutcome:
        """Closes a day."""
        return self._perform("close_day", partial(close_day, as_of=day), CloseOutcome, key)

    def proposals(self) -> list[int]:
        """Pairs of numbers that wait for a decision."""
        found = open_proposals(organisation_id=self.organisation_id, kind="lost_zeros")
        return found["proposal"].sort().to_list()

    def accept(self, *proposals: int, key: str | None = None) -> IdentityOutcome:
        """Accepts proposals."""
        decided = partial(decide_identities, proposals=list(proposals), is_accepted=True)
        return self._perform("decide_identities", decided, IdentityOutcome, key)

    def join(self, login: str, key: str | None = None) -> PersonOutcome:
        """Lets an officer join, limited to one creditor and branch."""
        joining = Joining(login, login, None, "officer", (CREDITOR,), "COAST")
        return self._perform("add_person", partial(add_person, joining=joining), PersonOutcome, key)

    def open_creditor(self, name: str, key: str | None = None) -> CreditorOutcome:
        """Opens a creditor."""
        return self._perform("open_creditor", partial(open_creditor, name=name), CreditorOutcome, key)


CREDITOR = "Savannah Airtime"
_REQUEST = BatchRequest(CREDITOR, DAY, "invoice", "USD", "KE")


def _sheet(rows: pl.DataFrame, file: str) -> SheetOfRows:
    digest = hashlib.sha256(rows.write_csv().encode() + file.encode()).digest()
    return SheetOfRows(f"{file}.csv", digest, "purpose: test", rows)


def broken_laws() -> dict[str, list[str]]:
    """The laws that do not hold, with the rows that break them."""
    found = {law.name: first_broken(law) for law in LAWS}
    return {name: sentences for name, sentences in found.items() if sentences}


def content() -> tuple[Any, ...]:
    """A digest of everything that each table holds: the book to the letter."""
    names = sorted(model._meta.db_table for model in apps.get_app_config("data").get_models())
    digests = ", ".join(
        f"(SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), '-') FROM {name} t)"
        for name in names
    )
    return frames.read(f"SELECT {digests}", {}, dict.fromkeys(names, pl.String)).row(0)
