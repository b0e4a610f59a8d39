"""Adopting a strategy from its text, and withdrawing one before its day."""

from dataclasses import dataclass
from datetime import date

from ahadi.data import frames
from ahadi.data.models.act import ActWithdrawal
from ahadi.data.models.strategy import StrategyVersion
from ahadi.data.strategies import UnableToReadStrategy, read
from ahadi.domain.audit import steps as audit
from ahadi.domain.audit.ports import Act
from ahadi.domain.strategy import queries


class UnableToAdoptStrategy(Exception):
    """The version cannot hold from that day: accounts are stated as of it already, or another version holds from it."""

    is_refusal = True


class UnableToWithdrawStrategy(Exception):
    """There is no such version here, or it is withdrawn, or accounts are stated by it: then adopt another version."""

    is_refusal = True


@dataclass(frozen=True)
class AdoptionOutcome:
    """What was adopted: for which product, as which version, from which day on."""

    product: str
    version: str
    in_force_from: str
    steps: int


@dataclass(frozen=True)
class StrategyWithdrawalOutcome:
    """The version that no longer counts."""

    product: str
    version: str


def adopt_strategy(act: Act, *, text: str, file: str) -> AdoptionOutcome:
    """Books a version of a strategy; it holds from its day on, and what is stated already stays as it is.

    Raises: UnableToReadStrategy, also for a version that is there already; UnableToAdoptStrategy.
    """
    product, strategy = read(text, file=file)
    frames.lock("strategy", act.organisation_id)
    known = StrategyVersion.objects.filter(
        organisation_id=act.organisation_id, product=product, version=strategy.version
    )
    if known.exists():
        raise UnableToReadStrategy(
            f"{file}: version {strategy.version!r} for {product} was adopted before; give the change its own version"
        )
    _require_free_day(act.organisation_id, product, strategy.in_force_from)
    StrategyVersion(
        organisation_id=act.organisation_id,
        product=product,
        version=strategy.version,
        in_force_from=strategy.in_force_from,
        text=text,
        booked_at=act.at,
        act_id=act.id,
    ).save(force_insert=True)
    return AdoptionOutcome(product, strategy.version, strategy.in_force_from.isoformat(), len(strategy.steps))


def withdraw_strategy(act: Act, *, product: str, version: str) -> StrategyWithdrawalOutcome:
    """Takes a version back before any account is stated by it. Raises UnableToWithdrawStrategy."""
    frames.lock("strategy", act.organisation_id)
    found = StrategyVersion.objects.filter(
        organisation_id=act.organisation_id, product=product, version=version
    ).first()
    if found is None:
        raise UnableToWithdrawStrategy(
            f"no version {version!r} for {product} was adopted here: see ahadi strategy list"
        )
    if ActWithdrawal.objects.filter(withdrawn_act_id=found.act_id).exists():
        raise UnableToWithdrawStrategy(f"version {version!r} for {product} was withdrawn before; nothing is left of it")
    last = queries.last_stated(act.organisation_id, product)
    if last is not None and last >= found.in_force_from:
        raise UnableToWithdrawStrategy(
            f"version {version!r} for {product} holds from {found.in_force_from}, and accounts are stated by it as of "
            f"{last}; adopt another version that holds from a later day"
        )
    audit.withdraw(act, found.act_id)
    return StrategyWithdrawalOutcome(product, version)


def _require_free_day(organisation_id: int, product: str, day: date) -> None:
    """States say what was decided: a rule that reached back would make them say something else."""
    last = queries.last_stated(organisation_id, product)
    if last is not None and last >= day:
        raise UnableToAdoptStrategy(
            f"{product} accounts are stated as of {last} already; let the version hold from a later day, "
            f"found in_force_from {day}"
        )
    others = queries.versions(organisation_id)
    same = [row for row in others.iter_rows(named=True) if (row["product"], row["in_force_from"]) == (product, day)]
    if same:
        raise UnableToAdoptStrategy(
            f"version {same[0]['version']!r} for {product} holds from {day} too; "
            "withdraw it first, or choose another day"
        )
