"""Any spreadsheet in, one sheet out: the file is read by a child process that may be killed."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from ahadi.adapters.sheets import child
from ahadi.adapters.sheets.limits import Limits
from ahadi.adapters.sheets.parsing import check_file, shown_name
from ahadi.adapters.sheets.sheet import SetAside, Sheet, UnableToReadSheet

CHILD = "ahadi.adapters.sheets.child"
PASSED_ON = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "LD_LIBRARY_PATH")
SETTINGS = {
    "POLARS_MAX_THREADS": "2",
    "RAYON_NUM_THREADS": "2",
    "MALLOC_ARENA_MAX": "2",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
UPLOAD = Limits()
KILLED_BY_TIME = (-signal.SIGXCPU, -signal.SIGALRM)


def read(path: Path, *, limits: Limits = UPLOAD, sheet: str | None = None) -> Sheet:
    """Return the sheet in the file, read by a child process under the limits.

    `sheet` names a worksheet; without it the first visible one with cells is taken. Raise `UnableToReadSheet`
    with the reason for whatever is no sheet, is beyond the limits, or took the child down.
    """
    check_file(path, limits)
    with tempfile.TemporaryDirectory(prefix="ahadi-sheet-") as name:
        folder = Path(name)
        request = {"path": str(path.resolve()), "sheet": sheet, "limits": asdict(limits)}
        (folder / child.REQUEST).write_text(json.dumps(request), "utf-8")
        status = _run(path, folder, limits)
        answer = _answer(path, folder, status)
        return _sheet(path, folder, answer)


def _run(path: Path, folder: Path, limits: Limits) -> int:
    try:
        finished = subprocess.run(
            [sys.executable, "-m", CHILD, str(folder)],
            env=_environment(folder),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=limits.wall_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as expired:
        raise _too_slow(path, limits.wall_seconds) from expired
    if finished.returncode in KILLED_BY_TIME:
        raise _too_slow(path, limits.cpu_seconds)
    return finished.returncode


def _too_slow(path: Path, seconds: int) -> UnableToReadSheet:
    return UnableToReadSheet(
        shown_name(path),
        f"reading took more than {seconds} seconds. Copy the table into a new workbook or save it as .csv.",
    )


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment without secrets: the child knows no database, no key and no other folder."""
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {**passed, **SETTINGS, "TMPDIR": str(folder), "HOME": str(folder)}


def _answer(path: Path, folder: Path, status: int) -> dict[str, Any]:
    """Return the child's answer; one that ended without is taken as stopped by its memory limit or by
    damage.
    """
    written = folder / child.ANSWER
    if status != 0 or not written.exists():
        is_killed = status < 0
        reason = child.MEMORY_REFUSAL if is_killed else "it is damaged in a way no reader understands. Save it again."
        raise UnableToReadSheet(shown_name(path), reason)
    answer: dict[str, Any] = json.loads(written.read_text("utf-8"))
    if "refused" in answer:
        raise UnableToReadSheet(shown_name(path), answer["refused"])
    return answer


def _sheet(path: Path, folder: Path, answer: dict[str, Any]) -> Sheet:
    return Sheet(
        file_name=shown_name(path),
        sha256=answer["sha256"],
        kind=answer["kind"],
        header=tuple(answer["header"]),
        rows=pl.read_ipc((folder / child.ROWS).read_bytes()),
        set_aside=tuple(
            SetAside(aside["line"], aside["reason"], tuple(aside["cells"])) for aside in answer["set_aside"]
        ),
        notes=tuple(answer["notes"]),
    )
