"""Which characters the bytes of a text file stand for."""

import codecs
from dataclasses import dataclass
from pathlib import Path

import charset_normalizer

SAMPLE_BYTES = 256 * 1024
WIDE_SAMPLE = 4_096
LEGACY = ("cp1252", "cp1256", "cp1251", "cp1250", "cp1253", "cp1254", "cp1255")
NON_LATIN = frozenset({"cp1256", "cp1251", "cp1253", "cp1255"})
BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Text:
    """The text of a file and the sentences that tell how its bytes were read."""

    content: str
    notes: tuple[str, ...]


def decode(path: Path) -> Text:
    """Return the file's text without NUL characters and with `\\n` or `\\r\\n` line ends as they stand."""
    raw = path.read_bytes()
    encoding = _encoding(raw)
    content = raw.decode(encoding, errors="replace")
    notes = [] if encoding in ("utf-8", "utf-8-sig") else [f"Characters were read as {encoding}."]
    if encoding in LEGACY or encoding == "latin-1":
        notes.append("If letters look wrong, save the file as UTF-8.")
    if "\x00" in content:
        notes.append(f"{content.count(chr(0)):,} NUL characters were removed.")
        content = content.replace("\x00", "")
    return Text(content.rstrip("\x1a"), tuple(notes))


def is_plain_utf8(path: Path) -> bool:
    """Whether the file is UTF-8 without NULs or lone carriage returns and can be parsed as it lies."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    ended_in_return = False
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(4 * 1024 * 1024):
                decoder.decode(chunk)
                ends = (b"\r" if ended_in_return else b"") + chunk
                ended_in_return = ends.endswith(b"\r")
                if b"\x00" in chunk or ends.count(b"\r") - ended_in_return != ends.count(b"\r\n"):
                    return False
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return not ended_in_return


def _encoding(raw: bytes) -> str:
    marked = next((name for bom, name in BOMS if raw.startswith(bom)), None)
    if marked:
        return marked
    wide = _wide_encoding(raw[:WIDE_SAMPLE])
    if wide:
        return wide
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return _legacy_encoding(raw)
    return "utf-8"


def _wide_encoding(head: bytes) -> str | None:
    """Return UTF-16 where every other byte is mostly NUL, as in tables of Latin digits and delimiters."""
    half = len(head) // 2
    if half < 8:
        return None
    if head[1::2].count(0) > half * 0.6 and head[::2].count(0) < half * 0.1:
        return "utf-16-le"
    if head[::2].count(0) > half * 0.6 and head[1::2].count(0) < half * 0.1:
        return "utf-16-be"
    return None


def _legacy_encoding(raw: bytes) -> str:
    """Guess an eight-bit code page; Latin text is taken as cp1252, as guesses among those mislead."""
    best = charset_normalizer.from_bytes(_telling_sample(raw), cp_isolation=list(LEGACY)).best()
    if best is not None and best.encoding in NON_LATIN:
        return str(best.encoding)
    try:
        raw.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def _telling_sample(raw: bytes) -> bytes:
    """Return the lines that hold a byte beyond ASCII: the others say nothing of the code page."""
    lines = raw[: SAMPLE_BYTES * 16].splitlines(keepends=True)
    telling = b"".join(line for line in lines if not line.isascii())
    return (telling or raw)[:SAMPLE_BYTES]
