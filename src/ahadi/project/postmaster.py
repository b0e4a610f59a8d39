"""PostgreSQL's lock files: what they say, and what to do when the process they name is no server."""

from dataclasses import dataclass
from pathlib import Path

# Above the largest process id that Linux gives out (2^22), so that it never names a process.
_NOBODYS_PID = 2_147_483_646


@dataclass(frozen=True)
class LockFile:
    """The lines of `postmaster.pid` that matter here; `port` is None until the server has chosen one."""

    pid: int
    port: int | None
    socket_folder: str


def read_lock_file(data: Path) -> LockFile | None:
    """The lock file of a data folder, None where there is none or where it is cut short."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        port = int(lines[3]) if len(lines) > 4 else None
        return LockFile(pid=int(lines[0]), port=port, socket_folder=lines[4].strip() if port else "")
    except (OSError, ValueError, IndexError):
        return None


def names_server(data: Path) -> bool:
    """Whether the process named by the lock file of `data` is, as far as can be seen, its server."""
    pid = _read_pid(data / "postmaster.pid")
    return pid is not None and _may_be_server(pid, data=data)


def disown_dead_process(data: Path, *, socket_folder: Path | None) -> None:
    """Make the lock files of `data` and of its socket stop naming a process that is not its server.

    After a kill the id in the file may belong to a zombie nobody reaps or to a stranger, both usual in
    containers, and PostgreSQL then refuses for ever. Only the id is replaced, by one that no process can
    have: the rest of the file stays, so PostgreSQL still judges for itself whether an orphan of the old
    server holds the shared memory named there. Where the process cannot be examined nothing is changed.
    """
    paths = [data / "postmaster.pid", *(socket_folder.glob(".s.PGSQL.*.lock") if socket_folder else ())]
    for path in paths:
        pid = _read_pid(path)
        if pid is not None and pid != _NOBODYS_PID and not _may_be_server(pid, data=data):
            _replace_pid(path)


def _replace_pid(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    lines[0] = f"{_NOBODYS_PID}\n"
    with path.open("r+", encoding="utf-8") as file:
        file.write("".join(lines))
        file.truncate()


def _read_pid(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _may_be_server(pid: int, *, data: Path) -> bool:
    """A PostgreSQL server stands with its working folder in its data folder; a zombie stands nowhere."""
    process = Path("/proc") / str(pid)
    try:
        state = (process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
        if state in ("Z", "X"):
            return False
        return (process / "cwd").readlink() == data.resolve()
    except (FileNotFoundError, ProcessLookupError):
        return not Path("/proc/self").exists()
    except OSError:
        return True
