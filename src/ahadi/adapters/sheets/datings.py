"""Dates as people write them into dates: the order is one per column, and an impossible date is an error."""

from typing import Literal

import polars as pl

from ahadi.adapters.sheets.numerals import plain

Order = Literal["dmy", "mdy", "ymd", "serial"]
ORDERS: tuple[Order, ...] = ("dmy", "mdy", "ymd", "serial")

# ASCII classes throughout: the Unicode tables of \\d and \\w make these expressions a thousand times dearer.
DAY, YEAR = "([0-9]{1,2})", "([0-9]{4}|[0-9]{2})"
NAME = "([^ 0-9.,/-]+)"
CLOCK = (
    r"(?:[Tt ,]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
    r" *(?:[AaPp]\.?[Mm]\.?)? *(?:[Zz]|UTC|utc|[+-][0-9]{2}:?[0-9]{2})?)?$"
)
WEEKDAY = r"^(?:[^ 0-9.,/-]+\.?, +)?"
YEAR_FIRST = rf"^([0-9]{{4}})[-/.]{DAY}[-/.]{DAY}{CLOCK}"
YEAR_FIRST_SHORT = rf"^([0-9]{{2}})[-/.]{DAY}[-/.]{DAY}{CLOCK}"
YEAR_LAST = rf"^{DAY}[-/. ]{DAY}[-/. ]{YEAR}{CLOCK}"
COMPACT = r"^((?:19|20)[0-9]{2})(0[1-9]|1[0-2])([0-3][0-9])$"
DAY_NAMED = rf"{WEEKDAY}{DAY}(?:st|nd|rd|th|er)?[-/. ]*{NAME}\.?[-/., ]*{YEAR}{CLOCK}"
MONTH_NAMED = rf"{WEEKDAY}{NAME}\.?[-/. ]*{DAY}(?:st|nd|rd|th)?[-/., ]+{YEAR}{CLOCK}"
SERIAL = r"^([0-9]{5})(?:\.[0-9]+)?$"
FRACTION_CLOCK = r"[0-9]{1,2}:[0-9]{2}:[0-9]{2}\.[0-9]*[1-9]"

SERIAL_EPOCH = "1899-12-30"
SERIAL_FIRST, SERIAL_LAST = 20_000, 80_000
YEAR_EARLIEST, YEAR_LATEST = 1900, 2199
CENTURY_TURN = 70

# English, French, Swahili and Arabic (Levant and Gulf) names; the first three letters where those are
# telling.
MONTH_NAMES: tuple[tuple[str, ...], ...] = (
    ("jan", "janvier", "januari", "يناير"),
    ("feb", "fev", "fév", "février", "fevrier", "februari", "فبراير"),
    ("mar", "mars", "machi", "mac", "مارس"),
    ("apr", "avr", "avril", "aprili", "أبريل", "ابريل"),
    ("may", "mai", "mei", "مايو"),
    ("jun", "juin", "juni", "يونيو"),
    ("jul", "juil", "juillet", "julai", "يوليو"),
    ("aug", "aou", "aoû", "août", "aout", "agosti", "ago", "أغسطس", "اغسطس"),
    ("sep", "sept", "septembre", "septemba", "سبتمبر"),
    ("oct", "octobre", "oktoba", "okt", "أكتوبر", "اكتوبر"),
    ("nov", "novembre", "novemba", "نوفمبر"),
    ("dec", "déc", "décembre", "decembre", "desemba", "des", "ديسمبر"),
)
ENGLISH = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
MONTHS: dict[str, str] = {
    **{name: str(number) for number, names in enumerate(MONTH_NAMES, start=1) for name in names},
    **{name: str(number) for number, name in enumerate(ENGLISH, start=1)},
}


def dates(text: pl.Expr, order: Order) -> pl.Expr:
    """Return the dates of a text column; null where the text is no date in this order.

    A year of four digits in front is taken in every order, and so are month names: neither can be mistaken.
    """
    cleaned = plain(text)
    candidates = [_assembled(cleaned, YEAR_FIRST, (1, 2, 3)), _assembled(cleaned, COMPACT, (1, 2, 3))]
    if order == "dmy":
        candidates.append(_assembled(cleaned, YEAR_LAST, (3, 2, 1)))
    elif order == "mdy":
        candidates.append(_assembled(cleaned, YEAR_LAST, (3, 1, 2)))
    elif order == "ymd":
        candidates.append(_assembled(cleaned, YEAR_FIRST_SHORT, (1, 2, 3)))
    else:
        candidates.append(_from_serial(cleaned))
    lowered = cleaned.str.to_lowercase()
    candidates.append(_assembled(lowered, DAY_NAMED, (3, 2, 1), has_name=True))
    candidates.append(_assembled(lowered, MONTH_NAMED, (3, 1, 2), has_name=True))
    return pl.coalesce(candidates)


def serial_dates(text: pl.Expr) -> pl.Expr:
    """Return spreadsheet serial numbers (days since 1899-12-30) as dates, else null."""
    return _from_serial(plain(text))


def is_date_like(text: pl.Expr) -> pl.Expr:
    """Whether the text has the shape of a date in some order; serial numbers do not count."""
    cleaned = plain(text)
    lowered = cleaned.str.to_lowercase()
    return pl.any_horizontal(
        *(cleaned.str.contains(shape) for shape in (YEAR_FIRST, YEAR_LAST, COMPACT)),
        _assembled(lowered, DAY_NAMED, (3, 2, 1), has_name=True).is_not_null(),
        _assembled(lowered, MONTH_NAMED, (3, 1, 2), has_name=True).is_not_null(),
    )


def has_fractional_clock(text: pl.Expr) -> pl.Expr:
    """Whether the text carries a time of day with a fraction of a second."""
    return text.str.contains(FRACTION_CLOCK)


def _assembled(text: pl.Expr, shape: str, places: tuple[int, int, int], *, has_name: bool = False) -> pl.Expr:
    year, month, day = (text.str.extract(shape, place) for place in places)
    if has_name:
        month = month.replace_strict(MONTHS, default=None, return_dtype=pl.String)
    number = year.str.to_integer(strict=False)
    century = pl.when(number < CENTURY_TURN).then(2000).otherwise(1900)
    full = pl.when(year.str.len_chars() == 2).then(number + century).otherwise(number)
    in_range = full.is_between(YEAR_EARLIEST, YEAR_LATEST)
    iso = pl.concat_str(full.cast(pl.String), month.str.zfill(2), day.str.zfill(2), separator="-")
    return pl.when(in_range).then(iso).str.to_date("%Y-%m-%d", strict=False)


def _from_serial(text: pl.Expr) -> pl.Expr:
    number = text.str.extract(SERIAL, 1).str.to_integer(strict=False)
    in_range = pl.when(number.is_between(SERIAL_FIRST, SERIAL_LAST)).then(number)
    return pl.lit(SERIAL_EPOCH).str.to_date("%Y-%m-%d") + pl.duration(days=in_range)


def _possible(values: pl.Series, order: Order) -> int:
    return int(values.to_frame("text").select(dates(pl.col("text"), order).is_not_null().sum()).item())


def guess_order(values: pl.Series) -> tuple[Order | None, bool]:
    """Return the order of a date column and whether its values decide it.

    An order is possible when every value is a date in it; when more than one is, all values decide
    nothing and
    the first possible is returned as undecided. `None` when the values are no dates. Up to one value in fifty
    may be spoilt.
    """
    distinct = values.drop_nulls().unique()
    if distinct.is_empty():
        return None, False
    needed = distinct.len() - distinct.len() // 50
    numeric = plain_order(distinct)
    if numeric:
        return numeric, True
    scores = {order: _possible(distinct, order) for order in ("dmy", "mdy", "ymd")}
    best = max(scores.values())
    if best < needed:
        return ("serial", True) if _possible(distinct, "serial") >= needed else (None, False)
    winners = [order for order in ("dmy", "mdy", "ymd") if scores[order] == best]
    return winners[0], len(winners) == 1  # type: ignore[return-value]


def plain_order(distinct: pl.Series) -> Order | None:
    """Return `ymd` when every value has its year of four digits in front, so that no order is in question."""
    shape = f"{YEAR_FIRST}|{COMPACT}"
    texts = distinct.to_frame("text").select(plain(pl.col("text")).alias("text"))["text"]
    return "ymd" if bool(texts.str.contains(shape).all()) else None
