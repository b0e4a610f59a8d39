"""The console script on a database of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ahadi.project import cli


@dataclass(frozen=True)
class Said:
    """What a command answered: its exit code and its two outputs."""

    code: int
    out: str
    err: str


Ahadi = Callable[..., Said]


@pytest.fixture
def ahadi(
    committed_book: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Ahadi:
    """Runs `ahadi WORDS...` in an empty folder and returns what it said."""
    monkeypatch.setenv("AHADI_DATABASE_URL", committed_book.app_url)
    monkeypatch.setenv("AHADI_OWNER_DATABASE_URL", committed_book.owner_url)
    monkeypatch.setenv("AHADI_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def run(*words: str | Path | int) -> Said:
        code = cli.main([str(word) for word in words])
        said = capfdbinary.readouterr()
        return Said(code, said.out.decode("utf-8", "replace"), said.err.decode("utf-8", "replace"))

    return run
