"""What a file is, by its content and never by its name: the few kinds that are taken, and why others are not.

Problem: names and declared types are the sender's word, archives hide what is in them, and a small file can unpack to
a large one. Choice: a handful of formats known by their own signatures; of the packed ones only office files, whose
entries are counted and added up from the archive's own table before anything is unpacked, and that may hold neither
programs nor other archives. Everything else is refused by saying what is taken.
"""

import io
import zipfile
from typing import Final

TEXT: Final = "text/plain; charset=utf-8"
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
_SIGNATURES: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
_PACKED: Final = {
    "word/document.xml": f"{_OFFICE}wordprocessingml.document",
    "xl/workbook.xml": f"{_OFFICE}spreadsheetml.sheet",
}
ENDINGS: Final = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/tiff": "tif",
    TEXT: "txt",
    _PACKED["word/document.xml"]: "docx",
    _PACKED["xl/workbook.xml"]: "xlsx",
}
"""The media types that are taken, each with the ending under which it is given out."""
_ZIP: Final = b"PK\x03\x04"
_ENTRIES_MAX: Final = 500
_UNPACKED_MAX: Final = 50 * 1024 * 1024
_RATIO_MAX: Final = 200
_FORBIDDEN: Final = ("vbaproject.bin", ".zip", ".7z", ".rar", ".gz", ".exe", ".dll", ".js", ".vbs", ".ps1", ".bat")
_WHITE: Final = frozenset("\t\n\r\f")


class UnableToReadDocument(Exception):
    """A file is not taken: the text says what it is or holds, and what is taken."""

    is_refusal = True


def media_type(content: bytes) -> str:
    """What the bytes are. Raises UnableToReadDocument."""
    if not content:
        raise UnableToReadDocument("the file is empty; choose another")
    for signature, found in _SIGNATURES:
        if content.startswith(signature):
            return found
    if content.startswith(_ZIP):
        return _packed(content)
    if _is_text(content):
        return TEXT
    raise UnableToReadDocument(
        "this is none of PDF, PNG, JPEG, TIFF, plain text, Word or Excel; save it as one of them"
    )


def _packed(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as broken:
        raise UnableToReadDocument("the file is packed and damaged; save it again") from broken
    names = [entry.filename for entry in entries]
    kind = next((found for name, found in _PACKED.items() if name in names), None)
    if kind is None or "[Content_Types].xml" not in names:
        raise UnableToReadDocument("this is an archive; unpack it and file what is in it, one by one")
    if len(entries) > _ENTRIES_MAX or sum(entry.file_size for entry in entries) > _UNPACKED_MAX:
        raise UnableToReadDocument("the file unpacks to more than is taken; save it as PDF")
    if any(entry.file_size > _RATIO_MAX * max(entry.compress_size, 1) + 4096 for entry in entries):
        raise UnableToReadDocument("the file is packed more tightly than an office file is; save it as PDF")
    for name in names:
        if name.lower().endswith(_FORBIDDEN) or name.startswith(("/", "\\")) or ".." in name.split("/"):
            raise UnableToReadDocument("the file holds programs or other files; save it as PDF")
    return kind


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(character in _WHITE or character.isprintable() or character == "\ufeff" for character in text)
