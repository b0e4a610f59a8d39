"""The manual of import files names every target, error and limit, and its example is a mapping."""

import re
from pathlib import Path

from ahadi.adapters.sheets.limits import MEGABYTE, Limits
from ahadi.adapters.sheets.mapping import Mapping
from ahadi.adapters.sheets.vocabulary import PURPOSES, targets

MANUAL = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "import-files.md").read_text("utf-8")
SOURCE = Path(__file__).resolve().parents[3] / "src" / "ahadi" / "adapters" / "sheets"


def test_manual_explains_every_target() -> None:
    for purpose in PURPOSES:
        section = MANUAL.split(f"### {purpose}\n")[1].split("\n### ")[0]
        assert re.findall(r"^\| `(\w+)` \|", section, re.M) == [target.name for target in targets(purpose)]


def test_manual_has_a_heading_for_every_refusal() -> None:
    code = "".join(path.read_text("utf-8") for path in SOURCE.glob("*.py"))
    for name in re.findall(r"^class (UnableTo\w+)\(", code, re.M):
        assert f"### {name}\n" in MANUAL


def test_example_of_the_manual_is_a_mapping() -> None:
    example = MANUAL.split("```yaml\n")[1].split("```")[0]
    mapping = Mapping.from_text(example, "import-files.md")
    assert mapping.columns["currency"].otherwise == "USD"
    assert mapping.columns["disputed"].false == ("No",)


def test_manual_states_the_limits_that_hold() -> None:
    limits = Limits()
    assert f"| file | {limits.file_bytes // MEGABYTE} MB | 2 GB |" in MANUAL
    assert f"| rows | {limits.rows:,} | {Limits.for_operator().rows:,} |" in MANUAL
    assert f"| columns | {limits.columns} |" in MANUAL
    assert f"{limits.cell_characters:,} characters" in MANUAL
    assert f"| time | {limits.wall_seconds} seconds |" in MANUAL
