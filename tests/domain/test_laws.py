"""Each law names the row that breaks it. The owner of the tables does the harm: the application cannot."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.db import connections

from ahadi.data import frames
from ahadi.domain.laws.queries import LAWS, first_broken, named

from .book import DAY, SmallBook, broken_laws, invoice, receipt

Harm = Callable[[], str]


def _run(statement: str) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(statement)


def _one(query: str) -> str:
    return str(frames.scalar(query))


def _posting_changed() -> str:
    journal = _one("SELECT min(journal_id) FROM posting")
    _run(f"UPDATE posting SET amount_minor = amount_minor + 1 WHERE id = (SELECT min(id) FROM posting WHERE journal_id = {journal})")  # fmt: skip  # noqa: E501
    return f"journal {journal}: its postings add up to 1"


def _journal_emptied() -> str:
    journal = _one("SELECT max(id) FROM journal")
    _run(f"DELETE FROM posting WHERE journal_id = {journal}")
    return f"journal {journal}: has 0 postings"


def _charge_without_posting() -> str:
    account = _one("SELECT min(account_id) FROM charge")
    _run(f"UPDATE charge SET principal_minor = principal_minor + 1 WHERE id = (SELECT min(id) FROM charge WHERE account_id = {account})")  # fmt: skip  # noqa: E501
    return f"account {account}: the ledger says"


def _receipt_shrunk() -> str:
    which = _one("SELECT min(receipt_id) FROM allocation")
    _run(f"UPDATE receipt SET amount_minor = 1 WHERE id = {which}")
    return f"receipt {which}: of 1 pays"


def _bank_moved() -> str:
    _run("UPDATE posting SET ledger = 'commission' WHERE id = (SELECT min(id) FROM posting WHERE ledger = 'suspense')")
    return "USD: the bank holds"


def _receipt_twice() -> str:
    _run("ALTER TABLE receipt DROP CONSTRAINT receipt_once")
    _run(
        "INSERT INTO receipt (organisation_id, creditor_id, source, source_reference, edition, kind, currency,"
        " amount_minor, value_date, booked_at, act_id) SELECT organisation_id, creditor_id, source, source_reference,"
        " edition, kind, currency, amount_minor, value_date, booked_at, act_id FROM receipt"
        " WHERE source_reference = 'R'"
    )
    return "reference R: 2 receipts"


def _charge_twice() -> str:
    account = _one("SELECT account_id FROM charge WHERE reference = 'A'")
    _run(
        "INSERT INTO charge (account_id, shard, reference, edition, value_date, due_date, principal_minor,"
        " interest_minor, fee_minor, penalty_minor, booked_at, act_id) SELECT account_id, shard, reference, 1,"
        " value_date, due_date, principal_minor, interest_minor, fee_minor, penalty_minor, booked_at, act_id"
        " FROM charge WHERE reference = 'A'"
    )
    return f"account {account}: charge A lives 2 times"


def _booked_after_close() -> str:
    _run("UPDATE journal SET booked_at = (SELECT max(at) + interval '1 second' FROM close)")
    _run("UPDATE close SET business_date = (at + interval '1 second')::date")
    return f"journal {_one('SELECT min(id) FROM journal')}: was booked in"


def _allocation_moved() -> str:
    row = "(SELECT min(id) FROM allocation)"
    account, came = _one(f"SELECT account_id FROM allocation WHERE id = {row}"), _one(f"SELECT receipt_id FROM allocation WHERE id = {row}")  # fmt: skip  # noqa: E501
    _run(f"UPDATE allocation SET principal_minor = principal_minor - 1 WHERE id = {row}")
    return f"account {account}: receipt {came} on charge"


def _receipt_misstated() -> str:
    which = _one("SELECT min(receipt_id) FROM receipt_state WHERE status = 'assigned'")
    _run(f"UPDATE receipt_state SET allocated_minor = allocated_minor - 1 WHERE receipt_id = {which}")
    return f"receipt {which}: stored as assigned"


def _account_misstated() -> str:
    which = _one("SELECT min(account_id) FROM account_state")
    _run(f"UPDATE account_state SET overdue_minor = overdue_minor + 1 WHERE account_id = {which}")
    return f"account {which}: its state of {DAY} is not what its facts say"


def _owner_lost() -> str:
    which = _one("SELECT min(account_id) FROM assignment")
    _run(f"DELETE FROM assignment WHERE account_id = {which}")
    return f"account {which}: nobody owns it"


def _owner_misstated() -> str:
    which = _one("SELECT min(account_id) FROM account_state WHERE status = 'open'")
    _run("INSERT INTO owner (organisation_id, code, name) SELECT organisation_id, 'thief', '' FROM owner LIMIT 1")
    _run(f"UPDATE account_state SET owner_id = (SELECT id FROM owner WHERE code = 'thief') WHERE account_id = {which}")
    return f"account {which}: its state names owner"


def _action_lost() -> str:
    which = _one("SELECT min(account_id) FROM account_state WHERE status = 'open'")
    _run("ALTER TABLE account_state DROP CONSTRAINT account_state_never_orphaned")
    _run(f"UPDATE account_state SET next_action = NULL, next_action_on = NULL WHERE account_id = {which}")
    return f"account {which}: nothing is to happen next"


def _act_edited() -> str:
    which = _one("SELECT max(id) FROM act")
    _run(f"UPDATE act SET name = 'something_else' WHERE id = {which}")
    return f"act {which}: was changed after it was written"


def _organisation_crossed() -> str:
    which = _one("SELECT min(id) FROM account")
    _run("INSERT INTO organisation (code, name, country, time_zone, currency, language) VALUES ('x','x','KE','UTC','KES','en')")  # fmt: skip  # noqa: E501
    _run(f"UPDATE account SET organisation_id = (SELECT id FROM organisation WHERE code = 'x') WHERE id = {which}")
    return f"account {which}: crosses organisations"


def _row_lost() -> str:
    which = _one("SELECT min(id) FROM batch")
    _run("ALTER TABLE batch DROP CONSTRAINT batch_rows_add_up")
    _run(f"UPDATE batch SET accepted = accepted - 1 WHERE id = {which}")
    return f"batch {which}: its rows do not add up"


def _file_twice() -> str:
    _run("UPDATE batch b SET file_sha256 = f.file_sha256, edition = 1 FROM batch f WHERE f.purpose = b.purpose AND f.id < b.id")  # fmt: skip  # noqa: E501
    return "the same file was taken whole twice"


def _points_wrong() -> str:
    which = _one("SELECT min(account_id) FROM worklist_row")
    _run(f"UPDATE worklist_row SET points = points + 1 WHERE account_id = {which}")
    return f"account {which} on 2026-03-02: its reasons do not add up"


def _rank_missing() -> str:
    _run("UPDATE worklist_row SET rank = rank + 100 WHERE rank = (SELECT max(rank) FROM worklist_row)")
    return "on 2026-03-02: ranks have gaps"


def _merged_silently() -> str:
    which = _one("SELECT max(party_id) FROM party_state")
    _run(f"UPDATE party_state SET stands_for_id = (SELECT min(party_id) FROM party_state) WHERE party_id = {which}")
    return f"party {which}: party "


@dataclass(frozen=True)
class Breaking:
    """One way to break a law."""

    law: str
    harm: Harm


BREAKINGS = [
    Breaking("journals-balance", _posting_changed),
    Breaking("journals-have-postings", _journal_emptied),
    Breaking("ledger-ties-out", _charge_without_posting),
    Breaking("receipts-not-over-allocated", _receipt_shrunk),
    Breaking("cash-is-somewhere", _bank_moved),
    Breaking("one-receipt-per-reference", _receipt_twice),
    Breaking("one-charge-per-reference", _charge_twice),
    Breaking("closed-days-stay-closed", _booked_after_close),
    Breaking("allocations-replay", _allocation_moved),
    Breaking("receipts-stated", _receipt_misstated),
    Breaking("accounts-stated", _account_misstated),
    Breaking("every-account-owned", _owner_lost),
    Breaking("every-account-owned", _owner_misstated),
    Breaking("every-open-account-has-a-next-action", _action_lost),
    Breaking("trail-unbroken", _act_edited),
    Breaking("one-organisation", _organisation_crossed),
    Breaking("rows-accounted-for", _row_lost),
    Breaking("rows-accounted-for", _file_twice),
    Breaking("points-add-up", _points_wrong),
    Breaking("points-add-up", _rank_missing),
    Breaking("mergers-stated", _merged_silently),
]


@pytest.fixture
def owners_book(request: pytest.FixtureRequest) -> Iterator[SmallBook]:
    """A book whose every statement, the domain's too, runs under the owner, and is rolled back."""
    request.getfixturevalue("db")
    application = connections["default"]
    connections["default"] = connections["owner"]
    try:
        book = SmallBook.opened()
        book.place(invoice("A", 100), invoice("B", 50), invoice("C", 25, debtor="D2"), invoice("D", 5, debtor="D3"))
        book.place(invoice("E", 10, debtor="D3"))
        book.receive(receipt("R", 120), receipt("S", 10, debtor="nobody"))
        book.close(DAY)
        # What is deferred to the commit is checked here, so that tables may be altered.
        _run("SET CONSTRAINTS ALL IMMEDIATE")
        yield book
    finally:
        connections["default"] = application


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.parametrize("breaking", BREAKINGS, ids=lambda breaking: f"{breaking.law}:{breaking.harm.__name__}")
def test_law_names_the_row_that_breaks_it(breaking: Breaking, owners_book: SmallBook) -> None:
    assert broken_laws() == {}
    expected = breaking.harm()
    (law,) = named([breaking.law])
    found = first_broken(law)
    assert any(expected in sentence for sentence in found), found


def test_every_law_has_a_test_that_breaks_it() -> None:
    assert {law.name for law in LAWS} == {breaking.law for breaking in BREAKINGS}
