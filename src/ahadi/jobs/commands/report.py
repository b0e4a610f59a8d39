"""`ahadi report`: figures over the book, for any past date and as known at any moment."""

import argparse
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

from ahadi.domain.audit.ports import Actor
from ahadi.domain.people.queries import UnableToChooseOrganisation
from ahadi.domain.placements import queries as placements
from ahadi.jobs import houses, intake, showing
from ahadi.jobs.reports import ageing, portfolio, promises, receipts
from ahadi.jobs.reports.printing import Asked, Printed, give

HELP = "Report as of any date: `report ageing|portfolio|receipts|promises --as-of D --by creditor,officer`"
NEEDS: Literal["prepared"] = "prepared"

REPORTS: Mapping[str, Callable[[Asked], Printed]] = {
    "ageing": ageing.printed,
    "portfolio": portfolio.printed,
    "receipts": receipts.printed,
    "promises": promises.printed,
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Which report, as of when, by what, in which form."""
    parser.add_argument("report", choices=[*REPORTS])
    parser.add_argument("--as-of", type=intake.day, metavar="D", help="value date YYYY-MM-DD; today by default")
    parser.add_argument(
        "--from",
        type=intake.day,
        metavar="D",
        dest="first",
        help="receipts: the first day; that of the month by default",
    )
    parser.add_argument("--known-at", type=datetime.fromisoformat, metavar="T", help="as it was known then")
    parser.add_argument(
        "--by",
        default="",
        metavar="LIST",
        help="creditor,officer ...; what a report can be by, it says when asked wrong",
    )
    parser.add_argument(
        "--buckets", default="standard", metavar="SET", help="ageing: standard, receivables-121, quarterly"
    )
    parser.add_argument("--creditor", metavar="NAME", help="only this creditor's accounts")
    houses.add_argument(parser)
    parser.add_argument("--format", choices=showing.FORMATS, default="table")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write csv or xlsx there")


def run(arguments: argparse.Namespace) -> int:
    """Prints the report."""
    house = houses.chosen(arguments.organisation)
    asked = Asked(
        by=Actor("operator", organisation_id=house.id),
        as_of=arguments.as_of or house.today,
        first=arguments.first,
        known_at=arguments.known_at.astimezone() if arguments.known_at else None,
        creditor_id=_creditor(house.id, arguments.creditor),
        words=tuple(name.strip() for name in arguments.by.split(",") if name.strip()),
        buckets=arguments.buckets,
    )
    give(REPORTS[arguments.report](asked), format=arguments.format, output=arguments.output)
    return 0


def _creditor(organisation_id: int, name: str | None) -> int | None:
    if name is None:
        return None
    found = placements.creditor(organisation_id, name)
    if found is None:
        raise UnableToChooseOrganisation(f"there is no creditor {name!r} here")
    return found
