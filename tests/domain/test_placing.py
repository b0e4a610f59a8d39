"""Placing a sheet: the good rows go in, the bad ones come back, and nothing comes in twice."""

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from ahadi.data import facts, frames
from ahadi.data.facts import Selection
from ahadi.domain.placements import steps as placements
from ahadi.domain.placements.ports import PLACEMENT_ROWS, SheetOfRows

from .book import DAY, SmallBook, broken_laws, invoice, receipt, row_counts, sheet


def errors(outcome: Any) -> list[tuple[int, str]]:
    return [(error["line"], error["column"]) for error in outcome.errors]


def open_minor(book: SmallBook, as_of: date = DAY, **how: Any) -> int:
    return int(book.aged(as_of, **how).items["open_minor"].sum())


def test_invoices_become_charges_of_their_debtors_account(book: SmallBook) -> None:
    outcome = book.place(invoice("A", 100), invoice("B", 50), invoice("C", 25, debtor="D2"))
    assert (outcome.staged, outcome.accepted, outcome.duplicate, outcome.rejected) == (3, 3, 0, 0)
    assert (outcome.accounts, outcome.charges, outcome.charged) == (2, 3, {"USD": 175})
    assert book.states().select("number", "status", "charged_minor", "overdue_minor").rows() == [
        ("D1", "open", 150, 150),
        ("D2", "open", 25, 25),
    ]
    assert broken_laws() == {}


def test_loan_is_all_its_instalments_with_their_interest(book: SmallBook) -> None:
    loan = {"account_number": "L1", "amount_minor": 1000, "instalments": 3, "instalment_minor": 350}
    book.place({**loan, "opened_on": date(2026, 1, 15)}, product="loan")
    charges = facts.charges(Selection())
    assert charges.select("due_date", "principal_minor", "interest_minor").rows() == [
        (date(2026, 2, 15), 333, 16),
        (date(2026, 3, 15), 333, 16),
        (date(2026, 4, 15), 334, 18),
    ]
    assert broken_laws() == {}


@pytest.mark.parametrize("asked", [1049, 1003, 1001])
def test_interest_of_a_loan_is_not_lost_to_rounding(book: SmallBook, asked: int) -> None:
    loan = {"account_number": "L1", "principal_minor": 1000, "interest_minor": asked - 1000, "due_on": DAY}
    book.place(loan, product="loan")
    assert open_minor(book) == asked


def test_settled_row_brings_a_receipt_of_that_day_for_that_charge(book: SmallBook) -> None:
    settled = date(2026, 2, 3)
    outcome = book.place(invoice("OLD", 70, date(2026, 1, 10)), invoice("NEW", 100, settled_on=settled))
    assert (outcome.receipts, outcome.received) == (1, {"USD": 100})
    assert (open_minor(book, settled - timedelta(days=1)), open_minor(book, settled)) == (170, 70)
    assert book.aged(settled).items["reference"].to_list() == ["OLD"]
    assert broken_laws() == {}


def test_without_its_designation_the_same_money_pays_the_oldest(book: SmallBook) -> None:
    book.place(invoice("OLD", 70, date(2026, 1, 10)), invoice("NEW", 100))
    book.receive(receipt("R", 100, date(2026, 2, 3)))
    assert book.aged().items.select("reference", "open_minor").rows() == [("NEW", 70)]


def test_paid_to_date_books_only_what_it_grew(book: SmallBook) -> None:
    book.place(invoice("A", 100, paid_minor=30, paid_on=date(2026, 2, 1)))
    grown = book.place(invoice("A", 100, paid_minor=80, paid_on=date(2026, 2, 20)))
    assert (grown.accepted, grown.duplicate, grown.charges, grown.received) == (1, 0, 0, {"USD": 50})
    assert [open_minor(book, date(2026, 2, day)) for day in (1, 19, 20)] == [70, 70, 20]
    assert broken_laws() == {}


def test_paid_to_date_that_fell_is_refused_by_row(book: SmallBook) -> None:
    book.place(invoice("A", 100, paid_minor=30))
    outcome = book.place(invoice("A", 100, paid_minor=20), invoice("B", 5))
    assert errors(outcome) == [(2, "paid")]
    assert "fell below the 30" in str(outcome.errors[0]["message"])
    assert (outcome.accepted, outcome.rejected) == (1, 1)


def test_disputed_charge_is_held_with_a_day_of_review(book: SmallBook) -> None:
    outcome = book.place(invoice("A", 100, disputed=True), invoice("B", 50))
    held = facts.holds(Selection())
    assert (outcome.holds, held["kind"].to_list()) == (1, ["DISPUTE"])
    assert held["review_on"].item() == DAY + timedelta(days=14)
    found = book.aged().items
    assert found.filter("is_disputed")["reference"].to_list() == ["A"]


def test_charge_that_is_disputed_in_a_later_sheet_is_held_from_that_day(book: SmallBook) -> None:
    book.place(invoice("A", 100), invoice("B", 50))
    later = book.place(invoice("A", 100, disputed=True), invoice("B", 50))
    assert (later.accepted, later.duplicate, later.holds) == (1, 1, 1)
    assert facts.holds(Selection())["from_date"].to_list() == [DAY]
    again = book.place(invoice("A", 100, disputed=True), invoice("B", 50), invoice("C", 25))
    assert (again.accepted, again.holds) == (1, 0)
    assert broken_laws() == {}


@pytest.mark.parametrize(
    ("row", "terms", "column"),
    [
        (invoice("A", 1, currency=None), {"currency": None}, "currency"),
        (invoice("A", 1, product="casino"), {}, "product"),
        (invoice("A", 1, debtor=None), {}, "account_number"),  # type: ignore[arg-type]
        ({**invoice("A", 1), "amount_minor": None}, {}, "amount"),
        ({**invoice("A", 1), "due_on": None, "invoiced_on": None}, {}, "due_on"),
        (invoice("A", 1, paid_minor=-1), {}, "paid"),
        (invoice("A", 1, instalments=0), {}, "instalments"),
        (invoice("A", 1, instalments=2), {}, "instalments"),
        (invoice("A", 1, principal_minor=5, fee_minor=-1), {}, "principal"),
    ],
)
def test_row_that_lacks_what_a_charge_needs_comes_back(
    book: SmallBook, row: dict[str, Any], terms: dict[str, Any], column: str
) -> None:
    good = {**invoice("GOOD", 10), "currency": "USD", "paid_minor": None}
    outcome = book.place(row, good, **terms)
    assert errors(outcome) == [(2, column)]
    assert (outcome.accepted, outcome.rejected) == (1, 1)
    assert [item["reference"] for item in book.aged().items.to_dicts()] == ["GOOD"]


def test_same_file_again_adds_nothing_and_names_its_batch(book: SmallBook) -> None:
    first = book.place(invoice("A", 100))
    before = row_counts()
    again = book.place(invoice("A", 100))
    assert (again.already_batch_id, again.batch_id, again.duplicate) == (first.batch_id, None, 1)
    changed = {name for name, count in row_counts().items() if count != before[name]}
    assert changed <= {"act", "act_outcome", "chain_head"}


def test_same_rows_in_another_file_are_duplicates(book: SmallBook) -> None:
    book.place(invoice("A", 100, settled_on=date(2026, 2, 2)), invoice("B", 50))
    again = book.place(invoice("A", 100, settled_on=date(2026, 2, 2)), invoice("B", 50), file="other.csv")
    assert (again.accepted, again.duplicate, again.charges, again.receipts) == (0, 2, 0, 0)
    assert open_minor(book) == 50


def test_file_with_rejected_rows_may_be_tried_again(book: SmallBook) -> None:
    first = book.place(invoice("A", 100), rejected=1)
    again = book.place(invoice("A", 100), rejected=1)
    assert (first.accepted, again.accepted, again.duplicate) == (1, 0, 1)
    assert broken_laws() == {}


def test_reference_with_another_amount_is_refused(book: SmallBook) -> None:
    book.place(invoice("A", 100))
    outcome = book.place(invoice("A", 101), invoice("A2", 5))
    assert errors(outcome) == [(2, "reference")]
    assert open_minor(book) == 105


def test_reference_twice_in_one_file_with_another_amount_is_refused(book: SmallBook) -> None:
    outcome = book.place(invoice("A", 100), invoice("A", 101), invoice("A", 100))
    assert errors(outcome) == [(3, "reference")]
    assert (outcome.accepted, outcome.duplicate, outcome.rejected) == (1, 1, 1)


def test_credits_are_kept_apart_and_lower_no_charge(book: SmallBook) -> None:
    book.place(invoice("A", 100), invoice("CREDIT", -40))
    found = book.aged()
    assert found.groups.select("open_minor", "credit_minor").rows() == [(100, 40)]
    assert found.unapplied["unapplied_minor"].to_list() == [40]
    assert broken_laws() == {}


def test_currencies_are_never_added(book: SmallBook) -> None:
    outcome = book.place(invoice("A", 100), invoice("B", 100, currency="kes"))
    assert (outcome.accounts, outcome.charged) == (2, {"KES": 100, "USD": 100})
    assert book.aged().groups.select("currency", "open_minor").rows() == [("KES", 100), ("USD", 100)]


def test_accounts_of_one_debtor_stay_with_one_officer_whom_a_grant_covers(book: SmallBook) -> None:
    book.open_creditor("Other")
    book.join("juma")
    book.join("neema")
    book.join("stranger", creditors=("Other",))
    book.join("boss", role="manager")
    rows = [invoice(f"I{n}-{c}", 10, debtor=f"D{n}", currency=c) for n in range(8) for c in ("USD", "KES")]
    book.place(*rows)
    owners = book.states().group_by("number").agg(pl.col("owner").unique())["owner"].to_list()
    assert all(len(owner) == 1 for owner in owners)
    assert {owner for (owner,) in owners} == {"juma", "neema"}


def test_account_that_no_officer_covers_waits_in_the_queue(book: SmallBook) -> None:
    book.open_creditor("Other")
    book.join("stranger", creditors=("Other",))
    book.join("coast", branch="COAST")
    book.place(invoice("A", 10, branch="INLAND"), invoice("B", 10, debtor="D2", branch="COAST"))
    assert book.states().select("number", "owner").rows() == [("D1", "unassigned"), ("D2", "coast")]


def test_every_open_account_waits_for_a_step_of_its_strategy(book: SmallBook) -> None:
    book.place(invoice("LATE", 10), invoice("LATER", 10, DAY + timedelta(days=9), debtor="D2"))
    assert book.states().select("number", "next_action", "next_action_on").rows() == [
        ("D1", "call", date(2026, 1, 31) + timedelta(days=15)),
        ("D2", "send_statement", DAY + timedelta(days=9 - 7)),
    ]


def test_mapping_of_a_creditor_is_kept_once(book: SmallBook) -> None:
    book.place(invoice("A", 10))
    book.place(invoice("B", 10))
    assert frames.scalar("SELECT count(*) FROM sheet_mapping") == 1


def numbered(*pairs: tuple[str | None, str | None]) -> SheetOfRows:
    rows = [
        {"account_number": account, "debtor_number": debtor, "amount_minor": 100, "due_on": DAY}
        for account, debtor in pairs
    ]
    return sheet(rows, PLACEMENT_ROWS)


def test_rows_of_one_account_or_debtor_stay_in_one_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placements, "PART", 2)
    rows = numbered(("A1", "D1"), ("A2", "D2"), ("A3", "D3"), ("A4", "D4"), ("A5", "D1"), ("A3", None), ("A5", "D6"))
    assert [part.rows["line"].to_list() for part in placements.parts(rows)] == [[2, 3, 6, 8], [4, 5, 7]]


def test_long_chain_of_shared_numbers_stays_in_one_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placements, "PART", 100)
    chain = [(f"A{turn // 2}", f"D{(turn + 1) // 2}") for turn in range(3_000)]
    assert [part.rows.height for part in placements.parts(numbered(*reversed(chain)))] == [3_000]


@pytest.mark.parametrize("part", [1, 2, 5])
def test_sheet_taken_in_parts_makes_the_same_book(db: None, monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    rows = [
        invoice("A", 100, debtor="D1", debtor_name="Amina"),
        invoice("B", 50, debtor="D2", disputed=True),
        invoice("A", 120, debtor="D1", debtor_name="Amina"),
        invoice("C", 70, debtor="007", debtor_name="Juma", settled_on=date(2026, 2, 1)),
        invoice("D", 30, debtor="7", debtor_name="Juma"),
        invoice("E", 90, debtor="D2", paid_minor=40),
        invoice("F", -20, debtor="D1", debtor_name="Amina Ali"),
        invoice("G", 60, debtor="D9", currency="KES"),
    ]
    made = {}
    for name, size in (("whole", placements.PART), ("in parts", part)):
        monkeypatch.setattr(placements, "PART", size)
        book = SmallBook.opened(code=name)
        book.receive(receipt("EARLY", 25, debtor="D9", currency="KES"))
        first = book.place(*rows)
        again = book.place(*rows, invoice("H", 10, debtor="D3"), file="more.csv")
        made[name] = (
            [{**asdict(outcome), "batch_id": None} for outcome in (first, again)],
            book.figures(),
            book.suspense(),
            book.proposals().drop("proposal", "party_id", "other_id").rows(),
        )
        assert broken_laws() == {}
        for outcome in (again, first):
            book.undo(outcome.batch_id)
        assert book.figures()["states"] == []
    assert made["in parts"] == made["whole"]
