"""Reads the text of a mandate: what a creditor lets us offer for a product, and who may agree to what; dated."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from ahadi.data.models.account import PRODUCTS

LEVEL_RANKS: Final = {"officer": 1, "supervisor": 2, "manager": 3, "creditor": 4}
"""Levels are roles; whoever is of a higher rank may agree to what a lower one may."""
UNITS, INSTALMENTS = "units", "small instalments"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TERMS = (
    "count_max",
    "days_max",
    "first_days_max",
    "gap_days_min",
    "gap_days_max",
    "settle_count_max",
    "settle_days_max",
)
_AMOUNTS = ("instalment_min", "multiple")
_PARTS = {"product", "version", "in_force_from", "source", "terms", "settlement", "levels", "clauses"}
_LONGEST_DAYS = 3_660


class UnableToReadMandate(Exception):
    """The text of a mandate cannot be used; the message names the file and the place."""

    is_refusal = True


@dataclass(frozen=True)
class Share:
    """A row of the settlement table: up to this age and this debt, the least share of what is owed that settles it."""

    age_max: int | None
    balance_max: Decimal | None
    share_bps: int


@dataclass(frozen=True)
class Level:
    """Who may agree to what: `discount_bps` of debts up to `owed_max`, in `count_max` parts within `days_max` days."""

    level: str
    discount_bps: int
    owed_max: Decimal | None
    count_max: int
    days_max: int

    @property
    def rank(self) -> int:
        """The place of the level among all."""
        return LEVEL_RANKS[self.level]


@dataclass(frozen=True)
class Clause:
    """A sentence of the mandate, by its number."""

    number: str
    text: str


@dataclass(frozen=True)
class MandateText:
    """One version of a mandate; amounts in `amounts_in`: units of the currency, or small instalments of it."""

    product: str
    version: str
    in_force_from: date
    source: str
    amounts_in: str
    terms: dict[str, int]
    amounts: dict[str, Decimal]
    settlement: tuple[Share, ...]
    levels: tuple[Level, ...]
    clauses: tuple[Clause, ...]
    year_bps: int
    rest_bps: int
    floors: dict[int, Decimal]


def read(text: str, *, file: str) -> MandateText:
    """The mandate of a text. Raises UnableToReadMandate."""
    try:
        content = yaml.load(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise UnableToReadMandate(f"{file}{where}: this is no YAML") from None
    missing = sorted(_PARTS - set(content if isinstance(content, dict) else {}))
    if missing:
        raise UnableToReadMandate(f"{file}: {', '.join(missing)} missing")
    _require(file, content)
    return MandateText(
        product=content["product"],
        version=str(content["version"])[:60],
        in_force_from=content["in_force_from"],
        source=str(content["source"]),
        amounts_in=content.get("amounts_in", UNITS),
        terms={name: max(1, _whole(file, f"terms, {name}", content["terms"].get(name))) for name in _TERMS},
        amounts={name: _amount(file, f"terms, {name}", content["terms"].get(name)) for name in _AMOUNTS},
        settlement=tuple(_share(*one) for one in _listed(file, content, "settlement")),
        levels=_levels(file, content),
        clauses=tuple(_clause(*one) for one in _listed(file, content, "clauses")),
        year_bps=_percent(file, "year_pct", content.get("year_pct", 12)),
        rest_bps=_percent(file, "rest_pct", content.get("rest_pct", 30)),
        floors={
            _whole(file, "floor", household): _amount(file, "floor", value)
            for household, value in (content.get("floor") or {}).items()
        },
    )


@cache
def standard(product: str) -> MandateText:
    """The house's own mandate for a product. Raises UnableToReadMandate."""
    file = f"rulebook/mandates/{product}.yaml"
    return read(files("ahadi").joinpath(file).read_text("utf-8"), file=file)


def standard_text(product: str) -> str:
    """The same as it is written."""
    return files("ahadi").joinpath(f"rulebook/mandates/{product}.yaml").read_text("utf-8")


def _require(file: str, content: dict[str, Any]) -> None:
    product, in_force_from = content["product"], content["in_force_from"]
    if product not in PRODUCTS:
        raise UnableToReadMandate(f"{file}: product must be one of {', '.join(PRODUCTS)}, found {product!r}")
    if type(in_force_from) is not date:
        raise UnableToReadMandate(f"{file}: in_force_from must be a date YYYY-MM-DD, found {in_force_from!r}")
    if content.get("amounts_in", UNITS) not in (UNITS, INSTALMENTS):
        raise UnableToReadMandate(f"{file}: amounts_in must be {UNITS!r} or {INSTALMENTS!r}")
    if not isinstance(content["terms"], dict):
        raise UnableToReadMandate(f"{file}: terms must be names with numbers")


def _levels(file: str, content: dict[str, Any]) -> tuple[Level, ...]:
    found = tuple(_level(*one) for one in _listed(file, content, "levels"))
    ranks = [one.rank for one in found]
    if not ranks or ranks != sorted(set(ranks)):
        raise UnableToReadMandate(f"{file}: levels must stand in order, each once: {', '.join(LEVEL_RANKS)}")
    return found


def _listed(file: str, content: dict[str, Any], part: str) -> Iterator[tuple[str, dict[str, Any]]]:
    entries = content[part] or []
    if not isinstance(entries, list):
        raise UnableToReadMandate(f"{file}: {part} must be a list, found {entries!r}")
    for place, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            raise UnableToReadMandate(f"{file}, {part} {place}: needs names with values")
        yield f"{file}, {part} {place}", entry


def _share(where: str, entry: dict[str, Any]) -> Share:
    age, balance = entry.get("age_max"), entry.get("balance_max")
    return Share(
        age_max=None if age is None else _whole(where, "age_max", age),
        balance_max=None if balance is None else _amount(where, "balance_max", balance),
        share_bps=max(1, _percent(where, "share_pct", entry.get("share_pct"))),
    )


def _level(where: str, entry: dict[str, Any]) -> Level:
    if entry.get("level") not in LEVEL_RANKS:
        raise UnableToReadMandate(f"{where}: level must be one of {', '.join(LEVEL_RANKS)}")
    owed = entry.get("owed_max")
    return Level(
        level=entry["level"],
        discount_bps=_percent(where, "discount_pct", entry.get("discount_pct")),
        owed_max=None if owed is None else _amount(where, "owed_max", owed),
        count_max=_whole(where, "count_max", entry.get("count_max")),
        days_max=_whole(where, "days_max", entry.get("days_max")),
    )


def _clause(where: str, entry: dict[str, Any]) -> Clause:
    if not entry.get("number") or not entry.get("text"):
        raise UnableToReadMandate(f"{where}: needs a number and a text")
    return Clause(str(entry["number"]), str(entry["text"]))


def _whole(where: str, name: str, value: Any) -> int:
    # YAML reads `yes` as a truth, which Python takes for a number.
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LONGEST_DAYS:
        raise UnableToReadMandate(f"{where}: {name} must be a whole number from 0 to {_LONGEST_DAYS}, found {value!r}")
    return value


def _amount(where: str, name: str, value: Any) -> Decimal:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 10**12:
        raise UnableToReadMandate(f"{where}: {name} must be an amount above 0, found {value!r}")
    return Decimal(str(value))


def _percent(where: str, name: str, value: Any) -> int:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 100:
        raise UnableToReadMandate(f"{where}: {name} must be from 0 to 100, found {value!r}")
    return int(Decimal(str(value)) * 100)
