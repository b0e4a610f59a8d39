"""What a report is asked and what it answers, in a form that can be printed as a table, a file or a document."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from ahadi.domain.audit.ports import Actor
from ahadi.jobs import showing
from ahadi.kernel.money import plain_text


class UnableToReportBy(Exception):
    """The report knows no such dimension; its text lists those there are."""

    is_refusal = True


@dataclass(frozen=True)
class Asked:
    """What every report is asked: by whom, as of when, from when, by what, of which creditor."""

    by: Actor
    as_of: date
    first: date | None
    known_at: datetime | None
    creditor_id: int | None
    words: tuple[str, ...]
    buckets: str

    def dimensions(self, known: Mapping[str, str], *more: str) -> tuple[str, ...]:
        """The dimensions asked for. Raises UnableToReportBy for one that the report does not know."""
        allowed = [*known, *more]
        unknown = [name for name in self.words if name not in allowed]
        if unknown:
            raise UnableToReportBy(f"no report by {', '.join(unknown)}; choose of {', '.join(allowed)}")
        return self.words


@dataclass(frozen=True)
class Printed:
    """A report: what it says above and below its table, the table with money in minor units, and the document.

    `names` are the columns that a terminal shows; files have all of them. An empty table says `nothing`.
    """

    title: str
    frame: pl.DataFrame
    notes: Sequence[str]
    document: dict[str, Any]
    nothing: str
    names: Sequence[str] = ()


def give(printed: Printed, *, format: str, output: Path | None) -> None:
    """Prints a report in the form asked for, or writes it to a file."""
    if format == "json":
        json.dump(printed.document, sys.stdout, ensure_ascii=False, indent=1)
        print()
    elif format == "table":
        print(_text(printed))
    else:
        money = dict.fromkeys(_money(printed.frame), "currency")
        showing.write(printed.frame, format, output, money)


def _text(printed: Printed) -> str:
    if printed.frame.is_empty():
        return "\n".join([printed.nothing, *printed.notes])
    frame = printed.frame.select(printed.names or printed.frame.columns)
    names = _money(frame)
    shown = showing.with_amounts(frame, names).rename({name: name.removesuffix("_minor") for name in names})
    return "\n".join([printed.title, "", showing.table(shown), "", *printed.notes])


def _money(frame: pl.DataFrame) -> list[str]:
    return [name for name in frame.columns if name.endswith("_minor")]


def head(name: str, asked: Asked) -> dict[str, Any]:
    """What every document begins with."""
    return {
        "report": name,
        "as_of": asked.as_of.isoformat(),
        "known_at": asked.known_at and asked.known_at.isoformat(),
    }


def decimal(row: dict[str, Any]) -> dict[str, Any]:
    """Minor units become decimal texts under their name without `_minor`, days become texts."""
    code = row["currency"]
    return {
        name.removesuffix("_minor"): plain_text(value, code)
        if name.endswith("_minor")
        else value.isoformat()
        if isinstance(value, date)
        else value
        for name, value in row.items()
    }


def decimals(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """All rows of a frame as `decimal` gives them."""
    return [decimal(row) for row in frame.iter_rows(named=True)]
