"""How likely a promise is kept: counted from what is alike, refined step by step, and calibrated on what came later."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.chance import ASKED, CELLS, DELAYS, MATURED, RECORDS, calibration, chances, learn
from ahadi.kernel.schema import WrongFrame, empty

from .book import rows


def matured(*values: tuple[Any, ...]) -> pl.DataFrame:
    """Promises that were (record, delay, amount, usual, kept)."""
    return rows(MATURED, *((number, *value) for number, value in enumerate(values, 1)))


def asked(*values: tuple[Any, ...]) -> pl.DataFrame:
    return rows(ASKED, *((number, *value) for number, value in enumerate(values, 1)))


def said(thought: pl.DataFrame, past: pl.DataFrame) -> list[int]:
    return chances(thought, learn(past))["chance_bps"].to_list()


def test_nothing_known_is_one_half_and_says_so() -> None:
    assert chances(asked(("none", 3, 100, None)), empty(CELLS)).row(0) == (1, 5_000, 0, 0)
    assert chances(asked(("none", 3, 100, None)), learn(empty(MATURED))).row(0) == (1, 5_000, 0, 0)


def test_many_alike_are_believed_and_few_lean_on_the_wider_group() -> None:
    many = matured(*[("kept", 2, 100, 100, True)] * 900, *[("kept", 2, 100, 100, False)] * 100)
    (alike,) = said(asked(("kept", 2, 100, 100)), many)
    assert 8_950 <= alike <= 9_000
    few = matured(*[("kept", 2, 100, 100, True)] * 500, *[("broken", 2, 100, 100, False)] * 2)
    (lean,) = said(asked(("broken", 2, 100, 100)), few)
    assert 7_000 < lean < 9_500, "two broken ones do not yet outweigh the book"


def test_share_is_refined_by_record_then_wait_then_size() -> None:
    past = matured(("kept", 1, 100, 100, True), ("kept", 1, 100, 100, True), ("broken", 20, 300, 100, False))
    # all: (2 of 3 and one half twice) 3/5; kept: (2 + 20 * .6) / 22, and so twice more.
    share = 0.6
    for _ in range(3):
        share = (2 + 20 * share) / 22
    (found,) = said(asked(("kept", 0, 100, 100)), past)
    assert abs(found - share * 10_000) <= 2


def test_counts_are_those_of_promises_that_are_alike() -> None:
    past = matured(("kept", 1, 100, 100, True), ("kept", 2, 100, 100, True), ("kept", 1, 100, 100, False))
    row = chances(asked(("kept", 0, 90, 100), ("kept", 40, 90, 100)), learn(past)).rows()
    assert [one[2:] for one in row] == [(2, 1), (0, 0)]


def test_size_is_beside_what_is_usual() -> None:
    past = matured(*[("none", 5, 100, 200, True)] * 50, *[("none", 5, 300, 200, False)] * 50)
    small, large, unknown = said(asked(("none", 5, 150, 200), ("none", 5, 251, 200), ("none", 5, 999, None)), past)
    assert small > unknown > large


def test_wait_falls_into_its_band() -> None:
    for last in DELAYS:
        past = matured(*[("none", last, 100, None, True)] * 10)
        like = chances(asked(("none", last, 1, None), ("none", last + 1, 1, None)), learn(past))["like_count"].to_list()
        assert like == [10, 0]


def test_unknown_record_and_negative_wait_are_refused() -> None:
    with pytest.raises(WrongFrame, match="record must be one of"):
        learn(matured(("often", 1, 1, None, True)))
    with pytest.raises(WrongFrame, match="'delay_days' must be 0 or more"):
        chances(asked(("none", -1, 1, None)), empty(CELLS))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(RECORDS),
            st.integers(0, 60),
            st.integers(1, 500),
            st.none() | st.integers(0, 500),
            st.booleans(),
        ),
        max_size=60,
    )
)
def test_chance_is_between_never_and_always_and_counts_tie_out(past: list[tuple[Any, ...]]) -> None:
    cells = learn(matured(*past))
    whole = cells.filter(pl.all_horizontal(pl.col("record", "delay", "size").is_null()))
    assert whole["matured_count"].sum() == len(past)
    narrow = cells.filter(pl.col("size").is_not_null())
    assert (narrow["matured_count"].sum(), narrow["kept_count"].sum()) == (len(past), sum(one[-1] for one in past))
    found = chances(asked(*(one[:4] for one in past), ("none", 0, 1, None)), cells)
    assert found["chance_bps"].is_between(1, 9_999).all()


def history(size: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Promises that are kept by a rule that the cells do not know: past ones, and as many later ones."""
    random = np.random.default_rng(seed)
    record = random.choice(RECORDS, size * 2, p=(0.4, 0.35, 0.25))
    delay = random.integers(0, 45, size * 2)
    share = random.uniform(0.2, 2.5, size * 2)
    lean = np.select([record == "kept", record == "broken"], [0.9, -1.1], 0.1)
    kept = random.random(size * 2) < 1 / (1 + np.exp(-(1.2 + lean - delay / 25 - (share - 1) * 0.9)))
    made = pl.DataFrame(
        {
            "promise_id": np.arange(size * 2),
            "record": record.tolist(),
            "delay_days": delay,
            "amount_minor": (share * 10_000).astype(np.int64),
            "usual_minor": np.full(size * 2, 10_000),
            "is_kept": kept,
        }
    )
    return made.head(size), made.tail(size)


def error(table: pl.DataFrame) -> float:
    """The mean distance between what was said and what came, weighted by how many."""
    return float(((table["said_bps"] - table["came_bps"]).abs() * table["count"]).sum() / table["count"].sum())


def test_what_is_said_comes_true_on_promises_made_later() -> None:
    past, later = history(20_000, 7)
    cells = learn(past)
    made = later.rename({"promise_id": "ask_id"})
    table = calibration(chances(made, cells), made)
    assert table["count"].sum() == later.height and error(table) < 150, table
    # The control: the same chances handed to the wrong promises say what does not come.
    shuffled = made.with_columns(pl.col("is_kept").reverse())
    assert error(calibration(chances(made, cells), shuffled)) > 600
