"""`ahadi check`: the laws of the book, and the rows that break them."""

import argparse
import sys
import time
from typing import Literal

from ahadi.domain.laws.queries import LAWS, first_broken, named

HELP = "Check what must always be true of the book"
NEEDS: Literal["prepared"] = "prepared"


def configure(parser: argparse.ArgumentParser) -> None:
    """Which laws; all of them by default."""
    names = ", ".join(law.name for law in LAWS)
    parser.add_argument("laws", nargs="*", metavar="LAW", help=f"one of: {names}")


def run(arguments: argparse.Namespace) -> int:
    """Prints a line per law and the rows that break it; 1 when one is broken, 2 for an unknown name."""
    unknown = sorted(set(arguments.laws) - {law.name for law in LAWS})
    if unknown:
        print(f"ahadi: there is no law {', '.join(unknown)}; see ahadi check --help", file=sys.stderr)
        return 2
    broken = 0
    for law in named(arguments.laws):
        started = time.perf_counter()
        found = first_broken(law)
        spent = time.perf_counter() - started
        print(f"{'BROKEN' if found else 'kept  '}  {law.name:<38} {spent:6.2f} s  {law.text}")
        for sentence in found:
            print(f"          {sentence}")
        broken += bool(found)
    print(f"{len(named(arguments.laws)) - broken} laws kept, {broken} broken")
    return 1 if broken else 0
