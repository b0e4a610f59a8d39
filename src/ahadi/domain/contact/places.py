"""Where people may be: countries and time zones from addresses and numbers, with what contradicts one another kept."""

from collections.abc import Iterable
from functools import cache, lru_cache
from zoneinfo import available_timezones

import phonenumbers
import polars as pl
from babel import Locale
from babel.core import get_global
from phonenumbers import timezone

from ahadi.kernel.zone import zone_names

_CODE = 3
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
    distinct = pl.DataFrame({"number": numbers.drop_nulls().unique()})
    head = [pl.col("number").str.slice(1, size) for size in range(1, _CODE + 1)]
    coded = distinct.with_columns(
        pl.coalesce(each.replace_strict(told, default=None, return_dtype=pl.String) for each in head).alias(name)
        for name, told in _calling_codes().items()
    )
    told, apart = coded.filter(pl.col("zones").is_not_null()), coded.filter(pl.col("zones").is_null())
    found = [
        (number, country, "+".join(sorted(zones)) or None)
        for number in apart["number"]
        for country, zones in [of_number(number)]
    ]
    schema = {"number": pl.String, "country": pl.String, "zones": pl.String}
    return pl.concat([told.select(list(schema)), pl.DataFrame(found, schema=schema, orient="row")])


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
def _calling_codes() -> dict[str, dict[str, str]]:
    """Calling codes of one country with one zone: `country` and `zones` of each."""
    found: dict[str, dict[str, str]] = {"country": {}, "zones": {}}
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        if len(regions) == 1 and len(zones_of(regions[0])) == 1:
            (zone,) = zones_of(regions[0])
            found["country"][str(code)], found["zones"][str(code)] = regions[0], zone
    return found
