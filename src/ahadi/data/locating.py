"""How debtors are located: who may have told something, and on what basis others may be contacted."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from ahadi.data.rulebook import UnableToReadRulebook


@dataclass(frozen=True)
class Basis:
    """A basis on which somebody who is not the debtor may be contacted, and by which relations it can be had."""

    code: str
    relations: tuple[str, ...]
    is_for_location: bool


@dataclass(frozen=True)
class Terms:
    """All of it: `sources` are the codes, each with the word by which the belief weighs it."""

    sources: Mapping[str, str]
    bases: Mapping[str, Basis]


@cache
def terms() -> Terms:
    """The terms of rulebook/locating.yaml. Raises UnableToReadRulebook."""
    content = yaml.safe_load(files("ahadi").joinpath("rulebook", "locating.yaml").read_text("utf-8"))
    try:
        return Terms(
            sources={one["code"]: one["weighs_as"] for one in content["sources"]},
            bases={
                one["code"]: Basis(one["code"], tuple(one["relations"]), one["is_for_location"])
                for one in content["bases"]
            },
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise UnableToReadRulebook(f"rulebook/locating.yaml: {error} is missing or not of that shape") from error
