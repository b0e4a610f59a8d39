"""What a law is, and laws that are one question to the tables."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

from ahadi.data import frames

LIVE_FACT = "NOT EXISTS (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = {}.act_id)"
"""The condition that the fact of this name was not taken back."""


@dataclass(frozen=True)
class Law:
    """One invariant: its name, the number that the bar of reliability gives it, what it says, and the question."""

    name: str
    number: int
    text: str
    broken: Callable[[], Iterator[str]]


def rows(query: str, sentence: str) -> Callable[[], Iterator[str]]:
    """One sentence for each row of `query`, whose columns are all texts."""

    def broken() -> Iterator[str]:
        fields = sentence.count("{}")
        found = frames.read(query, {}, {f"c{place}": pl.String for place in range(fields)})
        for row in found.iter_rows():
            yield sentence.format(*row)

    return broken
