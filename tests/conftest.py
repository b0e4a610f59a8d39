"""One PostgreSQL for the whole run, started when a test first asks for it; tests act as the app role.

- `db` or `@pytest.mark.django_db`: alias `default` is the application role, rolled back after the test.
  With `databases=["default", "owner"]` the owner's alias is open too; neither sees what the other has not
  committed. `transaction=True` is no use here: it empties tables by TRUNCATE, which the app role may not do.
- `committed_book`: a database of its own, where commits are real: crashes, races, deferred constraints.
- `open_hours`: it is never too late to call;
- `running_site`: the same, with the site served from it by a thread; the value is its URL.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.test.testcases import LiveServerThread
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from pytest_django import DjangoDbBlocker

from ahadi.project import embedded
from ahadi.project.database_url import point_connections

_UNREACHABLE = "postgresql:///none?host=/no-test-has-asked-for-a-database"
_numbers = count(1)


@dataclass(frozen=True)
class PostgresForTests:
    """A server on which the owner may create databases."""

    owner_url: str
    app_url: str


@dataclass(frozen=True)
class Book:
    """A database of its own, migrated and granted; the URLs are for programs started by the test."""

    name: str
    owner_url: str
    app_url: str


def pytest_configure(config: pytest.Config) -> None:
    """Decide the run's names before workers inherit them, and forget any database the environment named."""
    run = os.environ.setdefault("AHADI_TEST_RUN", uuid.uuid4().hex[:8])
    os.environ.setdefault("AHADI_TEST_HOME", str(_roomy_folder() / f"ahadi-test-{run}"))
    settings.SNAPSHOT_FOLDER = os.environ["AHADI_TEST_HOME"] + "-snapshots"
    settings.DOCUMENT_FOLDER = os.environ["AHADI_TEST_HOME"] + "-documents"
    settings.SECRET_KEY = "a key for tests alone " * 3
    point_connections(owner_url=_UNREACHABLE, app_url=_UNREACHABLE, max_age=0)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Once, in the process that started the others: nothing of the run is left behind."""
    if hasattr(config, "workerinput"):
        return
    shutil.rmtree(settings.SNAPSHOT_FOLDER, ignore_errors=True)
    shutil.rmtree(settings.DOCUMENT_FOLDER, ignore_errors=True)
    home = Path(os.environ["AHADI_TEST_HOME"])
    if _named_server() is not None:
        _drop_leftovers()
    elif home.exists():
        embedded.stop(home, is_forced=True)
        shutil.rmtree(home)
    _lock_file().unlink(missing_ok=True)


@pytest.fixture(scope="session")
def test_server() -> Iterator[PostgresForTests]:
    """The server named by AHADI_TEST_OWNER_DATABASE_URL and AHADI_TEST_DATABASE_URL, else an embedded one."""
    named = _named_server()
    if named is not None:
        yield named
        return
    home = Path(os.environ["AHADI_TEST_HOME"])
    server = embedded.ensure(home)
    yield PostgresForTests(owner_url=server.owner_url, app_url=server.app_url)
    embedded.release(home)


@pytest.fixture(scope="session")
def template_book(test_server: PostgresForTests, django_db_blocker: DjangoDbBlocker) -> str:
    """The name of a database that is migrated and granted; made by the first worker that needs it."""
    name = _database_name("template")
    with _run_lock(), _maintenance(test_server) as connection:
        if _exists(connection, name):
            return name
        half = f"{name}_half"
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(half)))
        with django_db_blocker.unblock(), _aliases_at(test_server, half):
            # Only now: it imports the models, which tests of the kernel do without.
            from ahadi.project.preparation import Preparation  # noqa: PLC0415

            Preparation(is_embedded=True).prepare()
        connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(half), sql.Identifier(name)))
    return name


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    test_server: PostgresForTests,
    template_book: str,
) -> Iterator[None]:
    """In place of pytest-django's own: the database of this worker, in which every test is rolled back."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with _copy_of(template_book, test_server, suffix=worker) as book, _aliases_at(test_server, book.name):
        yield


@pytest.fixture
def committed_book(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    test_server: PostgresForTests,
    template_book: str,
) -> Iterator[Book]:
    """A new database with both aliases pointed at it; dropped afterwards, whoever is still connected."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with (
        _copy_of(template_book, test_server, suffix=f"{worker}_{next(_numbers)}") as book,
        django_db_blocker.unblock(),
        _aliases_at(test_server, book.name),
    ):
        yield book


@pytest.fixture
def copied_book(committed_book: Book, test_server: PostgresForTests) -> Callable[[], AbstractContextManager[Book]]:
    """Makes a copy of `committed_book` as it is then; inside, both aliases are pointed at the copy."""

    @contextlib.contextmanager
    def copied() -> Iterator[Book]:
        connections.close_all()
        with (
            _copy_of(committed_book.name, test_server, suffix=f"copy_{uuid.uuid4().hex[:6]}") as book,
            _aliases_at(test_server, book.name),
        ):
            yield book

    return copied


@pytest.fixture
def running_site(committed_book: Book) -> Iterator[str]:
    """The URL of the site, served by a thread from `committed_book`."""
    server = LiveServerThread("127.0.0.1", static_handler=StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()


@pytest.fixture
def open_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is never too late to call, whenever the tests run."""
    # Only now: tests of the kernel do without what stands above it.
    from ahadi.data import law  # noqa: PLC0415

    regime = law.regime
    shut = {rule.id for rule in law.rules().values() if rule.topic == "contact hours"}
    monkeypatch.setattr(
        law, "regime", lambda *of, **how: tuple(rule for rule in regime(*of, **how) if rule.rule_id not in shut)
    )


def _named_server() -> PostgresForTests | None:
    owner, app = (os.environ.get(f"AHADI_TEST_{each}DATABASE_URL") for each in ("OWNER_", ""))
    return PostgresForTests(owner_url=owner, app_url=app) if owner and app else None


def _roomy_folder() -> Path:
    """Memory where there is enough of it: fsync stays on, and costs nothing there."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 << 30:
        return memory
    return Path(tempfile.gettempdir())


def _database_name(suffix: str) -> str:
    return f"ahadi_test_{os.environ['AHADI_TEST_RUN']}_{suffix}"


def _lock_file() -> Path:
    return Path(tempfile.gettempdir()) / f"ahadi-test-{os.environ['AHADI_TEST_RUN']}.lock"


@contextlib.contextmanager
def _run_lock() -> Iterator[None]:
    with _lock_file().open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _maintenance(server: PostgresForTests) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.owner_url, autocommit=True) as connection:
        yield connection


def _exists(connection: psycopg.Connection, name: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is not None


@contextlib.contextmanager
def _copy_of(template: str, server: PostgresForTests, *, suffix: str) -> Iterator[Book]:
    name = _database_name(suffix)
    with _maintenance(server) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
    try:
        yield Book(name=name, owner_url=_url_at(server.owner_url, name), app_url=_url_at(server.app_url, name))
    finally:
        with _maintenance(server) as connection:
            _drop(connection, name)


def _drop(connection: psycopg.Connection, name: str) -> None:
    """The owner may not end the server's own autovacuum worker in that database, so it waits until that is through."""
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    for _ in range(60):
        with contextlib.suppress(psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectInUse):
            connection.execute(statement)
            return
        time.sleep(0.5)
    connection.execute(statement)


def _drop_leftovers() -> None:
    named = _named_server()
    if named is None:
        return
    with _maintenance(named) as connection:
        found = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", (_database_name(""),)
        )
        for (name,) in found.fetchall():
            _drop(connection, name)


def _url_at(url: str, name: str) -> str:
    """The same server and role, another database: only the path of the URL changes."""
    there = conninfo_to_dict(url)["dbname"]
    head, slash, tail = url.partition("://")
    return head + slash + tail.replace(f"/{there}", f"/{name}", 1)


@contextlib.contextmanager
def _aliases_at(server: PostgresForTests, name: str) -> Iterator[None]:
    before = {alias: dict(connections.databases[alias]) for alias in ("default", "owner")}
    urls = {"owner_url": _url_at(server.owner_url, name), "app_url": _url_at(server.app_url, name)}
    point_connections(**urls, max_age=0)
    try:
        yield
    finally:
        connections.close_all()
        for alias, values in before.items():
            connections.databases[alias].update(values)
