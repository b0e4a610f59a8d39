"""Amounts as people write them into exact minor units, by strict patterns only.

`Decimal()` takes NaN, Infinity, 1e9, underscores and digits of any script; a figure of money is none of
these.
The patterns here take plain ASCII digits, one decimal mark and properly grouped thousands; Arabic-Indic and
Persian digits are turned into ASCII first, by name.
"""

import re
from dataclasses import dataclass

import polars as pl

DIGITS_OF_OTHER_SCRIPTS = "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹"
FOREIGN = [
    *DIGITS_OF_OTHER_SCRIPTS,
    "٫",
    "٬",
    "−",
    "–",
    "\u00a0",
    "\u202f",
    "\u2009",
    "’",
    "‘",
    "´",
    "\u200e",
    "\u200f",
]
PLAIN = [*"01234567890123456789", "{decimal}", "{thousands}", "-", "-", " ", " ", " ", "'", "'", "'", "", ""]

SIGNS = (
    "KSh",
    "KShs",
    "Kshs",
    "Ksh",
    "TSh",
    "TShs",
    "Tsh",
    "USh",
    "UShs",
    "Ush",
    "Shs",
    "Sh",
    "Rs",
    "R\\$",
    "US\\$",
    "FCFA",
    "CFA",
)
GLYPHS = "$€£¥₦₵₹₺₽﷼"
MARK = rf"(?:[A-Z]{{3}}|(?:{'|'.join(sorted(SIGNS, key=len, reverse=True))})\.?|[{GLYPHS}]|د\.إ|ر\.س|ج\.م)"
MAX_WHOLE_DIGITS = 15
MAX_FRACTION_DIGITS = 12


@dataclass(frozen=True)
class Marks:
    """The decimal mark and the thousands mark of a column; `is_decided` is false where its values allow
    both.
    """

    decimal: str = "."
    thousands: str = ","
    is_decided: bool = True


def plain(text: pl.Expr, marks: Marks = Marks()) -> pl.Expr:
    """Return the text with digits, marks, signs and blanks of other scripts as their ASCII equals."""
    return text.str.replace_many(
        FOREIGN, [item.format(decimal=marks.decimal, thousands=marks.thousands) for item in PLAIN]
    ).str.strip_chars()


def bare(text: pl.Expr) -> pl.Expr:
    """Return a plain amount without currency marks and sign."""
    return (
        text.str.replace(rf"^([-+(]?)[ ]*{MARK}[ ]*([-+]?)", "$1$2")
        .str.replace(rf"[ ]*{MARK}[ ]*(\)?-?)$", "$1")
        .str.strip_chars("-+() ")
    )


def is_negative(text: pl.Expr) -> pl.Expr:
    """Whether a plain amount is below zero: a minus before or after it, or parentheses around it."""
    return text.str.contains(r"^[ ]*-|^[^0-9]{0,6}-[0-9]|-[ ]*$") | text.str.contains(r"^\(.*\)$")


def has_balanced_sign(text: pl.Expr) -> pl.Expr:
    """Whether a plain amount bears at most one sign, and parentheses only as a pair."""
    signs = text.str.count_matches(r"[-+]")
    opened, closed = text.str.count_matches(r"\("), text.str.count_matches(r"\)")
    return (signs + opened <= 1) & (opened == closed) & (opened + closed <= 2)


def currency_code(text: pl.Expr) -> pl.Expr:
    """Return the three-letter code written with a plain amount, else null."""
    before = text.str.extract(r"^[-+(]?[ ]*([A-Z]{3})[ 0-9.-]", 1)
    after = text.str.extract(r"[0-9][ ]*([A-Z]{3})\)?-?$", 1)
    return pl.coalesce(before, after)


def pattern(marks: Marks) -> str:
    """Return the regular expression a bare amount must match in full."""
    decimal = re.escape(marks.decimal)
    groups = "|".join(
        rf"[0-9]{{1,3}}(?:{mark}[0-9]{{2,3}})*{mark}[0-9]{{3}}"
        for mark in dict.fromkeys((re.escape(marks.thousands), "'", " "))
    )
    whole = rf"(?:[0-9]{{1,{MAX_WHOLE_DIGITS}}}|{groups})"
    fraction = rf"{decimal}[0-9]{{0,{MAX_FRACTION_DIGITS}}}"
    return rf"^{whole}(?:{fraction})?$|^{decimal}[0-9]{{1,{MAX_FRACTION_DIGITS}}}$"


def minor_units(text: pl.Expr, marks: Marks, exponent: pl.Expr) -> pl.Expr:
    """Return a bare amount that matches `pattern` as Int64 minor units; null where it has more decimals than
    `exponent` that are not zeros, or more digits than a figure of money has.
    """
    cleaned = text.str.replace_all(rf"[{re.escape(marks.thousands)}' ]", "")
    whole = cleaned.str.extract(rf"^([0-9]*)(?:{re.escape(marks.decimal)}|$)", 1)
    fraction = cleaned.str.extract(rf"{re.escape(marks.decimal)}([0-9]*)$", 1).fill_null("")
    kept = fraction.str.pad_end(4, "0").str.slice(0, exponent)
    beyond = fraction.str.slice(exponent)
    units = pl.concat_str(whole.fill_null(""), kept).str.to_integer(strict=False)
    is_exact = beyond.str.strip_chars("0") == ""
    is_short = whole.str.len_chars() <= MAX_WHOLE_DIGITS
    return pl.when(is_exact & is_short).then(units)


def guess_marks(values: pl.Series) -> Marks:
    """Return the marks the non-null values of a column use, judged by all of them together."""
    texts = values.to_frame("text").select(bare(plain(pl.col("text"))).alias("text"))["text"]
    if _count(texts, r",[0-9]{3}\.[0-9]|[0-9],[0-9]{3},[0-9]{3}"):
        return Marks(".", ",")
    if _count(texts, r"\.[0-9]{3},[0-9]|[0-9]\.[0-9]{3}\.[0-9]{3}"):
        return Marks(",", ".")
    commas = _count(texts, r"^[0-9]+,[0-9]{1,2}$|^[0-9]+,[0-9]{4,}$|^[0-9]{4,},[0-9]+$|^0,[0-9]+$|[ '][0-9]{3},[0-9]")
    points = _count(
        texts, r"^[0-9]+\.[0-9]{0,2}$|^[0-9]+\.[0-9]{4,}$|^[0-9]{4,}\.[0-9]+$|^0\.[0-9]+$|[ '][0-9]{3}\.[0-9]"
    )
    if commas > points:
        return Marks(",", ".", is_decided=not points)
    if points:
        return Marks(".", ",", is_decided=not commas)
    return Marks(".", ",", is_decided=not _count(texts, r"^[0-9]{1,3}[.,][0-9]{3}$"))


def is_number_like(text: pl.Expr) -> pl.Expr:
    """Whether a text is a figure in some notation, or a currency mark and a figure; null stays null."""
    return bare(plain(text)).str.contains(r"^[0-9][0-9.,' ]*$|^[.,][0-9]+$") & has_balanced_sign(plain(text))


def _count(texts: pl.Series, expression: str) -> int:
    return int(texts.str.contains(expression).sum())
