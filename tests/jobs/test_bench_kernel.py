"""The measurement of the kernel compares engines that found the same rows, and refuses to compare others."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("duckdb")
SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "bench_kernel.py"
# In place of the first rank of bare NumPy stands another one.
FAULT = """
import runpy, sys
sys.argv[0] = {script!r}
sys.path.insert(0, {folder!r})
from kernel import bare_numpy
right = bare_numpy.run
def wrong(book):
    found = right(book)
    found["ranks"]["rank"][0] += 1
    return found
bare_numpy.run = wrong
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def measured(engine: str, command: list[str] | None = None) -> dict[str, Any]:
    """What one run of an engine over 2,000 accounts, in parts that do not divide them, says of itself."""
    asked = ["--engine", engine, "--accounts", "2000", "--part", "900"]
    done = subprocess.run([*(command or [sys.executable, str(SCRIPT)]), *asked], capture_output=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(one[measure] == other[measure] for measure in ("rows", "sums", "digests"))


def test_three_engines_find_the_same_rows() -> None:
    bare = measured("numpy")
    assert bare["rows"]["accounts"] == 2000
    assert min(bare["rows"].values()) > 200
    assert bare["sums"]["allocations"] > 0
    for engine in ("ahadi", "duckdb"):
        assert same(bare, measured(engine)), engine


def test_one_wrong_rank_is_noticed() -> None:
    text = FAULT.format(script=str(SCRIPT), folder=str(SCRIPT.parent))
    wrong = measured("numpy", [sys.executable, "-c", text])
    assert wrong["rows"] == measured("numpy")["rows"]
    assert not same(wrong, measured("ahadi"))


def test_whole_measurement_prints_its_table_and_leaves_the_page() -> None:
    asked = ["--accounts", "2000", "--part", "1000", "--repeat", "1", "--no-page"]
    done = subprocess.run([sys.executable, str(SCRIPT), *asked], capture_output=True, text=True, check=True)
    assert "| numpy |" in done.stdout
    assert "| duckdb |" in done.stdout
    assert "written to" not in done.stdout
