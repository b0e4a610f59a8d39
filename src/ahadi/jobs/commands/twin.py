"""`ahadi twin`: builds a book of any size that behaves like a real one, from a seed."""

import argparse
import time
from pathlib import Path
from typing import Literal

from ahadi.jobs import intake
from ahadi.jobs.twin import book, staff

HELP = "Build the portfolio twin: three organisations with a year of history, of any size, from a seed"
NEEDS: Literal["prepared"] = "prepared"


def configure(parser: argparse.ArgumentParser) -> None:
    """How large, from which seed, and until when."""
    parser.add_argument("--accounts", type=int, default=100_000, help="how many accounts (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another book (default %(default)s)")
    parser.add_argument(
        "--until", type=intake.day, metavar="D", help="the last day of its history; yesterday by default"
    )


def run(arguments: argparse.Namespace) -> int:
    """Builds the twin and prints its counts, its time and its sign-ins."""
    begun = time.monotonic()
    folder = Path(arguments.installation.folder())
    plan = book.Plan(arguments.accounts, arguments.seed, arguments.until)
    book.build(plan, folder=folder, tell=lambda line: print(line, flush=True))
    print(f"{time.monotonic() - begun:.0f} s in all")
    for line in staff.told(staff.kept(folder)):
        print(line)
    return 0
