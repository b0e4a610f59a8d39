"""A corpus of hostile and awkward files, written at test time: what each is, and what must become of it."""

import gzip
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import openpyxl

Make = Callable[[], bytes]
MEGABYTE = 1024 * 1024
TABLE = "customer id,invoice number,due date,amount\nC1,INV-1,2024-01-31,100.50\nC2,INV-2,2024-02-28,7.00\n"
CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    'content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships'
    '+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override '
    'PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'spreadsheetml.worksheet+xml"/></Types>'
)
ROOT_RELS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
    'officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
BOOK = (
    '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
BOOK_RELS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>'
)
SHEET_HEAD = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
HEADER_ROW = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>customer id</t></is></c><c r="B1" t="inlineStr"><is><t>amount</t>'
    '</is></c></row><row r="2"><c r="A2" t="inlineStr"><is><t>C1</t></is></c><c r="B2"><v>5</v></c></row>'
)


@dataclass(frozen=True)
class Hostile:
    """A file by name and content; `refused` is a part of the reason, or None where it must be read."""

    name: str
    make: Make
    refused: str | None
    rows: int | None = None


def package(parts: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def workbook_parts(data: str, head: str = SHEET_HEAD, **more: str) -> dict[str, str | bytes]:
    sheet = f"{head}<sheetData>{data}</sheetData></worksheet>"
    return {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": ROOT_RELS,
        "xl/workbook.xml": BOOK,
        "xl/_rels/workbook.xml.rels": BOOK_RELS,
        "xl/worksheets/sheet1.xml": sheet,
        **more,
    }


def workbook(data: str = HEADER_ROW, head: str = SHEET_HEAD, **more: str) -> bytes:
    return package(workbook_parts(data, head, **more))


def openpyxl_book(rows: list[list[object]], **cells: object) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    for address, value in cells.items():
        sheet[address] = value
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def dimension_bomb() -> bytes:
    """A few cells, one of them in the last row and column a worksheet can have."""
    return workbook(
        HEADER_ROW + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        SHEET_HEAD + '<dimension ref="A1:XFD1048576"/>',
    )


def cell_bomb() -> bytes:
    row = "<row>" + '<c t="inlineStr"><is><t>' + "A" * 2_000 + "</t></is></c>" * 1 + "</row>"
    return workbook(HEADER_ROW + row * 60_000)


def shared_strings_bomb() -> bytes:
    strings = "<si><t>" + "B" * 30_000 + "</t></si>"
    shared = (
        '<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        + strings * 4_000
        + "</sst>"
    )
    return workbook(**{"xl/sharedStrings.xml": shared})


def entity(declaration: str, use: str) -> str:
    return (
        f'<?xml version="1.0"?><!DOCTYPE worksheet [{declaration}]>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<!-- {use} -->"
    )


def billion_laughs() -> bytes:
    names = [f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10)]
    head = entity('<!ENTITY l0 "lol">' + "".join(names), "")
    return workbook('<row r="1"><c r="A1" t="inlineStr"><is><t>&l9;</t></is></c></row>', head)


def external_entity(system: str) -> Make:
    head = entity(f'<!ENTITY x SYSTEM "{system}">', "")
    return lambda: workbook('<row r="1"><c r="A1" t="inlineStr"><is><t>&x;</t></is></c></row>', head)


def parameter_entity() -> bytes:
    head = entity('<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;', "")
    return workbook(HEADER_ROW, head)


def wide_entity() -> bytes:
    parts = workbook_parts(HEADER_ROW)
    text = entity('<!ENTITY x "y">', "") + f"<sheetData>{HEADER_ROW}</sheetData></worksheet>"
    parts["xl/worksheets/sheet1.xml"] = text.replace('version="1.0"', 'version="1.0" encoding="UTF-16"').encode(
        "utf-16"
    )
    return package(parts)


def many_entries(number: int) -> Make:
    return lambda: package(workbook_parts(HEADER_ROW) | {f"xl/media/{i}.bin": b"" for i in range(number)})


def encrypted_flag() -> bytes:
    content = bytearray(workbook())
    start = 0
    while (at := content.find(b"PK\x01\x02", start)) >= 0:
        content[at + 8] |= 1
        start = at + 4
    start = 0
    while (at := content.find(b"PK\x03\x04", start)) >= 0:
        content[at + 6] |= 1
        start = at + 4
    return bytes(content)


def ole(*streams: str) -> bytes:
    directory = b"".join(name.encode("utf-16-le").ljust(64, b"\0") + bytes(64) for name in streams)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + directory.ljust(1024, b"\0")


def lying_sizes() -> bytes:
    """An archive whose directory declares a hundred bytes for a part of 250 MB."""
    content = bytearray(workbook("<row/>" + " " * (250 * MEGABYTE)))
    size = struct.pack("<I", 100)
    start = 0
    while (at := content.find(b"PK\x01\x02", start)) >= 0:
        content[at + 24 : at + 28] = size
        start = at + 4
    return bytes(content)


def polyglot_gif_csv() -> bytes:
    return b"GIF89a,1\n" + TABLE.encode()


def polyglot_pdf_zip() -> bytes:
    return b"%PDF-1.7\n" + workbook()


def polyglot_zip_html() -> bytes:
    return workbook() + b"<html><script>alert(1)</script></html>"


def damaged(at: float) -> Make:
    def make() -> bytes:
        content = openpyxl_book([["customer id", "amount"], *([f"C{i}", i] for i in range(200))])
        return content[: int(len(content) * at)]

    return make


def flipped() -> bytes:
    content = bytearray(openpyxl_book([["customer id", "amount"], *([f"C{i}", i] for i in range(200))]))
    for position in range(60, len(content) // 2, 37):
        content[position] ^= 0x5A
    return bytes(content)


def wide_csv(columns: int) -> Make:
    header = ",".join(f"name {i}" for i in range(columns))
    return lambda: f"{header}\n{','.join('1' for _ in range(columns))}\n".encode()


def text(content: str, encoding: str = "utf-8") -> Make:
    return lambda: content.encode(encoding)


def raw(content: bytes) -> Make:
    return lambda: content


def many_rows(number: int) -> Make:
    return lambda: ("customer id,amount\n" + "C1,5\n" * number).encode()


def arabic_table() -> str:
    return "رقم العميل;الاسم;المبلغ\n١;فاطمة;١٢٣٫٥٠\n٢;عمر;٧٫٠٠\n"


HOSTILE: tuple[Hostile, ...] = (
    # workbooks made to exhaust the reader
    Hostile("dimension_bomb.xlsx", dimension_bomb, "memory"),
    Hostile(
        "dimension_claim.xlsx", lambda: workbook(HEADER_ROW, SHEET_HEAD + '<dimension ref="A1:XFD1048576"/>'), None, 1
    ),
    Hostile("cell_bomb.xlsx", cell_bomb, "times its size"),
    Hostile("shared_strings_bomb.xlsx", shared_strings_bomb, "times its size"),
    Hostile("billion_laughs.xlsx", billion_laughs, "entities"),
    Hostile("xxe_file.xlsx", external_entity("file:///etc/passwd"), "entities"),
    Hostile("xxe_http.xlsx", external_entity("http://127.0.0.1:9/"), "entities"),
    Hostile("xxe_parameter.xlsx", parameter_entity, "entities"),
    Hostile("xxe_utf16.xlsx", wide_entity, "entities"),
    Hostile("entries_100k.xlsx", many_entries(100_000), "parts"),
    Hostile("entries_1001.xlsx", many_entries(1_001), "parts"),
    Hostile("nested.xlsx", lambda: workbook(**{"xl/more.zip": "x"}), "archive inside"),
    Hostile(
        "nested_hidden.xlsx", lambda: package(workbook_parts(HEADER_ROW) | {"xl/a.bin": workbook()}), "archive inside"
    ),
    Hostile("zip_slip.xlsx", lambda: workbook(**{"../../etc/cron.d/x": "x"}), "outside"),
    Hostile("zip_slip_absolute.xlsx", lambda: workbook(**{"/etc/x": "x"}), "outside"),
    Hostile("zip_slip_windows.xlsx", lambda: workbook(**{"..\\x": "x"}), "outside"),
    Hostile("lying_sizes.xlsx", lying_sizes, ""),
    Hostile("flat_200mb.xlsx", lambda: workbook(HEADER_ROW + " " * (201 * MEGABYTE)), "times its size"),
    Hostile("encrypted_ole.xlsx", raw(ole("Root Entry", "EncryptionInfo", "EncryptedPackage")), "password"),
    Hostile("encrypted_zip.xlsx", encrypted_flag, "password"),
    Hostile("many_columns.xlsx", lambda: openpyxl_book([[f"name {i}" for i in range(300)], [1] * 300]), "columns"),
    Hostile("deep_markup.xlsx", lambda: workbook("<row>" * 200_000 + "</row>" * 200_000), ""),
    Hostile(
        "picture_bomb.xlsx",
        lambda: package(workbook_parts(HEADER_ROW) | {"xl/media/a.png": b"\0" * 150 * MEGABYTE}),
        "times its size",
    ),
    # workbooks that are harmless to a reader that only takes values
    Hostile("macro.xlsm", lambda: workbook(**{"xl/vbaProject.bin": "macro"}), None, 1),
    Hostile("dde.xlsx", lambda: openpyxl_book([["customer id", "amount"], ["C1", "=cmd|'/C calc'!A0"]]), None, 1),
    Hostile(
        "external_link.xlsx", lambda: workbook(**{"xl/externalLinks/externalLink1.xml": "<externalLink/>"}), None, 1
    ),
    Hostile(
        "hyperlink.xlsx",
        lambda: openpyxl_book([["customer id", "amount"], ["C1", '=HYPERLINK("http://127.0.0.1","x")']]),
        None,
        1,
    ),
    Hostile(
        "embedded_object.xlsx",
        lambda: package(workbook_parts(HEADER_ROW) | {"xl/embeddings/a.docx": package({"word/document.xml": "x"})}),
        None,
        1,
    ),
    Hostile("phantom_cells.xlsx", lambda: workbook(HEADER_ROW + '<row r="9"><c r="ZZ9" s="0"/></row>'), None, 1),
    Hostile(
        "row_gap.xlsx",
        lambda: workbook(HEADER_ROW + '<row r="5000"><c r="A5000" t="inlineStr"><is><t>C9</t></is></c></row>'),
        None,
        2,
    ),
    Hostile(
        "error_cells.xlsx",
        lambda: workbook(
            HEADER_ROW
            + '<row r="3"><c r="A3" t="inlineStr"><is><t>C2</t></is></c><c r="B3" t="e"><v>#N/A</v></c></row>'
        ),
        None,
        2,
    ),
    # damaged workbooks
    Hostile("truncated_10.xlsx", damaged(0.1), "damaged"),
    Hostile("truncated_50.xlsx", damaged(0.5), "damaged"),
    Hostile("truncated_99.xlsx", damaged(0.99), "damaged"),
    Hostile("flipped.xlsx", flipped, ""),
    Hostile("no_sheet.xlsx", lambda: package({"xl/workbook.xml": BOOK}), "damaged"),
    Hostile("empty_archive.xlsx", raw(b"PK\x05\x06" + bytes(18)), "archive without a worksheet"),
    Hostile("empty_sheet.xlsx", lambda: openpyxl_book([]), "none of its visible worksheets"),
    Hostile("only_magic.xlsx", raw(b"PK\x03\x04"), "damaged"),
    Hostile("garbage_xls.xls", raw(ole("Root Entry", "Workbook")), "damaged"),
    Hostile("old_word.xls", raw(ole("Root Entry", "WordDocument")), "without a worksheet"),
    # what is no sheet, under a sheet's name
    Hostile(
        "docx_renamed.xlsx",
        lambda: package(
            {
                "[Content_Types].xml": "x",
                "word/document.xml": "<w/>",
                "word/_rels/settings.xml.rels": "http://127.0.0.1/t.dotm",
            }
        ),
        "docx",
    ),
    Hostile("pptx_renamed.xlsx", lambda: package({"ppt/presentation.xml": "x"}), "pptx"),
    Hostile(
        "ods_renamed.xlsx",
        lambda: package({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "x"}),
        "OpenDocument",
    ),
    Hostile("jar_renamed.xlsx", lambda: package({"META-INF/MANIFEST.MF": "x"}), "Java"),
    Hostile("zip_renamed.csv", lambda: package({"a.txt": "x"}), "archive without a worksheet"),
    Hostile("html_renamed.xls", text("<html><table><tr><td>1</td></tr></table></html>"), "web page"),
    Hostile("html_doctype.csv", text("\n <!DOCTYPE html><p>x"), "web page"),
    Hostile("html_comment.csv", text("<!-- a -->\n<html>"), "web page"),
    Hostile("html_utf16.csv", text("<html><body>x</body></html>", "utf-16"), "web page"),
    Hostile(
        "svg_script.csv", text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'), "web page"
    ),
    Hostile("xml_spreadsheet.xls", text('<?xml version="1.0"?><Workbook/>'), "XML"),
    Hostile(
        "camt_xxe.csv",
        text('<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document>&x;</Document>'),
        "XML",
    ),
    Hostile("pdf_script.csv", raw(b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>"), "PDF"),
    Hostile("png.csv", raw(b"\x89PNG\r\n\x1a\n" + bytes(200)), "picture"),
    Hostile("jpeg.csv", raw(b"\xff\xd8\xff\xe0" + bytes(200)), "picture"),
    Hostile("program.csv", raw(b"MZ\x90\x00" + bytes(300)), "program"),
    Hostile("elf.csv", raw(b"\x7fELF" + bytes(300)), "program"),
    Hostile("gzip.csv", lambda: gzip.compress(TABLE.encode()), "gzip"),
    Hostile("zlib.csv", lambda: zlib.compress(bytes(range(256)) * 50), "binary"),
    Hostile("rtf.csv", text(r"{\rtf1 x}"), "rich text"),
    Hostile("json.csv", lambda: json.dumps([{"a": 1}]).encode(), "JSON"),
    Hostile("mt940.csv", text(":20:STARTUMS\n:25:1/2\n"), "MT940"),
    Hostile("sqlite.csv", raw(b"SQLite format 3\x00" + bytes(100)), "database"),
    Hostile("random.csv", raw(bytes((i * 7919 + i // 3) % 256 for i in range(4096))), "binary"),
    # polyglots
    Hostile("polyglot_gif.csv", polyglot_gif_csv, "picture"),
    Hostile("polyglot_pdf.xlsx", polyglot_pdf_zip, "PDF"),
    Hostile("polyglot_html.xlsx", polyglot_zip_html, None, 1),
    Hostile("polyglot_late_pdf.csv", raw(b"a,b\n1,2\n%PDF-1.4\n"), "PDF"),
    # text made to mislead or exhaust
    Hostile("field_200kb.csv", text("customer id,amount\nC1," + "9" * 200_000 + "\n"), "row 2"),
    Hostile("field_200kb_quoted.csv", text('customer id,amount\nC1,"' + "9\n" * 100_000 + '"\n'), "row 2"),
    Hostile("unclosed_quote.csv", text('customer id,amount\nC1,"5\nC2,6\nC3,7\n'), "never closed"),
    Hostile("columns_10k.csv", wide_csv(10_000), "columns"),
    Hostile("columns_201.csv", wide_csv(201), "columns"),
    Hostile("columns_200.csv", wide_csv(200), None, 1),
    Hostile("rows_over.csv", many_rows(500_002), "rows"),
    Hostile("empty.csv", raw(b""), "empty"),
    Hostile("blank.csv", text("\n\n   \n"), "empty"),
    Hostile("only_bom.csv", raw(b"\xef\xbb\xbf"), "empty"),
    Hostile("only_delimiters.csv", text(",,,\n,,,\n"), "no filled cell"),
    Hostile("only_nuls.csv", raw(bytes(5_000)), "empty"),
    Hostile("header_only.csv", text("customer id,amount\n"), None, 0),
    Hostile("nuls.csv", raw(TABLE.encode().replace(b"C2", b"C\x002")), None, 2),
    Hostile("bom.csv", text("\ufeff" + TABLE), None, 2),
    Hostile("utf16_bom.csv", text(TABLE, "utf-16"), None, 2),
    Hostile("utf16_le_bare.csv", text(TABLE, "utf-16-le"), None, 2),
    Hostile("utf16_be_bare.csv", text(TABLE, "utf-16-be"), None, 2),
    Hostile("utf32.csv", text(TABLE, "utf-32"), None, 2),
    Hostile("cp1252.csv", text("client;montant\nRené Lefèvre – Cie;5,50\nÉlodie;7,00\n", "cp1252"), None, 2),
    Hostile(
        "cp1256.csv",
        text(
            arabic_table().translate(
                {0x661: "1", 0x662: "2", 0x663: "3", 0x665: "5", 0x660: "0", 0x667: "7", 0x66B: ","}
            )
            * 5,
            "cp1256",
        ),
        None,
    ),
    Hostile("arabic_digits.csv", text(arabic_table()), None, 2),
    Hostile("mixed_line_ends.csv", text("customer id,amount\r\nC1,5\nC2,6\rC3,7\r\n"), None, 3),
    Hostile("old_mac.csv", text("customer id,amount\rC1,5\rC2,6\r"), None, 2),
    Hostile("sep_line.csv", text("sep=;\ncustomer id;amount\nC1;5,5\nC2;6,5\n"), None, 2),
    Hostile("sep_strange.csv", text("sep=^\ncustomer id^amount\nC1^5\n"), None, 1),
    Hostile("tab.tsv", text("customer id\tamount\nC1\t5\n"), None, 1),
    Hostile("pipe.txt", text("customer id|amount\nC1|5\n"), None, 1),
    Hostile("ragged.csv", text("customer id,amount,note\nC1,5\nC2,6,x,,,\nC3\n"), None, 3),
    Hostile(
        "quotes_inside.csv", text('customer id,name,amount\nC1,Pipe 12" steel,5\nC2,"He said ""no""",6\n'), None, 2
    ),
    Hostile("line_breaks_inside.csv", text('customer id,address,amount\nC1,"Plot 5\nMoshi",5\nC2,Arusha,6\n'), None, 2),
    Hostile("formulas.csv", text('customer id,name,amount\nC1,=1+1,5\nC2,"@SUM(A1)",6\n'), None, 2),
    Hostile("bidi_cells.csv", text("customer id,name,amount\nC1,\u202eevil\u202c,5\nC2,\u200bx,6\n"), None, 2),
    Hostile("control_characters.csv", raw(b"customer id,name,amount\nC1,a\x07b,5\n" + b"C2,plain,6\n" * 30), None, 31),
    Hostile("invoice\u202exslx.csv", text(TABLE), None, 2),
    Hostile("іnvоicе.csv", text(TABLE), None, 2),
    Hostile("name with 'quotes' & $(touch x).csv", text(TABLE), None, 2),
    Hostile("-rf.csv", text(TABLE), None, 2),
    Hostile("semicolons_in_names.csv", text("customer id,name,amount\nC1,a;b;c,5\nC2,d;e,6\n"), None, 2),
    Hostile("decimal_commas.csv", text("customer id;name;amount\nC1;a;5,50\nC2;b;1.234,50\n"), None, 2),
    Hostile("regex_trap.csv", text("customer id,amount\n" + "C1," + "1," * 0 + "9" * 30_000 + "x\n"), None, 1),
    Hostile("date_trap.csv", text("customer id,due date\n" + "C1," + "1/" * 15_000 + "\n"), None, 1),
    Hostile("comma_trap.csv", text("customer id;amount\n" + "C1;" + "1," * 15_000 + "\n"), None, 1),
)


def write(hostile: Hostile, folder: Path) -> Path:
    path = folder / hostile.name
    path.write_bytes(hostile.make())
    return path
