"""The embedded PostgreSQL: made, started, shared between programs and stopped by the last of them."""

import atexit
import contextlib
import fcntl
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from ahadi.project.binaries import Binaries, find_binaries, readable_binaries
from ahadi.project.cluster import Address, Cluster, UnableToStartPostgres, UnableToStopPostgres
from ahadi.project.home import Home, UnableToUseHome, open_home, read_secrets
from ahadi.project.runner import Runner, choose_runner

DATABASE = "ahadi"
OWNER = "ahadi_owner"
APP = "ahadi_app"


@dataclass(frozen=True)
class Server:
    """A running server of Ahadi's own. The URLs carry generated passwords: never print them unasked."""

    home: Path
    binaries: Binaries
    owner_url: str
    app_url: str
    version: str


@dataclass(frozen=True)
class _Hold:
    """This process's share in a server: an open file under a shared lock, and what it takes to stop it."""

    descriptor: int
    pid: int
    server: Server
    cluster: Cluster


_holds: dict[Path, _Hold] = {}
_within = threading.RLock()


def ensure(folder: Path) -> Server:
    """The server of the home at `folder`: made if new, started if down, joined if running.

    This process then shares in it until `release` or its own end; whoever shares last stops the server.
    Raises, in this order: UnableToUseHome, UnableToFindPostgres, UnableToChooseServerUser,
    UnableToCreateDatabaseFolder, UnableToStartPostgres.
    """
    with _within:
        hold = _holds.get(folder)
        if hold is not None and hold.pid == os.getpid():
            address = hold.cluster.address()
            if address is not None and hold.cluster.is_answering(address):
                return hold.server
            release(folder)
        home = open_home(folder)
        with _exclusive(home):
            cluster = _open_cluster(home)
            descriptor = os.open(home.use_lock, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                address = _started(cluster, descriptor)
                server = _described(cluster, address)
                fcntl.flock(descriptor, fcntl.LOCK_SH)
            except BaseException:
                os.close(descriptor)
                raise
        _holds[folder] = _Hold(descriptor=descriptor, pid=os.getpid(), server=server, cluster=cluster)
        return server


def release(folder: Path) -> bool:
    """End this process's share in a server; True when it was the last one and the server was stopped."""
    with _within:
        hold = _holds.pop(folder, None)
        if hold is None or hold.pid != os.getpid():
            return False
        with _undisturbed(), _exclusive(hold.cluster.home):
            try:
                # The conversion is not atomic, but nobody takes a share without the exclusive lock held here.
                fcntl.flock(hold.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                hold.cluster.stop()
            except BlockingIOError:
                return False
            finally:
                os.close(hold.descriptor)
        return True


def stop(folder: Path, *, is_forced: bool = False) -> bool:
    """Stop the server of a home; False when none was running.

    Raises UnableToStopPostgres while other programs use it, unless `is_forced`; UnableToUseHome for a folder
    that is not a home.
    """
    with _within:
        if not (folder / "postgres" / "PG_VERSION").exists():
            return False
        _let_go(folder)
        home = open_home(folder)
        with _undisturbed(), _exclusive(home):
            cluster = _open_cluster(home)
            address = cluster.address()
            if address is None or not cluster.is_answering(address):
                return False
            if not is_forced and _is_used(home):
                raise UnableToStopPostgres(
                    f"The server of {folder} is in use by another program of Ahadi and was not stopped. "
                    "End that program, or repeat with --force, which breaks off whatever it is doing."
                )
            cluster.stop()
            return True


def _let_go(folder: Path) -> None:
    hold = _holds.pop(folder, None)
    if hold is not None and hold.pid == os.getpid():
        os.close(hold.descriptor)


@contextlib.contextmanager
def _exclusive(home: Home) -> Iterator[None]:
    descriptor = os.open(home.start_lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Put off Ctrl-C and termination until a start or a stop has been carried through."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, waiting)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _is_used(home: Home) -> bool:
    descriptor = os.open(home.use_lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _open_cluster(home: Home) -> Cluster:
    runner = choose_runner()
    _let_enter(home, runner)
    binaries = readable_binaries(_fitting_binaries(home), runner=runner, programs=home.programs)
    return Cluster(home=home, binaries=binaries, runner=runner, secrets=read_secrets(home))


def _let_enter(home: Home, runner: Runner) -> None:
    if runner.may_enter(home.folder):
        return
    home.folder.chmod(home.folder.stat().st_mode | 0o001)
    if not runner.may_enter(home.folder):
        raise UnableToUseHome(
            f"Ahadi's home cannot be {home.folder}: PostgreSQL runs not as root but as user "
            f"{runner.name}, who may not enter a folder above it, and nothing outside the home is changed. "
            "Set AHADI_HOME to a place such as /var/lib/ahadi, or run ahadi as an ordinary user."
        )


def _fitting_binaries(home: Home) -> Binaries:
    try:
        made_by = (home.data / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return find_binaries()
    return find_binaries(major=int(made_by))


def _started(cluster: Cluster, descriptor: int) -> Address:
    """Where the cluster answers, after making and starting it as needed. Called under the exclusive lock."""
    wanted = _wanted_port()
    address = cluster.address()
    if address is not None and cluster.is_answering(address):
        if wanted is None or address == Address(folder=None, port=wanted):
            return address
        _stop_to_move(cluster, address, wanted, descriptor)
    cluster.create()
    with _undisturbed():
        address = cluster.start(wanted_port=wanted)
        try:
            _prepare_roles(cluster, address)
        except BaseException:
            cluster.stop()
            raise
    return address


def _stop_to_move(cluster: Cluster, address: Address, wanted: int, descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise UnableToStartPostgres(
            f"The server of {cluster.home.folder} is used by another program at {address}, "
            f"and AHADI_POSTGRES_PORT names {wanted}. Unset it to join that server, or end the other program."
        ) from error
    cluster.stop()


def _wanted_port() -> int | None:
    text = os.environ.get("AHADI_POSTGRES_PORT")
    if not text:
        return None
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise UnableToStartPostgres(f"AHADI_POSTGRES_PORT is {text!r}; it must be a number from 1 to 65535, or unset.")
    return int(text)


def _prepare_roles(cluster: Cluster, address: Address) -> None:
    """Create what is missing of the two roles and the database; the first thing after every start."""
    passwords = {OWNER: cluster.secrets.owner, APP: cluster.secrets.app}
    with psycopg.connect(cluster.superuser_url(address), autocommit=True) as connection:
        present = {
            name
            for (name,) in connection.execute(
                "SELECT rolname FROM pg_roles UNION ALL SELECT 'db:' || datname FROM pg_database"
            )
        }
        for role, may in ((OWNER, "CREATEDB"), (APP, "NOCREATEDB")):
            if role not in present:
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEROLE {} PASSWORD {}").format(
                        sql.Identifier(role), sql.SQL(may), sql.Literal(passwords[role])
                    )
                )
        if f"db:{DATABASE}" not in present:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
            )


def _described(cluster: Cluster, address: Address) -> Server:
    return Server(
        home=cluster.home.folder,
        binaries=cluster.binaries,
        owner_url=address.url(role=OWNER, password=cluster.secrets.owner, database=DATABASE),
        app_url=address.url(role=APP, password=cluster.secrets.app, database=DATABASE),
        version=cluster.binaries.version,
    )


def _release_all() -> None:
    for folder in tuple(_holds):
        release(folder)


atexit.register(_release_all)
