"""`ahadi cases`: hands up the cases whose clock ran out, to the supervisor and then to the manager."""

import argparse
from typing import Literal

from ahadi.jobs import closing, houses, showing

HELP = "Hand up the cases whose clock ran out: `cases escalate`"
NEEDS: Literal["prepared"] = "prepared"


def configure(parser: argparse.ArgumentParser) -> None:
    """Of which organisation."""
    parser.epilog = "ahadi cases escalate; safe to run every minute, as the close does every night"
    houses.add_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Hands up what is overdue and says how many cases went where."""
    outcome = closing.escalate_cases(houses.chosen(arguments.organisation).id)
    print(f"{showing.counted(outcome.to_supervisor, 'case')} to supervisors, {outcome.to_manager} to managers")
    return 0


ACTS = {"escalate": (configure, run)}
