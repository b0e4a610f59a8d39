"""The portfolio: open, late and at risk on the day; cured, newly late and collected in its month."""

from typing import Any

from ahadi.domain.reporting.portfolio import DIMENSIONS, Portfolio, portfolio
from ahadi.jobs.reports.printing import Asked, Printed, decimals, head

_SHOWN = (
    "account_count",
    "late_count",
    "outstanding_minor",
    "overdue_minor",
    "par30_pct",
    "par90_pct",
    "cured_count",
    "new_late_count",
    "received_minor",
    "fell_due_minor",
    "collection_rate_pct",
    "cer_total_pct",
)


def printed(asked: Asked) -> Printed:
    """The portfolio by the dimensions asked for, and the roll rates of the month."""
    found = portfolio(
        by=asked.by,
        as_of=asked.as_of,
        dimensions=asked.dimensions(DIMENSIONS),
        known_at=asked.known_at,
        creditor_id=asked.creditor_id,
    )
    return Printed(
        title=f"Portfolio as of {found.as_of}; movements and collections since {found.first}",
        frame=found.groups,
        notes=_rolls(found),
        document={
            **head("portfolio", asked),
            "month_from": found.first.isoformat(),
            "rows": decimals(found.groups),
            "rolls": decimals(found.rolls),
        },
        nothing=f"No account was in the book on {found.as_of}.",
        names=[*found.columns, "currency", *_SHOWN],
    )


def _rolls(found: Portfolio) -> list[str]:
    """The tracked roll rates, a line for each group: from bucket to the next, in percent of the balance before."""
    groups = [*found.columns, "currency"]
    lines = []
    for key, part in found.rolls.group_by(groups, maintain_order=True):
        rates = [_rate(row) for row in part.iter_rows(named=True) if row["tracked_pct"] is not None]
        if rates:
            lines.append(f"Rolled on, {', '.join(str(name or '—') for name in key)}: {', '.join(rates)}")
    return lines


def _rate(row: dict[str, Any]) -> str:
    return f"{row['from_state']} to {row['to_state']} {row['tracked_pct']} %"
