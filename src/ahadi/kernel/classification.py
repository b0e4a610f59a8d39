"""When an account counts as non-performing, by its own days or its debtor's, and its IFRS 9 stage."""

from typing import Final, Literal

import polars as pl

from ahadi.kernel.schema import Column, Spec, WrongFrame, require, uphold

Contagion = Literal["debtor", "account"]
"""debtor: one late account makes all of the debtor's non-performing; account: each stands alone."""

Exit = Literal["all_clear", "below"]
"""all_clear: until every account is at 0 days; below: until none is above the limit."""

DAY_ROWS: Final = Spec(
    "days",
    (
        Column("debtor_id", pl.Int64),
        Column("account_id", pl.Int64),
        Column("day", pl.Date),
        Column("past_due_days", pl.Int64, is_nullable=True),
    ),
    key=("account_id", "day"),
)
"""How late each account was on each day that was looked at; null where it has no days (written off)."""

NPA: Final = Spec(
    "npa",
    (
        Column("account_id", pl.Int64),
        Column("is_npa", pl.Boolean),
        Column("npa_since", pl.Date, is_nullable=True),
    ),
    key=("account_id",),
)
"""`npa_since`: the first day of the time that still lasts, null while there is none."""

STAGED: Final = Spec(
    "accounts",
    (Column("account_id", pl.Int64), Column("past_due_days", pl.Int64, is_nullable=True)),
    key=("account_id",),
)


def npa(days: pl.DataFrame, *, npa_after_days: int, contagion: Contagion, exit: Exit) -> pl.DataFrame:
    """Which accounts are non-performing after the last day given: NPA, sorted by account.

    It begins on the first day on which an account (of the debtor, with that contagion) is more than
    `npa_after_days` past due, and ends on the first on which all are at 0 (`all_clear`) or none is above
    (`below`). Only the days given are seen: give every day, or at least every day on which a count
    passes the limit or goes back to 0. An account without days neither starts nor ends it.

    Source: Frappe Lending (all loans of a borrower, until all are at 0); Reserve Bank of India, more than
    90 days. Raises WrongFrame, also for a limit below 0; BrokenLaw.
    """
    given = require(days, DAY_ROWS)
    if npa_after_days < 0:
        raise WrongFrame(f"days: npa_after_days must be 0 or more, found {npa_after_days}")
    group = "debtor_id" if contagion == "debtor" else "account_id"
    worst = given.group_by(group, "day").agg(pl.col("past_due_days").max()).sort(group, "day")
    limit = npa_after_days if exit == "below" else 0
    turn = (
        pl.when(pl.col("past_due_days") > npa_after_days)
        .then(pl.lit(True))
        .when(pl.col("past_due_days") <= limit)
        .then(pl.lit(False))
    )
    states = worst.with_columns(is_npa=turn).with_columns(
        pl.col("is_npa").forward_fill().over(group, order_by="day").fill_null(value=False)
    )
    latest = states.group_by(group).agg(
        pl.col("is_npa").sort_by("day").last(), over_on=pl.col("day").filter(~pl.col("is_npa")).max()
    )
    is_current = pl.col("over_on").is_null() | (pl.col("day") > pl.col("over_on"))
    begun = (
        states.drop("is_npa")
        .join(latest.filter("is_npa"), on=group)
        .filter(is_current)
        .group_by(group)
        .agg(npa_since=pl.col("day").min())
    )
    found = (
        given.select({"account_id", group})
        .unique()
        .join(latest, on=group)
        .join(begun, on=group, how="left")
        .sort("account_id")
    )
    uphold(
        "an account is non-performing exactly where that has a beginning",
        is_kept=bool((found["is_npa"] == found["npa_since"].is_not_null()).all()),
    )
    return require(found, NPA)


def stage(accounts: pl.DataFrame, *, two_after: int, three_from: int) -> pl.DataFrame:
    """The stage of each account by its days past due: [account_id, stage], sorted by account.

    1 up to `two_after` days, 2 above, 3 from `three_from` on; null without days. Source: IFRS 9 5.5.11
    (more than 30 days, rebuttable) and B5.5.37 (default not later than 90 days). Raises WrongFrame, also
    for limits that do not rise.
    """
    given = require(accounts, STAGED).sort("account_id")
    if not 0 <= two_after < three_from:
        raise WrongFrame(f"accounts: two_after must lie below three_from, found {two_after} and {three_from}")
    days = pl.col("past_due_days")
    number = pl.when(days >= three_from).then(3).when(days > two_after).then(2).when(days.is_not_null()).then(1)
    return given.select("account_id", stage=number.cast(pl.Int64))
