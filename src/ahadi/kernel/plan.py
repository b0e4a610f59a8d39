"""A plan to pay by instalments: the fee, the part paid down, and the instalments with their dates."""

from typing import Final

import polars as pl

from ahadi.kernel.calendar import later_by
from ahadi.kernel.money import Rounding, divide_rounded
from ahadi.kernel.schema import Column, Spec, WrongFrame, require, uphold

WHOLE_BPS: Final = 10_000
UNITS: Final = ("day", "week", "month")
FEE_PLACES: Final = ("total", "first")
"""total: the fee joins the debt and is spread; first: it comes on top of the first instalment."""

PLANS: Final = Spec(
    "plans",
    (
        Column("plan_id", pl.Int64),
        Column("amount_minor", pl.Int64, is_positive=True),
        Column("down_bps", pl.Int64),
        Column("fee_bps", pl.Int64),
        Column("fee_in", pl.String),
        Column("count", pl.Int64, is_positive=True),
        Column("first_due", pl.Date),
        Column("every_count", pl.Int64, is_positive=True),
        Column("every_unit", pl.String),
        Column("round_up_minor", pl.Int64, is_nullable=True, is_positive=True),
    ),
    key=("plan_id",),
)
"""The terms: shares of the amount in basis points; `round_up_minor` lifts every instalment but the last to
a multiple that people can pay, null: none.
"""

BUILT: Final = Spec(
    "built plans",
    (
        Column("plan_id", pl.Int64),
        Column("fee_minor", pl.Int64),
        Column("down_minor", pl.Int64),
        Column("total_minor", pl.Int64),
    ),
    key=("plan_id",),
)
"""`total_minor` holds the part paid down, and the fee where it is in the total."""

PLAN_INSTALMENTS: Final = Spec(
    "instalments of plans",
    (
        Column("plan_id", pl.Int64),
        Column("number", pl.Int64, is_positive=True),
        Column("due_date", pl.Date),
        Column("amount_minor", pl.Int64, is_positive=True),
    ),
    key=("plan_id", "number"),
)


def build(plans: pl.DataFrame, *, rounding: Rounding) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What the terms of plans make: BUILT, sorted by plan, and PLAN_INSTALMENTS, by plan and number.

    The fee and the part paid down are shares of the amount, rounded. What is left (with the fee, where
    `fee_in` is total) is paid in `count` equal instalments, rounded, or rounded up to the multiple; the
    last takes the rest, and a plan that rounding pays off earlier ends there. A fee in the first
    instalment comes on top of it. Due dates keep the day of `first_due` or the end of a shorter month:
    31 Jan, 28 Feb, 31 Mar. Money in minor units.

    Source: project definition; a fee needs the contract or the law (United States, FDCPA 1692f(1)).
    Raises WrongFrame, also for an unknown unit or place of the fee, shares below 0, or a part paid down
    that leaves nothing; BrokenLaw.
    """
    terms = require(plans, PLANS).sort("plan_id")
    _require_terms(terms)
    sized = terms.with_columns(
        fee_minor=_share("fee_bps", rounding), down_minor=_share("down_bps", rounding)
    ).with_columns(total_minor=pl.col("amount_minor") + pl.when(_is_spread()).then(pl.col("fee_minor")).otherwise(0))
    spread = sized.with_columns(rest_minor=pl.col("total_minor") - pl.col("down_minor"))
    nothing = spread.filter(pl.col("rest_minor") <= 0)
    if nothing.height:
        raise WrongFrame(f"plans: plan_id {nothing['plan_id'][0]} leaves nothing for its instalments")
    instalments = require(_instalments(spread, rounding), PLAN_INSTALMENTS)
    paid = instalments.group_by("plan_id").agg(pl.col("amount_minor").sum()).sort("plan_id")
    due = spread.select(pl.col("rest_minor") + pl.when(_is_spread()).then(0).otherwise(pl.col("fee_minor")))
    uphold(
        "what is paid down and the instalments add up to the amount and the fee",
        is_kept=paid["amount_minor"].to_list() == due["rest_minor"].to_list(),
    )
    return require(sized, BUILT), instalments


def _instalments(spread: pl.DataFrame, rounding: Rounding) -> pl.DataFrame:
    before = pl.col("each_minor").cast(pl.Int128) * (pl.col("number") - 1)
    left = (pl.col("rest_minor") - before).clip(0).cast(pl.Int64)
    is_last = pl.col("number") == pl.col("count")
    on_top = pl.when((pl.col("number") == 1) & ~_is_spread()).then(pl.col("fee_minor")).otherwise(0)
    return (
        spread.with_columns(each_minor=_each(rounding))
        .with_columns(number=pl.int_ranges(1, pl.col("count") + 1))
        .explode("number")
        .with_columns(left_minor=left, due_date=_due_date())
        .filter(pl.col("left_minor") > 0)
        .with_columns(
            amount_minor=on_top
            + pl.when(is_last).then(pl.col("left_minor")).otherwise(pl.min_horizontal("each_minor", "left_minor"))
        )
        .select(PLAN_INSTALMENTS.column_names)
        .sort("plan_id", "number")
    )


def _each(rounding: Rounding) -> pl.Expr:
    """An instalment: the equal part, at least one minor unit, or the multiple above it."""
    rest, count, multiple = pl.col("rest_minor"), pl.col("count"), pl.col("round_up_minor")
    lifted = divide_rounded(rest, count * multiple, "up") * multiple
    return pl.when(multiple.is_null()).then(divide_rounded(rest, count, rounding).clip(1)).otherwise(lifted)


def _due_date() -> pl.Expr:
    step = (pl.col("number") - 1) * pl.col("every_count")
    dates = {unit: later_by(pl.col("first_due"), step, unit) for unit in UNITS}
    is_of = {unit: pl.col("every_unit") == unit for unit in UNITS}
    return pl.when(is_of["month"]).then(dates["month"]).when(is_of["week"]).then(dates["week"]).otherwise(dates["day"])


def _is_spread() -> pl.Expr:
    return pl.col("fee_in") == "total"


def _share(bps: str, rounding: Rounding) -> pl.Expr:
    return divide_rounded(pl.col("amount_minor").cast(pl.Int128) * pl.col(bps), WHOLE_BPS, rounding)


def _require_terms(terms: pl.DataFrame) -> None:
    for column, allowed in (("every_unit", UNITS), ("fee_in", FEE_PLACES)):
        wrong = terms.filter(~pl.col(column).is_in(allowed))
        if wrong.height:
            raise WrongFrame(f"plans: {column} must be one of {list(allowed)}, found {wrong[column][0]!r}")
    for column in ("down_bps", "fee_bps"):
        if (terms[column] < 0).any():
            raise WrongFrame(f"plans: column '{column}' must be 0 or more, found {terms[column].min()!r}")
