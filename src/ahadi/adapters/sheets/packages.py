"""Whether an office package is safe to expand: entries, sizes, ratio, nesting and entities, counted
before use.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from ahadi.adapters.sheets.limits import MEGABYTE, Limits
from ahadi.adapters.sheets.sheet import Kind, UnableToReadSheet

CHUNK = MEGABYTE
RATIO_FROM_BYTES = MEGABYTE
ENCRYPTED_FLAG = 0x1
ENTITY = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.I)
WIDE_ENTITY = re.compile(rb"<\x00?!\x00?(?:D\x00?O\x00?C\x00?T\x00?Y|E\x00?N\x00?T\x00?I\x00?T)", re.I)

OTHER_PACKAGES: tuple[tuple[str, str], ...] = (
    ("word/document.xml", "a text document (docx)"),
    ("ppt/presentation.xml", "a presentation (pptx)"),
    ("content.xml", "an OpenDocument file"),
    ("META-INF/MANIFEST.MF", "a Java archive"),
)


def workbook_kind(path: Path, limits: Limits) -> Kind:
    """Return whether the package is an xlsx or xlsb workbook within the limits; refuse it otherwise."""
    try:
        with zipfile.ZipFile(path) as package:
            entries = package.infolist()
            _check_entries(path, entries, limits)
            kind = _kind(path, {entry.filename for entry in entries})
            _check_contents(path, package, entries, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as failure:
        raise UnableToReadSheet(
            path.name,
            f"the workbook is damaged ({failure}). Open it in a spreadsheet program and save it again.",
        ) from failure
    except RuntimeError as failure:
        raise _encrypted(path) from failure
    return kind


def _check_entries(path: Path, entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(entries) > limits.zip_entries:
        raise UnableToReadSheet(
            path.name,
            f"it is an archive of {len(entries):,} parts; at most {limits.zip_entries:,} are taken. "
            "Save the sheet alone in a new workbook.",
        )
    if any(entry.flag_bits & ENCRYPTED_FLAG for entry in entries):
        raise _encrypted(path)
    names = [entry.filename for entry in entries]
    if any(name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) for name in names):
        raise UnableToReadSheet(
            path.name, "a part inside points outside the archive. Save the sheet in a new workbook."
        )
    if len(set(names)) != len(names):
        raise UnableToReadSheet(path.name, "two parts inside bear the same name. Save the sheet in a new workbook.")
    if any(name.lower().endswith((".zip", ".gz", ".rar", ".7z")) for name in names):
        raise UnableToReadSheet(path.name, "it is an archive inside an archive. Save the sheet as .xlsx or .csv.")


def _encrypted(path: Path) -> UnableToReadSheet:
    return UnableToReadSheet(
        path.name, "it is protected by a password. Open it, remove the password and save it again."
    )


def _kind(path: Path, names: set[str]) -> Kind:
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        return "xlsb"
    found = next((what for name, what in OTHER_PACKAGES if name in names), "an archive without a worksheet")
    raise UnableToReadSheet(path.name, f"it is {found}. Save the sheet as .xlsx or .csv.")


def _check_contents(path: Path, package: zipfile.ZipFile, entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    """Expand every part once, counting: the sizes an archive declares of itself may be false."""
    expanded = 0
    packed = max(path.stat().st_size, 1)
    for entry in entries:
        tail = b""
        is_markup = entry.filename.lower().endswith((".xml", ".rels", ".vml"))
        for chunk in _chunks(package, entry):
            if not tail:
                _refuse_nested(path, chunk, entry)
            expanded += len(chunk)
            _check_expansion(path, expanded, packed, limits)
            if is_markup and (ENTITY.search(tail + chunk) or WIDE_ENTITY.search(tail + chunk)):
                raise UnableToReadSheet(
                    path.name,
                    f"{entry.filename} inside declares entities, which a workbook never needs and an "
                    "attack does. "
                    "Save the sheet in a new workbook.",
                )
            tail = chunk[-32:]


def _chunks(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    with package.open(entry) as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _refuse_nested(path: Path, chunk: bytes, entry: zipfile.ZipInfo) -> None:
    is_embedding = entry.filename.startswith(("xl/embeddings/", "xl/media/"))
    if chunk.startswith(b"PK\x03\x04") and not is_embedding:
        raise UnableToReadSheet(path.name, "it is an archive inside an archive. Save the sheet as .xlsx or .csv.")


def _check_expansion(path: Path, expanded: int, packed: int, limits: Limits) -> None:
    if expanded > limits.expanded_bytes:
        raise UnableToReadSheet(
            path.name,
            f"it expands to more than {limits.expanded_bytes // MEGABYTE} MB. "
            "Split it, or save the sheet alone as .csv.",
        )
    if expanded > RATIO_FROM_BYTES and expanded > packed * limits.expansion_ratio:
        raise UnableToReadSheet(
            path.name,
            f"it expands to more than {limits.expansion_ratio} times its size, as an archive made to "
            "exhaust the "
            "reader does. Save the sheet as .csv.",
        )
