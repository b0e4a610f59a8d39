"""One PostgreSQL data folder: made with initdb, configured, started, probed and stopped with pg_ctl."""

import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from ahadi.project import postmaster
from ahadi.project.binaries import Binaries
from ahadi.project.home import Home, Secrets
from ahadi.project.neighbour import describe_listener
from ahadi.project.refusal import Refusal
from ahadi.project.runner import Runner

SUPERUSER = "postgres"
# A socket's path ends with a zero byte and must fit in 104 bytes on the strictest kernel.
_SOCKET_PATH_MAX = 103
_SOCKET_PORT = 5432
_START_SECONDS = 120
_RETRY_SECONDS = 60.0
_MEGABYTE = 1 << 20


class UnableToCreateDatabaseFolder(Refusal):
    """initdb refused to make the data folder."""


class UnableToStartPostgres(Refusal):
    """The embedded server does not come up."""


class UnableToStopPostgres(Refusal):
    """The embedded server does not go down, or other programs are using it."""


@dataclass(frozen=True)
class Address:
    """Where the server listens: a Unix socket's folder, or TCP on 127.0.0.1 when `folder` is None."""

    folder: Path | None
    port: int

    def url(self, *, role: str, password: str, database: str) -> str:
        """The libpq URL of one role at this address."""
        who = f"{quote(role, safe='')}:{quote(password, safe='')}"
        where = f"postgresql://{who}@127.0.0.1:{self.port}/{quote(database, safe='')}?sslmode=disable"
        if self.folder is not None:
            # The port is named even here: it is part of the socket's name, and PGPORT would change it.
            folder = quote(str(self.folder), safe="/")
            where = f"postgresql://{who}@/{quote(database, safe='')}?host={folder}&port={self.port}"
        return where

    def __str__(self) -> str:
        return f"127.0.0.1:{self.port}" if self.folder is None else str(self.folder)


@dataclass(frozen=True)
class Cluster:
    """A home, the programs that open it, and the user they run as."""

    home: Home
    binaries: Binaries
    runner: Runner
    secrets: Secrets

    def address(self) -> Address | None:
        """Where the server listens or last listened, as its own lock file says; None when there is none."""
        written = postmaster.read_lock_file(self.home.data)
        if written is None or written.port is None:
            return None
        folder = Path(written.socket_folder) if written.socket_folder else None
        return Address(folder=folder, port=written.port)

    def superuser_url(self, address: Address, *, database: str = "postgres") -> str:
        """For this manager alone: programs get the owner's and the app's URLs."""
        return address.url(role=SUPERUSER, password=self.secrets.superuser, database=database)

    def is_answering(self, address: Address) -> bool:
        """Whether the server of this very data folder answers there: a process id proves nothing."""
        try:
            with psycopg.connect(self.superuser_url(address), connect_timeout=5) as connection:
                row = connection.execute("SHOW data_directory").fetchone()
        except psycopg.OperationalError:
            return False
        return row is not None and Path(row[0]).resolve() == self.home.data.resolve()

    def create(self) -> None:
        """Make the data folder if it is not there yet; a half-made one is thrown away first."""
        if (self.home.data / "PG_VERSION").exists():
            return
        half = self.home.data.with_name("postgres.new")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        self.runner.own(half)
        password_file = self._password_file()
        try:
            done = self.runner.run(self._initdb(half, password_file), cwd=half)
        finally:
            password_file.unlink()
        if done.returncode != 0:
            shutil.rmtree(half, ignore_errors=True)
            raise UnableToCreateDatabaseFolder(
                f"initdb could not make {self.home.data} as user {self.runner.name}: {_last_lines(done.stderr)}"
            )
        with (half / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\ninclude 'ahadi.conf'\n")
        half.rename(self.home.data)

    def start(self, *, wanted_port: int | None) -> Address:
        """Start the server and wait until it answers. Raises UnableToStartPostgres with what to do."""
        address = self._choose_address(wanted_port)
        self._prepare_folders()
        self._write_configuration(address)
        self._rotate_log()
        deadline = time.monotonic() + _RETRY_SECONDS
        while True:
            written_before = self._log_size()
            done = self._pg_ctl("start", "-w", "-t", str(_START_SECONDS), "-l", str(self._log_file))
            if self.is_answering(address):
                return address
            if done.returncode == 0:
                self.stop()
                raise self._unable_to_start("it started, and does not answer this program")
            complaint = self._complaint(written_before)
            if "lock file" in complaint:
                postmaster.disown_dead_process(self.home.data, socket_folder=address.folder)
            elif "shared memory block" not in complaint:
                raise self._unable_to_start(complaint or _last_lines(done.stderr))
            if time.monotonic() > deadline:
                raise self._unable_to_start(complaint)
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop the server, first with a checkpoint, then at once. Raises UnableToStopPostgres.

        Nothing is done where the lock file names no server: pg_ctl would send its signal to a stranger.
        """
        for mode in ("fast", "immediate"):
            if not postmaster.names_server(self.home.data):
                return
            done = self._pg_ctl("stop", "-w", "-t", "60", "-m", mode)
            if done.returncode == 0:
                return
        if postmaster.names_server(self.home.data):
            raise UnableToStopPostgres(
                f"The server of {self.home.data} does not stop: {_last_lines(done.stderr)}. See {self._log_file}."
            )

    @property
    def _log_file(self) -> Path:
        return self.home.log / "postgres.log"

    def _pg_ctl(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [self.binaries.program("pg_ctl"), "-s", "-D", str(self.home.data), *words]
        return self.runner.run(command, cwd=self.home.data)

    def _initdb(self, folder: Path, password_file: Path) -> list[str]:
        has_own_locale = self.binaries.major >= 17
        provider = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if has_own_locale else []
        return [
            self.binaries.program("initdb"),
            f"--pgdata={folder}",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--data-checksums",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            *provider,
        ]

    def _password_file(self) -> Path:
        path = self.home.folder / "superuser.new"
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(self.secrets.superuser)
        self.runner.own(path)
        return path

    def _prepare_folders(self) -> None:
        for folder in (self.home.socket, self.home.log):
            folder.mkdir(mode=0o700, exist_ok=True)
            self.runner.own(folder)

    def _choose_address(self, wanted_port: int | None) -> Address:
        if wanted_port is not None:
            listener = describe_listener(wanted_port)
            if listener is not None:
                raise UnableToStartPostgres(
                    f"Port {wanted_port} of 127.0.0.1, named in AHADI_POSTGRES_PORT, is taken by {listener}. "
                    "Name another port, or unset AHADI_POSTGRES_PORT to use a socket inside the home."
                )
            return Address(folder=None, port=wanted_port)
        path = self.home.socket / f".s.PGSQL.{_SOCKET_PORT}"
        if len(os.fsencode(path)) > _SOCKET_PATH_MAX:
            return Address(folder=None, port=_free_port())
        return Address(folder=self.home.socket, port=_SOCKET_PORT)

    def _write_configuration(self, address: Address) -> None:
        path = self.home.data / "ahadi.conf"
        lines = [f"{name} = '{_quoted(value)}'" for name, value in _configuration(address).items()]
        path.write_text("# Written at every start.\n" + "\n".join(lines) + "\n", encoding="utf-8")
        self.runner.own(path)

    def _rotate_log(self) -> None:
        if self._log_file.exists():
            self._log_file.replace(self._log_file.with_suffix(".log.1"))

    def _log_size(self) -> int:
        return self._log_file.stat().st_size if self._log_file.exists() else 0

    def _complaint(self, offset: int) -> str:
        if not self._log_file.exists():
            return ""
        lines = self._log_file.read_bytes()[offset:].decode(errors="replace").splitlines()
        return " ".join(line for line in lines if "FATAL" in line or "HINT" in line)[-600:]

    def _unable_to_start(self, complaint: str) -> UnableToStartPostgres:
        return UnableToStartPostgres(
            f"PostgreSQL {self.binaries.version} does not start on {self.home.data} "
            f"as user {self.runner.name}: {complaint or 'it gave no reason'}. Its log is {self._log_file}."
        )


def _configuration(address: Address) -> dict[str, str]:
    memory = _memory_bytes()
    settings = {
        "listen_addresses": "" if address.folder else "127.0.0.1",
        "port": str(address.port),
        "unix_socket_directories": str(address.folder or ""),
        "unix_socket_permissions": "0700",
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "default_transaction_isolation": "read committed",
        "password_encryption": "scram-sha-256",
        "shared_buffers": f"{max(16, min(1024, memory // _MEGABYTE // 8))}MB",
        "work_mem": f"{max(4, min(16, memory // _MEGABYTE // 512))}MB",
        "effective_cache_size": f"{max(64, memory // _MEGABYTE // 2)}MB",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "jit": "off",
        # Two parts of the book are worked at once: on two cores a query that takes both keeps the other part waiting.
        "max_parallel_workers_per_gather": str(min(2, max(0, (os.cpu_count() or 1) // 2 - 1))),
        "timezone": "UTC",
        "log_timezone": "UTC",
        # What a failing statement held is somebody's name or telephone number: it stays out of the log.
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "log_statement": "none",
        "log_min_duration_statement": "-1",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
        "logging_collector": "off",
    }
    if _is_shared_memory_small():
        settings["dynamic_shared_memory_type"] = "mmap"
    return settings


def _is_shared_memory_small() -> bool:
    # Containers get 64 MB of /dev/shm, which one parallel hash join fills.
    try:
        space = os.statvfs("/dev/shm")
    except OSError:
        return False
    return space.f_blocks * space.f_frsize < 256 * _MEGABYTE


def _memory_bytes() -> int:
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
    except OSError:
        return physical
    return min(physical, int(limit)) if limit.isdigit() else physical


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")


def _last_lines(text: str) -> str:
    return " ".join(text.split("\n")[-4:]).strip() or "it gave no reason"
