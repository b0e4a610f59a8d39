"""Files are what their content says, and what hides something is refused."""

import io
import zipfile

import pytest

from ahadi.domain.filing.contents import TEXT, UnableToReadDocument, media_type

_OFFICE = "application/vnd.openxmlformats-officedocument."


def packed(**entries: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return stream.getvalue()


def word(**more: bytes) -> bytes:
    return packed(**{"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>", **more})


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"%PDF-1.4 x", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n0", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"II*\x00", "image/tiff"),
        (b"Habari ya asubuhi\n", TEXT),
        (b"<script>alert(1)</script>", TEXT),
        (word(), f"{_OFFICE}wordprocessingml.document"),
        (packed(**{"[Content_Types].xml": b"x", "xl/workbook.xml": b"x"}), f"{_OFFICE}spreadsheetml.sheet"),
    ],
)
def test_content_says_what_it_is(content: bytes, found: str) -> None:
    assert media_type(content) == found


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"MZ\x90\x00", "this is none of"),
        (b"\x7fELF\x00", "this is none of"),
        (b"text with a \x00 in it", "this is none of"),
        (b"\xff\xfe<\x00", "this is none of"),
        (b"PK\x03\x04 broken", "damaged"),
        (packed(**{"a.txt": b"x"}), "this is an archive"),
        (word(**{"word/vbaProject.bin": b"x"}), "holds programs"),
        (word(**{"word/embedded.zip": b"x"}), "holds programs"),
        (word(**{"../../outside.xml": b"x"}), "holds programs"),
        (word(**{"word/media/bomb.xml": b"0" * 40_000_000}), "packed more tightly"),
        (word(**{f"word/{n}.xml": b"x" for n in range(600)}), "unpacks to more"),
    ],
    ids=range(12),
)
def test_what_hides_something_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(UnableToReadDocument, match=said):
        media_type(content)
