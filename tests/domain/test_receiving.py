"""A receipt is booked once, finds its account or waits, and pays what it is for."""

from datetime import date

import polars as pl
import pytest

from ahadi.data import frames

from .book import DAY, SmallBook, broken_laws, invoice, receipt


def opened(book: SmallBook, as_of: date = DAY) -> dict[str, int]:
    return dict(book.aged(as_of).items.select("reference", "open_minor").rows())


def test_receipt_pays_the_oldest_due_of_its_debtors_account(book: SmallBook) -> None:
    book.place(invoice("NEW", 100), invoice("OLD", 70, date(2026, 1, 10)))
    outcome = book.receive(receipt("R", 90))
    assert (outcome.accepted, outcome.receipts, outcome.suspense, outcome.received) == (1, 1, 0, {"USD": 90})
    assert opened(book) == {"NEW": 80}
    assert broken_laws() == {}


@pytest.mark.parametrize(
    "row",
    [
        receipt("R", 60, debtor="nobody"),
        receipt("R", 60, debtor=None),
        receipt("R", 60, currency="KES"),
        receipt("R", 60, debtor="TWICE"),
        receipt("R", 60, debtor=None, reference="no such invoice"),
    ],
    ids=["unknown number", "no number", "other currency", "two accounts", "unknown reference"],
)
def test_receipt_without_a_single_account_waits_in_suspense(book: SmallBook, row: dict[str, object]) -> None:
    twice = invoice("C", 1, debtor="TWICE", product="loan")
    book.place({**invoice("A", 100), "product": "invoice"}, invoice("B", 1, debtor="TWICE", product="invoice"), twice)
    outcome = book.receive({**row, "currency": row.get("currency", "USD")})
    assert (outcome.accepted, outcome.suspense) == (1, 1)
    assert book.suspense() == {"R": 60}
    assert opened(book)["A"] == 100
    assert broken_laws() == {}


def test_receipt_pays_the_charge_that_it_names(book: SmallBook) -> None:
    book.place(invoice("OLD", 70, date(2026, 1, 10)), invoice("NEW", 100))
    book.receive(receipt("R", 90, reference="NEW"))
    assert opened(book) == {"OLD": 70, "NEW": 10}


def test_reference_of_a_charge_is_enough_to_find_the_account(book: SmallBook) -> None:
    book.place(invoice("OLD", 70, date(2026, 1, 10)), invoice("NEW", 100))
    book.receive(receipt("R", 100, debtor=None, reference="NEW"))
    assert opened(book) == {"OLD": 70}
    assert book.suspense() == {}


def test_reference_of_another_accounts_charge_is_only_a_memo(book: SmallBook) -> None:
    book.place(invoice("MINE", 100), invoice("THEIRS", 100, debtor="D2"))
    book.receive(receipt("R", 60, reference="THEIRS"))
    assert opened(book) == {"MINE": 40, "THEIRS": 100}


def test_reference_that_came_before_is_a_duplicate(book: SmallBook) -> None:
    book.place(invoice("A", 100))
    book.receive(receipt("R", 60))
    again = book.receive(receipt("R", 60), receipt("S", 10), file="other.csv")
    assert (again.accepted, again.duplicate, again.rejected) == (1, 1, 0)
    assert opened(book) == {"A": 30}


@pytest.mark.parametrize("amount", [59, 61])
def test_reference_with_another_amount_is_refused(book: SmallBook, amount: int) -> None:
    book.receive(receipt("R", 60))
    outcome = book.receive(receipt("R", amount), receipt("S", 10))
    assert [(error["line"], error["column"]) for error in outcome.errors] == [(2, "receipt_reference")]
    assert (outcome.accepted, outcome.rejected) == (1, 1)


def test_reference_twice_in_one_file_is_booked_once(book: SmallBook) -> None:
    outcome = book.receive(receipt("R", 60), receipt("R", 60), receipt("R", 61))
    assert (outcome.accepted, outcome.duplicate, outcome.rejected) == (1, 1, 1)


def test_two_like_receipts_without_a_reference_are_two(book: SmallBook) -> None:
    like = {key: value for key, value in receipt("", 60).items() if key != "receipt_reference"}
    first = book.receive(like, like)
    again = book.receive(like, like, file="other.csv")
    assert (first.accepted, again.accepted, again.duplicate) == (2, 0, 2)


@pytest.mark.parametrize(
    ("change", "column"),
    [({"amount_minor": 0}, "amount"), ({"amount_minor": None}, "amount"), ({"value_date": None}, "value_date")],
)
def test_receipt_without_amount_or_day_comes_back(book: SmallBook, change: dict[str, object], column: str) -> None:
    outcome = book.receive({**receipt("R", 5), **change}, receipt("S", 10))
    assert [(error["line"], error["column"]) for error in outcome.errors] == [(2, column)]
    assert (outcome.accepted, outcome.rejected) == (1, 1)


def test_same_file_again_adds_nothing(book: SmallBook) -> None:
    first = book.receive(receipt("R", 60))
    again = book.receive(receipt("R", 60))
    assert (again.already_batch_id, again.receipts) == (first.batch_id, 0)


def test_back_dated_receipt_moves_later_money_by_appended_rows(book: SmallBook) -> None:
    book.place(invoice("OLD", 70, date(2026, 1, 10)), invoice("NEW", 100))
    book.receive(receipt("LATE", 70, date(2026, 2, 20)))
    before = _allocations()
    book.receive(receipt("EARLY", 70, date(2026, 2, 1)))
    after = _allocations()
    assert after[: len(before)] == before
    assert after[len(before) :] == [("LATE", "OLD", -70), ("LATE", "NEW", 70), ("EARLY", "OLD", 70)]
    assert opened(book, date(2026, 2, 10)) == {"NEW": 100}
    assert opened(book) == {"NEW": 30}
    assert broken_laws() == {}


def test_money_beyond_what_is_owed_stays_unapplied(book: SmallBook) -> None:
    book.place(invoice("A", 100))
    book.receive(receipt("R", 130))
    assert book.states().select("status", "allocated_minor", "unapplied_minor").rows() == [("closed", 100, 30)]
    assert broken_laws() == {}


def test_who_paid_is_kept_beside_the_receipt(book: SmallBook) -> None:
    book.receive(receipt("R", 60, payer_name="J. Otieno", memo="school fees"))
    assert frames.scalar("SELECT payer_name || ': ' || memo FROM receipt_payer") == "J. Otieno: school fees"


def _allocations() -> list[tuple[str, str, int]]:
    return frames.read(
        "SELECT r.source_reference, f.reference, l.principal_minor FROM allocation l"
        " JOIN receipt r ON r.id = l.receipt_id JOIN charge f ON f.id = l.charge_id"
        " ORDER BY l.act_id, r.id, f.due_date",
        {},
        {"receipt": pl.String, "charge": pl.String, "amount_minor": pl.Int64},
    ).rows()


def test_reference_that_other_accounts_have_too_means_the_charge_of_the_payers_account(book: SmallBook) -> None:
    book.place(invoice("OLD", 70, date(2026, 1, 10)), invoice("7", 100), invoice("7", 100, debtor="D2"))
    book.receive(receipt("R", 60, reference="7"))
    found = book.aged().items.select("number", "reference", "open_minor").rows()
    assert sorted(found) == [("D1", "7", 40), ("D1", "OLD", 70), ("D2", "7", 100)]
