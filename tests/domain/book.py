"""A small book built through the product's own acts, and everything that can be said of it without an id."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import polars as pl
from django.apps import apps

from ahadi.data import facts, frames
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Act, Actor, Performance
from ahadi.domain.flows.close_day import CloseOutcome
from ahadi.domain.flows.place_batch import place_batch
from ahadi.domain.flows.receive_batch import receive_batch
from ahadi.domain.flows.withdraw_batch import WithdrawalOutcome, withdraw_batch
from ahadi.domain.laws.queries import LAWS, first_broken
from ahadi.domain.parties.operations import IdentityOutcome, decide_identities
from ahadi.domain.parties.queries import open_proposals
from ahadi.domain.people.operations import Joining, OrganisationTerms, PersonOutcome, add_person, open_organisation
from ahadi.domain.people.queries import houses
from ahadi.domain.placements.operations import CreditorOutcome, open_creditor
from ahadi.domain.placements.ports import PLACEMENT_ROWS, RECEIPT_ROWS, BatchOutcome, BatchRequest, SheetOfRows
from ahadi.domain.reporting.queries import Ageing, ageing
from ahadi.domain.work.queries import ranking
from ahadi.jobs import closing

DAY = date(2026, 3, 1)
CREDITOR = "Savannah Airtime"
Row = dict[str, Any]
T = TypeVar("T")


def invoice(
    reference: str, amount_minor: int, due_on: date = date(2026, 1, 31), debtor: str = "D1", **more: Any
) -> Row:
    """A row of a placement: one invoice of one debtor."""
    return {
        "debtor_number": debtor,
        "reference": reference,
        "amount_minor": amount_minor,
        "invoiced_on": date(2026, 1, 1),
        "due_on": due_on,
        **more,
    }


def receipt(own: str, amount_minor: int, on: date = date(2026, 2, 10), debtor: str | None = "D1", **more: Any) -> Row:
    """A row of a sheet of receipts: its own reference, and maybe the `reference` of the charge that it names."""
    return {
        "receipt_reference": own,
        "amount_minor": amount_minor,
        "value_date": on,
        "debtor_number": debtor,
        **more,
    }


def sheet(rows: Sequence[Row], schema: dict[str, Any], file: str = "") -> SheetOfRows:
    """The rows as a file would bring them; the same rows under the same name are the very same file."""
    numbered = [{"line": line, **row} for line, row in enumerate(rows, 2)]
    names = list(dict.fromkeys(name for row in numbered for name in row))
    frame = pl.DataFrame(numbered, schema={name: schema[name] for name in names})
    digest = hashlib.sha256((repr(numbered) + file).encode()).digest()
    return SheetOfRows(file or "rows.csv", digest, "purpose: test", frame)


@dataclass(frozen=True)
class SmallBook:
    """One organisation of a test, and its acts."""

    organisation_id: int
    day: date = DAY

    @classmethod
    def opened(cls, code: str = "small", time_zone: str = "UTC") -> "SmallBook":
        """A new organisation."""
        terms = OrganisationTerms(code=code, name=code, country="KE", currency="USD", time_zone=time_zone)
        return cls(open_organisation(by=OPERATOR, terms=terms))

    def perform(self, name: str, operation: Callable[[Act], T], outcome: type[T], **how: Any) -> T:
        """One act of the operator."""
        inputs: bytes = how.pop("inputs", name.encode())
        return perform(name, operation, outcome, Performance(OPERATOR, self.organisation_id, inputs, **how))

    def request(self, **terms: Any) -> BatchRequest:
        """What is asked of a file, in US dollars and for invoices unless said otherwise."""
        return BatchRequest(
            **{
                "creditor": CREDITOR,
                "business_date": self.day,
                "product": "invoice",
                "currency": "USD",
                "country": "KE",
                **terms,
            }
        )

    def place(
        self, *rows: Row, file: str = "", how: dict[str, Any] | None = None, rejected: int = 0, **terms: Any
    ) -> BatchOutcome:
        """Places rows as one file."""
        taken = sheet(rows, PLACEMENT_ROWS, file)
        request = self.request(**terms)
        taken = SheetOfRows(taken.file_name, taken.sha256, taken.mapping_text, taken.rows, rejected)
        return self.perform(
            "place_batch",
            lambda act: place_batch(act, sheet=taken, request=request),
            BatchOutcome,
            inputs=taken.sha256,
            **(how or {}),
        )

    def receive(self, *rows: Row, file: str = "", how: dict[str, Any] | None = None, **terms: Any) -> BatchOutcome:
        """Takes rows as one file of receipts."""
        taken = sheet(rows, RECEIPT_ROWS, file)
        request = self.request(**terms)
        return self.perform(
            "receive_batch",
            lambda act: receive_batch(act, sheet=taken, request=request),
            BatchOutcome,
            inputs=taken.sha256,
            **(how or {}),
        )

    def undo(self, batch_id: int | None, **how: Any) -> WithdrawalOutcome:
        """Undoes a batch."""
        assert batch_id is not None
        return self.perform(
            "withdraw_batch",
            lambda act: withdraw_batch(act, batch_id=batch_id, business_date=self.day),
            WithdrawalOutcome,
            inputs=str(batch_id).encode(),
            **how,
        )

    def close(self, day: date, **how: Any) -> CloseOutcome:
        """Closes a day."""
        house = next(house for house in houses() if house.id == self.organisation_id)
        return closing.close(house, day=day, tell=lambda _progress: None, **how)

    def decide(self, *, is_accepted: bool, proposals: list[int] | None = None, **how: Any) -> IdentityOutcome:
        """Decides the given proposals, or all that are open and say that two numbers are one."""
        chosen = proposals if proposals is not None else self.proposals("lost_zeros")["proposal"].to_list()
        return self.perform(
            "decide_identities",
            lambda act: decide_identities(act, proposals=chosen, is_accepted=is_accepted),
            IdentityOutcome,
            **how,
        )

    def proposals(self, kind: str | None = None) -> pl.DataFrame:
        """What waits for a decision."""
        return open_proposals(organisation_id=self.organisation_id, kind=kind)

    def join(
        self, login: str, role: str = "officer", creditors: tuple[str, ...] = (), branch: str | None = None, **how: Any
    ) -> Actor:
        """Lets somebody join, and returns them as an actor."""
        joining = Joining(login, login, None, role, creditors, branch)
        person = self.perform("add_person", lambda act: add_person(act, joining=joining), PersonOutcome, **how)
        return Actor(login, person.person_id, self.organisation_id)

    def open_creditor(self, name: str, **how: Any) -> CreditorOutcome:
        """Opens a creditor."""
        return self.perform("open_creditor", lambda act: open_creditor(act, name=name), CreditorOutcome, **how)

    @property
    def operator(self) -> Actor:
        """The operator, looking at this organisation alone."""
        return Actor("operator", organisation_id=self.organisation_id)

    def aged(self, as_of: date | None = None, **how: Any) -> Ageing:
        """The ageing report."""
        return ageing(by=how.pop("by", self.operator), as_of=as_of or self.day, **how)

    def states(self) -> pl.DataFrame:
        """What is stored of each living account, by its number."""
        return frames.read(
            "SELECT a.number, a.currency, a.product, s.status, o.code, s.charged_minor, s.allocated_minor,"
            " s.unapplied_minor, s.overdue_minor, s.oldest_due_date, s.bucket, s.next_action, s.next_action_on"
            " FROM account_state s JOIN account a ON a.id = s.account_id LEFT JOIN owner o ON o.id = s.owner_id"
            " WHERE a.organisation_id = %(o)s AND s.status <> 'withdrawn' ORDER BY 1, 2, 3",
            {"o": self.organisation_id},
            {
                "number": pl.String,
                "currency": pl.String,
                "product": pl.String,
                "status": pl.String,
                "owner": pl.String,
                "charged_minor": pl.Int64,
                "allocated_minor": pl.Int64,
                "unapplied_minor": pl.Int64,
                "overdue_minor": pl.Int64,
                "oldest_due_date": pl.Date,
                "bucket": pl.String,
                "next_action": pl.String,
                "next_action_on": pl.Date,
            },
        )

    def suspense(self) -> dict[str, int]:
        """Receipts in suspense: reference and amount."""
        ids = facts.suspense(self.organisation_id)["receipt_id"]
        return dict(
            frames.read(
                "SELECT source_reference, amount_minor FROM receipt WHERE id = ANY(%(ids)s) ORDER BY 1",
                {"ids": frames.ids(ids)},
                {"reference": pl.String, "amount_minor": pl.Int64},
            ).rows()
        )

    def figures(self) -> dict[str, list[dict[str, Any]]]:
        """Everything that is said of the book: two books with the same facts say the same."""
        found = self.aged(dimensions=("creditor", "debtor", "account", "country", "officer"))
        ranks = ranking(by=self.operator, as_of=self.day)
        items = found.items.select("number", "reference", "debtor_name", "open_minor", "days_late", "is_disputed")
        return {
            "table": _sorted(found.table),
            "groups": _sorted(found.groups),
            "totals": _sorted(found.totals),
            "punctuality": _sorted(found.punctuality),
            "items": _sorted(items),
            "unapplied": _sorted(found.unapplied.select("number", "unapplied_minor")),
            "overdue debtors": [{"count": found.overdue_debtors}],
            "states": _sorted(_without_idle_actions(self.states())),
            "suspense": [self.suspense()],
            "worklist": _sorted(ranks.ranked.select("officer", "number", "points", "overdue_minor")),
            "absent": _sorted(ranks.absent.select("officer", "number", "rule")),
            "proposals": _sorted(self.proposals().select("kind", "number", "other_number", "certainty_pct")),
        }


def _without_idle_actions(states: pl.DataFrame) -> pl.DataFrame:
    """What is to happen with an account that owes nothing now tells of its past: a call that was paid off stays."""
    is_late = pl.col("overdue_minor") > 0
    return states.with_columns(pl.when(is_late).then(name).alias(name) for name in ("next_action", "next_action_on"))


def _sorted(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return frame.sort(frame.columns, nulls_last=True).to_dicts()


def broken_laws() -> dict[str, list[str]]:
    """The laws that do not hold, with the rows that break them."""
    found = {law.name: first_broken(law) for law in LAWS}
    return {name: sentences for name, sentences in found.items() if sentences}


def row_counts() -> dict[str, int]:
    """How many rows every table holds."""
    names = _tables()
    counted = ", ".join(f'(SELECT count(*) FROM "{name}")' for name in names)
    row = frames.read(f"SELECT {counted}", {}, dict.fromkeys(names, pl.Int64)).row(0)
    return dict(zip(names, row, strict=True))


def content() -> dict[str, str]:
    """A digest of everything that every table holds: the book to the letter."""
    names = _tables()
    digests = ", ".join(
        f"(SELECT coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), '-') FROM \"{name}\" t)" for name in names
    )
    row = frames.read(f"SELECT {digests}", {}, dict.fromkeys(names, pl.String)).row(0)
    return dict(zip(names, row, strict=True))


def _tables() -> list[str]:
    return sorted(model._meta.db_table for model in apps.get_app_config("data").get_models())
