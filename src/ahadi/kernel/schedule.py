"""From the terms of a debt to its charges: equal instalments with the rest in the last."""

from typing import Final

import polars as pl

from ahadi.kernel.calendar import add_months
from ahadi.kernel.schema import CHARGES, Column, Spec, WrongFrame, require, uphold

LOANS: Final = Spec(
    "loans",
    (
        Column("account_id", pl.Int64),
        Column("opened", pl.Date),
        Column("total_minor", pl.Int64, is_positive=True),
        Column("count", pl.Int64, is_positive=True),
        Column("first_due", pl.Date),
    ),
    key=("account_id",),
)
"""One row per account: `count` instalments that make `total_minor`, owed from `opened` on."""


def equal_instalments(loans: pl.DataFrame, *, every_months: int = 1) -> pl.DataFrame:
    """The charges of each loan: equal principal, rounded down to whole minor units, the rest in the last
    instalment.

    Gives the CHARGES columns and `number` (1, 2, ... per account), sorted by account and number;
    `charge_id` counts 1, 2, ... through the whole frame. Due dates keep the day of `first_due` (31 Jan,
    28 Feb, 31 Mar). Raises WrongFrame, also for `every_months` below 1.
    """
    terms = require(loans, LOANS).sort("account_id")
    if every_months < 1:
        raise WrongFrame(f"loans: every_months must be 1 or more, found {every_months}")
    each = pl.col("total_minor") // pl.col("count")
    last = pl.col("total_minor") - each * (pl.col("count") - 1)
    charges = (
        terms.with_columns(number=pl.int_ranges(1, pl.col("count") + 1))
        .explode("number")
        .with_columns(
            charge_id=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
            value_date=pl.col("opened"),
            due_date=add_months(pl.col("first_due"), (pl.col("number") - 1) * every_months),
            principal_minor=pl.when(pl.col("number") == pl.col("count")).then(last).otherwise(each),
            interest_minor=pl.lit(0, dtype=pl.Int64),
            fee_minor=pl.lit(0, dtype=pl.Int64),
            penalty_minor=pl.lit(0, dtype=pl.Int64),
        )
        .select(*CHARGES.column_names, "number")
    )
    made = charges.group_by("account_id").agg(pl.col("principal_minor").sum()).sort("account_id")
    uphold(
        "the instalments of a loan add up to its total",
        is_kept=made["principal_minor"].to_list() == terms["total_minor"].to_list(),
    )
    return charges
