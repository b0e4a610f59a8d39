"""The peer in an environment of its own, on the same server: installed under the folder, started as another program."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

PACKAGES = (
    "trytond==8.2.*",
    "trytond_party==8.2.*",
    "trytond_account_invoice==8.2.*",
    "trytond_account_dunning==8.2.*",
    "proteus==8.2.*",
    "psycopg[binary]",
    "psycopg-pool",
)
SCRIPT = Path(__file__).parent / "peer_tryton.py"
ADDRESS = Path(__file__).parent / "address.py"
DATABASE = "ahadi_bench_peer"


def measured(folder: Path, home: Path, receipts: int, lines: int) -> dict[str, Any] | None:
    """Receipts and dunning lines of the peer on the server of `home`; None, told on the way, where it cannot be had."""
    try:
        python = _environment(folder / "peer")
        found = {
            "name": "Tryton " + _said(python, "import trytond; print(trytond.__version__)"),
            "receipts": _part(python, home, "receipts", receipts),
            "lines": _part(python, home, "dunnings", lines),
        }
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"the peer cannot be measured here: {error}", file=sys.stderr, flush=True)
        return None
    return found


def _environment(folder: Path) -> Path:
    python = folder / "bin" / "python"
    if not (folder / "installed").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        (folder / "installed").touch()
    return python


def _said(python: Path, statement: str) -> str:
    return subprocess.run([python, "-c", statement], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def _part(python: Path, home: Path, task: str, count: int) -> dict[str, Any]:
    """One part in a process of its own, while a process of ours keeps the server up."""
    ours = {**os.environ, "AHADI_HOME": str(home)}
    with subprocess.Popen(
        [sys.executable, str(ADDRESS)], env=ours, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as keeper:
        assert keeper.stdout is not None
        address: dict[str, str] = json.loads(keeper.stdout.readline())
        theirs = {"PATH": os.environ["PATH"], "DB_NAME": DATABASE, "TRYTOND_DATABASE_URI": "postgresql://", **address}
        words = [str(python), str(SCRIPT), task, str(count)]
        done = subprocess.run(words, env=theirs, stdout=subprocess.PIPE, text=True, check=True)
        keeper.communicate("")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1].removeprefix("RESULT "))
    print(f"     peer {task}: {found}", flush=True)
    return found
