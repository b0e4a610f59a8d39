"""What children do while the server under them is killed: acts in a row, each acknowledged after its commit."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from django.db import Error, connections

from ahadi.domain.work.ports import DayAlreadyClosed

from .acts import Acts
from .telling import Line

DEBTS = 3
CAME = 2


def place_files(order: dict[str, Any], line: Line) -> None:
    """Places one file of debts after the other; they fall due on the days that are closed beside it."""
    acts = _acts(order)
    for number in count():
        name = f"debts {number}"
        debts = [(f"D{number}-{turn}", f"I{number}-{turn}", 1_000 + turn) for turn in range(DEBTS)]
        due_on = acts.day + timedelta(days=number % 60)
        _acknowledged(order, line, name, partial(acts.place, *debts, file=name, due_on=due_on, key=name))


def take_receipts(order: dict[str, Any], line: Line) -> None:
    """Takes one file of receipts after the other, for debts that were placed, or will be."""
    acts = _acts(order)
    for number in count():
        name = f"receipts {number}"
        came = [(f"D{number // 2}-{turn}", f"R{number}-{turn}", 400) for turn in range(CAME)]
        _acknowledged(order, line, name, partial(acts.receive, *came, file=name, key=name))


def close_days(order: dict[str, Any], line: Line) -> None:
    """Closes one day after the other."""
    acts = _acts(order)
    for number in count():
        day = acts.day + timedelta(days=number)
        _acknowledged(order, line, f"close {day}", partial(_closed, acts, day))


def _closed(acts: Acts, day: date) -> None:
    try:
        acts.close(day)
    except DayAlreadyClosed:
        return


def _acts(order: dict[str, Any]) -> Acts:
    return Acts(int(order["organisation"]), date.fromisoformat(order["day"]))


def _acknowledged(order: dict[str, Any], line: Line, name: str, act: Callable[[], object]) -> None:
    """Does an act, again and again until the server lets it, and acknowledges it once it is committed."""
    while True:
        try:
            act()
            break
        except (Error, psycopg.Error):
            connections.close_all()
            line.tell("broken")
            line.hear()
    with Path(order["acknowledged"]).open("a") as file:
        file.write(f"{name}\n")
