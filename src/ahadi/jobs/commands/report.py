"""`ahadi report`: figures over the book, for any past date and as known at any moment."""

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import polars as pl

from ahadi.domain.audit.ports import OPERATOR
from ahadi.domain.people.queries import UnableToChooseOrganisation
from ahadi.domain.placements import queries as placements
from ahadi.domain.reporting.queries import DIMENSIONS, Ageing, ageing
from ahadi.jobs import houses, intake, showing
from ahadi.kernel.ageing import Buckets
from ahadi.kernel.money import plain_text

HELP = "Report ageing as of any date: `report ageing --as-of D --by creditor,country`"
NEEDS: Literal["prepared"] = "prepared"


class UnableToReportBy(Exception):
    """The report knows no such dimension; its text lists those there are."""

    is_refusal = True


def configure(parser: argparse.ArgumentParser) -> None:
    """Which report, as of when, by what, in which form."""
    parser.add_argument("report", choices=["ageing"])
    parser.add_argument("--as-of", type=intake.day, metavar="D", help="value date YYYY-MM-DD; today by default")
    parser.add_argument("--known-at", type=datetime.fromisoformat, metavar="T", help="as it was known then")
    parser.add_argument("--by", default="", metavar="LIST", help=f"of {', '.join([*DIMENSIONS, 'bucket'])}")
    parser.add_argument("--buckets", default="standard", metavar="SET", help="standard, receivables-121, quarterly")
    parser.add_argument("--creditor", metavar="NAME", help="only this creditor's accounts")
    houses.add_argument(parser)
    parser.add_argument("--format", choices=showing.FORMATS, default="table")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write csv or xlsx there")


def run(arguments: argparse.Namespace) -> int:
    """Prints the report."""
    house = houses.chosen(arguments.organisation)
    found = ageing(
        by=OPERATOR,
        as_of=arguments.as_of or house.today,
        dimensions=_dimensions(arguments.by),
        known_at=arguments.known_at.astimezone() if arguments.known_at else None,
        buckets=Buckets.named(arguments.buckets),
        creditor_id=_creditor(house.id, arguments.creditor),
    )
    is_long = "bucket" in arguments.by.split(",")
    if arguments.format == "json":
        json.dump(document(found), sys.stdout, ensure_ascii=False, indent=1)
        print()
    elif arguments.format == "table":
        print(_text(found, is_long=is_long))
    else:
        frame = found.table if is_long else _wide(found)
        money = {name: "currency" for name in frame.columns if name.endswith("_minor")}
        showing.write(frame, arguments.format, arguments.output, money)
    return 0


def _dimensions(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    unknown = [name for name in names if name not in DIMENSIONS and name != "bucket"]
    if unknown:
        raise UnableToReportBy(f"no report by {', '.join(unknown)}; choose of {', '.join([*DIMENSIONS, 'bucket'])}")
    return names


def _creditor(organisation_id: int, name: str | None) -> int | None:
    if name is None:
        return None
    found = placements.creditor(organisation_id, name)
    if found is None:
        raise UnableToChooseOrganisation(f"there is no creditor {name!r} here")
    return found


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


def _text(found: Ageing, *, is_long: bool) -> str:
    if found.items.is_empty():
        return f"Nothing was open on {found.as_of}."
    frame = found.table if is_long else _wide(found)
    names = [name for name in frame.columns if name.endswith("_minor")]
    shown = showing.with_amounts(frame, names).rename({name: name.removesuffix("_minor") for name in names})
    lines = [
        f"Ageing as of {found.as_of}, buckets {found.buckets.name}, each charge in its own bucket",
        "",
        showing.table(shown),
        "",
    ]
    lines += [_summary(row) for row in found.totals.iter_rows(named=True)]
    lines.append(f"Debtors with something late: {found.overdue_debtors}.")
    return "\n".join(lines)


def _summary(row: dict[str, Any]) -> str:
    code = row["currency"]
    open_, overdue, disputed = (
        plain_text(row[name], code) for name in ("open_minor", "overdue_minor", "disputed_open_minor")
    )
    return (
        f"{code}: open {open_} in {row['open_count']} charges, overdue {overdue}, disputed {disputed}, "
        f"DSO(90) {row['dso_90'] or '—'}, CEI of the month {row['cei_pct'] or '—'} %, PAR30 {row['par30_pct'] or '—'} %"
    )


def document(found: Ageing) -> dict[str, Any]:
    """The whole report as plain values: money as decimal texts, counts as whole numbers."""
    return {
        "report": "ageing",
        "as_of": found.as_of.isoformat(),
        "known_at": found.known_at and found.known_at.isoformat(),
        "buckets": list(found.buckets.codes),
        "unit": "each charge in its own bucket, by days after its due date",
        "overdue_debtors": found.overdue_debtors,
        "rows": [_group(found, row) for row in found.groups.iter_rows(named=True)],
        "totals": [_decimal(row) for row in found.totals.iter_rows(named=True)],
        "punctuality": [_decimal(row) for row in found.punctuality.iter_rows(named=True)],
    }


def _group(found: Ageing, row: dict[str, Any]) -> dict[str, Any]:
    mine = found.table.filter(
        pl.all_horizontal(pl.col(name).eq_missing(pl.lit(row[name])) for name in [*found.columns, "currency"])
    )
    buckets = {
        one["bucket"]: {"count": one["charge_count"], "amount": plain_text(one["open_minor"], row["currency"])}
        for one in mine.iter_rows(named=True)
    }
    return {**_decimal(row), "buckets": buckets}


def _decimal(row: dict[str, Any]) -> dict[str, Any]:
    """Minor units become decimal texts under their name without `_minor`."""
    code = row["currency"]
    return {
        name.removesuffix("_minor"): plain_text(value, code) if name.endswith("_minor") else value
        for name, value in row.items()
    }
