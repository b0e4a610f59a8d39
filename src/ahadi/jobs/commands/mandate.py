"""`ahadi mandate`: which mandates there are, how one is written, and proposing another."""

import argparse
from pathlib import Path
from typing import Literal

import polars as pl

from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Actor, Performance
from ahadi.domain.negotiation import mandates
from ahadi.domain.negotiation.operations import MandateOutcome, propose_mandate
from ahadi.jobs import houses, showing

HELP = "List, show or adopt mandates: `mandate list`, `mandate show PRODUCT`, `mandate adopt FILE`"
NEEDS: Literal["prepared"] = "prepared"


class UnableToShowMandate(Exception):
    """There is no such product, or the file of the mandate cannot be opened; its text says which there are."""

    is_refusal = True


def configure(parser: argparse.ArgumentParser) -> None:
    """Of which organisation."""
    parser.epilog = "ahadi mandate adopt FILE | list | show PRODUCT"
    houses.add_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Lists every mandate, the organisation's own first."""
    house = houses.chosen(arguments.organisation)
    names = dict.fromkeys(("product", "whose", "version", "holds_from", "state"), pl.String)
    own = [
        (one.mandate.product, one.creditor or "all", one.mandate.version, str(one.mandate.in_force_from), one.state)
        for one in mandates.mandates(by=Actor("operator", organisation_id=house.id))
    ]
    shipped = [
        (one.product, "the house's own", one.version, str(one.in_force_from), "approved")
        for one, _text in mandates.standards()
    ]
    print(showing.table(pl.DataFrame(own + shipped, schema=names, orient="row")))
    return 0


def configure_show(parser: argparse.ArgumentParser) -> None:
    """PRODUCT."""
    parser.add_argument("product", metavar="PRODUCT", help="loan, invoice, card, payg, lease or premium")
    houses.add_argument(parser)


def run_show(arguments: argparse.Namespace) -> int:
    """Prints the text of the newest approved mandate of a product, or of the house's own."""
    house = houses.chosen(arguments.organisation)
    known = {one.product: text for one, text in mandates.standards()}
    if arguments.product not in known:
        raise UnableToShowMandate(f"there is no product {arguments.product!r}; there are {', '.join(known)}")
    own = [
        one.text
        for one in mandates.mandates(by=Actor("operator", organisation_id=house.id))
        if one.mandate.product == arguments.product and one.state == "approved"
    ]
    print((own or [known[arguments.product]])[0])
    return 0


def configure_adopt(parser: argparse.ArgumentParser) -> None:
    """FILE."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the mandate as YAML; rulebook/mandates has examples")
    parser.add_argument(
        "--creditor", metavar="CODE", help="whose mandate it is; all without one of their own otherwise"
    )
    houses.add_argument(parser)
    parser.add_argument("--dry-run", action="store_true", help="read and check it, propose nothing")


def run_adopt(arguments: argparse.Namespace) -> int:
    """Proposes a mandate; it holds once a manager has approved it."""
    try:
        text = arguments.file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnableToShowMandate(f"{arguments.file} cannot be read as text: {error}") from error
    house = houses.chosen(arguments.organisation)
    outcome = perform(
        "propose_mandate",
        lambda act: propose_mandate(act, text=text, creditor=arguments.creditor),
        MandateOutcome,
        Performance(OPERATOR, house.id, text.encode(), is_dry_run=arguments.dry_run),
    )
    if arguments.dry_run:
        print(f"Version {outcome.version} can be read. A dry run: nothing was proposed.")
    else:
        print(
            f"Version {outcome.version} is proposed; it holds once a manager has approved it on the page of mandates."
        )
    return 0


ACTS = {
    "adopt": (configure_adopt, run_adopt),
    "list": (configure, run),
    "show": (configure_show, run_show),
}
