"""`ahadi parties`: proposals that two numbers are one debtor, and what somebody decides of them."""

import argparse
from typing import Literal

import polars as pl

from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Performance
from ahadi.domain.parties.operations import IdentityOutcome, decide_identities
from ahadi.domain.parties.queries import open_proposals
from ahadi.domain.people.queries import House
from ahadi.domain.placements import queries as placements
from ahadi.jobs import houses, showing

HELP = "Decide which debtors are one: `parties proposals|accept|reject`"
NEEDS: Literal["prepared"] = "prepared"


def configure(parser: argparse.ArgumentParser) -> None:
    """What to do, with which proposals."""
    parser.add_argument("act", choices=["proposals", "accept", "reject"])
    parser.add_argument(
        "proposals", nargs="*", type=int, metavar="ID", help="which; all that the filters leave by default"
    )
    parser.add_argument("--creditor", metavar="NAME", help="only this creditor's")
    parser.add_argument("--kind", choices=["lost_zeros", "several_names"], help="only this kind")
    parser.add_argument("--sure", type=int, default=0, metavar="PCT", help="only those at least so certain")
    houses.add_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Lists the open proposals, or decides those that were named or filtered."""
    house = houses.chosen(arguments.organisation)
    found = _found(house, arguments)
    if arguments.act == "proposals":
        shown = found.drop("party_id", "other_id")
        print(showing.table(shown) if found.height else "Nothing waits for a decision.")
        return 0
    chosen = arguments.proposals or found["proposal"].to_list()
    if not chosen:
        print("Nothing waits for a decision.")
        return 0
    is_accepted = arguments.act == "accept"
    outcome = perform(
        "decide_identities",
        lambda act: decide_identities(act, proposals=chosen, is_accepted=is_accepted),
        IdentityOutcome,
        Performance(OPERATOR, house.id, repr((is_accepted, chosen)).encode()),
    )
    word = "accepted" if is_accepted else "rejected"
    decided = showing.counted(outcome.decided, "proposal")
    print(f"{decided} {word}. Debtors that now stand under another number: {outcome.parties_changed}.")
    return 0


def _found(house: House, arguments: argparse.Namespace) -> pl.DataFrame:
    creditor_id = placements.creditor(house.id, arguments.creditor) if arguments.creditor else None
    found = open_proposals(organisation_id=house.id, creditor_id=creditor_id, kind=arguments.kind)
    return found.filter(pl.col("certainty_pct") >= arguments.sure)
