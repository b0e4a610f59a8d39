"""What a row names is there, though the database asks it once a statement and not once a row."""

from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, connections, transaction

from ahadi.data import frames
from ahadi.data.models.kinds import Table
from ahadi.data.roles import rights
from ahadi.domain.laws.references import unguarded

from .book import SmallBook, invoice, receipt

CHECKED = import_module("ahadi.data.migrations.0015_references_by_statement")
REFERENCES = [(table, column) for table, named in CHECKED.REFERENCES.items() for column in named]


@pytest.fixture
def book(request: pytest.FixtureRequest) -> Iterator[SmallBook]:
    """A small book in the hands of the owner of the tables, rolled back."""
    request.getfixturevalue("db")
    application = connections["default"]
    connections["default"] = connections["owner"]
    try:
        book = SmallBook.opened()
        book.place(invoice("A", 100, debtor_name="Salma Temu", phone="+254712340001"), invoice("B", 50, debtor="D2"))
        book.receive(receipt("R", 120, payer_name="Salma"))
        frames.execute("SET CONSTRAINTS ALL IMMEDIATE", {})
        yield book
    finally:
        connections["default"] = application


def orphaned(table: str, column: str) -> None:
    """Writes a row anew that names something that is not there."""
    key = frames.scalar(
        "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
        " WHERE i.indrelid = %(table)s::regclass AND i.indisprimary",
        {"table": table},
    )
    row = f"(SELECT to_jsonb(t) FROM {table} t WHERE t.{column} IS NOT NULL ORDER BY t.{key} LIMIT 1)"
    frames.execute(f"CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT {row} AS content", {})
    frames.execute("SET CONSTRAINTS ALL DEFERRED", {})
    frames.execute(f"DELETE FROM {table} WHERE {key}::text = (SELECT content->>'{key}' FROM kept)", {})
    changed = f"content || jsonb_build_object('{column}', 999999999)"
    frames.execute(f"INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, {changed})).* FROM kept", {})


def refused(act: Callable[[], object], text: str) -> bool:
    """Whether the database refuses something in these words; nothing of it stays."""
    try:
        with transaction.atomic():
            act()
            transaction.set_rollback(True)
    except IntegrityError as error:
        assert text in str(error), error
        return True
    return False


@pytest.mark.django_db(databases=["default", "owner"])
def test_rows_that_name_nothing_are_refused(book: SmallBook) -> None:
    """And go in where nobody asks: the control."""
    for table, column in REFERENCES:
        text = f'what is written to "{table}" names'
        assert refused(partial(orphaned, table, column), text), (table, column)
    for table in CHECKED.REFERENCES:
        frames.execute(f"DROP TRIGGER references_written ON {table}", {})
    for table, column in REFERENCES:
        assert not refused(partial(orphaned, table, column), "nothing"), (table, column)


@pytest.mark.django_db(databases=["default", "owner"])
def test_rows_that_change_name_what_is_there(book: SmallBook) -> None:
    for table in CHECKED.CHANGING:
        column = next(reversed(CHECKED.REFERENCES[table]))
        first = f"(SELECT ctid FROM {table} LIMIT 1)"
        moved = partial(frames.execute, f"UPDATE {table} SET {column} = 999999999 WHERE ctid = {first}", {})
        assert refused(moved, f'what is written to "{table}" names'), table
        frames.execute(f"DROP TRIGGER references_changed ON {table}", {})
        assert not refused(moved, "nothing"), table


@pytest.mark.django_db(databases=["default", "owner"])
def test_number_of_what_is_named_stays(book: SmallBook) -> None:
    frames.execute("SET CONSTRAINTS ALL DEFERRED", {})
    for table in CHECKED.STAYING:
        renumbered = partial(frames.execute, f"UPDATE {table} SET id = id + 1000000", {})
        assert refused(renumbered, "which stays"), table
        frames.execute(f"DROP TRIGGER number_stays ON {table}", {})
        assert not refused(renumbered, "nothing"), table


def test_every_reference_without_a_key_is_asked_for_and_nobody_else() -> None:
    asked = {(table, column, named) for table, of in CHECKED.REFERENCES.items() for column, named in of.items()}
    assert {(table, column, named) for table, column, named, key in unguarded() if key == "id"} == asked
    assert len(list(unguarded())) == len(asked)


def test_what_is_named_is_never_taken_away_and_what_changes_is_asked_again() -> None:
    tables = {model._meta.db_table: model for model in apps.get_app_config("data").get_models()}
    named = {table for of in CHECKED.REFERENCES.values() for table in of.values()}
    assert not [table for table in named if "DELETE" in rights(tables[table])]
    changed = {table for table in named if "UPDATE" in rights(tables[table])}
    assert changed == set(CHECKED.STAYING)
    written = {table for table in CHECKED.REFERENCES if "UPDATE" in rights(tables[table])}
    assert written == set(CHECKED.CHANGING)
    assert all(issubclass(model, Table) for model in tables.values())
