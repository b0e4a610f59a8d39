"""How a text file separates its cells: the delimiter, judged by its first lines."""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

SAMPLE_RECORDS = 200
CANDIDATES = (",", ";", "\t", "|")
UNUSUAL = ("^", "~", "#", ":", "!", "¦", "§", "\x1f")
NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
DECLARED = re.compile(r"\A\ufeff?\"?sep=(.)\"?\r?(?:\n|\Z)", re.I)
GOOD_SHARE, UNUSUAL_SHARE = 0.6, 0.9
# csv.reader refuses these as delimiters or they cannot part cells.
NEVER = frozenset("\r\n\"'. 0123456789") | frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


@dataclass(frozen=True)
class Dialect:
    """The delimiter, and whether the file's first line declares the delimiter."""

    delimiter: str
    is_declared: bool = False

    @property
    def note(self) -> str:
        """Say which delimiter was found."""
        how = "declared by its first line" if self.is_declared else "found"
        return f"Cells are parted by {NAMES.get(self.delimiter, repr(self.delimiter))} ({how})."


@dataclass(frozen=True)
class _Fit:
    delimiter: str
    width: int
    share: float
    is_header_even: bool

    @property
    def rank(self) -> tuple[bool, bool, float, int]:
        return (
            self.width > 1 and self.share >= GOOD_SHARE,
            self.is_header_even,
            round(self.share, 1),
            self.width,
        )


def detect(sample: str) -> Dialect:
    """Return the dialect of the text that begins with `sample`; one column gives a comma."""
    declared = DECLARED.match(sample)
    if declared and declared[1] not in NEVER:
        return Dialect(declared[1], is_declared=True)
    fits = [_fit(sample, delimiter) for delimiter in CANDIDATES if delimiter in sample]
    good = [fit for fit in fits if fit.width > 1 and fit.share >= GOOD_SHARE]
    if good:
        return Dialect(max(good, key=lambda fit: fit.rank).delimiter)
    unusual = _unusual(sample)
    if unusual:
        return unusual
    wide = [fit for fit in fits if fit.width > 1]
    return Dialect(max(wide, key=lambda fit: fit.rank).delimiter if wide else ",")


def _fit(sample: str, delimiter: str) -> _Fit:
    """Count cells a record: a true delimiter gives the same number on most records and on the first of them.

    A decimal comma also occurs once on every row, but not in the header.
    """
    widths: list[int] = []
    try:
        for record in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            if any(cell.strip() for cell in record):
                widths.append(len(record))
            if len(widths) >= SAMPLE_RECORDS:
                break
    except csv.Error:
        return _Fit(delimiter, 1, 0.0, is_header_even=False)
    usual, times = max(Counter(widths).items(), key=lambda item: (item[1] * (item[0] > 1), item[0]), default=(1, 0))
    share = times / len(widths) if widths else 0.0
    return _Fit(delimiter, usual, share, is_header_even=bool(widths) and max(widths[:1]) == usual)


def _unusual(sample: str) -> Dialect | None:
    """Try punctuation that few programs use as a delimiter; it must part the header and nearly every record."""
    fits = [_fit(sample, delimiter) for delimiter in UNUSUAL if delimiter in sample]
    good = [fit for fit in fits if fit.width > 1 and fit.share >= UNUSUAL_SHARE and fit.is_header_even]
    return Dialect(max(good, key=lambda fit: fit.rank).delimiter) if good else None
