"""`ahadi demo`: builds a small twin once, closes what is not closed, and serves it."""

import argparse
import contextlib
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from ahadi.domain.people import queries
from ahadi.domain.people.queries import House
from ahadi.jobs import closing
from ahadi.jobs.commands import close, serve
from ahadi.jobs.twin import book, floor, located, raised, staff

HELP = "Build the demonstration book, close the day and serve it"
NEEDS: Literal["prepared"] = "prepared"
# A book left alone for longer is closed for its last days only: the days between hold nothing new.
_DAYS_CLOSED = 7


def configure(parser: argparse.ArgumentParser) -> None:
    """How large a book, and where it is served."""
    parser.add_argument("--accounts", type=int, default=3_000, help="about how many accounts (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another book (default %(default)s)")
    parser.add_argument("--no-serve", action="store_true", help="build and close, then stop")
    serve.configure(parser)


def run(arguments: argparse.Namespace) -> int:
    """Builds, closes, lets debtors raise and tell what they do, prints the sign-ins, serves."""
    if not arguments.no_serve:
        serve.require_free(arguments.host, arguments.port)
    folder = Path(arguments.installation.folder())
    for house in _houses(arguments, folder):
        _close(house)
        raised.raise_some(house)
        located.locate_some(house)
        floor.man(house)
    for line in staff.told(staff.kept(folder)):
        print(line)
    return 0 if arguments.no_serve else serve.run(arguments)


def _houses(arguments: argparse.Namespace, folder: Path) -> list[House]:
    """The organisations of the demonstration: built where they are not yet; a book of another size stays as it is."""
    plan = book.Plan(arguments.accounts, arguments.seed)
    is_there = set(book.codes()) <= {house.code for house in queries.houses()}
    if not is_there:
        print("Building the demonstration book ...", flush=True)
    with contextlib.suppress(book.TwinAlreadyBuilt) if is_there else contextlib.nullcontext():
        book.build(plan, folder=folder, tell=lambda line: print(f"  {line}", flush=True))
    return [house for house in queries.houses() if house.code in book.codes()]


def _close(house: House) -> None:
    """Closes the days up to yesterday that are not closed, one after the other."""
    for day in _open_days(house, until=house.today - timedelta(days=1)):
        outcome = closing.close(house, day=day, tell=close.show)
        counts = f"{outcome.accounts} accounts, {outcome.listed} on the next day's worklists"
        print(f"{house.name}, {day} closed: {counts}", flush=True)


def _open_days(house: House, *, until: date) -> list[date]:
    last = queries.last_close(house.id)
    first = until - timedelta(days=_DAYS_CLOSED - 1)
    if last is not None:
        first = max(first, last[0] + timedelta(days=1))
    return [first + timedelta(days=offset) for offset in range((until - first).days + 1)]
