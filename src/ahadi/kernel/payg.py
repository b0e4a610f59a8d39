"""Credit that is paid as it is used: the days each receipt buys, and where an account stands against plan.

Problem: days without credit and days behind schedule are different things, and one hides the other.
Choice: both are given, side by side. It refuses to let late money buy back days that passed in the dark.
"""

from datetime import date
from typing import Final, Literal

import polars as pl

from ahadi.kernel.money import divide_rounded, percent_text, ratio_text
from ahadi.kernel.schema import Column, Spec, WrongFrame, require, uphold

Price = Literal["daily", "instalment"]
"""daily: a price a day, the rest is carried; instalment: the daily share of the next instalment, nothing is
carried.
"""

DayRounding = Literal["down", "up"]

CREDIT_RECEIPTS: Final = Spec(
    "receipts",
    (
        Column("account_id", pl.Int64),
        Column("receipt_id", pl.Int64),
        Column("value_date", pl.Date),
        Column("amount_minor", pl.Int64, is_positive=True),
    ),
    key=("receipt_id",),
)

PRICED_RECEIPTS: Final = Spec(
    "receipts",
    (
        *CREDIT_RECEIPTS.columns,
        Column("instalment_minor", pl.Int64, is_nullable=True),
        Column("gap_days", pl.Int64, is_nullable=True),
    ),
    key=("receipt_id",),
)
"""With the price by instalment: the amount of the instalment that came next when the receipt came, and the
days it stands for; null when none was left.
"""

CREDIT_TERMS: Final = Spec(
    "terms",
    (
        Column("account_id", pl.Int64),
        Column("daily_price_minor", pl.Int64, is_nullable=True, is_positive=True),
        Column("expiry", pl.Date),
        Column("carried_minor", pl.Int64),
    ),
    key=("account_id",),
)
"""The price of a day (null where instalments make it), and the credit an account starts with: its last day,
and money not yet a day.
"""

CREDITS: Final = Spec(
    "credits",
    (
        Column("account_id", pl.Int64),
        Column("receipt_id", pl.Int64),
        Column("value_date", pl.Date),
        Column("days", pl.Int64),
        Column("carried_minor", pl.Int64),
        Column("expiry", pl.Date),
    ),
    key=("receipt_id",),
)
"""What each receipt bought: whole days, the money carried on, and the day on which credit then ends."""

CONTRACTS: Final = Spec(
    "contracts",
    (
        Column("account_id", pl.Int64),
        Column("activated", pl.Date),
        Column("free_days", pl.Int64),
        Column("term_days", pl.Int64, is_positive=True),
        Column("daily_price_minor", pl.Int64, is_nullable=True, is_positive=True),
        Column("expiry", pl.Date),
        Column("scheduled_minor", pl.Int64, is_nullable=True),
        Column("total_minor", pl.Int64, is_nullable=True),
    ),
    key=("account_id",),
)
"""The contract, `expiry` of the credit at its start; `scheduled_minor` (due by the day asked) and
`total_minor` come from its charges, null: `daily_price_minor` a day for `term_days` after the free days.
Without a daily price there are no days past due.
"""


def scheduled_days(start: pl.Expr, term_days: pl.Expr, day: pl.Expr | date) -> pl.Expr:
    """How many days of a contract have fallen due by the end of a day: those since `start`, at most the
    term.
    """
    until = pl.lit(day) if isinstance(day, date) else day
    return pl.min_horizontal((until - start).dt.total_days().clip(0), term_days)


def credits(receipts: pl.DataFrame, terms: pl.DataFrame, *, price: Price, rounding: DayRounding) -> pl.DataFrame:
    """The days each receipt buys: CREDITS, sorted by account, value date and receipt.

    Price `daily`: (amount + carried) / daily price; rounded down the rest is carried to the next receipt,
    rounded up nothing is. Price `instalment` (PRICED_RECEIPTS): amount x gap days / instalment, nothing
    carried; no days where no instalment was left. The credit then ends at the later of the receipt's day
    and its end before, plus the days: late money does not recover days without credit. Receipts replay by
    value date, then id.

    Source: OpenPAYGO server simulator; MicroPowerManager (days of an instalment, rounded up). Raises
    WrongFrame, also for a receipt of an account without terms or money carried below 0; BrokenLaw.
    """
    came = require(receipts, CREDIT_RECEIPTS if price == "daily" else PRICED_RECEIPTS)
    known = require(terms, CREDIT_TERMS)
    if (known["carried_minor"] < 0).any():
        raise WrongFrame("terms: column 'carried_minor' must be 0 or more")
    if price == "daily" and known["daily_price_minor"].null_count():
        raise WrongFrame("terms: column 'daily_price_minor' may not be null where a day has its price")
    lost = came.join(known, on="account_id", how="anti").sort("account_id")
    if lost.height:
        raise WrongFrame(f"terms: account {lost['account_id'][0]} has a receipt and no row")
    ordered = came.join(known, on="account_id").sort("account_id", "value_date", "receipt_id")
    bought = _by_instalment(ordered, rounding) if price == "instalment" else _by_day(ordered, rounding)
    made = bought.with_columns(expiry=_expiry())
    uphold(
        "a receipt never shortens credit, nor carries a whole day on",
        is_kept=bool(((made["days"] >= 0) & (made["carried_minor"] < made["daily_price_minor"])).all())
        and bool((made["expiry"] >= made["value_date"]).all()),
    )
    return require(made, CREDITS)


def position(contracts: pl.DataFrame, receipts: pl.DataFrame, credits: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Where each contract stands at the end of a day, against its schedule and in credit; sorted by account.

    Gives account_id; scheduled_minor and received_minor by `as_of`; overdue_minor (the difference, at
    least 0); past_due_days = overdue / daily price, rounded up; credit_expiry and credit_days left;
    zero_credit_days (since credit ended, while not all is paid) and zero_credit_days_total (all such days
    since activation); pace (received / scheduled, text with two decimals), projected_days (term / pace,
    rounded up); enabled_days and utilisable_days, and utilisation_pct, their share: days with credit of
    the days since activation, the free days out of both. What does not apply is null. Deposits are not
    receipts and count nowhere. `receipts` and `credits` (of the same receipts) valued after `as_of` are
    left out.

    Source: PAYGo PERFORM technical guide 2026 (schedule by the day); the credit days, pace and utilisation
    are project definitions. Raises WrongFrame, BrokenLaw.
    """
    given = require(contracts, CONTRACTS).sort("account_id")
    came = require(receipts, CREDIT_RECEIPTS).filter(pl.col("value_date") <= as_of)
    bought = require(credits, CREDITS).filter(pl.col("value_date") <= as_of)
    received = came.group_by("account_id").agg(received_minor=pl.col("amount_minor").sum())
    start = pl.col("activated") + pl.duration(days=pl.col("free_days"))
    price = pl.col("daily_price_minor")
    sized = given.join(received, on="account_id", how="left").with_columns(
        pl.col("received_minor").fill_null(0),
        scheduled_minor=pl.coalesce("scheduled_minor", scheduled_days(start, pl.col("term_days"), as_of) * price),
        total_minor=pl.coalesce("total_minor", pl.col("term_days") * price),
        utilisable_days=(pl.lit(as_of) - start).dt.total_days().clip(0),
    )
    placed = sized.join(_dark_days(sized, came, bought, as_of), on="account_id").sort("account_id")
    made = placed.with_columns(
        overdue_minor=(pl.col("scheduled_minor") - pl.col("received_minor")).clip(0),
        credit_days=(pl.col("credit_expiry") - as_of).dt.total_days().clip(0),
        enabled_days=(pl.col("utilisable_days") - pl.col("zero_credit_days_total")).clip(0),
        pace=ratio_text(pl.col("received_minor"), pl.col("scheduled_minor")),
        projected_days=_projected_days(),
    ).with_columns(
        past_due_days=divide_rounded(pl.col("overdue_minor"), price, "up"),
        utilisation_pct=percent_text(pl.col("enabled_days"), pl.col("utilisable_days")),
    )
    uphold(
        "an account that owes has either days of credit left, or days without, or neither",
        is_kept=bool(((made["credit_days"] == 0) | (made["zero_credit_days"] == 0)).all()),
    )
    return made.select("account_id", *_POSITION)


_POSITION: Final = (
    "scheduled_minor",
    "received_minor",
    "overdue_minor",
    "past_due_days",
    "credit_expiry",
    "credit_days",
    "zero_credit_days",
    "zero_credit_days_total",
    "pace",
    "projected_days",
    "enabled_days",
    "utilisable_days",
    "utilisation_pct",
)


def _by_day(ordered: pl.DataFrame, rounding: DayRounding) -> pl.DataFrame:
    """Money is laid end to end: the days of a receipt are the whole days that its end passes."""
    price, amount, carried = pl.col("daily_price_minor"), pl.col("amount_minor"), pl.col("carried_minor")
    if rounding == "up":
        given = amount + pl.when(_is_first()).then(carried).otherwise(0)
        return ordered.with_columns(days=divide_rounded(given, price, "up"), carried_minor=pl.lit(0, dtype=pl.Int64))
    end = amount.cum_sum().over("account_id") + carried
    before = pl.when(_is_first()).then(0).otherwise((end - amount) // price)
    return ordered.with_columns(days=end // price - before, carried_minor=end % price)


def _by_instalment(ordered: pl.DataFrame, rounding: DayRounding) -> pl.DataFrame:
    worth = pl.col("amount_minor").cast(pl.Int128) * pl.col("gap_days")
    days = divide_rounded(worth, pl.col("instalment_minor"), rounding)
    return ordered.with_columns(days=days.fill_null(0), carried_minor=pl.lit(0, dtype=pl.Int64))


def _is_first() -> pl.Expr:
    """Whether a row is the first of its account."""
    return pl.int_range(pl.len()).over("account_id") == 0


def _expiry() -> pl.Expr:
    """When credit ends after each receipt: e(k) = max(value date(k), e(k - 1)) + days(k).

    Unrolled, with D(k) the days bought so far: D(k) + max(first expiry, value date(j) - D(j - 1) for j <= k).
    """
    so_far = pl.col("days").cum_sum().over("account_id")
    idle_start = (_day_number("value_date") - so_far + pl.col("days")).cum_max().over("account_id")
    return (so_far + pl.max_horizontal(idle_start, _day_number("expiry"))).cast(pl.Int32).cast(pl.Date)


def _day_number(column: str) -> pl.Expr:
    """A date as days since 1970."""
    return pl.col(column).cast(pl.Int32).cast(pl.Int64)


def _dark_days(sized: pl.DataFrame, came: pl.DataFrame, bought: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """account_id, credit_expiry, zero_credit_days, zero_credit_days_total."""
    dated = (
        bought.join(came.select("receipt_id", "amount_minor"), on="receipt_id")
        .join(sized.select("account_id", "activated", "total_minor", first_expiry="expiry"), on="account_id")
        .sort("account_id", "value_date", "receipt_id")
        .with_columns(
            expiry_before=pl.col("expiry").shift(1).over("account_id").fill_null(pl.col("first_expiry")),
            paid_before=pl.col("amount_minor").cum_sum().over("account_id") - pl.col("amount_minor"),
        )
    )
    gap = (pl.col("value_date") - pl.max_horizontal("expiry_before", "activated")).dt.total_days().clip(0)
    is_owing = pl.col("paid_before") < pl.col("total_minor")
    past = dated.group_by("account_id").agg(
        gap_days=gap.filter(is_owing).sum(), last_expiry=pl.col("expiry").sort_by("value_date", "receipt_id").last()
    )
    owes = pl.col("received_minor") < pl.col("total_minor")
    running = (pl.lit(as_of) - pl.col("credit_expiry")).dt.total_days().clip(0)
    since = (pl.lit(as_of) - pl.max_horizontal("credit_expiry", "activated")).dt.total_days().clip(0)
    return (
        sized.join(past, on="account_id", how="left")
        .with_columns(credit_expiry=pl.coalesce("last_expiry", "expiry"))
        .select(
            "account_id",
            "credit_expiry",
            zero_credit_days=pl.when(owes).then(running).otherwise(0),
            zero_credit_days_total=pl.col("gap_days").fill_null(0) + pl.when(owes).then(since).otherwise(0),
        )
    )


def _projected_days() -> pl.Expr:
    """term / (received / scheduled), null without a pace or at a pace of 0."""
    is_known = (pl.col("received_minor") > 0) & (pl.col("scheduled_minor") > 0)
    whole = pl.col("term_days").cast(pl.Int128) * pl.col("scheduled_minor")
    return pl.when(is_known).then(divide_rounded(whole, pl.col("received_minor"), "up"))
