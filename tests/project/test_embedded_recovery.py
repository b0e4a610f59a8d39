"""The embedded server after a crash: whatever its lock file says, the next program gets a server."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from ahadi.project import embedded, postmaster
from ahadi.project.cluster import UnableToStartPostgres

KillAll = Callable[[Path], None]


@pytest.fixture
def stranger(made_home: Path) -> Iterator[int]:
    """A living process of the server's own user that is no PostgreSQL."""
    owner = (made_home / "postgres").stat()
    user = {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
    process = subprocess.Popen(["sleep", "600"], cwd="/", **user)  # type: ignore[call-overload]
    yield process.pid
    assert process.poll() is None, "the stranger was killed"
    process.kill()
    process.wait()


@pytest.fixture
def zombie(made_home: Path) -> Iterator[int]:
    """A process of the server's own user that has ended and that nobody has reaped."""
    owner = (made_home / "postgres").stat()
    user = {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
    process = subprocess.Popen(["true"], cwd="/", **user)  # type: ignore[call-overload]
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    yield process.pid
    process.wait()


def _written_before_the_crash(home: Path) -> None:
    with psycopg.connect(embedded.ensure(home).owner_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS figure")


def _assert_recovered(home: Path) -> None:
    with psycopg.connect(embedded.ensure(home).owner_url) as connection:
        assert connection.execute("SELECT figure FROM kept").fetchone() == (42,)


def _name_in_lock_files(home: Path, pid: int) -> None:
    for path in (home / "postgres" / "postmaster.pid", home / "socket" / ".s.PGSQL.5432.lock"):
        lines = path.read_text().splitlines()
        path.write_text("\n".join([str(pid), *lines[1:]]) + "\n")


def test_server_killed_whole_is_found_dead_and_recovers(made_home: Path, kill_all_of: KillAll) -> None:
    _written_before_the_crash(made_home)
    kill_all_of(made_home)
    _assert_recovered(made_home)
    assert embedded.release(made_home)


def test_lock_file_naming_a_stranger_does_not_stop_a_start(
    made_home: Path, kill_all_of: KillAll, stranger: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _written_before_the_crash(made_home)
    kill_all_of(made_home)
    _name_in_lock_files(made_home, stranger)
    with monkeypatch.context() as without_protection:
        without_protection.setattr(postmaster, "disown_dead_process", lambda *_, **__: None)
        without_protection.setattr("ahadi.project.cluster._RETRY_SECONDS", 1.0)
        with pytest.raises(UnableToStartPostgres, match="lock file"):
            embedded.ensure(made_home)
    _assert_recovered(made_home)


def test_lock_file_naming_a_zombie_does_not_stop_a_start(made_home: Path, kill_all_of: KillAll, zombie: int) -> None:
    _written_before_the_crash(made_home)
    kill_all_of(made_home)
    _name_in_lock_files(made_home, zombie)
    _assert_recovered(made_home)


def test_stop_sends_no_signal_to_a_stranger(made_home: Path, kill_all_of: KillAll, stranger: int) -> None:
    embedded.ensure(made_home)
    kill_all_of(made_home)
    _name_in_lock_files(made_home, stranger)
    embedded.release(made_home)
    assert not embedded.stop(made_home, is_forced=True)
    embedded.ensure(made_home)


def test_killed_server_is_replaced_for_the_program_that_held_it(made_home: Path, kill_all_of: KillAll) -> None:
    _written_before_the_crash(made_home)
    for _ in range(3):
        kill_all_of(made_home)
        _assert_recovered(made_home)


def test_failing_statements_leave_no_personal_data_in_the_log(made_home: Path) -> None:
    server = embedded.ensure(made_home)
    with psycopg.connect(server.owner_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE phone (number text UNIQUE)")
        connection.execute("INSERT INTO phone VALUES ('canary-0700')")
        with pytest.raises(psycopg.errors.UniqueViolation, match="canary-0700"):
            connection.execute("INSERT INTO phone VALUES ('canary-0700')")
    log = (made_home / "log" / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "canary" not in log


def test_interrupted_program_stops_the_server_it_held_alone(made_home: Path) -> None:
    program = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os, signal, sys; from pathlib import Path; from ahadi.project import embedded;"
            "embedded.ensure(Path(sys.argv[1])); os.kill(os.getpid(), signal.SIGINT)",
            str(made_home),
        ],
        capture_output=True,
        check=False,
    )
    assert program.returncode != 0
    assert not embedded.stop(made_home)
