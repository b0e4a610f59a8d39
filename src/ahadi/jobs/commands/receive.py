"""`ahadi receive`: takes a sheet of receipts."""

import argparse
from typing import Literal

from ahadi.domain.flows.receive_batch import receive_batch
from ahadi.domain.placements.ports import BatchOutcome
from ahadi.jobs import intake
from ahadi.jobs.commands.place import ACTS as BATCH_ACTS
from ahadi.kernel.money import plain_text

HELP = "Take a sheet of receipts; `receive undo BATCH`, `receive list`"
NEEDS: Literal["prepared"] = "prepared"


def configure(parser: argparse.ArgumentParser) -> None:
    """FILE and its options; `undo` and `list` stand in the place of a file."""
    intake.configure(parser)


def run(arguments: argparse.Namespace) -> int:
    """Books the receipts; exit code 1 when no row of the file could be taken."""
    return intake.carry_out(
        arguments, intake.Taking("receipts", "receive_batch", receive_batch, _figures, "take that file")
    )


def _figures(outcome: BatchOutcome) -> list[str]:
    lines = [f"  received {code} {plain_text(minor, code)}" for code, minor in outcome.received.items()]
    if outcome.suspense:
        lines.append(f"Waiting in suspense, for no single account was found: {outcome.suspense}.")
    return lines


ACTS = BATCH_ACTS
