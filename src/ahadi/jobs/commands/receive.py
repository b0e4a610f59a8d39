"""`ahadi receive`: takes a sheet of receipts."""

import argparse
from typing import Literal

from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Performance
from ahadi.domain.flows.receive_batch import receive_batch
from ahadi.domain.placements import queries
from ahadi.domain.placements.ports import BatchOutcome
from ahadi.jobs import houses, intake
from ahadi.jobs.commands.place import ACTS as BATCH_ACTS
from ahadi.kernel.money import plain_text

HELP = "Take a sheet of receipts; `receive undo BATCH`, `receive list`"
NEEDS: Literal["prepared"] = "prepared"


def configure(parser: argparse.ArgumentParser) -> None:
    """FILE and its options; `undo` and `list` stand in the place of a file."""
    intake.configure(parser)


def run(arguments: argparse.Namespace) -> int:
    """Books the receipts; exit code 1 when no row of the file could be taken."""
    house = houses.chosen(arguments.organisation, currency=arguments.currency)
    creditor_id = queries.creditor(house.id, arguments.creditor)
    remembered = queries.newest_mapping(creditor_id, "receipts") if creditor_id else None
    taken = intake.take(arguments, "receipts", remembered)
    request = intake.request(arguments, house, None)
    sheet = taken.rows()
    outcome = perform(
        "receive_batch",
        lambda act: receive_batch(act, sheet=sheet, request=request),
        BatchOutcome,
        Performance(OPERATOR, house.id, sheet.sha256 + repr(request).encode(), is_dry_run=arguments.dry_run),
    )
    for line in intake.told(outcome):
        print(line)
    for code, minor in outcome.received.items():
        print(f"  received {code} {plain_text(minor, code)}")
    if outcome.suspense:
        print(f"Waiting in suspense, for no single account was found: {outcome.suspense}.")
    rejects = intake.give_back(arguments, taken, outcome)
    if rejects is not None:
        print(f"Rejected rows, each with its reason: {rejects}. Mend them there and take that file.")
    if arguments.dry_run:
        print("A dry run: nothing was kept.")
    return 1 if outcome.staged and outcome.rejected == outcome.staged else 0


ACTS = BATCH_ACTS
