"""The first hour, `docs/start.md`, is run as it stands: its commands, its files, its output."""

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from .source import PROJECT

PAGE = PROJECT / "docs" / "start.md"
_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    """A file to save, or commands to run with what they print (None: whatever)."""

    file: str | None
    content: str
    output: str | None


def steps(page: str) -> list[Step]:
    """The blocks of a page in order; a `text` block is the output of the commands above it."""
    blocks = _BLOCK.findall(page)
    found = []
    for place, (kind, name, content) in enumerate(blocks):
        if kind == "csv":
            found.append(Step(name, content, None))
        elif kind == "sh":
            follows = blocks[place + 1 : place + 2]
            found.append(Step(None, content, follows[0][2] if follows and follows[0][0] == "text" else None))
    return found


def fits(expected: str, printed: str) -> bool:
    """Whether `printed` is what the page shows, `...` standing for anything."""
    pattern = ".*".join(re.escape(part) for part in expected.strip().split("..."))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None


def _words(line: str) -> list[str]:
    """The arguments of `ahadi` that a line of the page asks for; a small book, and no site."""
    words = shlex.split(line)
    if words == ["make", "demo"]:
        return ["demo", "--no-serve", "--accounts", "30"]
    assert words[0] == "./ahadi", f"{line!r}: the page calls nothing but make demo and ./ahadi"
    return words[1:]


def _run(line: str, folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "ahadi.project.cli", *_words(line)],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.fixture
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """An installation of its own on a new database."""
    book = request.getfixturevalue("committed_book")
    return {
        **os.environ,
        "AHADI_HOME": str(tmp_path / "home"),
        "AHADI_DATABASE_URL": book.app_url,
        "AHADI_OWNER_DATABASE_URL": book.owner_url,
        "PYTHONUNBUFFERED": "1",
    }


def test_first_hour_goes_as_the_page_says(environment: dict[str, str], tmp_path: Path) -> None:
    for step in steps(PAGE.read_text("utf-8")):
        if step.file is not None:
            (tmp_path / step.file).write_text(step.content, "utf-8")
            continue
        printed = ""
        for line in step.content.strip().splitlines():
            code, output = _run(line, tmp_path, environment)
            printed += output
            is_refused = (step.output or "").startswith("ahadi: ")
            assert code == (2 if is_refused else 0), f"$ {line}\n{output}"
        assert step.output is None or fits(step.output, printed), f"$ {step.content}{printed}"


def test_output_that_differs_from_the_page_is_found() -> None:
    shown = "Batch 11: 6 rows read\n...\n0 broken"
    assert fits(shown, "Batch 11: 6 rows read\nmore\n0 broken\n")
    assert not fits(shown, "Batch 12: 6 rows read\nmore\n0 broken\n")
    assert not fits(shown, "Batch 11: 6 rows read\nmore\n1 broken\n")
