"""Whom to turn to first: whole points that add up, each with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ahadi.kernel.ragged import Ints, in_order, ints, nullable, starts, sums
from ahadi.kernel.schema import Column, Spec, WrongFrame, require, uphold

SCORED_ACCOUNTS: Final = Spec(
    "accounts",
    (
        Column("account_id", pl.Int64),
        Column("overdue_minor", pl.Int64),
        Column("disputed_minor", pl.Int64),
        Column("step_minor", pl.Int64, is_positive=True),
        Column("days_late", pl.Int64),
        Column("days_to_next_bucket", pl.Int64, is_nullable=True),
        Column("days_since_contact", pl.Int64, is_nullable=True),
        Column("days_since_receipt", pl.Int64, is_nullable=True),
        Column("days_since_placed", pl.Int64, is_nullable=True),
        Column("has_broken_promise", pl.Boolean, is_nullable=True),
    ),
    key=("account_id",),
)
"""What is known of an account: `disputed_minor` is the disputed part of what is overdue; `step_minor` is
the amount that makes one block of points in the account's currency; null days mean never (days to the
next bucket: none follows).
"""

POINTS: Final = Spec(
    "points",
    (
        Column("account_id", pl.Int64),
        Column("reason", pl.String),
        Column("points", pl.Int64),
        Column("amount_minor", pl.Int64, is_nullable=True),
        Column("days", pl.Int64, is_nullable=True),
    ),
    key=("account_id", "reason"),
)
"""Points of one account for one reason, with the amount or the days that made them."""


class UnableToScoreAccounts(ValueError):
    """The accounts were not scored: the policy is not in force on the day asked for, or a number of it
    is below 0.
    """


@dataclass(frozen=True)
class Policy:
    """What each reason is worth; every number is 0 or above, a 0 switches the reason off. A change is a
    new version.

    ARREARS: arrears_points for each whole step of overdue money, at most arrears_points_max. DISPUTED:
    takes back what the disputed part earned. DAYS_LATE: late_points for each whole late_days, at most
    late_points_max. NEAR_NEXT_BUCKET: near_points for each day inside the last near_days before the next
    bucket. NO_CONTACT: contact_points for each day without contact, at most contact_points_max, which is
    also what an account never contacted gets. NEWLY_PLACED, BROKEN_PROMISE: their points.
    RECENT_RECEIPT: takes off receipt_points for receipt_days after a receipt.
    """

    version: str = "standard-1"
    in_force_from: date = date.min
    arrears_points: int = 7
    arrears_points_max: int = 70
    late_points: int = 1
    late_days: int = 10
    late_points_max: int = 18
    near_points: int = 2
    near_days: int = 10
    contact_points: int = 3
    contact_points_max: int = 30
    placed_points: int = 15
    placed_days: int = 7
    broken_promise_points: int = 40
    receipt_points: int = 20
    receipt_days: int = 7

    def __post_init__(self) -> None:
        numbers = {field.name: getattr(self, field.name) for field in fields(self) if field.type is int}
        below = sorted(name for name, number in numbers.items() if number < 0)
        if below or self.late_days == 0:
            names = ", ".join(below or ["late_days"])
            raise UnableToScoreAccounts(f"policy {self.version}: {names} must be 0 or above, and late_days above 0")


STANDARD: Final = Policy()


def score(accounts: pl.DataFrame, *, as_of: date, policy: Policy = STANDARD) -> pl.DataFrame:
    """The points of each account, one row per reason that gives or takes any: POINTS, sorted by account
    and reason.

    The score of an account is the sum of its rows (`total`); an account without a row has 0. The days in
    `accounts` count up to `as_of`. A project definition: the weights are settings of the organisation.
    Raises WrongFrame and UnableToScoreAccounts.
    """
    if as_of < policy.in_force_from:
        raise UnableToScoreAccounts(f"policy {policy.version} is in force from {policy.in_force_from}, not on {as_of}")
    known = in_order(require(accounts, SCORED_ACCOUNTS), "account_id")
    reasons = _reasons(policy)
    given = known.select(reason.points.fill_null(0).cast(pl.Int64).alias(reason.name) for reason in reasons)
    by_reason = np.empty((known.height, len(reasons)), dtype=np.int64)
    for place, name in enumerate(given.columns):
        by_reason[:, place] = ints(given, name)
    uphold(
        "a dispute takes back no more than arrears gave",
        is_kept=bool((ints(given, "ARREARS") + ints(given, "DISPUTED") >= 0).all()),
    )
    return require(_rows(known, reasons, by_reason), POINTS)


def total(points: pl.DataFrame) -> pl.DataFrame:
    """The score of each account that has points: [account_id, points], sorted by account. Raises
    WrongFrame.
    """
    for name in ("account_id", "points"):
        if points.schema.get(name) != pl.Int64:
            raise WrongFrame(f"points: column '{name}' must be Int64, found {points.schema.get(name)}")
    ordered = in_order(points.select("account_id", "points"), "account_id")
    begin = starts(ints(ordered, "account_id"))
    return pl.DataFrame(
        {"account_id": ints(ordered, "account_id")[begin], "points": sums(ints(ordered, "points"), begin)}
    )


def _rows(known: pl.DataFrame, reasons: Sequence["_Reason"], by_reason: Ints) -> pl.DataFrame:
    """A row for each number of the table that is not 0, with what explains it."""
    cell = np.flatnonzero(by_reason)
    row = cell // len(reasons)
    place = (cell - row * len(reasons)).astype(np.int8)
    return pl.DataFrame(
        {
            "account_id": ints(known, "account_id")[row],
            "reason": pl.Series([reason.name for reason in reasons])[place.astype(np.uint32)],
            "points": by_reason.ravel()[cell],
            "amount_minor": _explained(known, row, place, [reason.amount for reason in reasons]),
            "days": _explained(known, row, place, [reason.days for reason in reasons]),
        }
    )


def _explained(known: pl.DataFrame, row: Ints, place: NDArray[np.int8], told_by: Sequence[pl.Expr | None]) -> pl.Series:
    """Of each row the number that its reason tells it by, null where it tells none."""
    found = np.zeros_like(row)
    is_blank = np.array([expression is None for expression in told_by])[place]
    for number, expression in enumerate(told_by):
        if expression is not None:
            values = known.select(expression).to_series()
            own = np.flatnonzero(place == number)
            found[own] = values.fill_null(0).to_numpy()[row[own]]
            if values.null_count():
                is_blank[own] = values.is_null().to_numpy()[row[own]]
    return nullable(found, is_blank)


@dataclass(frozen=True)
class _Reason:
    """A reason, its points, and the amount or the days that explain them."""

    name: str
    points: pl.Expr
    amount: pl.Expr | None = None
    days: pl.Expr | None = None


def _reasons(policy: Policy) -> list[_Reason]:
    """The reasons in the order of their names."""
    overdue, late = pl.col("overdue_minor"), pl.col("days_late")
    disputed = pl.min_horizontal("disputed_minor", "overdue_minor")
    until_next, since_contact = pl.col("days_to_next_bucket"), pl.col("days_since_contact")
    since_placed, since_receipt = pl.col("days_since_placed"), pl.col("days_since_receipt")
    arrears = _arrears_points(policy, overdue)
    late_points = (late // policy.late_days * policy.late_points).clip(0, policy.late_points_max)
    return [
        _Reason("ARREARS", arrears, amount=overdue),
        _Reason("BROKEN_PROMISE", pl.col("has_broken_promise").fill_null(False) * policy.broken_promise_points),
        _Reason("DAYS_LATE", late_points, days=late),
        _Reason("DISPUTED", _arrears_points(policy, overdue - disputed) - arrears, amount=disputed),
        _Reason("NEAR_NEXT_BUCKET", _near_points(policy, until_next), days=until_next),
        _Reason("NEWLY_PLACED", _within(since_placed, policy.placed_days) * policy.placed_points, days=since_placed),
        _Reason("NO_CONTACT", _contact_points(policy, since_contact), days=since_contact),
        _Reason(
            "RECENT_RECEIPT",
            _within(since_receipt, policy.receipt_days) * -policy.receipt_points,
            days=since_receipt,
        ),
    ]


def _arrears_points(policy: Policy, amount: pl.Expr) -> pl.Expr:
    blocks = amount.clip(lower_bound=0) // pl.col("step_minor")
    whole = policy.arrears_points_max // max(policy.arrears_points, 1) + 1
    return (blocks.clip(upper_bound=whole) * policy.arrears_points).clip(upper_bound=policy.arrears_points_max)


def _near_points(policy: Policy, until_next: pl.Expr) -> pl.Expr:
    return (policy.near_days + 1 - until_next).clip(0, policy.near_days) * policy.near_points


def _contact_points(policy: Policy, since_contact: pl.Expr) -> pl.Expr:
    by_days = since_contact.clip(0, policy.contact_points_max) * policy.contact_points
    return by_days.clip(upper_bound=policy.contact_points_max).fill_null(
        policy.contact_points_max if policy.contact_points else 0
    )


def _within(days: pl.Expr, limit: int) -> pl.Expr:
    return days.is_between(0, limit).fill_null(False).cast(pl.Int64)
