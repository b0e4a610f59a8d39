"""What creditors would send: a year of debts and of the money that came, as sheets of rows, from one seed."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from ahadi.jobs.twin import names
from ahadi.kernel.calendar import add_months

Amounts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Portfolio:
    """One creditor's kind of debt: how much, how often, and how people pay it."""

    creditor: str
    product: str
    currency: str
    share: float
    instalment_minor: tuple[int, int]
    count: tuple[int, int]
    branches: tuple[str, ...]
    is_firm: bool = False


PORTFOLIOS = (
    Portfolio("Pwani Home Credit", "loan", "TZS", 0.36, (60_000_00, 420_000_00), (6, 24), ("Dar es Salaam", "Tanga")),
    Portfolio("Zawadi Stores", "lease", "TZS", 0.24, (25_000_00, 160_000_00), (4, 12), ("Dar es Salaam", "Morogoro")),
    Portfolio("Kilimo Union", "loan", "TZS", 0.14, (90_000_00, 600_000_00), (2, 6), ("Mbeya", "Iringa")),
    Portfolio("Savannah Airtime", "invoice", "KES", 0.16, (1_200_00, 38_000_00), (3, 14), ("Nairobi", "Mombasa"), True),
    Portfolio("Jua Nyumbani", "payg", "TZS", 0.10, (18_000_00, 45_000_00), (12, 24), ("Mwanza", "Dodoma")),
)
# How people behave: share of the book, chance that an instalment is paid in time, late, and mean days late.
BEHAVIOURS = ((0.52, 0.92, 0.07, 6.0), (0.30, 0.55, 0.35, 21.0), (0.18, 0.18, 0.22, 45.0))


@dataclass(frozen=True)
class Ledger:
    """A creditor's sheets: `debts` to place and `receipts` that came since, both ending before `today`."""

    portfolio: Portfolio
    debts: pl.DataFrame
    receipts: pl.DataFrame


def ledgers(*, accounts: int, seed: int, today: date) -> list[Ledger]:
    """The sheets of every creditor for a book of about `accounts` accounts."""
    random = np.random.default_rng(seed)
    return [_ledger(portfolio, max(4, round(accounts * portfolio.share)), random, today) for portfolio in PORTFOLIOS]


def _ledger(portfolio: Portfolio, size: int, random: np.random.Generator, today: date) -> Ledger:
    opened = [today - timedelta(days=int(days)) for days in random.integers(20, 400, size)]
    instalment = _round_minor(random.integers(*portfolio.instalment_minor, size), portfolio.currency)
    terms = pl.DataFrame(
        {
            "place": np.arange(size),
            "debtor_number": [f"{portfolio.creditor[0]}{number:07d}" for number in random.permutation(size) + 1_000],
            "debtor_name": (names.firms if portfolio.is_firm else names.people)(random, size),
            "phone": [f"+2557{line:08d}" for line in random.integers(10_000_000, 89_999_999, size)],
            "branch": random.choice(portfolio.branches, size),
            "opened_on": opened,
            "instalments": random.integers(*portfolio.count, size, endpoint=True),
            "instalment_minor": instalment,
            "behaviour": random.choice(len(BEHAVIOURS), size, p=[b[0] for b in BEHAVIOURS]),
            "disputed": random.random(size) < 0.03,
        }
    )
    if portfolio.is_firm:
        terms = _as_firms(terms, random)
    schedule = _schedule(terms)
    return Ledger(portfolio, _debts(portfolio, terms, schedule), _receipts(portfolio, schedule, random, today))


def _round_minor(amounts: Amounts, currency: str) -> Amounts:
    """Whole thousands of shillings, as prices are."""
    step = 1_000_00 if currency == "TZS" else 100_00
    return amounts // step * step


def _as_firms(terms: pl.DataFrame, random: np.random.Generator) -> pl.DataFrame:
    """A ledger of firms as credit departments keep it: numbers that lost their zeros, names written two ways."""
    numbers = pl.Series([f"00{number:06d}" for number in random.integers(10_000, 999_999, terms.height)])
    return terms.with_columns(debtor_number=numbers)


def _schedule(terms: pl.DataFrame) -> pl.DataFrame:
    return (
        terms.with_columns(number=pl.int_ranges(1, pl.col("instalments") + 1))
        .explode("number")
        .with_columns(due_on=add_months(pl.col("opened_on"), pl.col("number")))
    )


def _debts(portfolio: Portfolio, terms: pl.DataFrame, schedule: pl.DataFrame) -> pl.DataFrame:
    common = {"currency": pl.lit(portfolio.currency), "product": pl.lit(portfolio.product)}
    loses_zeros = (pl.col("place") % 9 == 0) & (pl.col("number") % 4 == 0)
    is_retyped = (pl.col("place") % 7 == 0) & (pl.col("number") % 3 == 0)
    if portfolio.product == "invoice":
        rows = schedule.select(
            "branch",
            "phone",
            debtor_number=pl.when(loses_zeros)
            .then(pl.col("debtor_number").str.strip_chars_start("0"))
            .otherwise("debtor_number"),
            debtor_name=pl.when(is_retyped)
            .then(pl.col("debtor_name").str.to_uppercase().str.replace(" LTD", " LIMITED"))
            .otherwise("debtor_name"),
            disputed=pl.col("disputed") & (pl.col("number") == pl.col("instalments")),
            reference=pl.format("INV-{}-{}", pl.col("place") + 1_000, "number"),
            invoiced_on=pl.col("due_on").dt.offset_by("-30d"),
            due_on="due_on",
            amount_minor="instalment_minor",
            **common,
        )
    else:
        rows = terms.select(
            "debtor_number",
            "debtor_name",
            "branch",
            "phone",
            "opened_on",
            "instalments",
            "disputed",
            amount_minor=pl.col("instalment_minor") * pl.col("instalments"),
            first_due_on=add_months(pl.col("opened_on"), pl.lit(1)),
            reference=pl.format("{}-{}", pl.lit(portfolio.creditor[0]), "debtor_number"),
            **common,
        )
    return rows.with_row_index("line", 2).with_columns(pl.col("line").cast(pl.Int64))


def _receipts(portfolio: Portfolio, schedule: pl.DataFrame, random: np.random.Generator, today: date) -> pl.DataFrame:
    """Instalments paid in time, late or in part; nothing after yesterday."""
    draw = random.random(schedule.height)
    in_time, late = (np.array([b[place] for b in BEHAVIOURS])[schedule["behaviour"].to_numpy()] for place in (1, 2))
    mean = np.array([b[3] for b in BEHAVIOURS])[schedule["behaviour"].to_numpy()]
    days = np.where(draw < in_time, -random.integers(0, 4, schedule.height), 1 + random.exponential(mean).astype(int))
    part = np.where(random.random(schedule.height) < 0.12, 0.5, 1.0)
    paid = schedule.with_columns(
        is_paid=pl.Series(draw < in_time + late),
        value_date=pl.col("due_on") + pl.duration(days=pl.lit(pl.Series(days))),
        amount_minor=(pl.col("instalment_minor") * pl.Series(part)).cast(pl.Int64),
    ).filter("is_paid")
    reference = pl.format("{}{}-{}", pl.lit(portfolio.creditor[:2].upper()), pl.col("place") + 1_000, "number")
    return (
        paid.filter(pl.col("value_date") < today)
        .select(
            "debtor_number",
            "value_date",
            "amount_minor",
            payer_name="debtor_name",
            receipt_reference=reference,
            currency=pl.lit(portfolio.currency),
        )
        .with_row_index("line", 2)
        .with_columns(pl.col("line").cast(pl.Int64))
    )
