"""This installation of Ahadi, as the console and its commands act on it: its database, found or started."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from django.conf import settings
from psycopg.conninfo import conninfo_to_dict

from ahadi.project import embedded
from ahadi.project.database_url import point_connections
from ahadi.project.home import locate_home, open_home, read_secret_key
from ahadi.project.refusal import Refusal

if TYPE_CHECKING:
    from ahadi.project.preparation import Preparation

Role = Literal["app", "owner"]
_VARIABLES: dict[Role, str] = {"app": "AHADI_DATABASE_URL", "owner": "AHADI_OWNER_DATABASE_URL"}


class UnableToNameDatabase(Refusal):
    """A URL was asked for that the environment does not give."""


class UnableToOpenShell(Refusal):
    """psql is not installed."""


@dataclass
class Installation:
    """The environment's servers where it names some, else the embedded one.

    `load_preparation` is called after Django is set up: what it loads needs the models.
    """

    load_preparation: "Callable[[bool], Preparation]"
    server: embedded.Server | None = field(default=None, init=False)
    is_embedded: bool = field(default_factory=lambda: not os.environ.get("AHADI_DATABASE_URL"), init=False)

    def reach(self) -> None:
        """Start or join the embedded server where no other is named, and point Django at it. Idempotent."""
        if self.is_embedded:
            self.server = embedded.ensure(locate_home())
            os.environ["AHADI_DATABASE_URL"] = self.server.app_url
            os.environ["AHADI_OWNER_DATABASE_URL"] = self.server.owner_url
            if settings.configured:
                point_connections(app_url=self.server.app_url, owner_url=self.server.owner_url)

    def folder(self) -> Path:
        """Where this installation keeps what belongs to it alone: data, passwords, sign-ins of the demonstration."""
        return open_home(locate_home()).folder

    def require_prepared(self) -> list[str]:
        """As Preparation.require_prepared: the warnings as sentences."""
        return [str(problem) for problem in self.preparation().require_prepared()]

    def prepare(self) -> tuple[int, int]:
        """Migrate and grant, then refuse what is unsafe; the numbers of migrations and of grants."""
        self.reach()
        preparation = self.preparation()
        done = preparation.prepare()
        preparation.require_prepared()
        return done.migrations, done.grants

    def status(self) -> list[tuple[str, str]]:
        """What an operator asks first, as (name, value): version, home, sizes, what is missing or unsafe."""
        self.reach()
        preparation = self.preparation()
        lines = self._place()
        lines += [(f"size of {name}", f"{size / 1_000_000:.1f} MB") for name, size in preparation.sizes()]
        lines += [("migrations to apply", _shortened(preparation.unapplied()))]
        lines += [("rights to grant", _shortened(preparation.ungranted()))]
        found = preparation.problems()
        lines += [(problem.severity, str(problem)) for problem in found]
        return lines if found else [*lines, ("problems", "none")]

    def is_sound(self) -> bool:
        """Whether nothing is missing and nothing refuses; call after `reach`."""
        preparation = self.preparation()
        refused = [problem for problem in preparation.problems() if problem.severity == "refuse"]
        return not (refused or preparation.unapplied() or preparation.ungranted())

    def url(self, *, role: Role) -> str:
        """The URL of one role, password included. Raises UnableToNameDatabase."""
        self.reach()
        url = os.environ.get(_VARIABLES[role], "")
        if not url:
            raise UnableToNameDatabase(
                f"The {role}'s URL is not known: {_VARIABLES[role]} is not set, and AHADI_DATABASE_URL "
                "names a server of your own. Set it, or unset both to use the embedded server."
            )
        return url

    def stop(self, *, is_forced: bool) -> bool:
        """Stop the embedded server; False when it was not running."""
        return embedded.stop(locate_home(), is_forced=is_forced)

    def shell(self, *, role: Role) -> int:
        """Run psql as one role until it ends; its exit code. Raises UnableToOpenShell."""
        url = self.url(role=role)
        beside = self.server.binaries.folder / "psql" if self.server else Path("psql")
        program = str(beside) if beside.is_file() else shutil.which("psql")
        if program is None:
            raise UnableToOpenShell("psql was not found. Install it: apt-get install postgresql-client.")
        # Arguments are seen by every user of the machine, so the password goes through the environment.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            environment = {**os.environ, **_libpq_environment(url)}
            return subprocess.run([program], env=environment, check=False).returncode
        finally:
            signal.signal(signal.SIGINT, before)

    def preparation(self) -> "Preparation":
        """The tables and rights of the database reached."""
        return self.load_preparation(self.is_embedded)

    def _place(self) -> list[tuple[str, str]]:
        if self.server is None:
            return [("server", "of your own, named in AHADI_DATABASE_URL")]
        return [
            ("server", f"embedded PostgreSQL {self.server.version} ({self.server.binaries.source})"),
            ("programs", str(self.server.binaries.folder)),
            ("home", str(self.server.home)),
        ]


def _shortened(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more or "none"


def provide_secret_key() -> None:
    """Give this process and its children the site's secret key: the environment's, else the home's."""
    if not os.environ.get("AHADI_SECRET_KEY"):
        os.environ["AHADI_SECRET_KEY"] = read_secret_key(open_home(locate_home()))


def _libpq_environment(url: str) -> dict[str, str]:
    names = {
        "dbname": "PGDATABASE",
        "user": "PGUSER",
        "password": "PGPASSWORD",
        "host": "PGHOST",
        "port": "PGPORT",
    }
    names |= {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT"}
    parts = conninfo_to_dict(url)
    return {names[part]: str(value) for part, value in parts.items() if part in names and value}
