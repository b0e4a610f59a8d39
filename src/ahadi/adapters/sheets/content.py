"""What a file is, told by its bytes and never by its name."""

import re
from pathlib import Path

from ahadi.adapters.sheets.limits import Limits
from ahadi.adapters.sheets.packages import workbook_kind
from ahadi.adapters.sheets.sheet import Kind, UnableToReadSheet

HEAD_BYTES = 4_096
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

FOREIGN_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"{\\rtf", "a rich text document"),
    (b"SQLite format 3", "a database"),
    (b"PAR1", "a Parquet file"),
    (b"OFXHEADER", "an OFX bank statement"),
    (b"{1:F01", "an MT940 bank statement"),
    (b":20:", "an MT940 bank statement"),
    (b'{"', "a JSON document"),
    (b"[{", "a JSON document"),
)
MARKUP = re.compile(
    rb"^\s*(?:<!--.*?-->\s*)*<(\?xml|!doctype|html|head|body|table|svg|script|style|meta|div)\b", re.I | re.S
)
PDF_WITHIN = re.compile(rb"%PDF-\d\.\d")
BINARY_CONTROLS = frozenset(range(0x20)) - {0x09, 0x0A, 0x0C, 0x0D, 0x1A} - {0x00}


def kind_of(path: Path, limits: Limits) -> Kind:
    """Return what the file holds; raise `UnableToReadSheet` naming what it is instead of a sheet."""
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise UnableToReadSheet(path.name, "it is empty. Choose the file that holds the rows.")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return workbook_kind(path, limits)
    if head.startswith(OLE_MAGIC):
        return _old_workbook_kind(path)
    _refuse_foreign(path, head)
    return "csv"


def _old_workbook_kind(path: Path) -> Kind:
    """Tell apart the streams of an OLE container by their names, which stand in UTF-16 in its directory."""
    content = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise UnableToReadSheet(
            path.name, "it is protected by a password. Open it, remove the password and save it again."
        )
    if any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")):
        return "xls"
    raise UnableToReadSheet(
        path.name, "it is an old office document without a worksheet. Save the sheet as .xlsx or .csv."
    )


def _refuse_foreign(path: Path, head: bytes) -> None:
    text = head.removeprefix(b"\xef\xbb\xbf")
    found = next((what for magic, what in FOREIGN_MAGIC if text.startswith(magic)), None)
    if found is None and PDF_WITHIN.search(head[:1024]):
        found = "a PDF document"
    if found is None and MARKUP.match(_single_bytes(text)):
        found = "a web page or XML, whatever its name says"
    if found is None and _is_binary(text):
        found = "binary data, not text"
    if found:
        raise UnableToReadSheet(
            path.name, f"it is {found}. Open it in a spreadsheet program and save it as .xlsx or .csv."
        )


def _single_bytes(text: bytes) -> bytes:
    """Return UTF-16 text as if it were ASCII, so that markup cannot hide behind the encoding."""
    if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return text[2:].replace(b"\x00", b"")
    return text


def _is_binary(head: bytes) -> bool:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return False
    controls = sum(head.count(bytes([byte])) for byte in BINARY_CONTROLS)
    return controls * 100 > len(head)
