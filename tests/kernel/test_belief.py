"""Belief in numbers: from 0 to 100, explained, and moved by what came in the right direction."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.belief import CAME, DEAD, OTHER, POINTS, RIGHT, SILENT, TRIES, believe
from ahadi.kernel.schema import WrongFrame

AS_OF = date(2026, 3, 10)
_days = st.integers(0, 900).map(lambda days: AS_OF - timedelta(days=days))
_point = st.fixed_dictionaries(
    {
        "told_by": st.sampled_from(["debtor", "officer", "creditor", "registry", "person", "a neighbour"]),
        "told_on": _days,
        "others": st.integers(0, 6),
        "is_marked": st.booleans(),
    }
)
_tries = st.lists(st.tuples(_days, st.sampled_from(CAME)), max_size=12)


def frame(spec: Any, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows of a spec."""
    return pl.DataFrame(rows, schema={column.name: column.dtype for column in spec.columns})


def belief(point: dict[str, Any], tries: list[tuple[date, str]]) -> tuple[int, dict[str, int]]:
    """The belief in one point, and its reasons."""
    tried = [{"point_id": 1, "on": on, "came": came} for on, came in tries]
    beliefs, reasons = believe(frame(POINTS, [{"point_id": 1, **point}]), frame(TRIES, tried), as_of=AS_OF)
    return beliefs["belief"].item(), dict(reasons.select("reason", "points").iter_rows())


TOLD = {"told_by": "creditor", "told_on": AS_OF, "others": 0, "is_marked": False}


@given(_point, _tries)
def test_reasons_add_up_within_the_range(point: dict[str, Any], tries: list[tuple[date, str]]) -> None:
    found, reasons = belief(point, tries)
    assert found == min(100, max(0, sum(reasons.values())))
    assert (found == 0) or not point["is_marked"]


@given(_point, _tries)
def test_talk_with_the_right_party_today_never_lowers_it(point: dict[str, Any], tries: list[tuple[date, str]]) -> None:
    assert belief(point, [*tries, (AS_OF, RIGHT)])[0] >= belief(point, tries)[0]


@given(_point, _tries, st.sampled_from([DEAD, SILENT]))
def test_what_speaks_against_it_never_raises_it(
    point: dict[str, Any], tries: list[tuple[date, str]], came: str
) -> None:
    assert belief(point, [*tries, (AS_OF, came)])[0] <= belief(point, tries)[0]


def test_somebody_else_who_answers_speaks_against_it_but_shows_that_it_is_in_service() -> None:
    found = [belief(TOLD, [(AS_OF, came) for came in tried])[0] for tried in ([], [DEAD], [DEAD, OTHER], [OTHER])]
    assert found == [40, 0, 20, 20]


@given(_point, _tries, st.integers(1, 400))
def test_what_comes_after_the_day_says_nothing(point: dict[str, Any], tries: list[tuple[date, str]], days: int) -> None:
    later = (AS_OF + timedelta(days=days), RIGHT)
    assert belief(point, [*tries, later]) == belief(point, tries)


def test_number_of_several_people_is_believed_less_of_each() -> None:
    assert [belief({**TOLD, "others": others}, [])[0] for others in range(5)] == [40, 30, 20, 10, 10]


def test_two_points_do_not_touch_one_another() -> None:
    points = frame(POINTS, [{"point_id": one, **TOLD} for one in (1, 2)])
    tries = frame(TRIES, [{"point_id": 2, "on": AS_OF, "came": RIGHT}])
    assert believe(points, tries, as_of=AS_OF)[0].rows() == [(1, 40), (2, 80)]


def test_point_that_is_told_twice_is_refused() -> None:
    with pytest.raises(WrongFrame, match="points"):
        believe(frame(POINTS, [{"point_id": 1, **TOLD}] * 2), frame(TRIES, []), as_of=AS_OF)
