"""What the kernel says of a document on a day, as far as some of its events are known; each frame once."""

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from ahadi.jobs.scenario import document as doc
from ahadi.jobs.scenario.book import Book, Foundation, Instalment, KnownEvent, KnownReceipt, frame
from ahadi.jobs.scenario.document import Account, Document, Event
from ahadi.kernel.balance import BALANCES, OPEN_COLUMNS, SOURCES, balances
from ahadi.kernel.delinquency import OPEN_INSTALMENTS, LatenessRule, delinquency, late_instalments
from ahadi.kernel.replay import Replayed, replay
from ahadi.kernel.schema import COMPONENT_COLUMNS, COMPONENTS

Facts = dict[str, Any]
DISPUTE = "dispute"


class View:
    """The state of a document at the end of `as_of`, with the events given known and no others."""

    def __init__(self, foundation: Foundation, events: Sequence[KnownEvent | Event], as_of: date) -> None:
        self.foundation = foundation
        self.events = events
        self.as_of = as_of
        self.npa: dict[int, date] | None = None
        self.positions: dict[int, Facts] | None = None
        self.credit_rows: list[Facts] = []
        self.rates: dict[str, Facts] | None = None
        self._earlier: dict[int, View] = {}

    def earlier(self, count: int) -> "View":
        """The view with only the first events known, on the day of the last of them."""
        if count not in self._earlier:
            self._earlier[count] = View(self.foundation, self.events[:count], self.events[count - 1].on)
        return self._earlier[count]

    @property
    def document(self) -> Document:
        """The document that is seen."""
        return self.foundation.document

    @cached_property
    def book(self) -> Book:
        """The frames' source."""
        return Book(self.foundation, self.events)

    @property
    def rule(self) -> LatenessRule:
        """The rule by which days are counted."""
        return self.document.conventions.lateness(self.document.decimals)

    def number(self, account: str) -> int:
        """The number of an account in the frames."""
        return self.book.ledgers[account].number

    @cached_property
    def instalments(self) -> dict[int, tuple[Account, Instalment]]:
        """Every instalment by its number, with its account."""
        return {
            one.number: (ledger.account, one) for ledger in self.book.ledgers.values() for one in ledger.instalments
        }

    @cached_property
    def receipts(self) -> dict[int, KnownReceipt]:
        """Every receipt that is not reversed by its number."""
        return {known.number: known for known in self.book.known_receipts}

    @cached_property
    def came(self) -> dict[str, list[KnownReceipt]]:
        """Per account, the receipts that count by `as_of`, in the order in which they are replayed."""
        made: dict[str, list[KnownReceipt]] = {}
        for known in sorted(self.book.known_receipts, key=lambda one: (one.receipt.value, one.place)):
            if known.account and known.receipt.value <= self.as_of:
                made.setdefault(known.account, []).append(known)
        return made

    @cached_property
    def replayed(self) -> Replayed:
        """What every receipt valued by `as_of` paid."""
        return self._replay(self.as_of)

    def _replay(self, as_of: date) -> Replayed:
        conventions = self.document.conventions
        return replay(
            self.book.parts(),
            self.book.moves(),
            self.book.choices(),
            self.book.renewals(),
            as_of=as_of,
            waterfall=conventions.waterfall,
            rounding=conventions.rounding,
        )

    @cached_property
    def sources(self) -> pl.DataFrame:
        """SOURCES of all receipts with an account."""
        rows = [(known.number, known.receipt.value, known.receipt.is_credit_note) for known in self.receipts.values()]
        return frame(SOURCES, rows)

    @cached_property
    def balances(self) -> pl.DataFrame:
        """BALANCES at the end of `as_of`."""
        return balances(self.replayed.parts, self.replayed.paid, self.sources)

    @cached_property
    def future(self) -> dict[int, int]:
        """What receipts with a later value date will pay of each instalment, as far as they are known."""
        if all(known.receipt.value <= self.as_of for known in self.receipts.values()):
            return {}
        ahead = self._replay(date.max)
        now = _applied(self.replayed.paid)
        return {one: amount - now.get(one, 0) for one, amount in _applied(ahead.paid).items()}

    @cached_property
    def rows(self) -> dict[int, list[Facts]]:
        """The balances of each account, by its number: due date first, then the order of the file."""
        made: dict[int, list[Facts]] = {}
        for row in self.balances.select(BALANCES.column_names).iter_rows(named=True):
            made.setdefault(row["account_id"], []).append(row)
        return made

    def rows_of(self, account: str) -> list[Facts]:
        """The balances of an account's instalments, credits too."""
        return self.rows.get(self.number(account), [])

    @cached_property
    def late(self) -> pl.DataFrame:
        """LATE_INSTALMENTS: every instalment that is no credit, with its own days."""
        basis = pl.DataFrame(
            [(number, one.basis) for number, (_, one) in self.instalments.items()],
            schema={"instalment_id": pl.Int64, "basis_date": pl.Date},
            orient="row",
        )
        owed = self.balances.filter(pl.col("amount_minor") >= 0).join(basis, on="instalment_id")
        return late_instalments(
            owed.select(OPEN_INSTALMENTS.column_names), self.book.pause_frame(), as_of=self.as_of, rule=self.rule
        )

    @cached_property
    def late_rows(self) -> dict[int, list[Facts]]:
        """The late instalments of each account, by its number."""
        made: dict[int, list[Facts]] = {}
        for row in self.late.iter_rows(named=True):
            made.setdefault(row["account_id"], []).append(row)
        return made

    @cached_property
    def delinquencies(self) -> dict[int, Facts]:
        """DELINQUENCY of each account, by its number."""
        found = delinquency(self.late, self.book.pause_frame(), as_of=self.as_of, rule=self.rule)
        return {row["account_id"]: row for row in found.iter_rows(named=True)}

    def delinquency_of(self, account: str) -> Facts:
        """How late an account is; an account that owes nothing is not late."""
        nothing = {
            "past_due_days": 0,
            "delinquent_days": 0,
            "delinquent_since": None,
            "oldest_basis_date": None,
            "paused_days": 0,
            "overdue_minor": 0,
            "cycles_past_due": 0,
        }
        return self.delinquencies.get(self.number(account), nothing)

    def held(self, account: str, *, kind: str | None = None) -> set[int]:
        """The numbers of the instalments on which a hold lies (of that kind) on `as_of`."""
        found: set[int] = set()
        for known in self.book.holds.values():
            if known.account != account or not known.is_active(self.as_of):
                continue
            if kind is not None and known.hold.kind != kind:
                continue
            if known.hold.charge is None:
                return {one.number for one in self.book.ledgers[account].instalments}
            instalment = self.book.instalment(account, known.hold.charge)
            found |= {instalment.number} if instalment else set()
        return found

    def is_by_day(self, account: str) -> bool:
        """Whether the account is paid by the day, and has no charges of its own."""
        return account in self.foundation.by_day

    def is_written_off(self, account: str) -> bool:
        """Whether the account has been written off."""
        return account in self.book.written_off

    def open_of(self, account: str) -> dict[str, int]:
        """What is open of an account by component, credits left out."""
        rows = [row for row in self.rows_of(account) if row["amount_minor"] >= 0]
        return {name: sum(row[column] for row in rows) for name, column in zip(COMPONENTS, OPEN_COLUMNS, strict=True)}

    def outstanding(self, account: str) -> int:
        """What is charged and not paid, due or not."""
        return sum(self.open_of(account).values())

    @cached_property
    def applied(self) -> dict[int, int]:
        """What each receipt has paid, by its number."""
        total = self.replayed.paid.group_by("receipt_id").agg(pl.sum_horizontal(COMPONENT_COLUMNS).sum().alias("sum"))
        return dict(total.iter_rows())

    def credit(self, account: str) -> int:
        """Receipts that are not applied, and credits."""
        idle: int = sum(
            known.receipt.amount - self.applied.get(known.number, 0) for known in self.came.get(account, [])
        )
        credits: int = -sum(row["open_minor"] for row in self.rows_of(account) if row["amount_minor"] < 0)
        return idle + credits

    def future_minor(self, account: str) -> int:
        """Receipts booked with a later value date."""
        return sum(
            known.receipt.amount
            for known in self.receipts.values()
            if known.account == account and known.receipt.value > self.as_of
        )

    def paid_rows(self, by: str) -> list[Facts]:
        """What was paid, by components: grouped by receipt, or by receipt and instalment."""
        keys = ["receipt_id"] if by == "receipt" else ["receipt_id", "instalment_id"]
        grouped = self.replayed.paid.group_by(keys).agg(pl.col(COMPONENT_COLUMNS).sum())
        return grouped.sort(keys).to_dicts()

    def receipt_acts(self, account: str) -> list[doc.Receipt]:
        """The receipts of an account that count by `as_of`."""
        return [known.receipt for known in self.came.get(account, [])]


def _applied(paid: pl.DataFrame) -> dict[int, int]:
    total = paid.group_by("instalment_id").agg(pl.sum_horizontal(COMPONENT_COLUMNS).sum().alias("sum"))
    return dict(total.iter_rows())
