"""`ahadi place`: takes a creditor's sheet of debts, lists batches, undoes one."""

import argparse
import sys
from typing import Literal

from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Performance
from ahadi.domain.flows.place_batch import place_batch
from ahadi.domain.flows.withdraw_batch import WithdrawalOutcome, withdraw_batch
from ahadi.domain.people.queries import House
from ahadi.domain.placements import queries
from ahadi.domain.placements.ports import BatchOutcome
from ahadi.jobs import houses, intake, showing
from ahadi.kernel.money import plain_text

HELP = "Place a creditor's sheet of debts; `place undo BATCH`, `place list`"
NEEDS: Literal["prepared"] = "prepared"


def configure(parser: argparse.ArgumentParser) -> None:
    """FILE and its options; `undo` and `list` stand in the place of a file."""
    parser.epilog = "ahadi place list [--organisation CODE]   |   ahadi place undo BATCH [--organisation CODE]"
    intake.configure(parser)
    parser.add_argument("--product", metavar="P", help="loan, invoice, card, payg, lease or premium")


def run(arguments: argparse.Namespace) -> int:
    """Places the file; exit code 1 when no row of it could be taken."""
    taking = intake.Taking("placement", "place_batch", place_batch, _figures, "place that file", arguments.product)
    return intake.carry_out(arguments, taking)


def _figures(outcome: BatchOutcome) -> list[str]:
    if outcome.batch_id is None:
        return []
    parts = (
        (outcome.accounts, "account opened", "accounts opened"),
        (outcome.charges, "charge", "charges"),
        (outcome.receipts, "receipt", "receipts"),
        (outcome.holds, "hold", "holds"),
    )
    lines = [", ".join(showing.counted(*part) for part in parts) + "."]
    lines += [f"  charged  {code} {plain_text(minor, code)}" for code, minor in outcome.charged.items()]
    lines += [f"  received {code} {plain_text(minor, code)}" for code, minor in outcome.received.items()]
    if outcome.proposals:
        lines.append(
            f"{showing.counted(outcome.proposals, 'proposal')} about who is who to decide: "
            "ahadi parties proposals, ahadi parties accept"
        )
    return lines


def configure_undo(parser: argparse.ArgumentParser) -> None:
    """BATCH."""
    parser.add_argument("batch", type=int, metavar="BATCH", help="the number that placing printed")
    houses.add_argument(parser)
    parser.add_argument("--as-of", type=intake.day, metavar="D", help="the business date; today by default")
    parser.add_argument("--dry-run", action="store_true", help="say what would be undone, undo nothing")


def run_undo(arguments: argparse.Namespace) -> int:
    """Undoes a batch of accounts or of receipts."""
    house = houses.chosen(arguments.organisation)
    day = arguments.as_of or house.today
    outcome = perform(
        "withdraw_batch",
        lambda act: withdraw_batch(act, batch_id=arguments.batch, business_date=day),
        WithdrawalOutcome,
        Performance(OPERATOR, house.id, str(arguments.batch).encode(), is_dry_run=arguments.dry_run),
    )
    print(
        f"Batch {outcome.batch_id} undone: {showing.counted(outcome.accounts, 'account')}, "
        f"{showing.counted(outcome.charges, 'charge')}, {showing.counted(outcome.receipts, 'receipt')} "
        "count as if they had never come. The trail keeps that they did."
    )
    if arguments.dry_run:
        print("A dry run: nothing was undone.")
    return 0


def configure_list(parser: argparse.ArgumentParser) -> None:
    """Which organisation."""
    houses.add_argument(parser)


def run_list(arguments: argparse.Namespace) -> int:
    """Lists the batches, newest first."""
    house: House = houses.chosen(arguments.organisation)
    batches = queries.batches(house.id)
    print(showing.table(batches) if batches.height else "No file was placed yet: ahadi place FILE --creditor NAME")
    sys.stdout.flush()
    return 0


ACTS = {"undo": (configure_undo, run_undo), "list": (configure_list, run_list)}
