"""Where people may be: countries and time zones from addresses and numbers, with what contradicts one another kept."""

from collections.abc import Iterable
from functools import cache, lru_cache
from zoneinfo import available_timezones

import phonenumbers
import polars as pl
from babel import Locale
from babel.core import get_global
from phonenumbers import timezone

from ahadi.data import frames
from ahadi.kernel.zone import zone_names

_CODE = 3
_NUMBERED_BY = {"country": pl.String, "zones": pl.String}
_NUMBERED = {"number": pl.String, **_NUMBERED_BY}
_NO_ZONE = "Etc/Unknown"


@cache
def zones_of(country: str) -> frozenset[str]:
    """Every time zone of a country by its ISO code; none for what is no country."""
    known = get_global("territory_zones")
    return frozenset(known.get(country.partition("-")[0], ())) & known_zones()


@cache
def country_of(text: str) -> str | None:
    """The ISO code of a country as sheets write it (TZ, Tanzania, US-MA with the part kept), None for other text."""
    wanted = text.strip()
    head = wanted.upper().partition("-")[0]
    if len(head) == 2 and head in _names().values():
        return wanted.upper()
    return _names().get(wanted.casefold())


@lru_cache(maxsize=200_000)
def of_number(number: str) -> tuple[str | None, frozenset[str]]:
    """Country and time zones of a number in E.164, as far as it tells them."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None, frozenset()
    country = phonenumbers.region_code_for_number(parsed)
    zones = frozenset(timezone.time_zones_for_number(parsed)) - {_NO_ZONE}
    if country is None and parsed.country_code is not None:
        regions = phonenumbers.region_codes_for_country_code(parsed.country_code)
        country = regions[0] if regions and regions[0] != "001" else None
    return country, (zones or (zones_of(country) if country else frozenset())) & known_zones()


def of_numbers(numbers: pl.Series) -> pl.DataFrame:
    """[number, country, zones] of distinct numbers in E.164, zones joined by `+`.

    Most countries have one zone, and their calling code tells it; only numbers of the others are taken apart.
    """
    distinct = frames.distinct(numbers.drop_nulls() if numbers.null_count() else numbers)
    if len(distinct) <= frames.FEW:
        return pl.DataFrame([_told(number) for number in distinct], schema=_NUMBERED, orient="row")
    # Of many, the few ways in which they begin are looked at.
    heads = distinct.str.slice(0, 1 + _CODE)
    coded = [(head, *known) for head in frames.distinct(heads) if (known := _by_code(head)) is not None]
    told = pl.DataFrame(coded, schema={"head": pl.String, **_NUMBERED_BY}, orient="row")
    all_ = pl.DataFrame({"number": distinct, "head": heads}).join(told, on="head", how="left")
    apart = all_.filter(pl.col("zones").is_null())["number"]
    found = pl.DataFrame([_told(number) for number in apart], schema=_NUMBERED, orient="row")
    return pl.concat([all_.filter(pl.col("zones").is_not_null()).select(list(_NUMBERED)), found])


def _told(number: str) -> tuple[str, str | None, str | None]:
    country, zone = _by_code(number[: 1 + _CODE]) or (None, None)
    if zone is not None:
        return number, country, zone
    country, zones = of_number(number)
    return number, country, "+".join(sorted(zones)) or None


@lru_cache(maxsize=20_000)
def _by_code(head: str) -> tuple[str, str] | None:
    """The country and the zone that the beginning of a number tells by itself: the plus sign and three digits."""
    codes = _calling_codes()
    return next((codes[head[1:end]] for end in range(2, len(head) + 1) if head[1:end] in codes), None)


def joined(parts: Iterable[str | None]) -> str:
    """Names joined by `+`, each once and in order, from names and lists of names."""
    return "+".join(sorted({name for part in parts if part for name in zone_names(part)}))


@cache
def _names() -> dict[str, str]:
    names = Locale("en").territories
    return {name.casefold(): code for code, name in names.items() if len(code) == 2 and code.isalpha()}


@cache
def known_zones() -> frozenset[str]:
    """Every time zone that there is."""
    return frozenset(available_timezones())


@cache
def _calling_codes() -> dict[str, tuple[str, str]]:
    """Calling codes of one country with one zone: which."""
    return {
        str(code): (regions[0], min(zones_of(regions[0])))
        for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()
        if len(regions) == 1 and len(zones_of(regions[0])) == 1
    }
