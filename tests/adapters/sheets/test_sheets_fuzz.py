"""Mutants of small files end in a sheet or a refusal, never in another error."""

import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from ahadi.adapters.sheets.limits import Limits
from ahadi.adapters.sheets.parsing import parse
from ahadi.adapters.sheets.proposing import propose
from ahadi.adapters.sheets.sheet import UnableToReadSheet
from ahadi.adapters.sheets.typing_rows import type_rows

SEED = 20_240_131
TOKENS = (b",", b";", b'"', b"\n", b"\r", b"\x00", b"\t", b"\xff", b"=", b"NaN", b"1e9", b"31/02/2024", b"Total",
          b"\xef\xbb\xbf", b"<html>", b"sep=|\n", b"\xe2\x80\xae", b"\xd9\xa3", b"#REF!", b"-", b"()")  # fmt: skip
TEXT = (
    b"Report of June\n\ncustomer id,customer name,invoice no,due date,amount,currency\n"
    b'C1,"Juma, Ali",I1,25/01/2024,"1,234.50",KES\nC2,Asha,I2,26/01/2024,7.00,KES\nTotal,,,,1241.50,\n'
)


def _book() -> bytes:
    workbook = openpyxl.Workbook()
    for row in (["customer id", "due date", "amount"], ["C1", "25/01/2024", 5.5], ["C2", "26/01/2024", 7]):
        workbook.active.append(row)
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


BOOK = _book()


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Return the content with one to six places cut, doubled, flipped or replaced."""
    result = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(result) or 1)
        length = chance.randint(1, 12)
        match chance.randrange(5):
            case 0:
                del result[at : at + length]
            case 1:
                result[at:at] = result[at : at + length * 8]
            case 2 if result:
                result[at] ^= 1 << chance.randrange(8)
            case 3:
                result[at : at + length] = chance.choice(TOKENS)
            case _:
                result[at:at] = chance.choice(TOKENS)
    return bytes(result)


def survive(path: Path, content: bytes, *, is_typed: bool) -> bool:
    """Read the content and, when asked, propose and type it; return whether it was read."""
    path.write_bytes(content)
    try:
        sheet = parse(path, Limits())
    except UnableToReadSheet as refusal:
        assert str(refusal).endswith(".")
        return False
    if is_typed:
        typed = type_rows(sheet, propose(sheet, purpose="placement").mapping(accept="all"), currency="KES")
        lines = {error.line for error in typed.errors}
        assert typed.rows.height + len(lines) + len(typed.duplicates) == sheet.rows.height
    return True


def mutated_text(chance: random.Random) -> bytes:
    return mutated(TEXT, chance)


def mutated_package(chance: random.Random) -> bytes:
    """Return a workbook with its outer bytes mutated: mostly broken archives."""
    return mutated(BOOK, chance)


def mutated_parts(chance: random.Random) -> bytes:
    """Return an intact archive around mutated parts, so that the workbook's own reader meets the damage."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(BOOK)) as source, zipfile.ZipFile(stream, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            is_hit = "sheet1" in name or chance.random() < 0.2
            target.writestr(name, mutated(content, chance) if is_hit else content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "make", "number"),
    [("a.csv", mutated_text, 700), ("a.xlsx", mutated_package, 400), ("b.xlsx", mutated_parts, 900)],
)
def test_mutants_end_in_a_sheet_or_a_refusal(
    tmp_path: Path, name: str, make: Callable[[random.Random], bytes], number: int
) -> None:
    chance = random.Random(SEED)
    read = sum(survive(tmp_path / name, make(chance), is_typed=turn % 5 == 0) for turn in range(number))
    assert 0 < read < number
