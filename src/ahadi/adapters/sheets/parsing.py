"""One file into a sheet within this process: the work the child does."""

import hashlib
import unicodedata
from pathlib import Path

from ahadi.adapters.sheets.content import kind_of
from ahadi.adapters.sheets.delimited import read_delimited
from ahadi.adapters.sheets.limits import MEGABYTE, Limits
from ahadi.adapters.sheets.shaping import shape
from ahadi.adapters.sheets.sheet import Sheet, UnableToReadSheet
from ahadi.adapters.sheets.workbooks import read_workbook

UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def parse(path: Path, limits: Limits, sheet: str | None = None) -> Sheet:
    """Return the sheet in the file, without the protection of a child process; for files that are trusted.

    Raise `UnableToReadSheet` when the file is no sheet or beyond the limits.
    """
    check_file(path, limits)
    kind = kind_of(path, limits)
    grid = read_delimited(path, limits) if kind == "csv" else read_workbook(path, kind, limits, sheet)
    table = shape(shown_name(path), grid)
    if table.rows.height > limits.rows:
        raise UnableToReadSheet(
            shown_name(path),
            f"it has more than {limits.rows:,} rows. Split it, or place it from the command line.",
        )
    return Sheet(
        file_name=shown_name(path),
        sha256=digest(path),
        kind=kind,
        header=table.header,
        rows=table.rows,
        set_aside=table.set_aside,
        notes=table.notes,
    )


def check_file(path: Path, limits: Limits) -> None:
    """Raise `UnableToReadSheet` unless the path is a file that is not empty and not too large."""
    if not path.is_file():
        raise UnableToReadSheet(shown_name(path), "there is no such file. Check the path.")
    size = path.stat().st_size
    if size > limits.file_bytes:
        raise UnableToReadSheet(
            shown_name(path),
            f"it has {size / MEGABYTE:,.1f} MB; at most {limits.file_bytes // MEGABYTE:,} MB are taken. "
            "Split it, or "
            "place it from the command line.",
        )
    if size == 0:
        raise UnableToReadSheet(shown_name(path), "it is empty. Choose the file that holds the rows.")


def digest(path: Path) -> str:
    """Return the SHA-256 of the file's bytes in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def shown_name(path: Path) -> str:
    """Return the file's name without characters that turn or hide what a person reads."""
    return "".join(letter for letter in path.name if unicodedata.category(letter) not in UNSEEN) or "file"
