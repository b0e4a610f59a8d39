"""What people at their desks book, for tests: promises and plans, holds, contacts, what they ask for, reversals."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from ahadi.data import frames
from ahadi.data.models.account import Hold, NextAction
from ahadi.data.models.contact import Contact, ContactOutcome
from ahadi.data.models.promise import Plan, Promise, PromiseWithdrawal
from ahadi.data.models.receipt import Receipt, ReceiptReversal
from ahadi.domain.audit.ports import Act
from ahadi.domain.contact.ports import Asked
from ahadi.domain.flows import begin_contact
from ahadi.domain.ledger import steps as ledger
from ahadi.domain.receipts import steps as receipts
from ahadi.domain.work import steps as work

from .book import SmallBook


@dataclass(frozen=True)
class DeskOutcome:
    """The id of the fact that was booked."""

    id: int


@dataclass(frozen=True)
class Desk:
    """Books facts on accounts of a book by their number, and restates the accounts as of the book's day."""

    book: SmallBook

    def account(self, number: str) -> int:
        """The id of the only account of this number."""
        found: int = frames.scalar(
            "SELECT id FROM account WHERE number = %(n)s AND organisation_id = %(o)s",
            {"n": number, "o": self.book.organisation_id},
        )
        return found

    def promise(
        self, number: str, amount_minor: int, made_on: date, due_on: date, *, plan: int | None = None, turn: int = 0
    ) -> int:
        """A promise, or with a plan the instalment of that turn."""
        row = Promise(
            account_id=self.account(number),
            plan_id=plan,
            number=turn or None,
            made_on=made_on,
            due_on=due_on,
            amount_minor=amount_minor,
        )
        return self._booked(number, row)

    def plan(self, number: str, amounts: list[int], made_on: date, days: list[date]) -> int:
        """A plan with its instalments."""
        row = Plan(account_id=self.account(number), made_on=made_on, instalments=len(amounts), total_minor=sum(amounts))
        plan = self._booked(number, row)
        for turn, (amount, day) in enumerate(zip(amounts, days, strict=True), 1):
            self.promise(number, amount, made_on, day, plan=plan, turn=turn)
        return plan

    def withdraw_promise(self, number: str, promise: int, on: date) -> None:
        """A promise that no longer counts."""
        self._booked(number, PromiseWithdrawal(promise_id=promise, withdrawn_on=on, reason="replaced"))

    def hold(self, number: str, kind: str, from_date: date, review_on: date) -> None:
        """A hold on a whole account."""
        self._booked(number, Hold(account_id=self.account(number), kind=kind, from_date=from_date, review_on=review_on))

    def mail(self, number: str) -> None:
        """An e-mail that the gate lets through, now."""
        asked = Asked(self.account(number), "email")
        begun = self.book.perform(
            "begin_contact", lambda act: begin_contact.begin_contact(act, asked=asked), begin_contact.ReachOutcome
        )
        assert begun.contact_id is not None, begun

    def reach(self, number: str, on: date) -> None:
        """A call that reached the debtor at noon."""

        def book(act: Act) -> int:
            noon = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
            account = self.account(number)
            call = Contact(account_id=account, channel="call", direction="inbound", began_at=noon, act_id=act.id)
            call.save(force_insert=True)
            ContactOutcome(
                contact_id=call.id, result="TALKED", is_contact=True, is_right_party=True, ended_at=noon, act_id=act.id
            ).save(force_insert=True)
            return call.id

        self._performed(number, book)

    def ask(self, number: str, action: str, on: date) -> None:
        """What a person asks to happen next."""

        def book(act: Act) -> int:
            row = NextAction(account_id=self.account(number), action=action, due_on=on, set_at=act.at, act_id=act.id)
            row.save(force_insert=True)
            return row.id

        self._performed(number, book)

    def reverse(self, number: str, reference: str) -> None:
        """A receipt that did not hold, reversed now."""

        def book(act: Act) -> int:
            row = Receipt.objects.get(source_reference=reference)
            ReceiptReversal(receipt_id=row.id, reason="bounced", booked_at=act.at, act_id=act.id).save(
                force_insert=True
            )
            receipts.reallocate(act, pl.Series([self.account(number)]))
            receipts.restate_receipts(pl.Series([row.id]))
            told = {"creditor_id": row.creditor_id, "account_id": None, "currency": row.currency, "component": None}
            line = pl.DataFrame(
                [{**told, "kind": "reversal", "value_date": act.at.date(), "amount_minor": row.amount_minor}],
                schema={name: kind for name, kind in ledger.LINE.items() if name != "ledger"},
            )
            ledger.post(act, ledger.both(line, debit="suspense", credit="bank"))
            return row.id

        self._performed(number, book)

    def _booked(self, number: str, row: Any) -> int:
        def book(act: Act) -> int:
            row.act_id, row.booked_at = act.id, act.at
            row.save(force_insert=True)
            made: int = row.pk
            return made

        return self._performed(number, book)

    def _performed(self, number: str, book: Callable[[Act], int]) -> int:
        def operation(act: Act) -> DeskOutcome:
            made = book(act)
            work.restate(act, pl.Series([self.account(number)]), as_of=self.book.day)
            return DeskOutcome(made)

        return self.book.perform("book_at_desk", operation, DeskOutcome).id
