"""From the terms of a debt to its instalments: annuity, flat, equal principal, and equal parts.

Problem: a payment that is equal in every period follows from a product of period rates that no 64 bits
hold, and a cent of error moves the last instalment. Choice: Python's whole numbers in arrays, one step per
instalment for all accounts at once, so that every figure is one exact quotient rounded once. It refuses to
approximate: there is no float in it.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ahadi.kernel.calendar import add_months, day_parts, later_by
from ahadi.kernel.money import Rounding, divide_array
from ahadi.kernel.schema import CHARGES, Column, Spec, WrongFrame, require, uphold

Whole = NDArray[np.object_]
METHODS: Final = ("annuity", "flat", "equal_principal")
RATE_SCALE: Final = 10**8
"""`rate_e8` counts hundred-millionths a year: 12 % is 12,000,000."""

TERMS: Final = Spec(
    "terms",
    (
        Column("account_id", pl.Int64),
        Column("opened", pl.Date),
        Column("principal_minor", pl.Int64, is_positive=True),
        Column("rate_e8", pl.Int64),
        Column("count", pl.Int64, is_positive=True),
        Column("every_count", pl.Int64, is_positive=True),
        Column("every_unit", pl.String),
        Column("first_due", pl.Date, is_nullable=True),
        Column("method", pl.String),
        Column("day_count", pl.String),
        Column("multiple_minor", pl.Int64, is_nullable=True, is_positive=True),
        Column("principal_grace", pl.Int64),
        Column("interest_grace", pl.Int64),
        Column("is_smooth", pl.Boolean),
        Column("decimals", pl.Int64),
    ),
    key=("account_id",),
)
"""One row per account: principal over `count` periods of so many `every_unit` (day, week, month) from
`opened` on; without `first_due` the first period has the common length. `multiple_minor` rounds an
equal payment (annuity, flat) to its nearest multiple, null: to the minor unit; `decimals` are the currency's.
"""

INSTALMENTS: Final = Spec(
    "instalments",
    (
        Column("account_id", pl.Int64),
        Column("number", pl.Int64, is_positive=True),
        Column("due_date", pl.Date),
        Column("principal_minor", pl.Int64),
        Column("interest_minor", pl.Int64),
    ),
    key=("account_id", "number"),
)

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


def instalments(terms: pl.DataFrame, *, rounding: Rounding) -> pl.DataFrame:
    """The instalments that TERMS make: INSTALMENTS, sorted by account and number.

    Period rate = rate x days / year of the day count. Annuity: the payment P x prod(1 + r) / fn (fn_1 = 1,
    fn_i = 1 + fn_(i-1) x (1 + r_i)), rounded; flat: P / n and P x r; equal_principal: P / n and the
    interest on the balance. The last instalment takes the rest. `principal_grace`: so many first
    instalments without principal; `interest_grace`: the interest of so many first ones is put off to the
    one after them. `is_smooth`: where the last payment differs from the one before by more than floor(n/2)
    hundredths, the payment changes by that difference / n, and keeps the change if the gap shrinks.

    Source: Apache Fineract, ProgressiveEMICalculator. Raises WrongFrame for an unknown method, unit or day
    count, or graces that leave no instalment with principal.
    """
    given = require(terms, TERMS).sort("account_id")
    _require_terms(given)
    periods = _periods(given)
    plan = _Plan.of(given, periods, rounding)
    principal, interest = plan.made()
    count = given["count"].to_list()
    is_there = np.arange(plan.width)[None, :] < np.array(count)[:, None]
    made = periods.select("account_id", "number", "due_date").with_columns(
        principal_minor=pl.Series(principal[is_there].tolist(), dtype=pl.Int64),
        interest_minor=pl.Series(interest[is_there].tolist(), dtype=pl.Int64),
    )
    sums = made.group_by("account_id").agg(pl.col("principal_minor").sum()).sort("account_id")
    uphold(
        "the principal of the instalments adds up to the loan",
        is_kept=sums["principal_minor"].to_list() == given["principal_minor"].to_list(),
    )
    return require(made, INSTALMENTS)


def due_dates(first: date, *, count: int, every_count: int, every_unit: str) -> list[date]:
    """The due dates of `count` instalments: months keep the day of the first or the month's last day."""
    frame = pl.DataFrame({"first": [first] * count, "step": [place * every_count for place in range(count)]})
    return cast("list[date]", frame.select(later_by(pl.col("first"), pl.col("step"), every_unit)).to_series().to_list())


@dataclass(frozen=True)
class _Plan:
    """The terms of all accounts as arrays; period rates are `numer[:, k] / denom`."""

    principal: Whole
    numer: Whole
    denom: Whole
    count: NDArray[np.int64]
    principal_grace: NDArray[np.int64]
    interest_grace: NDArray[np.int64]
    multiple: Whole
    method: NDArray[np.str_]
    is_smooth: NDArray[np.bool_]
    hundredth: Whole
    rounding: Rounding

    @classmethod
    def of(cls, given: pl.DataFrame, periods: pl.DataFrame, rounding: Rounding) -> "_Plan":
        count = given["count"].to_numpy()
        row = np.repeat(np.arange(len(count)), count)
        numer = np.zeros((len(count), int(count.max(initial=0))), dtype=object)
        numer[row, periods["number"].to_numpy() - 1] = _whole(periods["days"]) * _whole(given["rate_e8"])[row]
        return cls(
            principal=_whole(given["principal_minor"]),
            numer=numer,
            denom=_whole(periods.filter(pl.col("number") == 1)["year"]) * RATE_SCALE,
            count=count,
            principal_grace=given["principal_grace"].to_numpy(),
            interest_grace=given["interest_grace"].to_numpy(),
            multiple=_whole(given["multiple_minor"].fill_null(1)),
            method=given["method"].to_numpy().astype(str),
            is_smooth=given["is_smooth"].to_numpy(),
            hundredth=_whole(given.select(10 ** pl.col("decimals")).to_series()),
            rounding=rounding,
        )

    @property
    def width(self) -> int:
        """The greatest number of instalments."""
        return int(self.numer.shape[1])

    def made(self) -> tuple[Whole, Whole]:
        """Principal and interest of every instalment, accounts by rows."""
        emi = self._annuity()
        principal, interest = self._walk(emi)
        smoother = self._smoother(emi, principal, interest)
        if (smoother != emi).any():
            tried, tried_interest = self._walk(smoother)
            gap, tried_gap = self._gap(principal, interest), self._gap(tried, tried_interest)
            better = (np.abs(tried_gap) < np.abs(gap))[:, None]
            principal, interest = np.where(better, tried, principal), np.where(better, tried_interest, interest)
        return principal, self._put_off(interest)

    def _annuity(self) -> Whole:
        grown, reach = np.ones(len(self.count), dtype=object), np.zeros(len(self.count), dtype=object)
        power = np.ones(len(self.count), dtype=object)
        for k in range(self.width):
            is_paying = (k >= self.principal_grace) & (k < self.count)
            rate = self.denom + self.numer[:, k]
            grown = np.where(is_paying, grown * rate, grown)
            is_first = k == self.principal_grace
            reach = np.where(is_paying, np.where(is_first, 1, power * self.denom + reach * rate), reach)
            power = np.where(is_paying & ~is_first, power * self.denom, power)
        return self._rounded(self.principal * grown, self.denom * reach)

    def _rounded(self, numer: Whole, denom: Whole) -> Whole:
        """A payment to the nearest multiple, or to the minor unit."""
        multiples: Whole = cast(Whole, divide_array(numer, denom * self.multiple, self.rounding)) * self.multiple
        return multiples

    def _walk(self, emi: Whole) -> tuple[Whole, Whole]:
        balance = self.principal.copy()
        paying = _whole(self.count - self.principal_grace)
        each = cast(Whole, divide_array(self.principal, paying, self.rounding))
        principal = np.zeros(self.numer.shape, dtype=object)
        interest = np.zeros(self.numer.shape, dtype=object)
        for k in range(self.width):
            is_there = k < self.count
            base = np.where(self.method == "flat", self.principal, balance)
            due = np.where(is_there, divide_array(base * self.numer[:, k], self.denom, self.rounding), 0)
            # Only payments that are meant to be equal are rounded to a multiple: those of equal principal fall.
            is_plain = (self.multiple == 1) | (self.method == "equal_principal")
            equal = np.where(is_plain, each, self._rounded(self.principal + due * paying, paying) - due)
            part = np.clip(np.where(self.method == "annuity", emi - due, equal), 0, balance)
            part = np.where(k == self.count - 1, balance, np.where(is_there & (k >= self.principal_grace), part, 0))
            principal[:, k], interest[:, k] = part, due
            balance = balance - part
        return principal, interest

    def _gap(self, principal: Whole, interest: Whole) -> Whole:
        """The last payment less the one before it."""
        row, last = np.arange(len(self.count)), self.count - 1
        total = principal + interest
        gap: Whole = total[row, last] - total[row, np.maximum(last - 1, 0)]
        return gap

    def _smoother(self, emi: Whole, principal: Whole, interest: Whole) -> Whole:
        gap = self._gap(principal, interest)
        paying = _whole(self.count - self.principal_grace)
        is_rough = np.abs(gap) * 100 > paying // 2 * self.hundredth
        step = cast(Whole, divide_array(gap, paying, self.rounding))
        wanted = self.is_smooth & (self.method == "annuity") & is_rough.astype(bool) & (paying // 2 > 0).astype(bool)
        return np.where(wanted, emi + step, emi)

    def _put_off(self, interest: Whole) -> Whole:
        """Interest of the first instalments moved to the one after them."""
        put_off = np.zeros(len(self.count), dtype=object)
        for k in range(self.width):
            is_grace = (k < self.interest_grace) & (k < self.count - 1)
            due = interest[:, k] + put_off
            put_off = np.where(is_grace, due, 0)
            interest[:, k] = np.where(is_grace, 0, due)
        return interest


def _periods(given: pl.DataFrame) -> pl.DataFrame:
    """Each period: its number, due date, and its length as `days` of a `year`, both whole numbers."""
    months = pl.col("every_unit") == "month"
    long = given.with_columns(number=pl.int_ranges(1, pl.col("count") + 1)).explode("number")
    step = (pl.col("number") - pl.when(pl.col("first_due").is_null()).then(0).otherwise(1)) * pl.col("every_count")
    anchor = pl.coalesce("first_due", "opened")
    due = (
        pl.when(months)
        .then(later_by(anchor, step, "month"))
        .when(pl.col("every_unit") == "week")
        .then(later_by(anchor, step, "week"))
        .otherwise(later_by(anchor, step, "day"))
    )
    dated = long.with_columns(due_date=due).with_columns(
        start=pl.col("due_date").shift(1).over("account_id").fill_null(pl.col("opened")),
    )
    is_regular = months & (pl.col("number") > 1)
    days, year = day_parts(pl.col("start"), pl.col("due_date"), pl.col("day_count"))
    thirties = pl.when(is_regular).then(pl.col("every_count") * 30).when(months).then(days)
    actual = (pl.col("due_date") - pl.col("start")).dt.total_days()
    is_thirty = pl.col("day_count") == "30/360"
    return dated.with_columns(days=pl.when(is_thirty).then(pl.coalesce(thirties, actual)).otherwise(days), year=year)


def _require_terms(given: pl.DataFrame) -> None:
    for column, allowed in (("method", METHODS), ("every_unit", ("day", "week", "month"))):
        wrong = given.filter(~pl.col(column).is_in(allowed))
        if wrong.height:
            raise WrongFrame(f"terms: {column} must be one of {list(allowed)}, found {wrong[column][0]!r}")
    grace = given.filter(pl.col("principal_grace") >= pl.col("count"))
    if grace.height:
        raise WrongFrame(f"terms: account {grace['account_id'][0]} has no instalment left for its principal")


def _whole(values: pl.Series | NDArray[np.int64]) -> Whole:
    """Python's whole numbers, which have no limit."""
    listed = values.to_list() if isinstance(values, pl.Series) else values.tolist()
    return np.array(listed, dtype=object)
