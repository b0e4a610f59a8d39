"""The folder that holds the embedded database, its passwords and the site's secret key."""

import contextlib
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from ahadi.project.refusal import Refusal

_MARK = "ahadi-home"
_MARK_TEXT = "This folder belongs to Ahadi: database, passwords, log. Layout 1.\n"
SECRET_KEY_MIN = 50


class UnableToUseHome(Refusal):
    """The folder named as Ahadi's home is not Ahadi's, or cannot be used by it."""


@dataclass(frozen=True)
class Secrets:
    """Generated passwords of the three database roles."""

    superuser: str
    owner: str
    app: str


@dataclass(frozen=True)
class Home:
    """A folder known to be Ahadi's own; everything the embedded server needs has its place in it."""

    folder: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder, owned by the user it runs as."""
        return self.folder / "postgres"

    @property
    def socket(self) -> Path:
        """The folder of the Unix socket."""
        return self.folder / "socket"

    @property
    def log(self) -> Path:
        """The folder of the server's log."""
        return self.folder / "log"

    @property
    def programs(self) -> Path:
        """Copies of PostgreSQL's programs, where the server's user cannot read the originals."""
        return self.folder / "programs"

    @property
    def start_lock(self) -> Path:
        """Held exclusively by whoever starts or stops the server."""
        return self.folder / "start.lock"

    @property
    def use_lock(self) -> Path:
        """Held shared by every program that uses the server."""
        return self.folder / "use.lock"

    @property
    def passwords(self) -> Path:
        """The 0600 file of the roles' passwords."""
        return self.folder / "passwords.json"


def locate_home() -> Path:
    """`AHADI_HOME`; else /var/lib/ahadi for root, `ahadi` in the user's data folder (XDG)."""
    named = os.environ.get("AHADI_HOME")
    if named:
        return Path(named).expanduser().absolute()
    if os.geteuid() == 0:
        return Path("/var/lib/ahadi")
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data and Path(data).is_absolute() else Path.home() / ".local" / "share") / "ahadi"


def open_home(folder: Path) -> Home:
    """Create `folder`, or adopt it when empty, or recognise it by its mark.

    Raises UnableToUseHome for a folder that holds something else, belongs to another user or cannot be made.
    """
    mark = folder / _MARK
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
        owner = folder.stat().st_uid
        if owner != os.geteuid():
            raise _refused(folder, f"it belongs to user id {owner}, and this program runs as {os.geteuid()}")
        if not mark.exists():
            if any(not each.name.startswith(_MARK) for each in folder.iterdir()):
                raise _refused(folder, "it is not empty and was not made by Ahadi")
            _write_private(mark, _MARK_TEXT)
    except OSError as error:
        raise _refused(folder, f"{error.strerror or error}: {error.filename}") from error
    return Home(folder=folder)


def read_secrets(home: Home) -> Secrets:
    """The passwords of this home, generated on first use. Raises UnableToUseHome when lost or unreadable."""
    if not home.passwords.exists():
        if (home.data / "PG_VERSION").exists():
            raise _refused(home.folder, f"{home.passwords.name} is missing, so nobody can log in to its database")
        made = {name: secrets.token_hex(24) for name in ("superuser", "owner", "app")}
        _write_private(home.passwords, json.dumps(made))
    try:
        return Secrets(**json.loads(home.passwords.read_text(encoding="ascii")))
    except (ValueError, TypeError) as error:
        raise _refused(home.folder, f"{home.passwords.name} cannot be read") from error


def read_secret_key(home: Home) -> str:
    """The site's secret key, generated once and kept in a 0600 file."""
    path = home.folder / "secret-key"
    if not path.exists():
        _write_private(path, secrets.token_urlsafe(SECRET_KEY_MIN))
    return path.read_text(encoding="ascii").strip()


def _write_private(path: Path, text: str) -> None:
    """Write once and whole: of two programs that come at the same instant, the first one's text stays."""
    half = path.with_name(f"{path.name}.{os.getpid()}.new")
    half.unlink(missing_ok=True)
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(half, path)
    half.unlink()


def _refused(folder: Path, why: str) -> UnableToUseHome:
    return UnableToUseHome(
        f"Ahadi's home cannot be {folder}: {why}. Set AHADI_HOME to a new or empty folder of your own, "
        "or use a server of your own through AHADI_DATABASE_URL and AHADI_OWNER_DATABASE_URL."
    )
