"""Stored figures against the raw facts, by plain SQL; it imports nothing of the project."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

STATEMENT = (Path(__file__).parent / "plain.sql").read_text("utf-8")


def differences(cursor: Any, accounts: Sequence[int], day: date) -> list[tuple[Any, ...]]:
    """The accounts whose stored figures on a day are not what their facts say: both sides of each."""
    cursor.execute(STATEMENT, {"ids": list(accounts), "day": day})
    found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
