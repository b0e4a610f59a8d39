"""Receipts of a period, and whether the ledger agrees."""

from typing import Any

from ahadi.domain.reporting.receipts import DIMENSIONS, receipts
from ahadi.jobs.reports.printing import Asked, Printed, decimals, head
from ahadi.kernel.calendar import month_start
from ahadi.kernel.money import plain_text


def printed(asked: Asked) -> Printed:
    """The receipts from the day asked, or the first of the month, by the dimensions asked for."""
    found = receipts(
        by=asked.by,
        first=asked.first or month_start(asked.as_of),
        as_of=asked.as_of,
        dimensions=asked.dimensions(DIMENSIONS),
        known_at=asked.known_at,
        creditor_id=asked.creditor_id,
    )
    return Printed(
        title=f"Receipts valued from {found.first} to {found.as_of}",
        frame=found.groups,
        notes=[_tie(row) for row in found.ledger.iter_rows(named=True)],
        document={
            **head("receipts", asked),
            "from": found.first.isoformat(),
            "rows": decimals(found.groups),
            "ledger": decimals(found.ledger),
            "is_tied": found.is_tied,
        },
        nothing=f"Nothing was received from {found.first} to {found.as_of}.",
    )


def _tie(row: dict[str, Any]) -> str:
    """What the ledger says of a currency, and whether that is what the receipts say."""
    bank, trust, suspense, received = (
        plain_text(row[f"{name}_minor"], row["currency"]) for name in ("bank", "trust", "suspense", "received")
    )
    answer = "it ties out" if row["is_tied"] else "IT DOES NOT TIE OUT: run ahadi check"
    return (
        f"{row['currency']}, ledger of the whole book by the day: bank {bank} = trust {trust} + suspense {suspense}, "
        f"cash that came and held {received}: {answer}"
    )
