"""`ahadi strategy`: which strategies hold for which product, and adopting another version."""

import argparse
from pathlib import Path
from typing import Literal

import polars as pl

from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Performance
from ahadi.domain.strategy import queries
from ahadi.domain.strategy.operations import (
    AdoptionOutcome,
    StrategyWithdrawalOutcome,
    adopt_strategy,
    withdraw_strategy,
)
from ahadi.jobs import houses, intake, showing
from ahadi.kernel.strategy import Strategy

HELP = "Adopt, list or show strategies: `strategy adopt FILE`, `strategy show PRODUCT`"
NEEDS: Literal["prepared"] = "prepared"


class UnableToShowStrategy(Exception):
    """There is no such product, or the file of the strategy cannot be opened; its text says which there are."""

    is_refusal = True


def configure(parser: argparse.ArgumentParser) -> None:
    """Which day, of which organisation."""
    parser.epilog = "ahadi strategy adopt FILE | list | show PRODUCT | withdraw PRODUCT VERSION"
    _configure_reading(parser)


def run(arguments: argparse.Namespace) -> int:
    """Lists every version that counts, and which of them hold on the day."""
    house = houses.chosen(arguments.organisation)
    found = queries.listed(house.id, as_of=arguments.as_of or house.today)
    holds = pl.when(pl.col("is_in_force")).then(pl.lit("yes")).otherwise(pl.lit(""))
    print(showing.table(found.with_columns(holds.alias("is_in_force")).rename({"is_in_force": "holds"})))
    return 0


def _configure_reading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--as-of", type=intake.day, metavar="D", help="on which day; today by default")
    houses.add_argument(parser)


def configure_adopt(parser: argparse.ArgumentParser) -> None:
    """FILE."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the version as YAML; rulebook/strategies has examples")
    houses.add_argument(parser)
    parser.add_argument("--dry-run", action="store_true", help="read and check it, adopt nothing")


def run_adopt(arguments: argparse.Namespace) -> int:
    """Adopts a version; it holds from its own day on."""
    try:
        text = arguments.file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnableToShowStrategy(f"{arguments.file} cannot be read as text: {error}") from error
    outcome = perform(
        "adopt_strategy",
        lambda act: adopt_strategy(act, text=text, file=arguments.file.name),
        AdoptionOutcome,
        _how(arguments, text.encode()),
    )
    steps = showing.counted(outcome.steps, "step")
    print(f"{outcome.product}: version {outcome.version}, {steps}, holds from {outcome.in_force_from} on.")
    if arguments.dry_run:
        print("A dry run: nothing was adopted.")
    return 0


def configure_withdraw(parser: argparse.ArgumentParser) -> None:
    """PRODUCT VERSION."""
    parser.add_argument("product", metavar="PRODUCT", help="for which product it was adopted")
    parser.add_argument("version", metavar="VERSION", help="as `strategy list` names it")
    houses.add_argument(parser)
    parser.add_argument("--dry-run", action="store_true", help="say whether it can be withdrawn, withdraw nothing")


def run_withdraw(arguments: argparse.Namespace) -> int:
    """Withdraws a version that nothing was decided by yet."""
    outcome = perform(
        "withdraw_strategy",
        lambda act: withdraw_strategy(act, product=arguments.product, version=arguments.version),
        StrategyWithdrawalOutcome,
        _how(arguments, f"{arguments.product} {arguments.version}".encode()),
    )
    print(f"{outcome.product}: version {outcome.version} counts as if it had never been adopted.")
    if arguments.dry_run:
        print("A dry run: nothing was withdrawn.")
    return 0


def _how(arguments: argparse.Namespace, inputs: bytes) -> Performance:
    house = houses.chosen(arguments.organisation)
    return Performance(OPERATOR, house.id, inputs, is_dry_run=arguments.dry_run)


def configure_show(parser: argparse.ArgumentParser) -> None:
    """PRODUCT."""
    parser.add_argument("product", metavar="PRODUCT", help="loan, invoice, card, payg, lease or premium")
    _configure_reading(parser)


def run_show(arguments: argparse.Namespace) -> int:
    """Shows the segments and the steps that hold for a product on a day."""
    house = houses.chosen(arguments.organisation)
    day = arguments.as_of or house.today
    known = queries.strategies(house.id, as_of=day)
    if arguments.product not in known:
        raise UnableToShowStrategy(f"there is no product {arguments.product!r}; there are {', '.join(known)}")
    one = known[arguments.product]
    print(f"{arguments.product}: version {one.version}, in force from {one.in_force_from}; on {day} it holds.")
    print("\nAn account is in the first segment whose condition is true:\n")
    segments = [(segment.code, segment.condition) for segment in one.segments]
    print(showing.table(pl.DataFrame(segments, schema=["segment", "condition"], orient="row")))
    print("\nSteps, by days after the oldest unpaid due date:\n")
    print(showing.table(_steps(one)))
    stops = [f"{stop.event} ({'for good' if stop.days is None else f'{stop.days} days'})" for stop in one.stops]
    print(f"\nStopped by: {', '.join(stops) or 'nothing'}.")
    return 0


def _steps(one: Strategy) -> pl.DataFrame:
    names = {"day": pl.Int64, **dict.fromkeys(("step", "action", "channel", "segments", "condition"), pl.String)}
    rows = [
        (step.day, step.code, step.action, step.channel, ", ".join(step.segments or ()) or None, step.condition)
        for step in sorted(one.steps, key=lambda step: (step.day, step.code))
    ]
    return pl.DataFrame(rows, schema=names, orient="row")


ACTS = {
    "adopt": (configure_adopt, run_adopt),
    "list": (configure, run),
    "show": (configure_show, run_show),
    "withdraw": (configure_withdraw, run_withdraw),
}
