"""The child process that reads a file nobody vouches for: it bounds itself, reads, and leaves its answer
in files.
"""

import errno
import json
import resource
import sys
from dataclasses import asdict
from pathlib import Path

from ahadi.adapters.sheets.limits import Limits
from ahadi.adapters.sheets.parsing import parse
from ahadi.adapters.sheets.sheet import UnableToReadSheet

REQUEST, ANSWER, ROWS = "request.json", "answer.json", "rows.arrow"
_MEMORY_HINTS = ("memory", "alloc", "failed to map", "resource temporarily unavailable", "start new thread")
PAGE = resource.getpagesize()
STATM = Path("/proc/self/statm")


def main(folder: Path) -> int:
    """Read what `request.json` in the folder names; write `answer.json` and, for a sheet, `rows.arrow`
    there.
    """
    request = json.loads((folder / REQUEST).read_text("utf-8"))
    limits = Limits(**request["limits"])
    bound(limits)
    try:
        sheet = parse(Path(request["path"]), limits, request["sheet"])
        sheet.rows.write_ipc(folder / ROWS, compression="uncompressed")
    except UnableToReadSheet as refusal:
        return _answer(folder, {"refused": refusal.reason})
    except BaseException as error:
        # Libraries tell of a refused allocation each in its own way; a panic of theirs is no Exception.
        if not lacks_memory(error):
            raise
        return _answer(folder, {"refused": MEMORY_REFUSAL})
    facts: dict[str, object] = {
        "sha256": sheet.sha256,
        "kind": sheet.kind,
        "header": sheet.header,
        "set_aside": [asdict(aside) for aside in sheet.set_aside],
        "notes": sheet.notes,
    }
    return _answer(folder, facts)


MEMORY_REFUSAL = (
    "it needs more memory than a sheet of its size may: a cell far outside the table, or a file made to "
    "exhaust "
    "the reader. Copy the table into a new workbook or save it as .csv."
)


def lacks_memory(error: BaseException) -> bool:
    """Whether the error says, in whichever words, that memory or a thread was refused."""
    is_refused = isinstance(error, OSError) and error.errno in (errno.ENOMEM, errno.EAGAIN)
    return isinstance(error, MemoryError) or is_refused or any(hint in str(error).lower() for hint in _MEMORY_HINTS)


def bound(limits: Limits) -> None:
    """Limit this process's memory, processor time and written files for the rest of its life."""
    _limit(resource.RLIMIT_AS, _address_space() + limits.memory_bytes)
    # One second lies between the signal that tells of the limit and the kill that tells nothing.
    _limit(resource.RLIMIT_CPU, limits.cpu_seconds, spare=1)
    _limit(resource.RLIMIT_FSIZE, limits.memory_bytes)
    _limit(resource.RLIMIT_CORE, 0)


def _limit(kind: int, value: int, spare: int = 0) -> None:
    hard = resource.getrlimit(kind)[1]
    ceiling = value + spare if hard == resource.RLIM_INFINITY else min(value + spare, hard)
    resource.setrlimit(kind, (min(value, ceiling), ceiling))


def _address_space() -> int:
    """Return the address space in use, which the interpreter and its libraries need before any file."""
    if STATM.exists():
        return int(STATM.read_text("ascii").split()[0]) * PAGE
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 4


def _answer(folder: Path, answer: dict[str, object]) -> int:
    (folder / ANSWER).write_text(json.dumps(answer), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
