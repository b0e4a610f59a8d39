"""What the database itself refuses, each refusal beside the same statement with the protection off."""

from collections.abc import Iterator

import pytest
from django.db import DataError, Error, IntegrityError, ProgrammingError, connections, transaction

from ahadi.data import frames, roles

from .book import SmallBook, invoice, receipt


def run(statement: str, using: str = "default") -> int:
    with connections[using].cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)


def refused(statement: str, error: type[Error], text: str, using: str = "default") -> None:
    with pytest.raises(error, match=text), transaction.atomic(using=using):
        run(statement, using)


@pytest.mark.parametrize("table", roles.fact_tables())
@pytest.mark.parametrize("verb", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_application_may_not_change_a_fact(db: None, table: str, verb: str) -> None:
    column = frames.scalar(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %(t)s ORDER BY ordinal_position LIMIT 1",
        {"t": table},
    )
    quoted = f'"{table}"'
    statement = verb.format(quoted, f'"{column}"', f'"{column}"') if "SET" in verb else verb.format(quoted)
    refused(statement, ProgrammingError, "permission denied")


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.parametrize("table", roles.fact_tables())
def test_only_the_grant_keeps_facts_from_being_deleted(table: str) -> None:
    assert run(f'DELETE FROM "{table}"', "owner") == 0


def test_facts_of_money_are_among_the_tables_that_are_only_appended_to() -> None:
    expected = {"act", "charge", "receipt", "allocation", "journal", "posting", "assignment", "hold", "change"}
    assert expected <= set(roles.fact_tables())
    assert len(roles.fact_tables()) > 20


def test_application_may_not_write_the_trail_of_changes(db: None) -> None:
    for statement in (
        "INSERT INTO change (at, \"table\", \"row\", what, columns, role) VALUES (now(), 'x', 1, 'update', '[]', 'x')",
        "DELETE FROM change",
    ):
        refused(statement, ProgrammingError, "permission denied")


@pytest.fixture
def owned(request: pytest.FixtureRequest) -> Iterator[SmallBook]:
    """A book built as the owner, who may take a protection off; rolled back."""
    request.getfixturevalue("db")
    application = connections["default"]
    connections["default"] = connections["owner"]
    try:
        book = SmallBook.opened()
        book.place(invoice("A", 100, disputed=True), invoice("B", 50))
        book.receive(receipt("R", 60))
        run("SET CONSTRAINTS ALL IMMEDIATE")
        yield book
    finally:
        connections["default"] = application


_JOURNAL = (
    "INSERT INTO journal (id, organisation_id, currency, kind, value_date, booked_at, act_id)"
    " SELECT 900000, organisation_id, 'USD', 'receipt', '2026-03-01', at, id FROM act ORDER BY id LIMIT 1"
)
_UNBALANCED = (
    "SET CONSTRAINTS ALL DEFERRED; INSERT INTO posting (journal_id, ledger, amount_minor)"
    " VALUES (900000, 'bank', 5), (900000, 'suspense', -4)"
)
_LATE = (
    "INSERT INTO posting (journal_id, ledger, amount_minor) SELECT max(id), 'bank', 5 FROM journal"
    " UNION ALL SELECT max(id), 'suspense', -5 FROM journal"
)
_AGAIN = (
    "INSERT INTO receipt (organisation_id, creditor_id, source, source_reference, edition, kind, currency,"
    " amount_minor, value_date, booked_at, act_id) SELECT organisation_id, creditor_id, source, source_reference,"
    " edition, kind, currency, amount_minor + 1, value_date, booked_at, act_id FROM receipt"
)
# name, protection's removal, statement, error's text
PROTECTIONS = [
    ("unbalanced journal", "DROP TRIGGER posting_balanced ON posting", _UNBALANCED, "is not balanced"),
    ("single posting", "DROP TRIGGER posting_balanced ON posting",
     "SET CONSTRAINTS ALL DEFERRED; INSERT INTO posting (journal_id, ledger, amount_minor)"
     " VALUES (900000, 'bank', 5)", "is not balanced"),
    ("posting to a complete journal", "DROP TRIGGER posting_balanced ON posting", _LATE, "is complete"),
    ("empty journal", "DROP TRIGGER journal_not_empty ON journal", _JOURNAL, "is empty"),
    ("posting of 0", "ALTER TABLE posting DROP CONSTRAINT posting_not_zero",
     "SET CONSTRAINTS ALL DEFERRED; INSERT INTO posting (journal_id, ledger, amount_minor)"
     " VALUES (900000, 'bank', 0), (900000, 'suspense', 0)",
     "posting_not_zero"),
    ("over-allocated receipt", "ALTER TABLE receipt_state DROP CONSTRAINT receipt_state_not_over_allocated",
     "UPDATE receipt_state SET allocated_minor = received_minor + 1", "receipt_state_not_over_allocated"),
    ("allocation from suspense", "ALTER TABLE receipt_state DROP CONSTRAINT receipt_state_place",
     "UPDATE receipt_state SET status = 'suspense'", "receipt_state_place"),
    ("open account without owner", "ALTER TABLE account_state DROP CONSTRAINT account_state_never_orphaned",
     "UPDATE account_state SET owner_id = NULL", "account_state_never_orphaned"),
    ("open account without next action", "ALTER TABLE account_state DROP CONSTRAINT account_state_never_orphaned",
     "UPDATE account_state SET next_action_on = NULL", "account_state_never_orphaned"),
    ("hold without review", "ALTER TABLE hold ALTER review_on DROP NOT NULL",
     "INSERT INTO hold (account_id, kind, from_date, booked_at, act_id) SELECT account_id, kind, from_date, booked_at,"
     " act_id FROM hold", "review_on"),
    ("hold of no known kind", "ALTER TABLE hold DROP CONSTRAINT hold_kind",
     "INSERT INTO hold (account_id, kind, from_date, review_on, booked_at, act_id) SELECT account_id, 'WHIM',"
     " from_date, review_on, booked_at, act_id FROM hold", "hold_kind"),
    ("source reference again", "ALTER TABLE receipt DROP CONSTRAINT receipt_once", _AGAIN, "receipt_once"),
    ("receipt of nothing", "ALTER TABLE receipt DROP CONSTRAINT receipt_amount",
     _AGAIN.replace("amount_minor + 1", "0").replace("edition, kind, currency, 0", "edition + 1, kind, currency, 0"),
     "receipt_amount"),
    ("charge again", "ALTER TABLE charge DROP CONSTRAINT charge_once",
     "INSERT INTO charge (account_id, shard, reference, edition, value_date, due_date, principal_minor, interest_minor,"
     " fee_minor, penalty_minor, booked_at, act_id) SELECT account_id, shard, reference, edition, value_date, due_date,"
     " 1, 0, 0, 0, booked_at, act_id FROM charge", "charge_once"),
    ("charge of two signs", "ALTER TABLE charge DROP CONSTRAINT charge_one_sign",
     "UPDATE charge SET fee_minor = -1", "charge_one_sign"),
    ("file taken twice", "ALTER TABLE batch DROP CONSTRAINT batch_once; ALTER TABLE batch DROP CONSTRAINT"
     " batch_act_id_key", "INSERT INTO batch (act_id, creditor_id, purpose, business_date, file_name, file_sha256,"
     " edition, staged, accepted, duplicate, rejected) SELECT (SELECT min(id) FROM act), creditor_id, purpose,"
     " business_date, file_name, file_sha256, edition, staged, accepted, duplicate, rejected FROM batch LIMIT 1",
     "batch_once"),
    ("row lost from a batch", "ALTER TABLE batch DROP CONSTRAINT batch_rows_add_up",
     "UPDATE batch SET accepted = accepted + 1", "batch_rows_add_up"),
    ("day closed twice", "ALTER TABLE close DROP CONSTRAINT close_once",
     "INSERT INTO close (organisation_id, business_date, stage, partition, partitions, read, changed, digest,"
     " act_id, at)"
     " SELECT organisation_id, '2026-03-01', 'day', 0, 1, 0, 0, '', id, at FROM act, generate_series(1, 2) LIMIT 2",
     "close_once"),
    ("two owners at one instant", "ALTER TABLE assignment DROP CONSTRAINT assignment_once",
     "INSERT INTO assignment (account_id, owner_id, from_at, act_id) SELECT account_id, owner_id, from_at, act_id"
     " FROM assignment", "assignment_once"),
    ("act at a place that is taken", "ALTER TABLE act DROP CONSTRAINT act_position_once",
     "INSERT INTO act (organisation_id, at, name, origin, inputs_digest, chain, position, previous, digest)"
     " SELECT organisation_id, at, name, origin, inputs_digest, chain, position, previous, digest FROM act LIMIT 1",
     "act_position_once"),
]  # fmt: skip


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.parametrize(
    ("removal", "statement", "text"), [each[1:] for each in PROTECTIONS], ids=[each[0] for each in PROTECTIONS]
)
def test_protection_refuses_what_goes_through_without_it(
    owned: SmallBook, removal: str, statement: str, text: str
) -> None:
    refused(statement, IntegrityError, text)
    with transaction.atomic():
        run(removal)
        assert run(statement) != 0
        transaction.set_rollback(True)


def test_posting_without_a_journal_cannot_be_committed(db: None) -> None:
    with pytest.raises(IntegrityError, match="posting_journal_id"), transaction.atomic():
        run(_UNBALANCED.replace("-4", "-5"))
        run("SET CONSTRAINTS ALL IMMEDIATE")


def test_amount_beyond_whole_numbers_is_refused(db: None) -> None:
    huge = str(2**63)
    refused(_UNBALANCED.replace("5)", f"{huge})"), DataError, "out of range")


@pytest.fixture
def kept(db: None) -> SmallBook:
    """A book with a creditor, a person and a debtor, whose rows people keep in place."""
    book = SmallBook.opened()
    book.place(invoice("A", 100, debtor_name="J. Otieno", phone="0712345678"))
    book.join("juma")
    return book


def changes() -> list[tuple[str, str, str]]:
    with connections["default"].cursor() as cursor:
        cursor.execute('SELECT "table", what, columns::text FROM change ORDER BY id')
        return [tuple(row) for row in cursor.fetchall()]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE creditor SET name = 'New'", ("creditor", "update", '{"name": ["Savannah Airtime", "New"]}')),
        ("UPDATE organisation SET language = 'sw'", ("organisation", "update", '{"language": ["en", "sw"]}')),
        ("UPDATE party_name SET name = 'X', search_key = 'x'", ("party_name", "update", '["name", "search_key"]')),
        ("UPDATE contact_point SET raw = '0'", ("contact_point", "update", '["raw"]')),
        ("UPDATE person SET email = 'a@b.c'", ("person", "update", '["email"]')),
    ],
)
def test_change_leaves_values_where_it_may_and_only_columns_of_personal_tables(
    kept: SmallBook, statement: str, expected: tuple[str, str, str]
) -> None:
    assert changes() == []
    run(statement)
    assert changes() == [expected]


def test_row_rewritten_as_it_was_leaves_no_trail(kept: SmallBook) -> None:
    run("UPDATE creditor SET name = name")
    assert changes() == []


def test_erased_person_leaves_a_trail_without_values(kept: SmallBook) -> None:
    run("DELETE FROM contact_point")
    ((table, what, columns),) = changes()
    assert (table, what) == ("contact_point", "delete")
    assert "0712345678" not in str(columns)


def test_change_bears_the_act_under_which_it_was_made(kept: SmallBook) -> None:
    placed = kept.place(invoice("B", 5))
    kept.undo(placed.batch_id)
    kept.place(invoice("B", 5, debtor_name="J. Otieno"))
    assert frames.scalar("SELECT count(*) FROM change WHERE act IS NULL") == 0


@pytest.mark.django_db(databases=["default", "owner"])
def test_without_the_trigger_a_change_leaves_no_trail(owned: SmallBook) -> None:
    run("ALTER TABLE creditor DISABLE TRIGGER creditor_updated")
    run("UPDATE creditor SET name = 'New'")
    assert changes() == []
