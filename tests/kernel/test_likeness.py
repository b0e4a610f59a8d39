"""Whether two debtors are one person: from 0 to 100, explained, and never in spite of a contradiction."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.likeness import PAIRS, PROPOSED_FROM, compare
from ahadi.kernel.schema import WrongFrame

COUNTS = ("phones", "emails", "papers")
FLAGS = (
    "sounds_alike",
    "has_same_birth",
    "has_same_place",
    "has_same_employer",
    "differs_in_paper",
    "differs_in_birth",
)
NOTHING: dict[str, Any] = {"name_pct": 60, **dict.fromkeys(COUNTS, 0), **dict.fromkeys(FLAGS, False)}
_pair = st.fixed_dictionaries(
    {
        "name_pct": st.integers(0, 100),
        **{name: st.integers(0, 4) for name in COUNTS},
        **{name: st.booleans() for name in FLAGS},
    }
)


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    """Pairs."""
    return pl.DataFrame(list(rows), schema={column.name: column.dtype for column in PAIRS.columns})


def liken(**pair: Any) -> tuple[int, dict[str, int]]:
    """The score of one pair, and its reasons."""
    found, reasons = compare(frame({"pair_id": 1, **NOTHING, **pair}))
    return found["score"].item(), dict(reasons.select("reason", "points").iter_rows())


@given(_pair)
def test_reasons_add_up_within_the_range(pair: dict[str, Any]) -> None:
    score, reasons = liken(**pair)
    assert score == min(100, max(0, sum(reasons.values())))


@given(_pair, st.sampled_from(["differs_in_paper", "differs_in_birth"]))
def test_contradiction_leaves_nothing(pair: dict[str, Any], what: str) -> None:
    assert liken(**{**pair, what: True})[0] == 0


@given(_pair, st.sampled_from(["phones", "emails", "papers"]))
def test_what_is_shared_never_speaks_against_it(pair: dict[str, Any], what: str) -> None:
    assert liken(**{**pair, what: pair[what] + 1})[0] >= liken(**pair)[0]


def test_name_alone_proposes_nobody() -> None:
    assert liken(name_pct=100, sounds_alike=True)[0] < PROPOSED_FROM


@pytest.mark.parametrize("more", [{"phones": 1}, {"emails": 1}, {"has_same_birth": True}, {"has_same_place": True}])
def test_name_with_anything_that_few_share_proposes_them(more: dict[str, Any]) -> None:
    assert liken(name_pct=100, sounds_alike=True, **more)[0] >= PROPOSED_FROM


def test_telephone_of_people_whose_names_differ_proposes_nobody() -> None:
    assert liken(name_pct=30, phones=2)[0] < PROPOSED_FROM


def test_pair_that_stands_twice_is_refused() -> None:
    with pytest.raises(WrongFrame, match="pairs"):
        compare(frame(*[{"pair_id": 1, **NOTHING}] * 2))
