"""How a desk works: what its number keys write down, its reasons and pauses, and what is said in which situation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from ahadi.data.rulebook import UnableToReadRulebook, parameter


@dataclass(frozen=True)
class Outcome:
    """What a number key writes down: the code of a disposition, by the card of that name where it has one."""

    key: int
    name: str
    result: str
    card: str | None = None
    advances: bool = False


@dataclass(frozen=True)
class Effect:
    """What a disposition's next action does by itself: marks the number, or asks for something in so many days."""

    marks: str | None = None
    asks: str | None = None
    days: int = 1


@dataclass(frozen=True)
class Pause:
    """A reason to be away from the calls; one that does not count is left out of a person's figures."""

    code: str
    counts: bool


@dataclass(frozen=True)
class Terms:
    """All of it."""

    outcomes: tuple[Outcome, ...]
    pairs: Mapping[str, tuple[str, ...]]
    effects: Mapping[str, Effect]
    pauses: tuple[Pause, ...]
    skips: tuple[str, ...]
    pulls: tuple[str, ...]
    extensions: tuple[str, ...]
    unmaskings: tuple[str, ...]


@cache
def terms() -> Terms:
    """The terms of the desk, of rulebook/desk.yaml. Raises UnableToReadRulebook."""
    content = _read("desk.yaml")
    try:
        return Terms(
            outcomes=tuple(Outcome(**one) for one in content["outcomes"]),
            pairs={channel: tuple(levels) for channel, levels in content["pairs"].items()},
            effects={code: Effect(**one) for code, one in content["effects"].items()},
            pauses=tuple(Pause(**one) for one in content["pauses"]),
            **{name: tuple(content[name]) for name in ("skips", "pulls", "extensions", "unmaskings")},
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise UnableToReadRulebook(f"rulebook/desk.yaml: {error} is missing or not of that shape") from error


def figure(name: str, *, as_of: date) -> int:
    """A figure of the desk in force on a day, of rulebook/desk_figures.yaml. Raises UnableToReadRulebook."""
    return parameter("desk_figures", by="figure").at(name, as_of)


@dataclass(frozen=True)
class Script:
    """What to say in a situation from a day on, by language."""

    situation: str
    from_date: date
    lines: Mapping[str, str]


@cache
def _scripts(house: str) -> tuple[Script, ...]:
    if not files("ahadi").joinpath("rulebook", "scripts", f"{house}.yaml").is_file():
        return ()
    return tuple(
        Script(one["situation"], one["from"], one["lines"]) for one in _read(f"scripts/{house}.yaml")["scripts"]
    )


def line(situation: str, language: str, *, house: str, as_of: date) -> str | None:
    """What to say in a situation and language on a day: as the organisation has it, else as every house."""
    for scripts in (_scripts(house), _scripts("house")):
        held = [one for one in scripts if one.situation == situation and one.from_date <= as_of]
        if held:
            return max(held, key=lambda one: one.from_date).lines.get(language)
    return None


def _read(file: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(files("ahadi").joinpath("rulebook", *file.split("/")).read_text("utf-8"))
    return content
