"""`ahadi duplicates`: which debtors may be one person, across creditors; people judge them on a page."""

import argparse
import time
from typing import Literal

from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Actor, Performance
from ahadi.domain.finding import duplicates
from ahadi.domain.flows.propose_duplicates import DuplicatesOutcome, propose_duplicates
from ahadi.jobs import houses, showing

HELP = "Propose which debtors may be one person: `duplicates find`, `duplicates list`"
NEEDS: Literal["prepared"] = "prepared"


def configure(parser: argparse.ArgumentParser) -> None:
    """What to do."""
    parser.add_argument("act", choices=["find", "list"])
    parser.add_argument("--dry-run", action="store_true", help="say how many there are, and keep nothing")
    houses.add_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Looks through the whole book, or lists what waits for a judgement."""
    house = houses.chosen(arguments.organisation)
    if arguments.act == "list":
        found = duplicates.proposed(by=Actor("operator", organisation_id=house.id), state=duplicates.OPEN)
        shown = found.select("proposal_id", "certainty_pct", "name", "other_name", "creditors")
        print(showing.table(shown) if shown.height else "Nobody waits to be judged.")
        return 0
    begun = time.perf_counter()
    how = Performance(OPERATOR, house.id, b"duplicates", is_dry_run=arguments.dry_run)
    outcome = perform("propose_duplicates", propose_duplicates, DuplicatesOutcome, how)
    seconds = time.perf_counter() - begun
    compared = showing.counted(outcome.compared, "debtor")
    print(f"{compared} compared, {showing.counted(outcome.proposed, 'pair')} proposed in {seconds:.1f} s.")
    return 0
