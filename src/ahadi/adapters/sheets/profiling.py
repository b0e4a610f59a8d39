"""What the values of a column look like: dates, amounts, flags, codes, numbers of people and papers."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from ahadi.adapters.sheets import datings, numerals
from ahadi.adapters.sheets.datings import Order
from ahadi.adapters.sheets.numerals import Marks
from ahadi.adapters.sheets.vocabulary import NO, YES, Holds
from ahadi.kernel.money import EXPONENTS

SAMPLE = 5_000
MOST = 0.9
HALF = 0.5
NEARLY_ALL = 0.95
EMAIL = r"^[^@ ]+@[^@ ]+\.[A-Za-z]{2,}$"
PHONE = r"^\+?[0-9()][0-9 ()./*-]{6,18}$"
COUNT = r"^[0-9]{1,3}(?:\.0+)?(?: *[A-Za-z]+)?$"
LETTER = r"\p{L}"
CODE_CURRENCY = rf"^(?:{'|'.join(EXPONENTS)})$"


@dataclass(frozen=True)
class Profile:
    """Shares (0 to 1) of a column's filled cells that are of a kind, and what all its values decide
    together.
    """

    name: str
    filled: int
    distinct: int
    dates: float
    serials: float
    numbers: float
    fractions: float
    flags: float
    letters: float
    emails: float
    phones: float
    currencies: float
    counts: float
    clocks: int
    order: Order | None
    is_order_decided: bool
    marks: Marks
    flag_words: tuple[str, ...]


def profile(values: pl.Series) -> Profile:
    """Return the profile of one column of texts; shares come from a sample, date order and marks from
    all values.
    """
    texts = values.drop_nulls()
    distinct = texts.unique()
    sample = texts.sample(SAMPLE, seed=0) if texts.len() > SAMPLE else texts
    shares = _shares(sample)
    order, decided = (None, False)
    if shares["dates"] >= HALF:
        order, decided = datings.guess_order(_those(texts, datings.is_date_like))
    elif shares["serials"] >= NEARLY_ALL:
        order, decided = datings.guess_order(texts)
    marks = Marks()
    if shares["numbers"] >= HALF:
        marks = numerals.guess_marks(_those(distinct, numerals.is_number_like))
    words = sorted(distinct.to_list(), key=str.casefold) if distinct.len() <= len(YES | NO) else []
    return Profile(
        name=values.name,
        filled=texts.len(),
        distinct=distinct.len(),
        clocks=_clocks(distinct),
        order=order,
        is_order_decided=decided,
        marks=marks,
        flag_words=tuple(word for word in words if word.casefold() in YES),
        **shares,
    )


def _those(texts: pl.Series, kind: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """The texts that look like the kind: a cell that does not must not decide how the others are read."""
    return texts.to_frame("text").filter(kind(pl.col("text")))["text"]


def _shares(sample: pl.Series) -> dict[str, float]:
    text = pl.col("text")
    kinds = {
        "dates": datings.is_date_like(text),
        "serials": datings.serial_dates(text).is_not_null(),
        "numbers": numerals.is_number_like(text),
        "fractions": text.str.contains(r"[.,][0-9]{1,2}$") & ~text.str.contains(r"\.0$"),
        "flags": text.str.to_lowercase().is_in(list(YES | NO)),
        "letters": text.str.contains(LETTER),
        "emails": text.str.contains(EMAIL),
        "phones": text.str.contains(PHONE),
        "currencies": text.str.contains(CODE_CURRENCY),
        "counts": text.str.contains(COUNT),
    }
    frame = sample.alias("text").to_frame()
    row = frame.select(kind.fill_null(False).mean().alias(name) for name, kind in kinds.items()).row(0, named=True)
    return {name: value or 0.0 for name, value in row.items()}


def _clocks(distinct: pl.Series) -> int:
    """Return how many different times of day with a fraction of a second occur."""
    clocks = distinct.filter(distinct.str.contains(datings.FRACTION_CLOCK))
    return clocks.str.extract(r"([0-9]{1,2}:[0-9]{2}:[0-9]{2}\.[0-9]+)", 1).n_unique() if clocks.len() else 0


def fits(column: Profile, holds: Holds, *, least: float = MOST) -> tuple[bool, str]:
    """Return whether the values of a column can be what a target holds, and the sentence that says so.

    `least` is the share of figures or dates asked for; a column whose name says what it is needs fewer, so
    that one bad cell of a short sheet costs its row and not the column.
    """
    if not column.filled:
        return True, "it has no values to judge by"
    is_dates = column.dates >= least or column.order == "serial"
    match holds:
        case "date":
            return is_dates, "its values are dates" if is_dates else "its values are no dates"
        case "amount":
            fit = column.numbers >= least and not column.dates >= MOST
            return fit, "its values are figures" if fit else "its values are no figures"
        case "count":
            return column.counts >= MOST, "its values are small whole numbers"
        case "flag":
            fit = column.flags >= NEARLY_ALL and column.distinct <= 4
            return fit, "its values say yes and no" if fit else "its values are not yes and no"
        case "currency":
            return column.currencies >= MOST, "its values are currency codes"
        case "phone":
            return column.phones >= 0.5, "its values are telephone numbers"
        case "identifier":
            fit = not column.dates >= MOST and column.fractions < 0.5
            return fit, "its values are numbers or codes"
        case "text":
            fit = not is_dates and column.fractions < 0.5
            return fit, "its values are words or codes"
