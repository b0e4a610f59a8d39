"""The sheets of the measurement: a creditor's debts and the receipts on them, the same for the same seed.

Every account has one charge of its own; amounts, dates, names and telephone numbers vary as they do in a sheet
that a creditor exports. The files are written part by part, so that their size costs no memory.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

PLACED_ON = date(2026, 3, 31)
PART = 100_000
SEED = 20260331
FIRST_NAMES = """
    Amina Asha Baraka Brian Caroline Daniel David Esther Faith Fatuma George Grace Halima Hassan Irene James Jane
    John Joseph Joyce Juma Kevin Lilian Lucy Mary Mercy Michael Moses Mwangi Neema Omari Paul Peter Rehema Rose
    Samuel Sarah Salim Stephen Zainab
"""
LAST_NAMES = """
    Abdi Achieng Akinyi Ali Barasa Chebet Cherono Gathoni Hamisi Juma Kamau Kariuki Karanja Kibet Kimani Kipchoge
    Korir Macharia Makena Maina Mbugua Mohamed Mushi Mutiso Mutua Mwakyusa Mwangi Ndung'u Njeri Njoroge Nyambura
    Ochieng Odhiambo Okello Omondi Otieno Ouma Said Wafula Wambui Wanjiru Were
"""
_SHORTEST, _SMALLEST = 1_000, 50_000


def write_debts(path: Path, accounts: int, *, seed: int = SEED, placed_on: date = PLACED_ON) -> None:
    """A sheet of `accounts` rows: one account each, with its debtor, telephone, reference, amount and due date."""
    _write(path, (_debts(first, count, seed, placed_on) for first, count in _parts(accounts)))


def write_receipts(path: Path, receipts: int, accounts: int, *, round_: int, seed: int = SEED) -> None:
    """A sheet of `receipts` rows on accounts of the sheet above; `round_` tells one such sheet from another.

    Each brings a part of what its account owes; some accounts get several.
    """
    _write(path, (_receipts(first, count, accounts, round_, seed) for first, count in _parts(receipts)))


def amounts(first: int, count: int, seed: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """What accounts `first`, `first + 1`, ... owe, in minor units."""
    return np.random.default_rng([seed, 1, first]).integers(_SMALLEST, 40 * _SMALLEST, count)


def _parts(count: int) -> Iterator[tuple[int, int]]:
    for first in range(0, count, PART):
        yield first, min(PART, count - first)


def _write(path: Path, frames: Iterator[pl.DataFrame]) -> None:
    half = path.with_suffix(".half")
    with half.open("wb") as file:
        for number, frame in enumerate(frames):
            frame.write_csv(file, include_header=number == 0)
    half.rename(path)


def _debts(first: int, count: int, seed: int, placed_on: date) -> pl.DataFrame:
    draw = np.random.default_rng([seed, 0, first])
    place = pl.int_range(first, first + count, eager=True)
    names = _drawn(draw, FIRST_NAMES, count)
    surnames = _drawn(draw, LAST_NAMES, count)
    due = pl.Series(draw.integers(-240, 30, count)).cast(pl.Int32)
    return pl.DataFrame({"place": place, "name": names, "surname": surnames, "late": due}).select(
        pl.format("AC{}", pl.col("place") + 100_000_000).alias("Account Number"),
        pl.format("CU{}", pl.col("place") + 500_000_000).alias("Customer Number"),
        pl.format("{} {}", "name", "surname").alias("Customer Name"),
        pl.format("07{}", pl.Series(draw.integers(10_000_000, 30_000_000, count))).alias("Phone Number"),
        pl.format("INV-{}", pl.col("place") + 700_000_000).alias("Invoice Number"),
        _figure(pl.Series(amounts(first, count, seed))).alias("Amount"),
        (pl.lit(placed_on) + pl.duration(days=pl.col("late") - 30)).dt.to_string("%Y-%m-%d").alias("Invoice Date"),
        (pl.lit(placed_on) + pl.duration(days="late")).dt.to_string("%Y-%m-%d").alias("Due Date"),
    )


def _drawn(draw: np.random.Generator, words: str, count: int) -> pl.Series:
    known = pl.Series(words.split())
    return known.gather(draw.integers(0, len(known), count))


def _receipts(first: int, count: int, accounts: int, round_: int, seed: int) -> pl.DataFrame:
    draw = np.random.default_rng([seed, 2, round_, first])
    place = draw.integers(0, accounts, count)
    paid = draw.integers(_SHORTEST, _SMALLEST, count)
    days = pl.Series(draw.integers(0, 30, count)).cast(pl.Int32)
    return pl.DataFrame({"turn": np.arange(first, first + count), "place": place, "paid": paid, "early": days}).select(
        pl.format("R{}-{}", pl.lit(round_), pl.col("turn") + 10_000_000).alias("Transaction ID"),
        (pl.lit(PLACED_ON) - pl.duration(days="early")).dt.to_string("%Y-%m-%d").alias("Payment Date"),
        pl.format("AC{}", pl.col("place") + 100_000_000).alias("Account Number"),
        _figure(pl.Series(paid)).alias("Amount"),
    )


def _figure(minor: pl.Series) -> pl.Series:
    """Minor units as people write them."""
    cents = pl.col("minor") % 100
    return (
        minor.to_frame("minor")
        .select(pl.format("{}.{}", pl.col("minor") // 100, cents.cast(pl.String).str.zfill(2)))
        .to_series()
    )
