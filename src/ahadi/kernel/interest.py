"""What time costs and how much of it may be claimed: period and late interest, fixed sums, caps, limitation.

Problem: late interest changes with the rate of the day, with what is still open and, in some conventions,
with the year, and a court recomputes it to the cent. Choice: every charge's time is cut into stretches on
which nothing changes; each stretch is a product of whole numbers over one common denominator, and the sum
is rounded once (or every day, where the rule says so). It refuses compound interest: there is none here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import polars as pl

from ahadi.kernel.calendar import DAY_COUNTS, add_months, day_parts
from ahadi.kernel.money import Rounding, divide_rounded
from ahadi.kernel.schedule import RATE_SCALE
from ahadi.kernel.schema import COMPONENT_COLUMNS, COMPONENTS, Column, Spec, WrongFrame, minor, require, uphold

When = Literal["once", "daily"]
"""once: the whole sum is rounded once; daily: the interest of one day is rounded, then multiplied."""

WHOLE_BPS: Final = 10_000
YEAR_MONTHS: Final = 12

PERIODS: Final = Spec(
    "periods",
    (
        Column("period_id", pl.Int64),
        Column("principal_minor", pl.Int64),
        Column("rate_e8", pl.Int64),
        Column("from_date", pl.Date),
        Column("until_date", pl.Date),
    ),
    key=("period_id",),
)
"""Money that bears interest from a day to another, which is not counted; `rate_e8` counts
hundred-millionths a year: 12 % is 12,000,000.
"""

LATE_CHARGES: Final = Spec(
    "charges",
    (Column("charge_id", pl.Int64), Column("due_date", pl.Date), Column("amount_minor", pl.Int64)),
    key=("charge_id",),
)
"""`amount_minor` is the charge as it was made, by which a cap is measured."""

BALANCES: Final = Spec(
    "balances",
    (Column("charge_id", pl.Int64), Column("from_date", pl.Date), Column("open_minor", pl.Int64)),
    key=("charge_id", "from_date"),
)
"""What was open of a charge as each day began, from that day until the next row's: money valued on a day
shows from the day after.
"""

LATE_INTEREST: Final = Spec(
    "late interest",
    (Column("charge_id", pl.Int64), Column("interest_minor", pl.Int64)),
    key=("charge_id",),
)

SIZED_CHARGES: Final = Spec(
    "charges", (Column("charge_id", pl.Int64), Column("amount_minor", pl.Int64)), key=("charge_id",)
)

CLAIMS: Final = Spec(
    "claims",
    (
        Column("account_id", pl.Int64),
        *(Column(name, pl.Int64) for name in COMPONENT_COLUMNS),
        Column("base_minor", pl.Int64),
    ),
    key=("account_id",),
)
"""What is open of an account by component, and the amount that its cap is measured by."""

CLOCKS: Final = Spec("clocks", (Column("account_id", pl.Int64), Column("on_date", pl.Date)))
"""The days from which the time of limitation runs: cause of action, receipts, acknowledgements."""


@dataclass(frozen=True)
class DatedRate:
    """A yearly rate from a day on, until the next one begins; 8.5 % is 8,500,000."""

    from_date: date
    rate_e8: int


@dataclass(frozen=True)
class Cap:
    """The components in `on` together are held to a share of the claim's base; the last named is cut first."""

    on: tuple[str, ...]
    share_bps: int

    def __post_init__(self) -> None:
        unknown = [name for name in self.on if name not in COMPONENTS]
        if unknown or not self.on or len(set(self.on)) < len(self.on) or self.share_bps < 0:
            raise WrongFrame(f"cap: it must be on one or more of {list(COMPONENTS)}, once each, found {list(self.on)}")


def period_interest(periods: pl.DataFrame, *, day_count: str, rounding: Rounding) -> pl.DataFrame:
    """Simple interest of each period: [period_id, days, interest_minor], sorted by period.

    Interest = principal x rate x days / year; the first day counts, the last does not. 30/360: months of
    30 days; actual/360, /364, /365: days as they are over that year; actual/actual: days of leap years
    over 366, others over 365. `days` are those of the convention (in actual/actual: as they are). Rounded
    once. Source: ISDA 2006 4.16; Apache Fineract's day counts. Raises WrongFrame, also for another day
    count or a period that ends before it begins.
    """
    given = require(periods, PERIODS).sort("period_id")
    _require_day_count(day_count)
    backward = given.filter(pl.col("until_date") < pl.col("from_date"))
    if backward.height:
        raise WrongFrame(f"periods: period_id {backward['period_id'][0]} ends before it begins")
    parts, year = day_parts(pl.col("from_date"), pl.col("until_date"), pl.lit(day_count))
    actual = (pl.col("until_date") - pl.col("from_date")).dt.total_days()
    worth = pl.col("principal_minor").cast(pl.Int128) * pl.col("rate_e8") * pl.col("parts")
    return given.with_columns(parts=parts, year=year).select(
        "period_id",
        days=actual if day_count == "actual/actual" else pl.col("parts"),
        interest_minor=divide_rounded(worth, pl.col("year").cast(pl.Int128) * RATE_SCALE, rounding),
    )


def late_interest(
    charges: pl.DataFrame,
    balances: pl.DataFrame,
    *,
    as_of: date,
    rates: Sequence[DatedRate],
    day_count: str,
    when: When,
    rounding: Rounding,
    cap_bps: int | None = None,
) -> pl.DataFrame:
    """Simple interest on what was late: LATE_INTEREST, one row a charge, sorted, in minor units.

    Every day after the due date up to `as_of` bears interest at the rate of that day on what was open as
    it began; before the first rate, and on a credit, nothing. 30/360 counts by days of 30-day months, so
    that a stretch cut in two is as long as before. The sum is rounded once, or the interest of
    one day each time (`daily`). `cap_bps` holds it to that share of the charge as made.

    Source: Directive 2011/7/EU (from the day after the due date); Late Payment of Commercial Debts
    (Interest) Act 1998. Raises WrongFrame, also for another day count, rates that do not rise by date,
    or a cap below 0; BrokenLaw.
    """
    given = require(charges, LATE_CHARGES).sort("charge_id")
    _require_day_count(day_count)
    _require_rates(rates, cap_bps)
    cut = _stretches(given, require(balances, BALANCES), as_of, rates, is_by_year=day_count == "actual/actual")
    parts, year = day_parts(pl.col("begin"), pl.col("end"), pl.lit(day_count))
    cut = cut.with_columns(parts=_thirties() if day_count == "30/360" else parts, year=year)
    # In actual/actual a stretch lies in one year, so its parts are a whole number of equal days.
    actual = (pl.col("end") - pl.col("begin")).dt.total_days()
    days = actual if day_count == "actual/actual" else pl.col("parts")
    denominator = pl.col("year").cast(pl.Int128) * RATE_SCALE
    of_part = pl.col("open_minor").cast(pl.Int128) * pl.col("rate_e8")
    if when == "daily":
        of_day = divide_rounded(of_part * (pl.col("parts") // pl.max_horizontal(days, 1)), denominator, rounding)
        sums = cut.group_by("charge_id").agg(interest_minor=(of_day * days).sum())
    else:
        summed = cut.group_by("charge_id").agg((of_part * pl.col("parts")).sum().alias("worth"), pl.col("year").first())
        sums = summed.select("charge_id", interest_minor=divide_rounded(pl.col("worth"), denominator, rounding))
    made = given.join(sums, on="charge_id", how="left").with_columns(pl.col("interest_minor").fill_null(0))
    if cap_bps is not None:
        most = divide_rounded(pl.col("amount_minor").clip(0).cast(pl.Int128) * cap_bps, WHOLE_BPS, rounding)
        made = made.with_columns(pl.min_horizontal("interest_minor", most))
    uphold("late interest is never below 0", is_kept=bool((made["interest_minor"] >= 0).all()))
    return require(made, LATE_INTEREST)


def compensation(charges: pl.DataFrame, *, scale: Sequence[tuple[int, int]]) -> pl.DataFrame:
    """The fixed sum of each charge past due: [charge_id, compensation_minor], sorted by charge.

    `scale` holds (from_minor, amount_minor), rising: a charge of at least `from_minor` bears that amount;
    a charge below the first, and a credit, bears 0. Source: Directive 2011/7/EU article 6 (EUR 40); Late
    Payment of Commercial Debts (Interest) Act 1998 s 5A (GBP 40, 70, 100). Raises WrongFrame, also for a
    scale that does not rise.
    """
    given = require(charges, SIZED_CHARGES).sort("charge_id")
    steps = [from_minor for from_minor, _ in scale]
    if steps != sorted(set(steps)):
        raise WrongFrame(f"scale: its steps must rise, found {steps}")
    amount = pl.lit(0, dtype=pl.Int64)
    for from_minor, fixed_minor in scale:
        reaches = (pl.col("amount_minor") >= from_minor) & (pl.col("amount_minor") > 0)
        amount = pl.when(reaches).then(pl.lit(fixed_minor, dtype=pl.Int64)).otherwise(amount)
    return given.select("charge_id", compensation_minor=amount)


def recoverable(claims: pl.DataFrame, *, cap: Cap | None, rounding: Rounding) -> pl.DataFrame:
    """How much of each claim may be recovered: account_id, the four components and total_minor, sorted.

    The components the cap is on are together held to its share of `base_minor` (the principal open when
    the account became non-performing, or that borrowed), rounded; the last named is cut first. Without a
    cap all that is open may be.

    Source: South Africa, National Credit Act s 103(5); Kenya, Central Bank of Kenya Act s 33Q and Banking
    Act s 44A (in duplum); Uganda, UMRA digital lending guidelines (half of what was borrowed). Raises
    WrongFrame, also for a claim or base below 0; BrokenLaw.
    """
    given = require(claims, CLAIMS).sort("account_id")
    if given.filter(pl.min_horizontal(*COMPONENT_COLUMNS, "base_minor") < 0).height:
        raise WrongFrame("claims: no component and no base may be below 0")
    kept = given
    if cap is not None:
        left = divide_rounded(pl.col("base_minor").cast(pl.Int128) * cap.share_bps, WHOLE_BPS, rounding)
        for component in cap.on:
            name = minor(component)
            kept = kept.with_columns(left_minor=left).with_columns(pl.min_horizontal(name, "left_minor").alias(name))
            left = pl.col("left_minor") - pl.col(name)
    made = kept.select("account_id", *COMPONENT_COLUMNS, total_minor=pl.sum_horizontal(COMPONENT_COLUMNS))
    is_within = [(made[name] <= given[name]).all() and (made[name] >= 0).all() for name in COMPONENT_COLUMNS]
    uphold("nothing recoverable exceeds what is open", is_kept=all(is_within))
    return made


def limitation(clocks: pl.DataFrame, *, as_of: date, years: int) -> pl.DataFrame:
    """When each account's claim is barred by time: [account_id, expires_on, is_barred], sorted.

    It expires so many years after the latest of the days given, on the same day of the year (29 February:
    the 28th), and is barred from the day after. Days after `as_of` have not come yet and are left out; an
    account with none of its days come is left out. Source: Kenya, Limitation of Actions Act s 4(1) and
    s 23(3); Ghana, NRCD 54. Raises WrongFrame, also for years below 1.
    """
    given = require(clocks, CLOCKS)
    if years < 1:
        raise WrongFrame(f"clocks: years must be 1 or more, found {years}")
    latest = given.filter(pl.col("on_date") <= as_of).group_by("account_id").agg(pl.col("on_date").max())
    expires = latest.with_columns(expires_on=add_months(pl.col("on_date"), years * YEAR_MONTHS)).sort("account_id")
    return expires.select("account_id", "expires_on", is_barred=pl.lit(as_of) > pl.col("expires_on"))


def _stretches(
    charges: pl.DataFrame, balances: pl.DataFrame, as_of: date, rates: Sequence[DatedRate], *, is_by_year: bool
) -> pl.DataFrame:
    """The time of each charge cut where its balance, the rate or (`is_by_year`) the year changes:
    charge_id, open_minor, rate_e8, begin, end, the end not counted.
    """
    next_day = pl.lit(as_of) + pl.duration(days=1)
    rated = pl.DataFrame(
        {"rate_from": [rate.from_date for rate in rates], "rate_e8": [rate.rate_e8 for rate in rates]},
        schema={"rate_from": pl.Date, "rate_e8": pl.Int64},
    ).with_columns(rate_until=pl.col("rate_from").shift(-1))
    held = (
        balances.filter(pl.col("from_date") <= as_of)
        .join(charges.select("charge_id", "due_date"), on="charge_id")
        .sort("charge_id", "from_date")
        .with_columns(held_until=pl.col("from_date").shift(-1).over("charge_id"))
        .filter(pl.col("open_minor") > 0)
    )
    cut = held.join(rated, how="cross").with_columns(
        begin=pl.max_horizontal("from_date", "rate_from", pl.col("due_date") + pl.duration(days=1)),
        end=pl.min_horizontal("held_until", "rate_until", next_day),
    )
    cut = cut.filter(pl.col("begin") < pl.col("end"))
    if is_by_year:
        last = pl.col("end") - pl.duration(days=1)
        cut = (
            cut.with_columns(year=pl.int_ranges(pl.col("begin").dt.year(), last.dt.year() + 1))
            .explode("year")
            .with_columns(
                begin=pl.max_horizontal("begin", pl.date(pl.col("year"), 1, 1)),
                end=pl.min_horizontal("end", pl.date(pl.col("year") + 1, 1, 1)),
            )
        )
    return cut.select("charge_id", "open_minor", "rate_e8", "begin", "end")


def _thirties() -> pl.Expr:
    """The days of a stretch in months of 30 days: the 31st is the 30th."""

    def place(day: pl.Expr) -> pl.Expr:
        in_month = pl.min_horizontal(day.dt.day().cast(pl.Int64), 30)
        return day.dt.year().cast(pl.Int64) * 360 + day.dt.month().cast(pl.Int64) * 30 + in_month

    return place(pl.col("end")) - place(pl.col("begin"))


def _require_day_count(day_count: str) -> None:
    if day_count not in DAY_COUNTS:
        raise WrongFrame(f"day_count must be one of {list(DAY_COUNTS)}, found {day_count!r}")


def _require_rates(rates: Sequence[DatedRate], cap_bps: int | None) -> None:
    starts = [rate.from_date for rate in rates]
    if starts != sorted(set(starts)) or any(rate.rate_e8 < 0 for rate in rates):
        raise WrongFrame("rates: they must be 0 or more and rise by date, one a day")
    if cap_bps is not None and cap_bps < 0:
        raise WrongFrame(f"cap_bps must be 0 or more, found {cap_bps}")
