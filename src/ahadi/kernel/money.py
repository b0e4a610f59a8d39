"""Money as whole minor units of an ISO 4217 currency: exponents, every rounding by name, plain text.

Amounts are Int64 columns. Polars rounds Decimal columns half to even without saying so and floats lose
cents, so neither is used; a division is one whole-number division followed by a decision, named by its
mode, about the remainder.
"""

from types import MappingProxyType
from typing import Any, Final, Literal, cast, overload

import numpy as np
import polars as pl
from numpy.typing import NDArray

Array = NDArray[np.int64] | NDArray[np.object_]
"""Whole numbers: of 64 bits, or Python's own, of any size, in an array of objects."""

Rounding = Literal["half_even", "half_up", "up", "down"]
"""half_even: a tie goes to the even neighbour; half_up: a tie goes away from 0; up: away from 0; down:
towards 0.
"""

# ISO 4217 list one, as published 2026-01-01, less the codes without a minor unit (metals, baskets, tests).
_CODES_BY_EXPONENT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE "
    "CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD "
    "HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK "
    "MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD "
    "RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH "
    "USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
EXPONENTS: Final = MappingProxyType(
    {code: exponent for exponent, codes in _CODES_BY_EXPONENT.items() for code in codes.split()}
)
"""Currency code -> number of decimals that are stored."""

# The minor unit exists by ISO and nobody pays with it (CLDR standard and cash digits).
_WHOLE_CODES = "AFN ALL COP IDR IQD IRR KPW LAK LBP MGA MMK PKR RSD SOS SYP TZS UZS YER"


class UnknownCurrency(ValueError):
    """The code is not an active ISO 4217 currency; correct it where the amount came from."""

    def __init__(self, currency: str) -> None:
        super().__init__(f"currency {currency!r} is not an active ISO 4217 code; use three capital letters such as TZS")
        self.currency = currency


def exponent(currency: str) -> int:
    """How many decimals the currency's minor unit stands for: UGX 0, KES 2, KWD 3. Raises UnknownCurrency."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise UnknownCurrency(currency) from None


def shown_decimals(currency: str) -> int:
    """How many decimals people write: as ISO stores, except where coins are out of use (TZS 0). Raises
    UnknownCurrency.
    """
    stored = exponent(currency)
    return 0 if currency in _WHOLE_CODES.split() else stored


def require_currencies(currencies: pl.Series) -> None:
    """Raise UnknownCurrency for the first code, in alphabetical order, that is not an active one."""
    for currency in currencies.unique().sort().to_list():
        exponent(str(currency))


@overload
def divide_rounded(numerator: int, denominator: int, mode: Rounding) -> int: ...
@overload
def divide_rounded(numerator: pl.Expr, denominator: pl.Expr | int, mode: Rounding) -> pl.Expr: ...
def divide_rounded(numerator: int | pl.Expr, denominator: int | pl.Expr, mode: Rounding) -> int | pl.Expr:
    """numerator / denominator as a whole number, exact, rounded by the mode.

    Integers: ZeroDivisionError on a zero denominator. Columns: Int64, null on a zero denominator or a
    null; the intermediate is 128 bits wide, so `amount * rate` may be given as an Int128 expression.
    """
    if isinstance(numerator, int) and isinstance(denominator, int):
        quotient, remainder = divmod(abs(numerator), abs(denominator))
        size = quotient + int(_is_raised(quotient, remainder, abs(denominator), mode))
        return size if (numerator < 0) == (denominator < 0) else -size
    return _divided(numerator, denominator, mode).cast(pl.Int64)


def divide_array(numerator: Array, denominator: Array | int, mode: Rounding) -> Array:
    """numerator / denominator element by element, exact, rounded by the mode; denominators are above 0.

    The type of the numerator is kept, so that numbers beyond 64 bits stay exact as objects.
    """
    size = np.abs(numerator)
    quotient, remainder = size // denominator, size % denominator
    raised = np.asarray(_is_raised(quotient, remainder, denominator, mode), dtype=bool)
    magnitude = quotient + raised.astype(np.int64)
    return cast(Array, np.where(np.asarray(numerator < 0, dtype=bool), -magnitude, magnitude))


def split_minor(total: int, parts: int) -> list[int]:
    """The total in equal whole parts, rounded towards 0, with the rest in the last: 3,333.33, 3,333.33,
    3,333.34.

    Raises ValueError for fewer than one part.
    """
    if parts < 1:
        raise ValueError(f"cannot split {total} into {parts} parts; at least one is needed")
    each = divide_rounded(total, parts, "down")
    return [each] * (parts - 1) + [total - each * (parts - 1)]


@overload
def plain_text(minor: int, currency: str) -> str: ...
@overload
def plain_text(minor: pl.Expr, currency: pl.Expr | str) -> pl.Expr: ...
def plain_text(minor: int | pl.Expr, currency: str | pl.Expr) -> str | pl.Expr:
    """The amount with the currency's decimals, a point and no grouping: 123450 KES -> "1234.50".

    Raises UnknownCurrency for a named currency; a column of currencies is checked by
    `require_currencies` beforehand.
    """
    if isinstance(minor, int) and isinstance(currency, str):
        return _point_text(minor, exponent(currency))
    if isinstance(currency, str):
        return _point_column(cast(pl.Expr, minor), pl.lit(exponent(currency), dtype=pl.Int64))
    decimals = currency.replace_strict(dict(EXPONENTS), return_dtype=pl.Int64)
    return _point_column(cast(pl.Expr, minor), decimals)


@overload
def ratio_text(numerator: int, denominator: int) -> str | None: ...
@overload
def ratio_text(numerator: pl.Expr, denominator: pl.Expr | int) -> pl.Expr: ...
def ratio_text(numerator: int | pl.Expr, denominator: int | pl.Expr) -> str | pl.Expr | None:
    """numerator / denominator with two decimals, half up; None (null) on a zero denominator."""
    return _scaled_text(numerator, denominator, 100)


@overload
def percent_text(numerator: int, denominator: int) -> str | None: ...
@overload
def percent_text(numerator: pl.Expr, denominator: pl.Expr | int) -> pl.Expr: ...
def percent_text(numerator: int | pl.Expr, denominator: int | pl.Expr) -> str | pl.Expr | None:
    """The percentage with two decimals, half up, without a sign: 18 of 100 -> "18.00"; None (null) on a
    zero denominator.

    A rate is exact until it is shown, and nothing out of nothing is not 0.
    """
    return _scaled_text(numerator, denominator, 10_000)


def _scaled_text(numerator: int | pl.Expr, denominator: int | pl.Expr, scale: int) -> str | pl.Expr | None:
    if isinstance(numerator, int) and isinstance(denominator, int):
        return _point_text(divide_rounded(numerator * scale, denominator, "half_up"), 2) if denominator else None
    hundredths = _divided(_wide(numerator) * scale, denominator, "half_up")
    return _point_column(hundredths, pl.lit(2, dtype=pl.Int64))


def _divided(numerator: int | pl.Expr, denominator: int | pl.Expr, mode: Rounding) -> pl.Expr:
    top, bottom = _wide(numerator), _wide(denominator)
    divisor = pl.when(bottom != 0).then(bottom.abs())
    whole, rest = top.abs() // divisor, top.abs() % divisor
    magnitude = whole + _is_raised(whole, rest, divisor, mode).cast(pl.Int128)
    return pl.when((top < 0) == (bottom < 0)).then(magnitude).otherwise(0 - magnitude)


@overload
def _is_raised(quotient: int, remainder: int, divisor: int, mode: Rounding) -> bool: ...
@overload
def _is_raised(quotient: Array, remainder: Array, divisor: Array | int, mode: Rounding) -> Array: ...
@overload
def _is_raised(quotient: pl.Expr, remainder: pl.Expr, divisor: pl.Expr, mode: Rounding) -> pl.Expr: ...
def _is_raised(quotient: Any, remainder: Any, divisor: Any, mode: Rounding) -> Any:
    twice = remainder * 2
    if mode == "half_even":
        return (twice > divisor) | ((twice == divisor) & (quotient % 2 == 1))
    if mode == "half_up":
        return twice >= divisor
    return remainder > 0 if mode == "up" else remainder < 0


def _wide(amount: int | pl.Expr) -> pl.Expr:
    return pl.lit(amount, dtype=pl.Int128) if isinstance(amount, int) else amount.cast(pl.Int128)


def _point_text(minor: int, decimals: int) -> str:
    digits = str(abs(minor)).zfill(decimals + 1)
    sign = "-" if minor < 0 else ""
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}" if decimals else f"{sign}{digits}"


def _point_column(minor: pl.Expr, decimals: pl.Expr) -> pl.Expr:
    digits = minor.cast(pl.String).str.strip_prefix("-").str.zfill(decimals + 1)
    length = digits.str.len_chars().cast(pl.Int64)
    point = pl.when(decimals > 0).then(pl.lit(".")).otherwise(pl.lit(""))
    sign = pl.when(minor < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    return pl.concat_str(sign, digits.str.slice(0, length - decimals), point, digits.str.slice(length - decimals))
