"""The measurement of the night: a recompute finds what is stored, and a book of states closes as the whole one does."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "bench_night.py"
COUNTS = ("accounts", "changed", "listed", "updated", "lists")


def counts(line: str) -> dict[str, int]:
    """What one close says of itself, without its seconds."""
    found = dict(re.findall(r"(\w+) (\d+)(?:,|$)", line))
    return {name: int(found[name]) for name in COUNTS}


@pytest.mark.nightly
def test_book_of_states_alone_closes_as_the_whole_book_does(tmp_path: Path) -> None:
    asked = ["--size", "700", "--state-only", "700", "--repeat", "1", "--no-page", "--folder", str(tmp_path)]
    done = subprocess.run([sys.executable, str(SCRIPT), *asked], stdout=subprocess.PIPE, text=True, check=True)
    closes = [line.strip() for line in done.stdout.splitlines() if " close 2026-" in line]
    whole = [counts(line) for line in closes if line.startswith("700 ")]
    stated = [counts(line) for line in closes if line.startswith("state-only-700 ")]
    assert len(whole) == 2
    assert whole == stated
    assert whole[1]["changed"] > 0
    (recompute,) = (line for line in done.stdout.splitlines() if " recompute 2026-" in line)
    assert "accounts 700, different 0," in recompute
