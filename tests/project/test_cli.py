"""The console script, as a person runs it: menu, refusals, exit codes, and the server it starts and stops."""

import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from argparse import ArgumentParser
from importlib import import_module
from pathlib import Path
from time import monotonic, sleep

import pytest

from ahadi.project import cli, embedded

_AHADI = [sys.executable, "-m", "ahadi.project.cli"]


def _ahadi(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*_AHADI, *words],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_menu_lists_every_command_and_imports_none() -> None:
    program = (
        "import sys; from ahadi.project import cli; cli.main(['help']);"
        "heavy = ('django', 'psycopg', 'polars', 'ahadi.jobs.commands.');"
        "assert not [name for name in sys.modules if name.startswith(heavy)]"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [name for name in cli.COMMANDS if f"ahadi {name}" not in done.stdout] == []


@pytest.mark.parametrize("name", sorted(cli.COMMANDS))
def test_menu_says_what_the_command_itself_says(name: str) -> None:
    module = import_module(cli.COMMANDS[name].module)
    assert (cli.COMMANDS[name].needs, cli.COMMANDS[name].help) == (module.NEEDS, module.HELP)
    module.configure(ArgumentParser())


def test_unknown_command_shows_the_menu_and_fails() -> None:
    done = _ahadi("collect")
    assert done.returncode == 2
    assert "there is no command 'collect'" in done.stderr
    assert "ahadi database" in done.stderr


def test_help_of_a_command_starts_no_server(new_home: Path) -> None:
    assert _ahadi("serve", "--help").returncode == 0
    assert not (new_home / "postgres").exists()


def test_refusal_is_one_sentence_and_exit_code_two(new_home: Path) -> None:
    new_home.mkdir()
    (new_home / "thesis.odt").touch()
    done = _ahadi("database", "status")
    assert done.returncode == 2
    assert done.stderr.startswith(f"ahadi: Ahadi's home cannot be {new_home}: it is not empty")
    assert "Traceback" not in done.stderr


def test_fault_shows_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "_run", lambda words: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        cli.main([])


def test_database_is_prepared_once_and_found_sound(made_home: Path) -> None:
    assert _ahadi("database", "status").returncode == 1
    first = _ahadi("database", "prepare")
    assert first.returncode == 0, first.stderr
    assert re.match(r"[1-9]\d* migrations applied", first.stdout)
    assert _ahadi("database", "prepare").stdout.startswith("0 migrations")
    status = _ahadi("database", "status")
    assert status.returncode == 0, status.stdout
    assert "migrations to apply" in status.stdout
    assert not embedded.stop(made_home)


def test_grants_lost_after_migrating_are_given_again(prepared_home: Path) -> None:
    revoked = subprocess.run(
        [*_AHADI, "database", "shell", "--owner"],
        input="REVOKE INSERT ON receipt FROM ahadi_app;",
        text=True,
        capture_output=True,
        check=False,
    )
    assert "REVOKE" in revoked.stdout
    status = _ahadi("database", "status")
    assert status.returncode == 1
    assert re.search(r"rights to grant +receipt\n", status.stdout)
    assert _ahadi("database", "prepare").returncode == 0
    assert _ahadi("database", "status").returncode == 0


def test_database_of_ones_own_that_is_not_prepared_is_refused_by_name(
    made_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = embedded.ensure(made_home)
    done = _ahadi("serve", AHADI_DATABASE_URL=server.app_url)
    assert done.returncode == 2
    assert "Run `ahadi database prepare`" in done.stderr
    done = _ahadi("database", "prepare", AHADI_DATABASE_URL=server.app_url)
    assert done.returncode == 2
    assert "AHADI_OWNER_DATABASE_URL is not set" in done.stderr
    own = {"AHADI_DATABASE_URL": server.app_url, "AHADI_OWNER_DATABASE_URL": server.owner_url}
    assert _ahadi("database", "prepare", **own).returncode == 0
    done = _ahadi("serve", AHADI_DATABASE_URL=server.owner_url)
    assert done.returncode == 2
    assert "the owner of" in done.stderr


def test_url_is_printed_for_other_programs(prepared_home: Path) -> None:
    assert _ahadi("database", "url").stdout.startswith("postgresql://ahadi_app:")
    assert _ahadi("database", "url", "--owner").stdout.startswith("postgresql://ahadi_owner:")


def test_reader_that_hangs_up_is_no_fault(prepared_home: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", '"$0" -m ahadi.project.cli database status | true', sys.executable],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert not embedded.stop(prepared_home)


def _serve(home: Path, port: int) -> "subprocess.Popen[bytes]":
    program = subprocess.Popen([*_AHADI, "serve", "--port", str(port)], start_new_session=True)
    end = monotonic() + 60
    while monotonic() < end and program.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
            break
        except urllib.error.HTTPError as error:
            error.close()
            break
        except OSError:
            sleep(0.2)
    return program


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_site_ends_and_stops_the_server(prepared_home: Path, number: signal.Signals) -> None:
    port = 20_000 + os.getpid() % 20_000
    program = _serve(prepared_home, port)
    assert program.poll() is None
    taken = _ahadi("serve", "--port", str(port))
    assert taken.returncode == 2
    assert "another program listens there" in taken.stderr
    interrupted = monotonic()
    os.killpg(program.pid, number)
    assert program.wait(timeout=60) == 0
    assert monotonic() - interrupted < 9, "a worker had to be killed"
    assert not embedded.stop(prepared_home)


def test_site_is_refused_to_a_web_server_without_its_environment() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import ahadi.project.wsgi"], capture_output=True, text=True, check=False
    )
    assert "UnableToServeSite: AHADI_DATABASE_URL and AHADI_SECRET_KEY must be set" in done.stderr


def test_secret_key_is_made_once_and_private(prepared_home: Path) -> None:
    _ahadi("database", "prepare")
    key = prepared_home / "secret-key"
    first = key.read_text()
    assert len(first) >= 50
    assert key.stat().st_mode & 0o777 == 0o600
    _ahadi("database", "prepare")
    assert key.read_text() == first
