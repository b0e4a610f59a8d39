"""Reads what a household needs at least in a month, by country and size; not known where no source is stored."""

from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

UNKNOWN = "unknown"


class UnableToReadFloors(Exception):
    """A value of rulebook/household_floor.yaml cannot be used; the text says which and why."""

    is_refusal = True


def floor_units(country: str | None, household: int, *, as_of: date) -> int | None:
    """Whole units of the currency a month, of the largest size up to the household's; None: not known."""
    for place in (country, "*"):
        fit = [
            one
            for one in _values()
            if one["country"] == place and one["from"] <= as_of and one["household"] <= household
        ]
        if fit:
            newest = max(fit, key=lambda one: (one["household"], one["from"]))
            return None if newest["value"] == UNKNOWN else int(newest["value"])
    return None


@cache
def _values() -> tuple[dict[str, Any], ...]:
    content = yaml.safe_load(files("ahadi").joinpath("rulebook", "household_floor.yaml").read_text("utf-8"))
    for place, one in enumerate(content["values"], 1):
        is_value = one.get("value") == UNKNOWN or (isinstance(one.get("value"), int) and one["value"] >= 0)
        if not isinstance(one.get("from"), date) or not isinstance(one.get("household"), int) or not is_value:
            raise UnableToReadFloors(
                f"rulebook/household_floor.yaml, value {place}: needs a date, a household and a whole number or unknown"
            )
    return tuple(content["values"])
