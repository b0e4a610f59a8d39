"""The whole database server is killed at any moment: what was acknowledged is there, once, and the laws hold."""

import contextlib
import os
import random
import shutil
import signal
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median

import polars as pl
import psycopg
import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker

from ahadi.data import frames
from ahadi.project import embedded, postmaster
from ahadi.project.database_url import point_connections
from ahadi.project.embedded import Server
from ahadi.project.preparation import Preparation

from .acts import Acts, broken_laws
from .children import Child, Children, children
from .server_work import CAME, DEBTS

# Early enough that the days to be closed never reach the present; the rulebook begins a day before.
DAY = date(2020, 1, 2)
WORKS = ("place_files", "take_receipts", "close_days")
SERVING_SECONDS_MAX = 60
# Each kill comes so many seconds after the work goes on.
MOMENTS = (0.1, 1.2)


@dataclass
class Kills:
    """A server of the test's own that is killed and started again, and how long it took to serve again."""

    home: Path
    server: Server
    seconds: list[float]

    def kill(self) -> None:
        """Kills the postmaster and every child of it at once."""
        written = postmaster.read_lock_file(self.home / "postgres")
        assert written is not None
        children_of = Path(f"/proc/{written.pid}/task/{written.pid}/children").read_text().split()
        os.kill(written.pid, signal.SIGSTOP)
        for pid in [written.pid, *map(int, children_of)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def serve_again(self) -> None:
        """Starts the server and waits until it answers."""
        began = time.monotonic()
        self.server = embedded.ensure(self.home)
        with psycopg.connect(self.server.app_url) as link:
            link.execute("SELECT 1")
        self.seconds.append(time.monotonic() - began)
        assert self.seconds[-1] < SERVING_SECONDS_MAX

    def __str__(self) -> str:
        return f"serving again after {median(self.seconds):.1f} s, at most {max(self.seconds):.1f} s"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """The home of a server that may be killed; gone afterwards."""
    beside = Path(os.environ["AHADI_TEST_HOME"])
    folder = beside.with_name(f"{beside.name}-{uuid.uuid4().hex[:8]}")
    yield folder
    embedded.stop(folder, is_forced=True)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def kills(home: Path) -> Kills:
    """A new server."""
    return Kills(home, embedded.ensure(home), [])


@pytest.fixture
def acts(kills: Kills, django_db_blocker: DjangoDbBlocker) -> Iterator[Acts]:
    """An organisation on that server, to which both aliases point."""
    before = {alias: dict(connections.databases[alias]) for alias in ("default", "owner")}
    with django_db_blocker.unblock():
        point_connections(app_url=kills.server.app_url, owner_url=kills.server.owner_url, max_age=0)
        Preparation(is_embedded=True).prepare()
        acts = Acts.opened(DAY)
        # What all the children share is there before they meet.
        acts.place(("BASE", "BASE", 1_000), file="base")
        yield acts
        connections.close_all()
    for alias, values in before.items():
        connections.databases[alias].update(values)


@pytest.fixture
def loaded() -> Iterator[Children]:
    """A process that forks the children."""
    with children() as made:
        yield made


@dataclass(frozen=True)
class Work:
    """A child, and the file in which it acknowledges what it has committed."""

    name: str
    child: Child
    path: Path

    def acknowledged(self) -> list[str]:
        """What the child says is done."""
        return self.path.read_text().splitlines() if self.path.exists() else []


def _await_first(works: list[Work]) -> None:
    """Waits until every child has acknowledged something."""
    latest = time.monotonic() + SERVING_SECONDS_MAX
    while not all(work.acknowledged() for work in works):
        assert time.monotonic() < latest, "a child does not begin"
        time.sleep(0.05)


def done() -> dict[str, int]:
    """How often each act of the children is in the book, by the name under which it is acknowledged."""
    found = frames.read(
        "SELECT split_part(file_name, '.', 1), count(*) FROM batch GROUP BY 1"
        " UNION ALL SELECT 'close ' || business_date, count(*) FROM close WHERE stage = 'day' GROUP BY 1",
        {},
        {"name": pl.String, "count": pl.Int64},
    )
    return dict(found.rows())


def counted(table: str) -> int:
    """The rows of a table."""
    return int(frames.scalar(f"SELECT count(*) FROM {table}"))


def missing(works: list[Work]) -> int:
    """How much of what was acknowledged is not in the book; and nothing is there twice, or in part."""
    there = done()
    assert set(there.values()) == {1}
    assert counted("charge") == 1 + DEBTS * sum(name.startswith("debts") for name in there)
    of_sheets = "receipt WHERE starts_with(source, 'receipts')"
    assert counted(of_sheets) == CAME * sum(name.startswith("receipts") for name in there)
    # The opening of the organisation alone has no outcome.
    assert counted("act") == counted("act_outcome") + 1
    return sum(name not in there for work in works for name in work.acknowledged())


def kill_again_and_again(kills: Kills, works: list[Work], chance: random.Random, times: int) -> None:
    """Kills the server at any moment, starts it, looks at the book, and lets the children go on."""
    for turn in range(times):
        time.sleep(chance.uniform(*MOMENTS))
        kills.kill()
        for work in works:
            work.child.await_word("broken")
        connections.close_all()
        kills.serve_again()
        assert missing(works) == 0, f"kill {turn}"
        assert broken_laws() == {}, f"kill {turn}"
        for work in works:
            work.child.line.tell("go on")


@pytest.mark.parametrize("times", [10, pytest.param(100, marks=pytest.mark.nightly)])
def test_acts_that_were_acknowledged_survive_the_killing_of_the_server(
    times: int, acts: Acts, kills: Kills, loaded: Children, tmp_path: Path
) -> None:
    seed = int(os.environ.get("AHADI_TEST_SEED", random.SystemRandom().randrange(10**9)))
    print(f"AHADI_TEST_SEED={seed}")
    paths = {name: tmp_path / name for name in WORKS}
    order = {"organisation": acts.organisation_id, "day": DAY.isoformat()}
    works = [
        Work(name, loaded.start(name, kills.server, acknowledged=str(path), **order), path)
        for name, path in paths.items()
    ]
    _await_first(works)
    kill_again_and_again(kills, works, random.Random(seed), times)
    told = {work.name: len(work.acknowledged()) for work in works}
    print(f"{times} kills, acknowledged {told}, 0 missing, 0 twice, 0 laws broken; {kills}")
    assert len(kills.seconds) == times


def write_rows(server: Server, commits: str, rows: list[int], many: threading.Event) -> None:
    """Adds to `rows` the numbers of rows that the server said were committed, until it is gone."""
    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(server.owner_url, autocommit=True) as link:
        link.execute(f"SET synchronous_commit = {commits}")
        while True:
            link.execute("INSERT INTO told VALUES (%s)", (len(rows),))
            rows.append(len(rows))
            if len(rows) == 500:
                many.set()


@pytest.mark.parametrize(("commits", "is_lossy"), [("on", False), ("off", True)])
def test_rows_are_lost_only_where_a_commit_does_not_wait_for_the_log(
    commits: str, is_lossy: bool, kills: Kills
) -> None:
    """The control: the same kill, and plain rows; what is acknowledged too early is lost."""
    with psycopg.connect(kills.server.owner_url) as link:
        link.execute("CREATE TABLE told (number bigint)")
    lost = told = 0
    for _ in range(3):
        many, rows = threading.Event(), list[int]()
        writer = threading.Thread(target=write_rows, args=(kills.server, commits, rows, many))
        writer.start()
        assert many.wait(timeout=60)
        kills.kill()
        writer.join(timeout=60)
        kills.serve_again()
        with psycopg.connect(kills.server.owner_url) as link:
            kept = {number for (number,) in link.execute("DELETE FROM told RETURNING number")}
        lost, told = lost + len(set(rows) - kept), told + len(rows)
    print(f"synchronous_commit={commits}: {told} acknowledged, {lost} lost")
    assert (lost > 0) == is_lossy
