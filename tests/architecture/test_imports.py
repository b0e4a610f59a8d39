"""Imports go one way: the contracts hold, and each goes red, alone, for an import that it forbids."""

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .source import PROJECT

CONTRACTS = PROJECT / ".importlinter"

# contract -> imports that only it forbids, each as (module that imports, what it imports).
WRONG_IMPORTS: dict[str, list[tuple[str, str]]] = {
    "floors": [
        ("kernel/money.py", "from ahadi.data import shards"),
        ("kernel/money.py", "from ahadi.domain.audit import ports"),
        ("data/shards.py", "from ahadi.domain.audit import ports"),
        ("data/shards.py", "from ahadi.adapters.sheets import limits"),
        ("domain/audit/ports.py", "from ahadi.adapters.sheets import limits"),
        ("domain/audit/ports.py", "from ahadi.web.frame import words"),
        ("domain/audit/ports.py", "from ahadi.jobs import showing"),
        ("adapters/sheets/limits.py", "from ahadi.web.frame import words"),
        ("adapters/sheets/limits.py", "from ahadi.jobs.twin import names"),
        ("jobs/showing.py", "from ahadi.web.frame import words"),
        ("web/frame/words.py", "from ahadi.jobs.twin import names"),
        ("web/frame/words.py", "from ahadi.api import health"),
        ("api/health.py", "from ahadi.jobs.twin import names"),
        ("web/frame/words.py", "from ahadi.project import refusal"),
        ("jobs/showing.py", "from ahadi.project import refusal"),
    ],
    "rooms": [
        ("domain/audit/ports.py", "from ahadi.domain.ledger import steps"),
        ("domain/people/access.py", "from ahadi.domain.parties import queries"),
        ("domain/parties/queries.py", "from ahadi.domain.placements import ports"),
        ("domain/placements/queries.py", "from ahadi.domain.accounts import queries as accounts"),
        ("domain/accounts/queries.py", "from ahadi.domain.receipts import queries as receipts"),
        ("domain/receipts/queries.py", "from ahadi.domain.work import queries as work"),
        ("domain/work/queries.py", "from ahadi.domain.reporting import queries as reporting"),
        ("domain/reporting/queries.py", "from ahadi.domain.laws import queries as laws"),
        ("domain/reporting/queries.py", "from ahadi.domain.desk import queries as desk"),
        ("domain/laws/queries.py", "from ahadi.domain.flows import close_day"),
    ],
    "kernel": [
        ("kernel/money.py", "import django"),
        ("kernel/money.py", "import logging"),
        ("kernel/money.py", "import random"),
        ("kernel/money.py", "from pathlib import Path"),
        ("kernel/money.py", "import time"),
    ],
    "adapters": [
        ("adapters/sheets/limits.py", "from ahadi.data import shards"),
        ("adapters/sheets/limits.py", "from django.conf import settings"),
    ],
    "edges": [
        ("web/pages/ageing/views.py", "from ahadi.data.models.account import Account"),
        ("web/pages/ageing/views.py", "from ahadi.data import facts"),
        ("api/health.py", "from ahadi.data import frames"),
        ("jobs/showing.py", "import psycopg"),
    ],
    "vendors": [("adapters/sheets/limits.py", "from ahadi.adapters.another import limits")],
    "pages": [
        ("web/pages/ageing/forms.py", "from ahadi.web.pages.worklist import forms"),
        ("web/pages/door/views.py", "from ahadi.web.pages.accounts import views"),
    ],
    "operations": [
        ("domain/placements/queries.py", "from ahadi.domain.people import operations"),
        ("domain/parties/steps.py", "from ahadi.domain.audit.operations import perform"),
        ("domain/flows/close_day.py", "from ahadi.domain.parties import operations"),
        ("domain/placements/operations.py", "from ahadi.domain.parties import operations"),
    ],
    "flows": [("domain/flows/withdraw_batch.py", "from ahadi.domain.flows import place_batch")],
}


def _names() -> dict[str, str]:
    """The sentence that names each contract, by its key."""
    settings = configparser.ConfigParser()
    settings.read(CONTRACTS, "utf-8")
    head = "importlinter:contract:"
    return {key.removeprefix(head): settings[key]["name"] for key in settings.sections() if key.startswith(head)}


def _broken(folder: Path) -> set[str]:
    """The names of the contracts that `folder` breaks."""
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [program, "--config", str(CONTRACTS), "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    found = set(re.findall(r"^(.+) BROKEN\s*$", done.stdout, re.MULTILINE))
    assert "Contracts: " in done.stdout or "exhaustive" in done.stdout.lower(), done.stdout + done.stderr
    assert bool(found) == bool(done.returncode), done.stdout + done.stderr
    return found


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the package that a test may spoil."""
    shutil.copytree(
        PROJECT / "src" / "ahadi",
        tmp_path / "ahadi",
        ignore=shutil.ignore_patterns("__pycache__", "static", "templates"),
    )
    other = tmp_path / "ahadi" / "adapters" / "another"
    other.mkdir(exist_ok=True)
    (other / "__init__.py").write_text('"""Another kind of adapter."""\n')
    (other / "limits.py").write_text('"""A."""\n')
    return tmp_path


def test_contracts_hold() -> None:
    assert _broken(PROJECT / "src") == set()


def test_every_contract_has_an_import_that_it_forbids() -> None:
    assert set(WRONG_IMPORTS) == set(_names())


@pytest.mark.parametrize(
    ("contract", "module", "line"),
    [(contract, *wrong) for contract, imports in WRONG_IMPORTS.items() for wrong in imports],
    ids=lambda value: str(value).replace("from ", "").replace(" import ", "."),
)
def test_wrong_import_turns_its_contract_red(house: Path, contract: str, module: str, line: str) -> None:
    file = house / "ahadi" / module
    assert file.exists(), f"{module} moved: name a file that is there"
    file.write_text(f"{file.read_text('utf-8')}\n{line}\n", "utf-8")
    assert _broken(house) == {_names()[contract]}


@pytest.mark.parametrize(
    ("folder", "contract"),
    [("", "floors"), ("domain", "rooms")],
    ids=["a floor", "a room"],
)
def test_new_folder_needs_a_decision(house: Path, folder: str, contract: str) -> None:
    new = house / "ahadi" / folder / "cellar"
    new.mkdir()
    (new / "__init__.py").write_text('"""A room nobody decided on."""\n')
    assert _broken(house) == {_names()[contract]}
