"""Which organisation a command works in; a fresh installation gets its first one here."""

import argparse
import os

from ahadi.domain.audit.ports import OPERATOR
from ahadi.domain.people.operations import OrganisationTerms, open_organisation
from ahadi.domain.people.queries import House, house, houses


def add_argument(parser: argparse.ArgumentParser) -> None:
    """The argument by which a command says in which organisation it works."""
    parser.add_argument("--organisation", metavar="CODE", help="in which organisation, where there are several")


def chosen(code: str | None, *, currency: str | None = None) -> House:
    """The organisation of `code`, the only one, or on an empty installation a first one.

    The first one is called `house`; AHADI_COUNTRY and AHADI_TIME_ZONE say where it is.
    """
    if not houses():
        open_organisation(
            by=OPERATOR,
            terms=OrganisationTerms(
                code=code or "house",
                name="Our house",
                country=os.environ.get("AHADI_COUNTRY", "TZ"),
                currency=currency or "USD",
                time_zone=os.environ.get("AHADI_TIME_ZONE", "UTC"),
            ),
        )
    return house(code)
