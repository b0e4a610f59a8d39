"""`ahadi close`: closes a business date and writes the worklists of the next."""

import argparse
from datetime import timedelta
from typing import Literal

from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Performance
from ahadi.domain.flows.close_day import CloseOutcome, close_day
from ahadi.jobs import houses, intake

HELP = "Close a business date and write the worklists of the next day"
NEEDS: Literal["prepared"] = "prepared"


def configure(parser: argparse.ArgumentParser) -> None:
    """Which day of which organisation."""
    parser.add_argument("--as-of", type=intake.day, metavar="D", help="the day to close; yesterday by default")
    houses.add_argument(parser)
    parser.add_argument("--dry-run", action="store_true", help="say what the close would do, do nothing")


def run(arguments: argparse.Namespace) -> int:
    """Closes the day."""
    house = houses.chosen(arguments.organisation)
    day = arguments.as_of or house.today - timedelta(days=1)
    outcome = perform(
        "close_day",
        lambda act: close_day(act, as_of=day),
        CloseOutcome,
        Performance(OPERATOR, house.id, day.isoformat().encode(), is_dry_run=arguments.dry_run),
    )
    print(
        f"{day} closed: {outcome.accounts} accounts, {outcome.changed} changed, "
        f"{outcome.listed} on the worklists of {day + timedelta(days=1)}"
    )
    for rule, count in outcome.absent.items():
        print(f"  {count:>8} absent by {rule}")
    return 0
