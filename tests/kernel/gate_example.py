"""How the worked table of the page on the gate is run: three rules, times of Nairobi."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from ahadi.kernel import gate
from ahadi.kernel.rule import Attempts, Calendar, During, Hours, Rule
from ahadi.kernel.schema import Spec, empty

from .worked_tables import Example, column_of

_NAIROBI = "Africa/Nairobi"
_SAID: dict[str, Any] = {
    "role": "debtor",
    "has_basis": False,
    "channel": "call",
    "purpose": "collect",
    "regime": "KE",
    "zones": _NAIROBI,
    "calendar": "KE",
    "result": "no_answer",
    "is_outbound": True,
    "is_conversation": False,
}


def run(example: Example) -> dict[str, pl.DataFrame]:
    """Answers and reasons of the example."""
    rules = (
        Rule("H", "block", Hours(8 * 60, 19 * 60, weekdays=None, with_holidays=False)),
        Rule("F", "block", Attempts(3, ("account",), days=1)),
        Rule("D", "block", During(frozenset({"DISPUTE"}))),
    )
    known = gate.Known(
        _told(example, "facts", gate.FACTS),
        _told(example, "attempts", gate.ATTEMPTS),
        empty(gate.PREFERENCES),
        {"KE": rules},
        {"KE": Calendar(holidays=frozenset({date(2026, 12, 12)}))},
    )
    found = gate.decide(_told(example, "questions", gate.QUESTIONS), known)
    return {"answers": _in_nairobi(found.answers), "reasons": _in_nairobi(found.reasons).rename({"rule_id": "rule"})}


def _told(example: Example, name: str, spec: Spec) -> pl.DataFrame:
    """A frame of the spec from a table with local times of Nairobi; debtor and person are those of the account."""
    table = example.given[name]
    known = [
        dict(zip([column_of(heading, spec.column_names) for heading in table.headings], row, strict=True))
        for row in table.rows
    ]
    of_account = () if name == "facts" else ("debtor_id", "person_id")
    rows = []
    for one in known:
        row = {column: _SAID.get(column) for column in spec.column_names} | dict.fromkeys(of_account, one["account_id"])
        rows.append(row | {column: _instant(cell) if column.endswith("at") else cell for column, cell in one.items()})
    if name == "facts":
        rows = [row | {"channel": None} for row in rows]
    return pl.DataFrame(rows, schema={column.name: column.dtype for column in spec.columns})


def _instant(cell: Any) -> datetime | None:
    return None if cell is None else datetime.fromisoformat(cell).replace(tzinfo=ZoneInfo(_NAIROBI)).astimezone(UTC)


def _in_nairobi(frame: pl.DataFrame) -> pl.DataFrame:
    local = pl.col(pl.Datetime("us", "UTC")).dt.convert_time_zone(_NAIROBI).dt.strftime("%Y-%m-%d %H:%M")
    return frame.with_columns(local)
