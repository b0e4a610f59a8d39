"""Open money by bucket: a column for each, or a row for each."""

from typing import Any

import polars as pl

from ahadi.domain.reporting.queries import DIMENSIONS, Ageing, ageing
from ahadi.jobs.reports.printing import Asked, Printed, decimal, decimals, head
from ahadi.kernel.ageing import Buckets
from ahadi.kernel.money import plain_text


def printed(asked: Asked) -> Printed:
    """Ageing by the dimensions asked for; `bucket` among them gives a row for each bucket."""
    found = ageing(
        by=asked.by,
        as_of=asked.as_of,
        dimensions=asked.dimensions(DIMENSIONS, "bucket"),
        known_at=asked.known_at,
        buckets=Buckets.named(asked.buckets),
        creditor_id=asked.creditor_id,
    )
    frame = found.table if "bucket" in asked.words else _wide(found)
    notes = [_summary(row) for row in found.totals.iter_rows(named=True)]
    return Printed(
        title=f"Ageing as of {found.as_of}, buckets {found.buckets.name}, each charge in its own bucket",
        frame=frame.clear() if found.items.is_empty() else frame,
        notes=[*notes, f"Debtors with something late: {found.overdue_debtors}."] if found.items.height else [],
        document=_document(found, asked),
        nothing=f"Nothing was open on {found.as_of}.",
    )


def _wide(found: Ageing) -> pl.DataFrame:
    """One row per group, a column per bucket."""
    groups = [*found.columns, "currency"]
    wide = found.table.pivot("bucket", index=groups, values="open_minor", aggregate_function="sum")
    wide = wide.rename({code: f"{code}_minor" for code in found.buckets.codes if code in wide.columns})
    return wide.join(
        found.groups.select(*groups, "open_count", "open_minor", "overdue_minor", "disputed_minor"),
        on=groups,
        nulls_equal=True,
        maintain_order="left",
    )


def _summary(row: dict[str, Any]) -> str:
    code = row["currency"]
    open_, overdue, disputed = (
        plain_text(row[name], code) for name in ("open_minor", "overdue_minor", "disputed_open_minor")
    )
    return (
        f"{code}: open {open_} in {row['open_count']} charges, overdue {overdue}, disputed {disputed}, "
        f"DSO(90) {row['dso_90'] or '—'}, CEI of the month {row['cei_pct'] or '—'} %, PAR30 {row['par30_pct'] or '—'} %"
    )


def _document(found: Ageing, asked: Asked) -> dict[str, Any]:
    """The whole report as plain values: money as decimal texts, counts as whole numbers."""
    return {
        **head("ageing", asked),
        "buckets": list(found.buckets.codes),
        "unit": "each charge in its own bucket, by days after its due date",
        "overdue_debtors": found.overdue_debtors,
        "rows": [_group(found, row) for row in found.groups.iter_rows(named=True)],
        "totals": decimals(found.totals),
        "punctuality": decimals(found.punctuality),
    }


def _group(found: Ageing, row: dict[str, Any]) -> dict[str, Any]:
    mine = found.table.filter(
        pl.all_horizontal(pl.col(name).eq_missing(pl.lit(row[name])) for name in [*found.columns, "currency"])
    )
    buckets = {
        one["bucket"]: {"count": one["charge_count"], "amount": plain_text(one["open_minor"], row["currency"])}
        for one in mine.iter_rows(named=True)
    }
    return {**decimal(row), "buckets": buckets}
