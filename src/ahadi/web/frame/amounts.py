"""Money as people type it, in minor units."""

from decimal import Decimal, InvalidOperation

from ahadi.kernel.money import exponent

_DIGITS_MAX = 15


def read(text: str, currency: str) -> int | None:
    """The minor units of an amount as `12,345.50`; None where it is none, or has more decimals than the currency."""
    plain = text.replace(",", "").replace("\u00a0", "").replace(" ", "").strip()
    try:
        number = Decimal(plain)
    except InvalidOperation:
        return None
    minor = number.scaleb(exponent(currency)) if number.is_finite() else Decimal("NaN")
    if not minor.is_finite() or minor != minor.to_integral_value() or len(str(int(minor))) > _DIGITS_MAX:
        return None
    return int(minor)
