"""How late instalments and accounts are under a stated convention: tolerance, grace, pauses, basis date.

Problem: lenders count the same days differently, and a pause may or may not stop the clock of an
instalment that fell due inside it. Choice: one rule object names every convention; days past due stand
beside delinquent days, so that a grace or a pause never hides how old a debt is. It refuses to count a
pause against an instalment that is not past due.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import polars as pl

from ahadi.kernel.schema import Column, Spec, WrongFrame, require, uphold

PauseRule = Literal["overlap", "any"]
"""overlap: only the part of a pause from the oldest basis date on counts; any: the whole of it."""

OPEN_INSTALMENTS: Final = Spec(
    "open instalments",
    (
        Column("account_id", pl.Int64),
        Column("instalment_id", pl.Int64),
        Column("basis_date", pl.Date),
        Column("amount_minor", pl.Int64),
        Column("open_minor", pl.Int64),
    ),
    key=("instalment_id",),
)
"""One row per instalment: the date from which its days count, what it was and what is open of it."""

PAUSES: Final = Spec(
    "pauses",
    (
        Column("account_id", pl.Int64),
        Column("from_date", pl.Date),
        Column("until_date", pl.Date, is_nullable=True),
    ),
)
"""Times in which delinquency does not grow; `until_date` null: still running."""

LATE_INSTALMENTS: Final = Spec(
    "late instalments",
    (
        *OPEN_INSTALMENTS.columns,
        Column("past_due_days", pl.Int64),
        Column("effective_days", pl.Int64),
    ),
    key=("instalment_id",),
)
"""`effective_days` are the past due days less the paused ones, at least 0, without any grace."""

DELINQUENCY: Final = Spec(
    "delinquency",
    (
        Column("account_id", pl.Int64),
        Column("past_due_days", pl.Int64),
        Column("delinquent_days", pl.Int64),
        Column("delinquent_since", pl.Date, is_nullable=True),
        Column("oldest_basis_date", pl.Date, is_nullable=True),
        Column("paused_days", pl.Int64),
        Column("overdue_minor", pl.Int64),
        Column("cycles_past_due", pl.Int64),
    ),
    key=("account_id",),
)


SETTLEMENTS: Final = Spec(
    "settlements",
    (
        Column("instalment_id", pl.Int64),
        Column("value_date", pl.Date),
        Column("settled_minor", pl.Int64),
    ),
)
"""What was settled of an instalment, on which day."""


class UnableToUseRanges(ValueError):
    """The bucket ranges were refused: each must run forward, none may overlap, and the codes must differ."""


@dataclass(frozen=True)
class Tolerance:
    """How much may stay open of an instalment that counts as settled: an amount, and a share of it.

    `share_e6` is in millionths of a percent; with both, `take` the larger (max) or the smaller (min).
    """

    amount_minor: int = 0
    share_e6: int | None = None
    take: Literal["max", "min"] = "max"

    def of(self, amount_minor: int) -> int:
        """The tolerance of one instalment of that amount."""
        return int(pl.select(self.minor(pl.lit(amount_minor, dtype=pl.Int64))).item())

    def minor(self, amount: pl.Expr) -> pl.Expr:
        """The tolerance of an instalment of that amount, in whole minor units, rounded down."""
        flat = pl.lit(self.amount_minor, dtype=pl.Int64)
        if self.share_e6 is None:
            return flat
        share = (amount.cast(pl.Int128) * self.share_e6 // (100 * 10**6)).cast(pl.Int64)
        return pl.max_horizontal(flat, share) if self.take == "max" else pl.min_horizontal(flat, share)


@dataclass(frozen=True)
class LatenessRule:
    """By which convention days are counted; `due_date_counts` makes the due date itself the first day."""

    grace_days: int = 0
    tolerance: Tolerance = Tolerance()
    pause_rule: PauseRule = "overlap"
    due_date_counts: bool = False


@dataclass(frozen=True)
class Range:
    """A closed range of days; `to_days` is None in an open one."""

    code: str
    from_days: int
    to_days: int | None

    def holds(self, days: int) -> bool:
        """Whether so many days lie in it."""
        return days >= self.from_days and (self.to_days is None or days <= self.to_days)


@dataclass(frozen=True)
class Ranges:
    """Buckets that need not cover every number of days: what falls between them is in none."""

    ranges: tuple[Range, ...]

    def __post_init__(self) -> None:
        ordered = sorted(self.ranges, key=lambda one: one.from_days)
        for one, following in zip(ordered, [*ordered[1:], None], strict=True):
            if one.to_days is not None and one.to_days < one.from_days:
                raise UnableToUseRanges(f"bucket {one.code!r} ends on day {one.to_days}, before it begins")
            if following and (one.to_days is None or one.to_days >= following.from_days):
                raise UnableToUseRanges(f"buckets {one.code!r} and {following.code!r} overlap")
        if len({one.code for one in self.ranges}) < len(self.ranges):
            raise UnableToUseRanges(f"the bucket codes {[one.code for one in self.ranges]} must differ")

    def code_of(self, days: int) -> str | None:
        """The code of the range that holds so many days, None where none does."""
        return next((one.code for one in self.ranges if one.holds(days)), None)

    def code(self, days: pl.Expr) -> pl.Expr:
        """The code of the range that holds the days; null where none does or the days are null."""
        chosen = pl.lit(None, dtype=pl.String)
        for one in self.ranges:
            is_within = days >= one.from_days if one.to_days is None else days.is_between(one.from_days, one.to_days)
            chosen = pl.when(is_within).then(pl.lit(one.code)).otherwise(chosen)
        return chosen


def late_instalments(
    instalments: pl.DataFrame, pauses: pl.DataFrame, *, as_of: date, rule: LatenessRule
) -> pl.DataFrame:
    """Each instalment with its own past due days and those less the paused ones: LATE_INSTALMENTS.

    Past due is an instalment with more than the tolerance open whose basis date lies before `as_of` (on
    it too where the due date counts). Sorted by account, basis date and id. Raises WrongFrame.
    """
    given = require(instalments, OPEN_INSTALMENTS)
    _require_pauses(pauses)
    elapsed = (pl.lit(as_of) - pl.col("basis_date")).dt.total_days() + int(rule.due_date_counts)
    is_settled = pl.col("open_minor") <= rule.tolerance.minor(pl.col("amount_minor"))
    late = given.with_columns(past_due_days=pl.when(is_settled).then(0).otherwise(elapsed.clip(0)))
    paused = _paused(late.select("account_id", "instalment_id", "basis_date"), pauses, as_of, rule.pause_rule)
    return (
        late.join(paused, on="instalment_id", how="left")
        .with_columns(effective_days=(pl.col("past_due_days") - pl.col("paused_days").fill_null(0)).clip(0))
        .select(LATE_INSTALMENTS.column_names)
        .sort("account_id", "basis_date", "instalment_id")
    )


def delinquency(late: pl.DataFrame, pauses: pl.DataFrame, *, as_of: date, rule: LatenessRule) -> pl.DataFrame:
    """One row per account in LATE_INSTALMENTS: DELINQUENCY, sorted by account.

    The oldest instalment past due decides; delinquent days are its days less grace and pauses, at least 0;
    `delinquent_since` is its basis date and the grace. Source: Apache Fineract,
    LoanDelinquencyDomainServiceImpl (`any`: before, `overlap`: since FINERACT-2326). Raises WrongFrame,
    BrokenLaw.
    """
    given = require(late, LATE_INSTALMENTS)
    is_past_due = pl.col("past_due_days") > 0
    accounts = given.group_by("account_id").agg(
        past_due_days=pl.col("past_due_days").max(),
        oldest_basis_date=pl.col("basis_date").filter(is_past_due).min(),
        overdue_minor=pl.col("open_minor").filter(is_past_due).sum(),
        cycles_past_due=is_past_due.sum().cast(pl.Int64),
    )
    keyed = accounts.select("account_id", basis_date="oldest_basis_date", instalment_id="account_id")
    paused = _paused(keyed, pauses, as_of, rule.pause_rule).rename({"instalment_id": "account_id"})
    result = (
        accounts.join(paused, on="account_id", how="left")
        .with_columns(pl.col("paused_days").fill_null(0))
        .with_columns(
            delinquent_days=(pl.col("past_due_days") - rule.grace_days - pl.col("paused_days")).clip(0),
            delinquent_since=pl.col("oldest_basis_date") + pl.duration(days=rule.grace_days),
        )
        .select(DELINQUENCY.column_names)
        .sort("account_id")
    )
    uphold(
        "delinquent days never exceed the days past due",
        is_kept=bool((result["delinquent_days"] <= result["past_due_days"]).all()),
    )
    return result


def past_due_history(
    instalments: pl.DataFrame, settlements: pl.DataFrame, *, as_of: date, rule: LatenessRule
) -> pl.DataFrame:
    """How many days each account was past due on every day from its first basis date up to `as_of`:
    [account_id, day, past_due_days], sorted.

    `instalments` are OPEN_INSTALMENTS, of which `amount_minor` counts; `settlements` say what was settled
    of them on which day: [instalment_id, value_date, settled_minor]. An instalment is past due until no
    more than the tolerance is open. Raises WrongFrame.
    """
    given = require(instalments, OPEN_INSTALMENTS).with_columns(
        tolerance_minor=rule.tolerance.minor(pl.col("amount_minor"))
    )
    reached = (
        require(settlements, SETTLEMENTS)
        .group_by("instalment_id", "value_date")
        .agg(pl.col("settled_minor").sum())
        .sort("instalment_id", "value_date")
        .with_columns(reach=pl.col("settled_minor").cum_sum().over("instalment_id"))
        .join(given.select("instalment_id", "amount_minor", "tolerance_minor"), on="instalment_id")
        .filter(pl.col("amount_minor") - pl.col("reach") <= pl.col("tolerance_minor"))
        .group_by("instalment_id")
        .agg(settled_on=pl.col("value_date").min())
    )
    owed = given.filter(pl.col("amount_minor") > pl.col("tolerance_minor")).join(
        reached, on="instalment_id", how="left"
    )
    last = pl.lit(as_of)
    days = (
        given.group_by("account_id")
        .agg(first=pl.col("basis_date").min())
        .filter(pl.col("first") <= last)
        .with_columns(day=pl.date_ranges("first", last))
        .explode("day")
        .select("account_id", "day")
    )
    elapsed = (pl.col("day") - pl.col("basis_date")).dt.total_days() + int(rule.due_date_counts)
    is_late = (elapsed > 0) & (pl.col("settled_on").is_null() | (pl.col("day") < pl.col("settled_on")))
    return (
        days.join(owed.select("account_id", "basis_date", "settled_on"), on="account_id", how="left")
        .group_by("account_id", "day")
        .agg(past_due_days=pl.when(is_late).then(elapsed).otherwise(0).max().fill_null(0))
        .sort("account_id", "day")
    )


def _require_pauses(pauses: pl.DataFrame) -> None:
    backward = require(pauses, PAUSES).filter(pl.col("until_date") < pl.col("from_date"))
    if backward.height:
        raise WrongFrame(f"pauses: a pause from {backward['from_date'][0]} ends before it begins")


def _paused(keyed: pl.DataFrame, pauses: pl.DataFrame, as_of: date, pause_rule: PauseRule) -> pl.DataFrame:
    """Paused days per instalment_id of [account_id, instalment_id, basis_date]."""
    begin = pl.col("from_date")
    if pause_rule == "overlap":
        begin = pl.max_horizontal(begin, "basis_date")
    end = pl.min_horizontal(pl.col("until_date").fill_null(as_of), pl.lit(as_of))
    return (
        keyed.drop_nulls("basis_date")
        .join(pauses.filter(pl.col("from_date") <= as_of), on="account_id")
        .group_by("instalment_id")
        .agg(paused_days=(end - begin).dt.total_days().clip(0).sum())
    )
