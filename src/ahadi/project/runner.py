"""The operating-system user the embedded PostgreSQL runs as, and programs started in that user's name."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ahadi.project.refusal import Refusal

# PostgreSQL refuses to run as root. Users are never created: one of these exists on every Debian.
UNPRIVILEGED = ("postgres", "nobody")


class UnableToChooseServerUser(Refusal):
    """Root runs this program and no unprivileged user is there for PostgreSQL."""


@dataclass(frozen=True)
class Runner:
    """The user PostgreSQL runs as; `is_switched` where that is not the user of this program."""

    name: str
    uid: int
    gid: int
    is_switched: bool

    def run(self, command: Sequence[str], *, cwd: Path = Path("/")) -> subprocess.CompletedProcess[str]:
        """Run `command` to its end as this user, in its own session, with a bare environment.

        Its own session keeps a Ctrl-C at the terminal from cutting a stop of the server in half.
        Raises OSError where the program cannot be started, as with any program that is not there.
        """
        return subprocess.run(
            command,
            cwd=cwd,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            start_new_session=True,
            check=False,
            user=self.uid if self.is_switched else None,
            group=self.gid if self.is_switched else None,
            extra_groups=[] if self.is_switched else None,
        )

    def may_enter(self, folder: Path) -> bool:
        """Whether this user may traverse to `folder`, asked of the kernel so that ACLs count too."""
        if not self.is_switched:
            return os.access(folder, os.X_OK)
        return self.run(["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)]).returncode == 0

    def own(self, path: Path) -> None:
        """Give `path`, which lies inside the home, to this user."""
        if self.is_switched:
            os.chown(path, self.uid, self.gid)


def choose_runner() -> Runner:
    """The invoking user; for root `postgres`, else `nobody`. Raises UnableToChooseServerUser."""
    uid = os.geteuid()
    if uid != 0:
        return Runner(name=_name_of(uid), uid=uid, gid=os.getegid(), is_switched=False)
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Runner(name=name, uid=entry.pw_uid, gid=entry.pw_gid, is_switched=True)
    raise UnableToChooseServerUser(
        "PostgreSQL does not run as root, and this machine has neither a user 'postgres' nor 'nobody'. "
        "Run ahadi as an ordinary user, or install PostgreSQL with its user: apt-get install postgresql."
    )


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
