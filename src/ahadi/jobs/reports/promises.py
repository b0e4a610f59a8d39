"""Promises: made, running, matured, kept and broken."""

import polars as pl

from ahadi.domain.reporting.portfolio import DIMENSIONS
from ahadi.domain.reporting.promises import DUE_SOON_DAYS, Promises, promises
from ahadi.jobs.reports.printing import Asked, Printed, decimals, head
from ahadi.kernel.money import plain_text

_SHOWN = (
    "made_count",
    "open_count",
    "open_minor",
    "due_soon_count",
    "matured_count",
    "kept_count",
    "partially_kept_count",
    "broken_count",
    "kept_pct",
    "kept_by_value_pct",
    "broken_today_count",
)


def printed(asked: Asked) -> Printed:
    """The promises by the dimensions asked for."""
    found = promises(
        by=asked.by,
        as_of=asked.as_of,
        dimensions=asked.dimensions(DIMENSIONS),
        known_at=asked.known_at,
        creditor_id=asked.creditor_id,
    )
    share = f"{found.threshold_bps / 100:g} %"
    return Printed(
        title=f"Promises as of {found.as_of}: kept when {share} came within {found.grace_days} days after the due day",
        frame=found.groups,
        notes=_notes(found),
        document={
            **head("promises", asked),
            "grace_days": found.grace_days,
            "threshold_bps": found.threshold_bps,
            "rows": decimals(found.groups),
        },
        nothing=f"No promise was made by {found.as_of}.",
        names=[*found.columns, "currency", *_SHOWN],
    )


def _notes(found: Promises) -> list[str]:
    """Per currency what is to come soon, and what broke today."""
    numbers = [f"{name}_{unit}" for name in ("due_soon", "broken_today") for unit in ("count", "minor")]
    sums = found.groups.group_by("currency").agg(pl.col(numbers).sum())
    return [
        f"{row['currency']}: {row['due_soon_count']} due in the next {DUE_SOON_DAYS} days, "
        f"{plain_text(row['due_soon_minor'], row['currency'])}; {row['broken_today_count']} broken today, "
        f"{plain_text(row['broken_today_minor'], row['currency'])}"
        for row in sums.sort("currency").iter_rows(named=True)
    ]
