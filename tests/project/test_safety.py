"""Unsafe databases are refused: everything judged is flipped once, and real servers are made unsafe."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ahadi.project import embedded, safety
from ahadi.project.safety import Facts, RoleFacts, UnableToTrustDatabase

SAFE = Facts(
    settings={
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "data_checksums": "on",
        "ignore_checksum_failure": "off",
        "zero_damaged_pages": "off",
        "default_transaction_isolation": "read committed",
        "default_transaction_read_only": "off",
        "session_replication_role": "origin",
        "server_encoding": "UTF8",
        "row_security": "on",
        "server_version_num": "150018",
        "server_version": "15.18",
    },
    role=RoleFacts(name="ahadi_app"),
)

# Setting, unsafe value, and what becomes of it on a server that somebody else runs.
UNSAFE_SETTINGS = [
    ("fsync", "off", "refuse"),
    ("full_page_writes", "off", "refuse"),
    ("synchronous_commit", "off", "refuse"),
    ("synchronous_commit", "local", None),
    ("data_checksums", "off", "warn"),
    ("ignore_checksum_failure", "on", "refuse"),
    ("zero_damaged_pages", "on", "refuse"),
    ("default_transaction_isolation", "repeatable read", "refuse"),
    ("default_transaction_isolation", "serializable", "refuse"),
    ("default_transaction_read_only", "on", "refuse"),
    ("session_replication_role", "replica", "refuse"),
    ("server_encoding", "SQL_ASCII", "refuse"),
    ("row_security", "off", "refuse"),
    ("server_version_num", "140012", "refuse"),
]
UNSAFE_ROLES = [
    RoleFacts(name="app", is_superuser=True),
    RoleFacts(name="app", may_bypass_row_security=True),
    RoleFacts(name="app", may_create_roles=True),
    RoleFacts(name="app", may_create_databases=True),
    RoleFacts(name="app", owned_tables=("receipt",)),
]


def test_safe_database_has_no_problem() -> None:
    assert safety.problems(SAFE, is_embedded=True) == []
    assert safety.problems(SAFE, is_embedded=False) == []


@pytest.mark.parametrize(("name", "value", "elsewhere"), UNSAFE_SETTINGS)
def test_one_unsafe_setting_is_one_refusal(name: str, value: str, elsewhere: str | None) -> None:
    facts = dataclasses.replace(SAFE, settings={**SAFE.settings, name: value})
    (found,) = safety.problems(facts, is_embedded=True)
    assert found.severity == "refuse"
    assert found.subject in (name, name.removesuffix("_num"))
    assert [each.severity for each in safety.problems(facts, is_embedded=False)] == [elsewhere] * bool(elsewhere)


@pytest.mark.parametrize("name", [name for name in SAFE.settings if name != "server_version"])
def test_setting_that_cannot_be_read_is_not_taken_for_safe(name: str) -> None:
    settings = {key: value for key, value in SAFE.settings.items() if key != name}
    assert safety.problems(dataclasses.replace(SAFE, settings=settings), is_embedded=True)


@pytest.mark.parametrize("role", UNSAFE_ROLES, ids=repr)
@pytest.mark.parametrize("is_embedded", [True, False])
def test_role_with_too_many_rights_is_refused_everywhere(role: RoleFacts, is_embedded: bool) -> None:
    (found,) = safety.problems(dataclasses.replace(SAFE, role=role), is_embedded=is_embedded)
    assert found.severity == "refuse"
    assert "role app" in str(found)


@pytest.mark.parametrize("privilege", ["UPDATE", "DELETE", "TRUNCATE"])
def test_fact_table_open_to_change_is_refused(privilege: str) -> None:
    facts = dataclasses.replace(SAFE, writable_facts=(("receipt", privilege),))
    (found,) = safety.problems(facts, is_embedded=False)
    assert "receipt" in str(found)
    assert privilege in str(found)


@pytest.mark.parametrize(("skew", "is_refused"), [(1.9, False), (-1.9, False), (2.1, True), (-2.1, True)])
def test_clocks_more_than_two_seconds_apart_are_refused(skew: float, is_refused: bool) -> None:
    found = safety.problems(dataclasses.replace(SAFE, skew_seconds=skew), is_embedded=True)
    assert bool(found) is is_refused


def test_refusal_lists_every_reason_and_warnings_pass() -> None:
    settings = {**SAFE.settings, "fsync": "off", "data_checksums": "off"}
    facts = dataclasses.replace(SAFE, settings=settings)
    with pytest.raises(UnableToTrustDatabase, match=r"(?s)fsync.*data_checksums"):
        safety.require_safe(safety.problems(facts, is_embedded=True))
    with pytest.raises(UnableToTrustDatabase) as refusal:
        safety.require_safe(safety.problems(facts, is_embedded=False))
    assert "data_checksums" not in str(refusal.value)
    only_warning = dataclasses.replace(SAFE, settings={**SAFE.settings, "data_checksums": "off"})
    (warning,) = safety.require_safe(safety.problems(only_warning, is_embedded=False))
    assert warning.severity == "warn"


@pytest.fixture
def server(made_home: Path) -> embedded.Server:
    """A running server with one fact table, open to the app role for reading and adding only."""
    running = embedded.ensure(made_home)
    with psycopg.connect(running.owner_url) as connection:
        connection.execute("CREATE TABLE fact (figure int)")
        connection.execute("GRANT SELECT, INSERT ON fact TO ahadi_app")
    return running


@pytest.fixture
def superuser(server: embedded.Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection[Any]]:
    """A connection as the server's superuser, to make the server unsafe."""
    hold = embedded._holds[server.home]
    address = hold.cluster.address()
    assert address is not None
    url = hold.cluster.superuser_url(address, database="ahadi")
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def _subjects(url: str) -> set[str]:
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        facts = safety.observe(cursor, fact_tables=["fact", "not_made_yet"])
    return {problem.subject for problem in safety.problems(facts, is_embedded=True)}


def test_embedded_server_is_found_safe(server: embedded.Server) -> None:
    assert _subjects(server.app_url) == set()


@pytest.mark.parametrize(
    ("statement", "subject"),
    [
        ("ALTER ROLE ahadi_app SET synchronous_commit = off", "synchronous_commit"),
        ("ALTER DATABASE ahadi SET synchronous_commit = off", "synchronous_commit"),
        (
            "ALTER ROLE ahadi_app SET default_transaction_isolation = 'serializable'",
            "default_transaction_isolation",
        ),
        ("ALTER ROLE ahadi_app SET default_transaction_read_only = on", "default_transaction_read_only"),
        ("ALTER ROLE ahadi_app SET session_replication_role = replica", "session_replication_role"),
        ("ALTER ROLE ahadi_app SET zero_damaged_pages = on", "zero_damaged_pages"),
        ("ALTER ROLE ahadi_app SET ignore_checksum_failure = on", "ignore_checksum_failure"),
        ("ALTER ROLE ahadi_app SET row_security = off", "row_security"),
        ("ALTER ROLE ahadi_app SUPERUSER", "role ahadi_app"),
        ("ALTER ROLE ahadi_app BYPASSRLS", "role ahadi_app"),
        ("ALTER ROLE ahadi_app CREATEROLE", "role ahadi_app"),
        ("ALTER ROLE ahadi_app CREATEDB", "role ahadi_app"),
        ("GRANT ahadi_owner TO ahadi_app", "role ahadi_app"),
        ("ALTER TABLE fact OWNER TO ahadi_app", "role ahadi_app"),
        ("GRANT UPDATE ON fact TO ahadi_app", "table fact"),
        ("GRANT UPDATE (figure) ON fact TO ahadi_app", "table fact"),
        ("GRANT DELETE ON fact TO PUBLIC", "table fact"),
        ("GRANT TRUNCATE ON fact TO ahadi_app", "table fact"),
    ],
)
def test_server_made_unsafe_is_found_so(
    server: embedded.Server, superuser: psycopg.Connection[Any], statement: str, subject: str
) -> None:
    superuser.execute(statement)
    assert subject in _subjects(server.app_url)


def test_server_setting_made_unsafe_is_found_so(server: embedded.Server, superuser: psycopg.Connection[Any]) -> None:
    for name in ("fsync", "full_page_writes"):
        superuser.execute(f"ALTER SYSTEM SET {name} = off")
    superuser.execute("SELECT pg_reload_conf()")
    superuser.execute("SELECT pg_sleep(0.3)")
    assert {"fsync", "full_page_writes"} <= _subjects(server.app_url)


def test_owners_url_given_to_the_application_is_found_unsafe(server: embedded.Server) -> None:
    assert "role ahadi_owner" in _subjects(server.owner_url)
