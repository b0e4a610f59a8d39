"""`ahadi close`: closes the business dates that passed and writes the worklists of the next."""

import argparse
import sys
from datetime import date, timedelta
from typing import Literal

from ahadi.domain.flows.close_day import CloseOutcome
from ahadi.domain.laws.queries import NIGHTLY, first_broken
from ahadi.jobs import closing, houses, intake, showing
from ahadi.jobs.closing import Progress
from ahadi.jobs.comparing import propose_changed

HELP = "Close the days that passed and write the worklists of the next"
NEEDS: Literal["prepared"] = "prepared"
_WIDTH = 24


def configure(parser: argparse.ArgumentParser) -> None:
    """Up to which day, of which organisation."""
    parser.add_argument("--as-of", type=intake.day, metavar="D", help="the last day to close; yesterday by default")
    houses.add_argument(parser)
    parser.add_argument("--dry-run", action="store_true", help="say what the close would do, do nothing")


def run(arguments: argparse.Namespace) -> int:
    """Closes the missed days in order, then checks the laws of the night; 1 when one is broken."""
    house = houses.chosen(arguments.organisation)
    until = arguments.as_of or house.today - timedelta(days=1)
    for day, outcome in closing.close_days(house, until=until, tell=show, is_dry_run=arguments.dry_run):
        for line in told(day, outcome):
            print(line)
    if not arguments.dry_run:
        print(f"{showing.counted(propose_changed(house.id).proposed, 'pair')} of debtors may be one person each")
    return _checked()


def show(progress: Progress) -> None:
    """A bar on a terminal that people watch, nothing elsewhere."""
    if not sys.stderr.isatty():
        return
    filled = _WIDTH * progress.done // max(progress.of, 1)
    bar = "#" * filled + "-" * (_WIDTH - filled)
    end = "\n" if progress.done == progress.of else ""
    print(f"\r{progress.day} [{bar}] {progress.done}/{progress.of}", end=end, file=sys.stderr, flush=True)


def told(day: date, outcome: CloseOutcome) -> list[str]:
    """What a close did, line by line: in, changed, queued, set aside."""
    queued = f"{outcome.listed} on the worklists of {day + timedelta(days=1)}"
    first = f"{day} closed: {outcome.accounts} accounts, {outcome.changed} changed, {queued}"
    return [first, *(f"  {count:>8} absent by {rule}" for rule, count in outcome.absent.items())]


def _checked() -> int:
    broken = 0
    for law in NIGHTLY:
        for sentence in first_broken(law):
            print(f"BROKEN  {law.name}: {sentence}", file=sys.stderr)
            broken += 1
    print(f"{len(NIGHTLY)} laws of the night checked, {broken or 'none'} broken")
    return 1 if broken else 0
