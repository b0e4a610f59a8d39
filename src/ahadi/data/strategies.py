"""Reads the text of a strategy: one product's segments, steps and stop events, dated."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl
import yaml

from ahadi.data.models.account import PRODUCTS
from ahadi.data.models.contact import CHANNELS
from ahadi.kernel.segment import Segment, UnableToReadRule, read_rule
from ahadi.kernel.strategy import Step, Stop, Strategy, UnableToUseStrategy

COLUMNS: dict[str, pl.DataType] = {
    "product": pl.String(),
    "currency": pl.String(),
    "bucket": pl.String(),
    "promise_status": pl.String(),
    "outstanding_minor": pl.Int64(),
    "overdue_minor": pl.Int64(),
    "days_late": pl.Int64(),
    "days_since_contact": pl.Int64(),
    "days_since_receipt": pl.Int64(),
}
"""What a condition may speak of; money in minor units of the account's currency."""

# The parser in C where it was built: a close reads every strategy anew.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PARTS = {"product", "version", "in_force_from", "segments", "steps"}
_STEP = {"code", "day", "action"}


class UnableToReadStrategy(Exception):
    """The text of a strategy cannot be used; the message names the file and the place."""

    is_refusal = True


def read(text: str, *, file: str) -> tuple[str, Strategy]:
    """The product that a text is for, and its strategy. Raises UnableToReadStrategy."""
    try:
        content = yaml.load(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise UnableToReadStrategy(f"{file}{where}: this is no YAML") from None
    if not isinstance(content, dict) or _PARTS - set(content):
        missing = sorted(_PARTS - set(content if isinstance(content, dict) else {}))
        raise UnableToReadStrategy(f"{file}: {', '.join(missing)} missing")
    product, in_force_from = content["product"], content["in_force_from"]
    if product not in PRODUCTS:
        raise UnableToReadStrategy(f"{file}: product must be one of {', '.join(PRODUCTS)}, found {product!r}")
    if type(in_force_from) is not date:
        raise UnableToReadStrategy(f"{file}: in_force_from must be a date YYYY-MM-DD, found {in_force_from!r}")
    try:
        strategy = Strategy(
            version=str(content["version"]),
            in_force_from=in_force_from,
            segments=tuple(_segment(file, place, one) for place, one in _listed(file, content, "segments")),
            steps=tuple(_step(file, place, one) for place, one in _listed(file, content, "steps")),
            stops=tuple(_stop(file, place, one) for place, one in _listed(file, content, "stops")),
        )
    except UnableToUseStrategy as refused:
        raise UnableToReadStrategy(f"{file}: {refused}") from None
    return product, strategy


def _listed(file: str, content: dict[str, Any], part: str) -> Iterator[tuple[int, Any]]:
    entries = content.get(part) or []
    if not isinstance(entries, list):
        raise UnableToReadStrategy(f"{file}: {part} must be a list, found {entries!r}")
    return enumerate(entries, 1)


def _stop(file: str, place: int, entry: dict[str, Any]) -> Stop:
    if not isinstance(entry, dict) or "event" not in entry or not _is_days(entry.get("days", 0)):
        raise UnableToReadStrategy(f"{file}, stop {place}: needs an event, and maybe a whole number of days `days`")
    return Stop(str(entry["event"]), entry.get("days"))


def _is_days(value: object) -> bool:
    # YAML reads `yes` as a truth, which Python takes for a number.
    return isinstance(value, int) and not isinstance(value, bool)


def _segment(file: str, place: int, entry: dict[str, Any]) -> Segment:
    if not isinstance(entry, dict) or {"code", "condition"} - set(entry):
        raise UnableToReadStrategy(f"{file}, segment {place}: needs a code and a condition")
    _require_condition(f"{file}, segment {place}", str(entry["condition"]))
    return Segment(str(entry["code"]), str(entry["condition"]))


def _step(file: str, place: int, entry: dict[str, Any]) -> Step:
    where = f"{file}, step {place}"
    if not isinstance(entry, dict) or _STEP - set(entry) or not _is_days(entry.get("day")):
        raise UnableToReadStrategy(f"{where}: needs a code, an action and a whole number of days `day`")
    channel = entry.get("channel")
    if channel is not None and channel not in CHANNELS:
        raise UnableToReadStrategy(f"{where}: channel must be one of {', '.join(CHANNELS)}, found {channel!r}")
    if entry.get("condition") is not None:
        _require_condition(where, str(entry["condition"]))
    segments = entry.get("segments")
    return Step(
        code=str(entry["code"]),
        day=entry["day"],
        action=str(entry["action"]),
        channel=channel,
        segments=None if segments is None else tuple(map(str, segments)),
        condition=entry.get("condition"),
    )


def _require_condition(where: str, text: str) -> None:
    try:
        rule = read_rule(text, columns=COLUMNS)
    except UnableToReadRule as refused:
        raise UnableToReadStrategy(f"{where}: {refused}") from None
    if rule.kind != "yes/no":
        raise UnableToReadStrategy(f"{where}: a condition gives yes or no, {text!r} gives a {rule.kind}")


@cache
def standard(product: str) -> Strategy:
    """The strategy of the rulebook for a product. Raises UnableToReadStrategy."""
    file = f"rulebook/strategies/{product}.yaml"
    return read(files("ahadi").joinpath(file).read_text("utf-8"), file=file)[1]
