"""The ladder of reminders: which level each late instalment reaches on a day, and what that costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Final, Literal

import polars as pl

from ahadi.kernel.calendar import month_end
from ahadi.kernel.money import Rounding, divide_rounded, exponent
from ahadi.kernel.schema import Column, Spec, WrongFrame, require, uphold

After = Literal["net_days", "end_of_month", "previous"]
"""net_days: so many days after the basis date; end_of_month: the end of the month in which that day lies;
previous: so many days after the last line.
"""

Step = Literal["one_per_run", "most_severe"]
"""one_per_run: the next level only; most_severe: the highest whose day has come."""

STATES: Final = ("draft", "sent", "ignored")
WHOLE_BPS: Final = 10_000

CHASED: Final = Spec(
    "instalments",
    (
        Column("account_id", pl.Int64),
        Column("instalment_id", pl.Int64),
        Column("basis_date", pl.Date),
        Column("open_minor", pl.Int64),
        Column("charge_minor", pl.Int64),
        Column("tolerance_minor", pl.Int64),
        Column("is_held", pl.Boolean),
    ),
    key=("account_id", "instalment_id"),
)
"""What may be chased: `open_minor` as it stands, `charge_minor` as it was first made; held by a hold on it
or on its account.
"""

LINES: Final = Spec(
    "lines",
    (
        Column("account_id", pl.Int64),
        Column("instalment_id", pl.Int64),
        Column("level", pl.Int64),
        Column("on_date", pl.Date),
        Column("state", pl.String),
    ),
)
"""The reminders raised so far: draft until they are sent, ignored when somebody set them aside."""

NEW_LINES: Final = Spec(
    "new lines",
    (
        Column("account_id", pl.Int64),
        Column("instalment_id", pl.Int64),
        Column("level", pl.Int64),
        Column("channel", pl.String),
        Column("on_date", pl.Date),
        Column("open_minor", pl.Int64),
        Column("fee_minor", pl.Int64),
    ),
    key=("account_id", "instalment_id"),
)


class UnableToUseLadder(ValueError):
    """The ladder was refused: levels must rise, days and fees be 0 or more, and a fee in another currency
    needs its rate of exchange.
    """


@dataclass(frozen=True)
class Level:
    """One rung: when its day comes, how the debtor is told, and its fee.

    The fee is an amount in minor units of `fee_currency` (None: the account's), a share of the charge as
    it was first made, or both.
    """

    level: int
    after: After
    days: int
    channel: str
    fee_minor: int = 0
    fee_bps: int = 0
    fee_currency: str | None = None

    def __post_init__(self) -> None:
        if min(self.days, self.fee_minor, self.fee_bps) < 0:
            raise UnableToUseLadder(f"level {self.level}: days and fees must be 0 or more")


def in_currency(
    levels: Sequence[Level], *, currency: str, units_of_other: Mapping[str, Fraction], rounding: Rounding
) -> tuple[Level, ...]:
    """The levels with every fee in minor units of one currency, rounded.

    `units_of_other` says how many units of another currency are one unit of this: 0.90 for EUR makes a
    fee of EUR 5.00 into 5.56. Raises UnableToUseLadder for a currency without a rate above 0,
    UnknownCurrency.
    """
    return tuple(_converted(level, currency, units_of_other, rounding) for level in levels)


def step(
    instalments: pl.DataFrame,
    lines: pl.DataFrame,
    *,
    day: date,
    levels: Sequence[Level],
    step: Step,
    rounding: Rounding,
) -> pl.DataFrame:
    """The reminders that one run raises on a day: NEW_LINES, at most one an instalment, sorted by account
    and instalment.

    Looked at is each instalment with more than its tolerance open and no hold. Its last line (the latest,
    then the highest; an ignored one does not count) says where it stands; while that is a draft, nothing
    rises. The day of a level comes `net_days` after the basis date, at the `end_of_month` of that day, or
    so many days after the last line (`previous`, never without one), and it must have come by `day`.
    `one_per_run` raises the level that follows, `most_severe` the highest above the last whose day has
    come. The fee is that of the level plus its share of the charge as first made, in minor units, rounded.

    Source: OCA account_credit_control (net days, end of month, previous reminder), Tryton account_dunning
    (one level a run, only what was sent rises), Kill Bill overdue (the most severe state that holds).
    Raises UnableToUseLadder, WrongFrame, BrokenLaw.
    """
    rungs = _rungs(levels)
    chased = require(instalments, CHASED).filter(
        (pl.col("open_minor") > pl.col("tolerance_minor")) & ~pl.col("is_held")
    )
    standing = chased.join(_last_lines(lines), on=["account_id", "instalment_id"], how="left").filter(
        pl.col("last_state").is_null() | (pl.col("last_state") != "draft")
    )
    above = standing.join(rungs, how="cross").filter(
        pl.col("last_level").is_null() | (pl.col("level") > pl.col("last_level"))
    )
    of_instalment = ["account_id", "instalment_id"]
    if step == "one_per_run":
        above = above.filter(pl.col("level") == pl.col("level").min().over(of_instalment))
    come = above.filter(_level_day() <= day)
    raised = come.filter(pl.col("level") == pl.col("level").max().over(of_instalment))
    share = divide_rounded(pl.col("charge_minor").cast(pl.Int128) * pl.col("fee_bps"), WHOLE_BPS, rounding)
    new = raised.with_columns(on_date=pl.lit(day), fee_minor=pl.col("fee_minor") + share).sort(of_instalment)
    uphold(
        "a reminder rises above the last one and never on money that is held",
        is_kept=bool(((new["level"] > new["last_level"]).fill_null(value=True) & ~new["is_held"]).all()),
    )
    return require(new, NEW_LINES)


def _level_day() -> pl.Expr:
    """The day a level comes; null where it follows a line that is not there."""
    later = pl.col("basis_date") + pl.duration(days=pl.col("days"))
    return (
        pl.when(pl.col("after") == "net_days")
        .then(later)
        .when(pl.col("after") == "end_of_month")
        .then(month_end(later))
        .otherwise(pl.col("last_date") + pl.duration(days=pl.col("days")))
    )


def _last_lines(lines: pl.DataFrame) -> pl.DataFrame:
    given = require(lines, LINES)
    unknown = given.filter(~pl.col("state").is_in(STATES))
    if unknown.height:
        raise WrongFrame(f"lines: state must be one of {list(STATES)}, found {unknown['state'][0]!r}")
    # A draft among several lines of one level and day holds the others back, in whatever order they came.
    ordered = given.filter(pl.col("state") != "ignored").sort("on_date", "level", pl.col("state") == "draft")
    return ordered.group_by("account_id", "instalment_id", maintain_order=True).agg(
        last_level=pl.col("level").last(), last_date=pl.col("on_date").last(), last_state=pl.col("state").last()
    )


def _rungs(levels: Sequence[Level]) -> pl.DataFrame:
    numbers = [level.level for level in levels]
    if numbers != sorted(set(numbers)):
        raise UnableToUseLadder(f"levels must rise, found {numbers}")
    foreign = [level.level for level in levels if level.fee_currency is not None]
    if foreign:
        raise UnableToUseLadder(f"the fees of levels {foreign} are in other currencies; convert them by in_currency")
    columns = {"level": pl.Int64, "after": pl.String, "days": pl.Int64, "channel": pl.String}
    return pl.DataFrame(
        [(one.level, one.after, one.days, one.channel, one.fee_minor, one.fee_bps) for one in levels],
        schema=columns | {"fee_minor": pl.Int64, "fee_bps": pl.Int64},
        orient="row",
    )


def _converted(level: Level, currency: str, units_of_other: Mapping[str, Fraction], rounding: Rounding) -> Level:
    if level.fee_currency is None or level.fee_currency == currency:
        return replace(level, fee_currency=None)
    rate = units_of_other.get(level.fee_currency)
    if rate is None or rate <= 0:
        raise UnableToUseLadder(f"level {level.level}: no rate of exchange for {level.fee_currency}; give one")
    exact = Fraction(level.fee_minor, 10 ** exponent(level.fee_currency)) / rate * 10 ** exponent(currency)
    return replace(level, fee_minor=divide_rounded(exact.numerator, exact.denominator, rounding), fee_currency=None)
