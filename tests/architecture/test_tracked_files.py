"""What is kept under version control says nothing of the machine it was written on."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .source import PROJECT

# Written in two halves, so that this file does not find itself.
FORBIDDEN = [
    r"(?<![\w.])/wo" + r"rk/",
    r"(?<![\w.])/ro" + r"ot/",
    re.escape("/tmp/" + "briefs"),
    re.escape(".libr" + "ary/"),
    re.escape("files.pyth" + "onhosted.org"),
    re.escape("pypi" + ".org"),
    r"\b(chat" + r"gpt|clau" + r"de|anthro" + r"pic|open" + r"ai|co" + r"pilot|ge" + r"mini|l" + r"lm|l" + r"lms)\b",
    r"\b(language mod" + r"el|artificial intel" + r"ligence|AI[- ]assis" + r"tant|AI[- ]gen" + r"erated)\b",
]
_PATTERN = re.compile("|".join(FORBIDDEN), re.IGNORECASE)


def _kept_files() -> list[Path]:
    """Files under version control, and new ones that are not ignored; all files where there is no repository."""
    if (PROJECT / ".git").exists():
        listed = subprocess.run(
            ["git", "-c", f"safe.directory={PROJECT}", "ls-files", "-co", "--exclude-standard", "-z"],
            cwd=PROJECT,
            capture_output=True,
            check=True,
        )
        names = listed.stdout.decode().split("\0")
        return [PROJECT / name for name in names if name and (PROJECT / name).is_file()]
    hidden = re.compile(r"^\.(?!importlinter$|ci$)|__pycache__|\.egg-info$")
    return [
        file
        for file in PROJECT.rglob("*")
        if file.is_file() and not any(hidden.search(part) for part in file.relative_to(PROJECT).parts)
    ]


def _telling(text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        if found := _PATTERN.search(line):
            yield f"{number}: {found.group()}"


def test_no_file_tells_of_its_machine() -> None:
    found: list[str] = []
    for file in _kept_files():
        content = file.read_bytes()
        if b"\0" in content:
            continue
        found += [f"{file.relative_to(PROJECT)}:{where}" for where in _telling(content.decode("utf-8", "replace"))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("text", ["cd /wo" + "rk/main", "see /ro" + "ot/.cache", "as Chat" + "GPT said"])
def test_telling_line_is_found(text: str) -> None:
    assert list(_telling(text))


def test_every_kept_text_ends_its_last_line() -> None:
    cut = []
    for file in _kept_files():
        content = file.read_bytes()
        if content and b"\0" not in content and not content.endswith(b"\n"):
            cut.append(str(file.relative_to(PROJECT)))
    assert not cut
