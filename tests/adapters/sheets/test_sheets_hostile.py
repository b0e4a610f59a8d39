"""Every hostile file is read rightly or refused with its reason, within a minute and a gigabyte."""

import errno
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ahadi.adapters.sheets.child import lacks_memory
from ahadi.adapters.sheets.limits import Limits
from ahadi.adapters.sheets.reading import read
from ahadi.adapters.sheets.sheet import UnableToReadSheet

from .hostile_files import HOSTILE, Hostile, dimension_bomb, write

GIGABYTE_OF_KILOBYTES = 1024 * 1024


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name.encode("ascii", "replace").decode())
def test_hostile_file_is_read_rightly_or_refused_with_its_reason(hostile: Hostile, tmp_path: Path) -> None:
    path = write(hostile, tmp_path)
    began, before = time.monotonic(), peak()
    if hostile.refused is not None:
        with pytest.raises(UnableToReadSheet) as refusal:
            read(path)
        assert hostile.refused in str(refusal.value)
        assert str(refusal.value).endswith(".")
        assert "Traceback" not in str(refusal.value)
    else:
        sheet = read(path)
        assert hostile.rows is None or sheet.rows.height == hostile.rows
    assert time.monotonic() - began < 60
    # The system tells the largest of all children so far, and a child begins with the size of its parent: what other
    # tests started, and what this process has grown to, count before.
    assert peak() < max(GIGABYTE_OF_KILOBYTES, before + 1, peak(resource.RUSAGE_SELF) + 1)


def peak(whose: int = resource.RUSAGE_CHILDREN) -> int:
    """The most memory, in kilobytes, that this process or any child of it has had."""
    return resource.getrusage(whose).ru_maxrss


def test_corpus_has_at_least_eighty_files() -> None:
    assert len({hostile.name for hostile in HOSTILE}) >= 80


PROBE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
resource.setrlimit(resource.RLIMIT_CPU, (8, 8))
{body}
"""


def _status(body: str, path: Path) -> int:
    """Run a body under a bound wide enough to show the harm and narrow enough to spare the machine."""
    return subprocess.run(
        [sys.executable, "-c", PROBE.format(body=body), str(path)], capture_output=True, timeout=60, check=False
    ).returncode


def test_dimension_bomb_brings_down_an_unprotected_reader_and_not_this_one(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(dimension_bomb())
    fastexcel = "import fastexcel; fastexcel.read_excel(sys.argv[1]).load_sheet(0, dtypes='string').to_polars()"
    openpyxl = "import openpyxl; [list(r) for r in openpyxl.load_workbook(sys.argv[1]).active.iter_rows()]"
    assert _status(fastexcel, path) != 0
    assert _status(openpyxl, path) != 0
    with pytest.raises(UnableToReadSheet, match="memory"):
        read(path)


def test_memory_limit_of_the_child_is_what_stops_a_reading(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_bytes(b"customer id,amount\n" + b"C1,5\n" * 400_000)
    small = replace(Limits(), memory_bytes=8 * 1024 * 1024)
    with pytest.raises(UnableToReadSheet, match="memory"):
        read(path, limits=small)
    assert read(path).rows.height == 400_000


def test_hung_child_is_stopped_by_the_clock(tmp_path: Path) -> None:
    path = tmp_path / "slow.csv"
    path.write_bytes(b"customer id,amount\n" + b"C1,5\n" * 400_000)
    with pytest.raises(UnableToReadSheet, match="more than 0 seconds"):
        read(path, limits=replace(Limits(), wall_seconds=0))


def test_busy_child_is_stopped_by_its_share_of_the_processor() -> None:
    body = "from ahadi.adapters.sheets.child import bound; from ahadi.adapters.sheets.limits import Limits;"
    loop = f"{body} bound(Limits(cpu_seconds=1))\nwhile True: pass"
    finished = subprocess.run([sys.executable, "-c", loop], timeout=60, check=False)
    assert finished.returncode == -signal.SIGXCPU


def test_child_sees_no_secret_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in child prints what it was given."""
    spy = tmp_path / "spy.sh"
    seen = tmp_path / "seen.txt"
    spy.write_text(f"#!/bin/sh\nenv > {seen}\n")
    spy.chmod(0o700)
    monkeypatch.setenv("AHADI_DATABASE_URL", "postgresql://secret")
    monkeypatch.setenv("SECRET_KEY", "secret")
    monkeypatch.setattr("ahadi.adapters.sheets.reading.sys.executable", str(spy))
    path = tmp_path / "a.csv"
    path.write_text("customer id,amount\nC1,5\n")
    with pytest.raises(UnableToReadSheet):
        read(path)
    assert "POLARS_MAX_THREADS" in seen.read_text()
    assert "secret" not in seen.read_text()


def test_nothing_of_the_file_stays_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(private))
    path = tmp_path / "a.csv"
    path.write_text("customer id,amount\nC1,5\n")
    assert read(path).rows.height == 1
    assert list(private.iterdir()) == []


def test_larger_file_than_an_upload_may_be_is_refused_and_the_operator_may_take_it(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    path.write_bytes(b"customer id,amount,note\n" + b"C1,5,xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n" * 450_000)
    with pytest.raises(UnableToReadSheet, match="at most 20 MB"):
        read(path)
    assert read(path, limits=Limits.for_operator()).rows.height == 450_000


def test_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UnableToReadSheet, match="no such file"):
        read(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("error", "is_short"),
    [
        (MemoryError(), True),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), True),
        (RuntimeError("can't start new thread"), True),
        (ValueError("memory allocation of 4096 bytes failed"), True),
        (ValueError("the first row is short"), False),
    ],
)
def test_refused_memory_is_known_by_any_of_its_names(error: BaseException, is_short: bool) -> None:
    assert lacks_memory(error) is is_short
