"""How cohorts turn out: PAYGo PERFORM repayment rates, vintage curves, batch tracks, matured conversion."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, Literal

import polars as pl

from ahadi.kernel.calendar import month_end, month_start
from ahadi.kernel.money import percent_text
from ahadi.kernel.payg import scheduled_days
from ahadi.kernel.schema import Column, Spec, WrongFrame, require, uphold

RATES: Final = ("rr_pvp", "rr_pvfin", "rr_pvp_90", "rr_pvp_2x", "ownership_2x", "rar30", "rar90")
_MILESTONE_DAYS: Final = 90
_OUTCOME_TERMS: Final = 2

FINANCED: Final = Spec(
    "contracts",
    (
        Column("account_id", pl.Int64),
        Column("started", pl.Date),
        Column("term_days", pl.Int64, is_positive=True),
        Column("daily_price_minor", pl.Int64, is_nullable=True, is_positive=True),
        Column("financed_minor", pl.Int64),
        Column("outstanding_minor", pl.Int64),
        Column("zero_credit_days", pl.Int64),
    ),
    key=("account_id",),
)
"""Each contract: its first day after any free use, what was financed without deposit, what is open, and the
days it has been without credit. Written-off contracts stay in.
"""

DUES: Final = Spec(
    "dues",
    (Column("account_id", pl.Int64), Column("due_date", pl.Date), Column("amount_minor", pl.Int64)),
)
"""Instalments of contracts that have them; any other owes its daily price for each day of its term."""

REPAID: Final = Spec(
    "receipts",
    (Column("account_id", pl.Int64), Column("value_date", pl.Date), Column("amount_minor", pl.Int64)),
)
"""Money for the instalments: without deposits, penalties, fees and subsidies."""


ORIGINATED: Final = Spec(
    "accounts",
    (
        Column("account_id", pl.Int64),
        Column("originated_on", pl.Date),
        Column("originated_minor", pl.Int64),
        Column("reached_on", pl.Date, is_nullable=True),
    ),
    key=("account_id",),
)

PLACED: Final = Spec(
    "placements",
    (Column("account_id", pl.Int64), Column("placed_on", pl.Date), Column("amount_minor", pl.Int64)),
    key=("account_id",),
)

ADJUSTED: Final = Spec(
    "adjustments",
    (Column("account_id", pl.Int64), Column("on_date", pl.Date), Column("change_minor", pl.Int64)),
)
"""Changes of what is placed: corrections up or down, and recalls below 0."""

STARTED: Final = Spec("accounts", (Column("account_id", pl.Int64), Column("started_on", pl.Date)), key=("account_id",))

ACTIVATED: Final = Spec(
    "contracts", (Column("account_id", pl.Int64), Column("activated", pl.Date)), key=("account_id",)
)

DARK: Final = Spec(
    "dark", (Column("account_id", pl.Int64), Column("from_date", pl.Date), Column("until_date", pl.Date))
)
"""Times without credit; `until_date` is the first day after."""

CapMode = Literal["cumulative", "consecutive"]


def repayment_rates(
    contracts: pl.DataFrame, dues: pl.DataFrame, receipts: pl.DataFrame, *, as_of: date, by: Sequence[str] = ()
) -> pl.DataFrame:
    """The repayment rates of a book, or of its cohorts: [*by, kpi, numerator, denominator, pct].

    One row for each of RATES, in that order, for every group of `by`, which names columns of `contracts`.
    Money in minor units, ownership in contracts; pct has two decimals, null on a zero denominator.

    rr_pvp: applied to what was due / due, by `as_of`. rr_pvfin: the same / financed. rr_pvp_90: both by
    day 90, over contracts that reached it. rr_pvp_2x: applied within twice the term / due over the term,
    and ownership_2x: contracts fully paid by then / contracts that reached twice the term, whether paid,
    open or written off. rar30, rar90: outstanding of contracts with more than 30 (90) days without credit
    / outstanding. A rate of a group is a sum over a sum, never a mean of rates.

    Source: GOGLA, PAYGo PERFORM KPIs, Technical Guide, June 2026, pp. 8-18; CGAP, GOGLA, IFC 2021 guide
    pp. 21-23 (receivables at risk). Raises WrongFrame, BrokenLaw.
    """
    require(contracts, FINANCED)
    _require_groups(contracts, by)
    due, came = require(dues, DUES), require(receipts, REPAID)
    marks = contracts.select(*by, *FINANCED.column_names).with_columns(
        day_90=pl.col("started") + pl.duration(days=_MILESTONE_DAYS),
        day_2x=pl.col("started") + pl.duration(days=pl.col("term_days") * _OUTCOME_TERMS),
        day_now=pl.lit(as_of),
    )
    sized = marks.join(_received(marks, came), on="account_id", how="left").join(
        _due(marks, due), on="account_id", how="left"
    )
    sized = sized.with_columns(_due_by(moment) for moment in _MOMENTS).with_columns(
        pl.col(f"received_{moment}").fill_null(0) for moment in _MOMENTS
    )
    made = pl.concat(_summed(sized, by, kpi, *_measure(kpi, as_of)) for kpi in RATES)
    uphold(
        "a rate counts no more than it is out of, but for money against what was financed",
        is_kept=made.filter((pl.col("kpi") != "rr_pvfin") & (pl.col("numerator") > pl.col("denominator"))).is_empty(),
    )
    order = pl.col("kpi").replace_strict({kpi: place for place, kpi in enumerate(RATES)}, return_dtype=pl.Int64)
    pct = percent_text(pl.col("numerator"), pl.col("denominator"))
    return made.sort(*by, order).select(*by, "kpi", "numerator", "denominator", pct=pct)


def vintage(accounts: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """The share of each cohort that ever got there: [cohort, age, originated_minor, reached_minor, pct].

    A cohort is a calendar month (its first day); age counts months after it, up to the last that is over
    by the end of `as_of`: immature cells have no row. `reached_on` is the first day an account was, for
    instance, more than 30 days late; its whole originated amount counts from that month on and never
    stops. Sorted by cohort and age. Project definition. Raises WrongFrame, BrokenLaw.
    """
    given = require(accounts, ORIGINATED).with_columns(cohort=month_start(pl.col("originated_on")))
    whole = given.group_by("cohort").agg(originated_minor=pl.col("originated_minor").sum())
    reached = given.filter(pl.col("reached_on") <= as_of).with_columns(age=_age("reached_on"))
    cells = _cells(whole, reached, "originated_minor", as_of).rename({"sum_minor": "reached_minor"})
    uphold(
        "a vintage curve never passes the whole",
        is_kept=bool((cells["reached_minor"] <= cells["originated_minor"]).all()),
    )
    pct = percent_text(pl.col("reached_minor"), pl.col("originated_minor"))
    return cells.select("cohort", "age", "originated_minor", "reached_minor", pct=pct)


def batch_track(
    placements: pl.DataFrame, adjustments: pl.DataFrame, receipts: pl.DataFrame, *, as_of: date
) -> pl.DataFrame:
    """What each month's placements brought by age: [cohort, age, placed_minor, net_placed_minor,
    collected_minor, net_pct, gross_pct].

    Collected is cumulative; net placed is what was placed, adjusted up or down, less what was recalled,
    as it stands on `as_of`. Months that are not over have no row. Money before the placement counts
    nowhere. Sorted by cohort and age. Source: agency practice (batch track); Oracle Banking Collections
    (liquidation rate: collected / assigned). Raises WrongFrame, also for a receipt or an adjustment of an
    account that was never placed; BrokenLaw.
    """
    placed = require(placements, PLACED).with_columns(cohort=month_start(pl.col("placed_on")))
    came, changed = require(receipts, REPAID), require(adjustments, ADJUSTED)
    for frame, name in ((came, "receipts"), (changed, "adjustments")):
        if frame.join(placed, on="account_id", how="anti").height:
            raise WrongFrame(f"{name}: an account was never placed")
    known = placed.select("account_id", "cohort", "placed_on")
    by_now = changed.filter(pl.col("on_date") <= as_of).join(known, on="account_id")
    net = by_now.group_by("cohort").agg(change_minor=pl.col("change_minor").sum())
    whole = (
        placed.group_by("cohort")
        .agg(placed_minor=pl.col("amount_minor").sum())
        .join(net, on="cohort", how="left")
        .with_columns(net_placed_minor=pl.col("placed_minor") + pl.col("change_minor").fill_null(0))
        .drop("change_minor")
    )
    in_time = came.join(known, on="account_id").filter(pl.col("value_date").is_between("placed_on", as_of))
    cells = _cells(whole, in_time.with_columns(age=_age("value_date")), "amount_minor", as_of)
    collected = pl.col("sum_minor")
    return cells.select(
        "cohort",
        "age",
        "placed_minor",
        "net_placed_minor",
        collected_minor=collected,
        net_pct=percent_text(collected, pl.col("net_placed_minor")),
        gross_pct=percent_text(collected, pl.col("placed_minor")),
    )


def weighted_track(track: pl.DataFrame) -> pl.DataFrame:
    """The cohorts of `batch_track` at the same age together: [age, net_placed_minor, collected_minor,
    net_pct], sorted by age; only cohorts that have reached an age count at it. Raises WrongFrame.
    """
    columns = (Column("age", pl.Int64), Column("net_placed_minor", pl.Int64), Column("collected_minor", pl.Int64))
    sums = require(track, Spec("track", columns)).group_by("age").agg(pl.all().sum()).sort("age")
    return sums.with_columns(net_pct=percent_text(pl.col("collected_minor"), pl.col("net_placed_minor")))


def conversion(
    accounts: pl.DataFrame, receipts: pl.DataFrame, *, as_of: date, window_days: int, least_minor: int = 1
) -> pl.DataFrame:
    """Of the accounts whose window has passed, how many paid in it: [matured_accounts, converted_accounts,
    pct].

    The window runs from `started_on` for `window_days` more days; converted is an account that brought at
    least `least_minor` in it. An account whose window still runs counts nowhere, even if it has paid.
    Project definition. Raises WrongFrame, also for a window below 0.
    """
    given, came = require(accounts, STARTED), require(receipts, REPAID)
    if window_days < 0:
        raise WrongFrame(f"accounts: window_days must be 0 or more, found {window_days}")
    last = pl.col("started_on") + pl.duration(days=window_days)
    matured = given.filter(last < as_of).with_columns(last_day=last)
    inside = came.join(matured, on="account_id").filter(pl.col("value_date").is_between("started_on", "last_day"))
    sums = inside.group_by("account_id").agg(pl.col("amount_minor").sum()).filter(pl.col("amount_minor") >= least_minor)
    counts = pl.DataFrame({"matured_accounts": [matured.height], "converted_accounts": [sums.height]})
    return counts.with_columns(pct=percent_text(pl.col("converted_accounts"), pl.col("matured_accounts")))


def cap_score(
    contracts: pl.DataFrame,
    dark: pl.DataFrame,
    *,
    as_of: date,
    mode: CapMode,
    threshold_days: int = 5,
    horizon_days: int = 75,
) -> pl.DataFrame:
    """The share of customers who stay lit: [matured_accounts, passed_accounts, pct].

    Passed is a customer with fewer than `threshold_days` days without credit within `horizon_days` of
    activation: counted together (`cumulative`), or in the longest run (`consecutive`). Counted are
    customers activated at least the horizon before `as_of`. `dark` holds stretches without credit, the
    end not counted, none overlapping another. Project definition. Raises WrongFrame, also for stretches
    that overlap or end before they begin.
    """
    given = require(contracts, ACTIVATED)
    _require_stretches(require(dark, DARK))
    end = pl.col("activated") + pl.duration(days=horizon_days)
    matured = given.filter(end <= as_of).with_columns(horizon=end + pl.duration(days=1))
    lasting = (
        dark.join(matured, on="account_id")
        .sort("account_id", "from_date")
        .with_columns(
            is_new=(pl.col("from_date") != pl.col("until_date").shift(1).over("account_id")).fill_null(value=True),
            days=_overlap_days(),
        )
        .with_columns(run=pl.col("is_new").cast(pl.Int64).cum_sum())
    )
    runs = lasting.group_by("account_id", "run").agg(pl.col("days").sum())
    worst = pl.col("days").sum() if mode == "cumulative" else pl.col("days").max()
    failed = runs.group_by("account_id").agg(days=worst).filter(pl.col("days") >= threshold_days).height
    counts = pl.DataFrame({"matured_accounts": [matured.height], "passed_accounts": [matured.height - failed]})
    return counts.with_columns(pct=percent_text(pl.col("passed_accounts"), pl.col("matured_accounts")))


_MOMENTS: Final = ("now", "90", "2x")


def _received(marks: pl.DataFrame, came: pl.DataFrame) -> pl.DataFrame:
    """What came by each moment of its contract."""
    dated = came.join(marks.select("account_id", "day_now", "day_90", "day_2x"), on="account_id")
    return dated.group_by("account_id").agg(
        pl.col("amount_minor").filter(_is_by("value_date", moment)).sum().alias(f"received_{moment}")
        for moment in _MOMENTS
    )


def _due(marks: pl.DataFrame, due: pl.DataFrame) -> pl.DataFrame:
    """What fell due by each moment, of the contracts that have instalments."""
    dated = due.join(marks.select("account_id", "day_now", "day_90", "day_2x"), on="account_id")
    return dated.group_by("account_id").agg(
        pl.col("amount_minor").filter(_is_by("due_date", moment)).sum().alias(f"due_{moment}") for moment in _MOMENTS
    )


def _is_by(column: str, moment: str) -> pl.Expr:
    """On the day of the moment or before it, and not after the day asked for."""
    return pl.col(column) <= pl.min_horizontal(f"day_{moment}", "day_now")


def _due_by(moment: str) -> pl.Expr:
    days = scheduled_days(pl.col("started"), pl.col("term_days"), pl.min_horizontal(f"day_{moment}", "day_now"))
    return pl.coalesce(f"due_{moment}", days * pl.col("daily_price_minor"), pl.lit(0, dtype=pl.Int64)).alias(
        f"due_{moment}"
    )


def _measure(kpi: str, as_of: date) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Which contracts count for a rate, what of them stands above the line, and what below it."""
    everyone, open_minor, dark = pl.lit(True), pl.col("outstanding_minor"), pl.col("zero_credit_days")
    at_90, at_2x = pl.col("day_90") <= as_of, pl.col("day_2x") <= as_of
    applied = {moment: pl.min_horizontal(f"received_{moment}", f"due_{moment}") for moment in _MOMENTS}
    is_owned = (pl.col("received_2x") >= pl.col("due_2x")).cast(pl.Int64)
    one = pl.lit(1, dtype=pl.Int64)
    return {
        "rr_pvp": (everyone, applied["now"], pl.col("due_now")),
        "rr_pvfin": (everyone, applied["now"], pl.col("financed_minor")),
        "rr_pvp_90": (at_90, applied["90"], pl.col("due_90")),
        "rr_pvp_2x": (at_2x, applied["2x"], pl.col("due_2x")),
        "ownership_2x": (at_2x, is_owned, one),
        "rar30": (everyone, pl.when(dark > 30).then(open_minor).otherwise(0), open_minor),
        "rar90": (everyone, pl.when(dark > 90).then(open_minor).otherwise(0), open_minor),
    }[kpi]


def _summed(
    sized: pl.DataFrame, by: Sequence[str], kpi: str, counts: pl.Expr, above: pl.Expr, below: pl.Expr
) -> pl.DataFrame:
    measured = sized.select(
        *by,
        numerator=pl.when(counts).then(above).otherwise(0).cast(pl.Int64),
        denominator=pl.when(counts).then(below).otherwise(0).cast(pl.Int64),
    )
    sums = [pl.col("numerator").sum(), pl.col("denominator").sum()]
    made = measured.group_by(by).agg(sums) if by else measured.select(sums)
    return made.with_columns(kpi=pl.lit(kpi))


def _require_groups(frame: pl.DataFrame, by: Sequence[str]) -> None:
    for name in by:
        if name not in frame.columns:
            raise WrongFrame(f"contracts: column '{name}' is missing")


def _age(column: str) -> pl.Expr:
    """How many calendar months after its cohort a date lies."""
    return _month_number(column) - _month_number("cohort")


def _month_number(column: str) -> pl.Expr:
    return pl.col(column).dt.year().cast(pl.Int64) * 12 + pl.col(column).dt.month()


def _cells(whole: pl.DataFrame, dated: pl.DataFrame, amount: str, as_of: date) -> pl.DataFrame:
    """Every cohort at every age that is over, with the running sum of the amount up to it."""
    over = as_of if as_of == month_end(as_of) else month_start(as_of) - timedelta(days=1)
    grid = (
        whole.with_columns(over=pl.lit(over))
        .with_columns(age=pl.int_ranges(0, (_age("over") + 1).clip(0)))
        .drop("over")
        .explode("age", empty_as_null=False)
    )
    sums = dated.group_by("cohort", "age").agg(sum_minor=pl.col(amount).sum())
    return (
        grid.join(sums, on=["cohort", "age"], how="left")
        .sort("cohort", "age")
        .with_columns(pl.col("sum_minor").fill_null(0).cum_sum().over("cohort", order_by="age"))
    )


def _overlap_days() -> pl.Expr:
    """The days of a stretch after activation and within the horizon: day 1 is the day after activation."""
    begin = pl.max_horizontal("from_date", "activated")
    return (pl.min_horizontal("until_date", "horizon") - begin).dt.total_days().clip(0)


def _require_stretches(dark: pl.DataFrame) -> None:
    ordered = dark.sort("account_id", "from_date", "until_date")
    before = pl.col("until_date").shift(1).over("account_id")
    wrong = ordered.filter((pl.col("until_date") < pl.col("from_date")) | (before > pl.col("from_date")))
    if wrong.height:
        raise WrongFrame(f"dark: account {wrong['account_id'][0]} has stretches that overlap or run backward")
