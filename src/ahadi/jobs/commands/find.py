"""`ahadi find`: whom a name, a number or an address belongs to, however it is typed."""

import argparse
from typing import Literal

import polars as pl

from ahadi.domain.audit.ports import Actor
from ahadi.domain.finding import queries
from ahadi.jobs import houses, showing
from ahadi.jobs.reading import read_all

HELP = "Find people by name, number or address: `find juma mrisho`"
NEEDS: Literal["prepared"] = "prepared"


def configure(parser: argparse.ArgumentParser) -> None:
    """What to look for."""
    parser.add_argument(
        "text", metavar="TEXT", nargs="+", help="words of a name, a number or its end, an e-mail address"
    )
    houses.add_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints who was found, best first; exit code 1 when nobody was."""
    house = houses.chosen(arguments.organisation)
    read_all(house.id)
    found = queries.find(by=Actor("operator", organisation_id=house.id), text=" ".join(arguments.text))
    for word, other in found.taken_for:
        print(f"Nobody is called {word!r}: looked for {other!r}.")
    if found.accounts.is_empty():
        print("Nobody was found.")
        return 1
    told = showing.with_amounts(found.accounts, ["overdue_minor", "owed_minor"])
    print(
        showing.table(
            told.select(
                "creditor",
                "status",
                "currency",
                debtor=pl.coalesce("name", "number"),
                account="number",
                owner="officer",
                late_amount="overdue_minor",
                owed_amount="owed_minor",
            ).select("debtor", "creditor", "account", "owner", "status", "currency", "late_amount", "owed_amount")
        )
    )
    return 0
