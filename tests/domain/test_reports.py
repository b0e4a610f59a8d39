"""Reports say what can be counted by hand: the portfolio, the receipts and the promises of a small book."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from ahadi.domain.audit.steps import database_clock
from ahadi.domain.people import queries as people
from ahadi.domain.placements import queries as placements
from ahadi.domain.reporting import portfolio as portfolios
from ahadi.domain.reporting import promises as promised
from ahadi.domain.reporting import receipts as received
from ahadi.domain.reporting.portfolio import portfolio
from ahadi.domain.reporting.promises import Promises, promises
from ahadi.domain.reporting.receipts import Receipts, receipts

from .book import DAY, SmallBook, broken_laws, invoice, receipt
from .desk import Desk

END = date(2026, 3, 31)
FIRST = date(2026, 3, 1)


@pytest.fixture
def portfolio_book(book: SmallBook) -> SmallBook:
    """In dollars one debtor who cures, one who rolls on, one newly late, one long late, one ahead; one in euros."""
    book.join("juma")
    book.place(
        invoice("A", 1_000, date(2026, 2, 10), "CURES"),
        invoice("B", 500, date(2026, 1, 20), "ROLLS"),
        invoice("C", 300, date(2026, 3, 15), "NEWLY", branch="Arusha"),
        invoice("D", 800, date(2025, 12, 1), "LONG", invoiced_on=date(2025, 11, 1)),
        invoice("E", 50, date(2026, 4, 30), "AHEAD"),
    )
    book.place(invoice("F", 77, date(2026, 1, 1), "EURO"), currency="EUR")
    book.receive(
        receipt("R1", 1_000, date(2026, 3, 10), "CURES"),
        receipt("R2", 100, date(2026, 3, 20), "NEWLY"),
        receipt("R3", 20, date(2026, 3, 5), "AHEAD"),
        receipt("LATER", 500, date(2026, 4, 1), "ROLLS"),
    )
    return book


def only(frame: pl.DataFrame, **wanted: Any) -> dict[str, Any]:
    """The one row of these values."""
    return frame.filter(pl.col(name) == value for name, value in wanted.items()).row(0, named=True)


def test_portfolio_counts_what_is_open_late_and_at_risk(portfolio_book: SmallBook) -> None:
    found = portfolio(by=portfolio_book.operator, as_of=END)
    row = only(found.groups, currency="USD")
    assert (found.first, row["account_count"], row["late_count"]) == (FIRST, 4, 3)
    assert (row["outstanding_minor"], row["overdue_minor"]) == (500 + 200 + 800 + 30, 500 + 200 + 800)
    assert (row["par30_minor"], row["par90_minor"]) == (1_300, 800)
    assert (row["par30_pct"], row["par90_pct"]) == ("84.97", "52.29")


def test_portfolio_says_who_cured_who_is_newly_late_and_what_was_collected(portfolio_book: SmallBook) -> None:
    row = only(portfolio(by=portfolio_book.operator, as_of=END).groups, currency="USD")
    assert (row["late_before_count"], row["overdue_before_minor"], row["cured_count"]) == (3, 2_300, 1)
    assert (row["new_late_count"], row["new_late_minor"], row["cure_pct"]) == (1, 200, "33.33")
    assert (row["received_count"], row["received_minor"], row["fell_due_minor"]) == (3, 1_120, 300)
    paid = (row["applied_minor"], row["applied_to_current_minor"], row["applied_to_overdue_minor"])
    assert paid == (1_120, 100, 1_000)
    rates = (row["collection_rate_pct"], row["cer_current_pct"], row["cer_total_pct"])
    assert rates == ("373.33", "33.33", "42.31")


def test_portfolio_rolls_from_the_month_before_to_the_day(portfolio_book: SmallBook) -> None:
    rolls = portfolio(by=portfolio_book.operator, as_of=END).rolls.filter(currency="USD")
    told = rolls.head(4).select("before_minor", "after_minor", "net_pct", "tracked_minor", "tracked_pct")
    assert told.rows() == [
        (350, 200, "57.14", 300, "85.71"),
        (1_000, 0, "0.00", 0, "0.00"),
        (500, 500, "100.00", 500, "100.00"),
        (800, 800, "100.00", 800, "100.00"),
    ]
    assert set(rolls["tracked_pct"][4:]) == {None}


def test_currencies_stand_apart(portfolio_book: SmallBook) -> None:
    found = portfolio(by=portfolio_book.operator, as_of=END)
    row = only(found.groups, currency="EUR")
    assert (row["account_count"], row["outstanding_minor"], row["par90_pct"]) == (1, 77, "0.00")
    assert (row["fell_due_minor"], row["collection_rate_pct"]) == (0, None)
    assert found.groups["currency"].to_list() == ["EUR", "USD"]


@pytest.mark.parametrize("dimension", portfolios.DIMENSIONS)
def test_portfolio_by_any_dimension_adds_up_to_the_whole(portfolio_book: SmallBook, dimension: str) -> None:
    whole = portfolio(by=portfolio_book.operator, as_of=END).groups
    parts = portfolio(by=portfolio_book.operator, as_of=END, dimensions=[dimension]).groups
    sums = [name for name, kind in whole.schema.items() if kind == pl.Int64]
    assert (
        parts.group_by("currency").agg(pl.col(sums).sum()).sort("currency").rows()
        == whole.select("currency", *sums).rows()
    )


def test_portfolio_agrees_with_the_ageing(portfolio_book: SmallBook) -> None:
    mine = portfolio(by=portfolio_book.operator, as_of=END).groups
    aged = portfolio_book.aged(END)
    same = ["currency", "open_minor", "overdue_minor", "par30_minor"]
    assert mine.select("currency", "outstanding_minor", "overdue_minor", "par30_minor").rows() == (
        aged.groups.select(same).rows()
    )
    assert mine["par90_pct"].to_list() == aged.totals["par90_pct"].to_list()


def test_credit_note_is_no_collection(portfolio_book: SmallBook) -> None:
    portfolio_book.receive(receipt("N", 50, date(2026, 3, 25), "ROLLS", kind="credit_note"))
    row = only(portfolio(by=portfolio_book.operator, as_of=END).groups, currency="USD")
    assert (row["outstanding_minor"], row["received_minor"], row["applied_minor"]) == (1_480, 1_120, 1_120)


def test_portfolio_known_before_a_receipt_does_not_show_it(portfolio_book: SmallBook) -> None:
    before = database_clock()
    portfolio_book.receive(receipt("NEW", 500, date(2026, 3, 25), "ROLLS"))
    then = portfolio(by=portfolio_book.operator, as_of=END, known_at=before).groups
    now = portfolio(by=portfolio_book.operator, as_of=END).groups
    assert only(then, currency="USD")["received_minor"] == 1_120
    assert only(now, currency="USD")["received_minor"] == 1_620


def test_portfolio_of_nothing_is_empty(book: SmallBook) -> None:
    found = portfolio(by=book.operator, as_of=END, dimensions=["officer"])
    assert (found.groups.height, found.rolls.height) == (0, 0)


def test_officer_reports_the_own_accounts_only(portfolio_book: SmallBook) -> None:
    neema = portfolio_book.join("neema")
    assert portfolio(by=neema, as_of=END).groups.is_empty()
    assert promises(by=neema, as_of=END).groups.is_empty()
    found = receipts(by=neema, first=FIRST, as_of=END)
    assert (found.groups.height, found.ledger.height) == (0, 0)


@pytest.fixture
def cash_book(book: SmallBook) -> SmallBook:
    """Cash that pays, cash too much, cash for nobody, a direct receipt, and one of the month before."""
    book.place(invoice("A", 1_000, debtor="D1"), invoice("B", 200, debtor="D2"))
    book.receive(
        receipt("BEFORE", 100, date(2026, 2, 28), "D1"),
        receipt("PAYS", 300, date(2026, 3, 1), "D1"),
        receipt("TOO MUCH", 250, date(2026, 3, 5), "D2"),
        receipt("NOBODY", 40, date(2026, 3, 5), "?"),
        receipt("DIRECT", 60, date(2026, 3, 9), "D1", kind="direct"),
        receipt("AFTER", 10, date(2026, 4, 1), "D1"),
    )
    return book


def of_march(book: SmallBook, *dimensions: str, **how: Any) -> Receipts:
    return receipts(by=how.pop("by", book.operator), first=FIRST, as_of=END, dimensions=dimensions, **how)


def test_receipts_are_allocated_unapplied_or_in_suspense(cash_book: SmallBook) -> None:
    row = only(of_march(cash_book).groups, currency="USD")
    assert (row["receipt_count"], row["amount_minor"]) == (4, 650)
    parts = [row[f"{name}_minor"] for name in ("allocated", "unapplied", "suspense", "reversed", "reversals")]
    assert parts == [560, 50, 40, 0, 0]


def test_receipts_by_day_kind_and_creditor(cash_book: SmallBook) -> None:
    by_day = of_march(cash_book, "day").groups
    assert by_day.select("day", "amount_minor").rows() == [
        (date(2026, 3, 1), 300),
        (date(2026, 3, 5), 290),
        (date(2026, 3, 9), 60),
    ]
    by_kind = of_march(cash_book, "kind").groups
    assert dict(by_kind.select("kind", "amount_minor").rows()) == {"cash": 590, "direct": 60}
    by_creditor = of_march(cash_book, "creditor", "officer").groups
    assert by_creditor.select("creditor", "officer", "amount_minor").rows() == [
        ("Savannah Airtime", "unassigned", 610),
        ("Savannah Airtime", None, 40),
    ]


@pytest.mark.parametrize("dimension", received.DIMENSIONS)
def test_receipts_by_any_dimension_add_up_to_the_whole(cash_book: SmallBook, dimension: str) -> None:
    whole, parts = of_march(cash_book).groups, of_march(cash_book, dimension).groups
    sums = [name for name, kind in whole.schema.items() if kind == pl.Int64]
    assert parts.select(pl.col(sums).sum()).rows() == whole.select(sums).rows()


def test_receipts_tie_out_with_the_ledger(cash_book: SmallBook) -> None:
    found = of_march(cash_book)
    # Direct money is in no bank of ours; what was received before and by the day is.
    expected = {"currency": "USD", "bank_minor": 690, "trust_minor": 600, "suspense_minor": 90, "received_minor": 690}
    assert found.ledger.row(0, named=True) == {**expected, "is_tied": True}
    assert found.is_tied


def test_receipts_that_the_ledger_does_not_know_are_told(cash_book: SmallBook, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = received._LEDGER.replace("p.ledger = 'bank'", "p.ledger = 'bank' AND p.amount_minor <> 300")
    monkeypatch.setattr(received, "_LEDGER", lost)
    assert not of_march(cash_book).is_tied


def test_reversed_receipt_stays_on_its_day_and_its_reversal_stands_on_the_own(cash_book: SmallBook) -> None:
    Desk(cash_book).reverse("D1", "PAYS")
    assert broken_laws() == {}
    row = only(of_march(cash_book).groups, currency="USD")
    assert (row["amount_minor"], row["allocated_minor"], row["reversed_minor"], row["reversals_minor"]) == (
        (650, 260, 300, 0)
    )
    today = people.today(cash_book.organisation_id)
    found = receipts(by=cash_book.operator, first=today, as_of=today, dimensions=["day"])
    row = only(found.groups, day=today)
    assert (row["receipt_count"], row["amount_minor"], row["reversals_count"], row["reversals_minor"]) == (0, 0, 1, 300)
    assert found.ledger["bank_minor"].to_list() == [400]
    assert found.is_tied and of_march(cash_book).is_tied


def test_receipts_of_an_undone_batch_never_came(cash_book: SmallBook) -> None:
    before, known = of_march(cash_book).groups.rows(), database_clock()
    more = cash_book.receive(receipt("UNDONE", 5, date(2026, 3, 7), "D1"))
    assert of_march(cash_book).groups.rows() != before
    after = database_clock()
    cash_book.undo(more.batch_id)
    assert of_march(cash_book).groups.rows() == before
    assert of_march(cash_book, known_at=known).groups.rows() == before
    assert of_march(cash_book, known_at=after).groups["amount_minor"].to_list() == [655]
    assert of_march(cash_book).is_tied and of_march(cash_book, known_at=after).is_tied


def test_receipts_of_one_creditor_leave_the_others_out(cash_book: SmallBook) -> None:
    cash_book.place(invoice("C", 90, debtor="D9"), creditor="Mara")
    cash_book.receive(receipt("M", 90, date(2026, 3, 3), "D9"), creditor="Mara")
    mara = placements.creditor(cash_book.organisation_id, "Mara")
    found = of_march(cash_book, "creditor", creditor_id=mara)
    assert found.groups.select("creditor", "amount_minor").rows() == [("Mara", 90)]


@pytest.fixture
def promise_book(book: SmallBook) -> SmallBook:
    """As of 10 March: kept, part of it kept, broken today, broken before, open and due soon, open later, withdrawn."""
    names = ("KEPT", "PART", "TODAY", "OLD", "SOON", "LATER", "GONE")
    book.place(*(invoice(name, 10_000, debtor=name) for name in names))
    desk = Desk(book)
    made = date(2026, 2, 20)
    for name, amount, due_on in (
        ("KEPT", 100, date(2026, 3, 1)),
        ("PART", 200, date(2026, 3, 2)),
        ("TODAY", 300, date(2026, 3, 6)),
        ("OLD", 400, date(2026, 3, 1)),
        ("SOON", 500, date(2026, 3, 17)),
        ("LATER", 600, date(2026, 3, 18)),
    ):
        desk.promise(name, amount, made, due_on)
    gone = desk.promise("GONE", 700, made, date(2026, 3, 1))
    desk.withdraw_promise("GONE", gone, date(2026, 2, 25))
    book.receive(receipt("R1", 90, date(2026, 3, 4), "KEPT"), receipt("R2", 179, date(2026, 3, 1), "PART"))
    return book


TENTH = date(2026, 3, 10)


def as_of_tenth(book: SmallBook, *dimensions: str, as_of: date = TENTH) -> Promises:
    return promises(by=book.operator, as_of=as_of, dimensions=dimensions)


def test_promises_are_counted_by_what_became_of_them(promise_book: SmallBook) -> None:
    row = only(as_of_tenth(promise_book).groups, currency="USD")
    assert (row["made_count"], row["made_minor"], row["withdrawn_count"]) == (7, 2_800, 1)
    assert (row["open_count"], row["open_minor"]) == (2, 1_100)
    assert (row["due_soon_count"], row["due_soon_minor"]) == (1, 500)
    matured = [row[f"{name}_count"] for name in ("matured", "kept", "partially_kept", "broken")]
    assert matured == [4, 1, 1, 2]
    assert (row["broken_today_count"], row["broken_today_minor"]) == (1, 300)


def test_kept_rates_are_of_matured_promises_by_number_and_by_value(promise_book: SmallBook) -> None:
    row = only(as_of_tenth(promise_book).groups, currency="USD")
    assert (row["matured_minor"], row["kept_minor"], row["received_minor"]) == (1_000, 100, 269)
    assert (row["kept_pct"], row["kept_by_value_pct"], row["value_received_pct"]) == ("25.00", "10.00", "26.90")


def test_promise_breaks_on_the_day_after_its_last_day_of_grace(promise_book: SmallBook) -> None:
    told = {day: only(as_of_tenth(promise_book, as_of=day).groups, currency="USD") for day in (date(2026, 3, 9), TENTH)}
    assert [row["broken_count"] for row in told.values()] == [1, 2]
    assert [row["open_count"] for row in told.values()] == [3, 2]
    after = only(as_of_tenth(promise_book, as_of=TENTH + timedelta(days=1)).groups, currency="USD")
    assert (after["broken_count"], after["broken_today_count"]) == (2, 0)


def test_promises_before_any_matured_have_no_rate(promise_book: SmallBook) -> None:
    row = only(as_of_tenth(promise_book, as_of=date(2026, 2, 21)).groups, currency="USD")
    assert (row["made_count"], row["matured_count"], row["kept_pct"]) == (7, 0, None)


def test_promises_made_later_are_not_there_yet(promise_book: SmallBook) -> None:
    assert as_of_tenth(promise_book, "officer", as_of=date(2026, 2, 19)).groups.is_empty()


@pytest.mark.parametrize("dimension", portfolios.DIMENSIONS)
def test_promises_by_any_dimension_add_up_to_the_whole(promise_book: SmallBook, dimension: str) -> None:
    whole, parts = as_of_tenth(promise_book).groups, as_of_tenth(promise_book, dimension).groups
    sums = [name for name, kind in whole.schema.items() if kind == pl.Int64]
    assert parts.select(pl.col(sums).sum()).rows() == whole.select(sums).rows()
    assert promised.DUE_SOON_DAYS == 7


def test_promises_agree_with_their_stored_states(promise_book: SmallBook) -> None:
    assert broken_laws() == {}
    promise_book.close(DAY)
    assert broken_laws() == {}
