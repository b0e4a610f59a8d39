"""What is quick for sorted columns gives the same as the slow way for any."""

from collections import defaultdict
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from ahadi.kernel import ragged
from ahadi.kernel.ragged import (
    Groups,
    Ints,
    by_cell,
    by_id,
    in_order,
    ints,
    is_in_order,
    kept,
    laid_beside,
    places,
    starts,
    sums,
    union,
)
from ahadi.kernel.schema import RECEIPTS, Column, Spec, WrongFrame, require

from .book import receipts, rows

small = st.integers(-3, 9)
DAY = date(2026, 1, 31)
PAIRS = Spec("pairs", (Column("a", pl.Int64), Column("b", pl.Int64)), key=("a", "b"))


def array(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int64)


@given(st.lists(st.tuples(small, small, small), max_size=12))
def test_frame_is_in_order_exactly_when_sorting_leaves_it(values: list[tuple[int, int, int]]) -> None:
    frame = pl.DataFrame(values, schema={"a": pl.Int64, "b": pl.Int64, "c": pl.Int64}, orient="row")
    assert is_in_order(frame, "a", "b", "c") == (values == sorted(values))
    assert in_order(frame, "a", "b", "c").rows() == sorted(values)
    assert is_in_order(frame.sort("a", "b"), "a", "b")


@given(st.lists(st.tuples(st.integers(0, 5), small), max_size=14))
def test_sums_of_groups_are_those_of_a_dictionary(pairs: list[tuple[int, int]]) -> None:
    expected: dict[int, int] = defaultdict(int)
    for row, value in pairs:
        expected[row] += value
    for order in (pairs, sorted(pairs)):
        groups = Groups.of(array([row for row, _ in order]))
        found = groups.sums(array([value for _, value in order]))
        assert dict(zip(groups.rows.tolist(), found.tolist(), strict=True)) == expected
        assert groups.spread(found, 6).tolist() == [expected.get(row, 0) for row in range(6)]


@given(st.lists(st.lists(small, min_size=1, max_size=9), max_size=6))
def test_runs_are_summed_whether_they_are_short_or_long(runs: list[list[int]]) -> None:
    key = array([number for number, run in enumerate(runs) for _ in run])
    values = array([value for run in runs for value in run])
    assert sums(values, starts(key)).tolist() == [sum(run) for run in runs]


@st.composite
def known_and_given(draw: st.DrawFn) -> tuple[pl.DataFrame, pl.DataFrame, list[int]]:
    ids = draw(st.sampled_from([st.integers(1, 12), st.integers(-(2**62), 2**62)]))
    accounts = {number: draw(st.integers(1, 3)) for number in draw(st.lists(ids, max_size=8, unique=True))}
    among = st.sampled_from(sorted(accounts)) if accounts else ids
    known = [(account, number) for number, account in accounts.items()]
    wanted = [(accounts.get(number, 1), number) for number in draw(st.lists(among | ids))]
    if draw(st.booleans()):
        known, wanted = sorted(known), sorted(wanted)
    values = draw(st.lists(small, min_size=len(wanted), max_size=len(wanted)))
    schema = {"account_id": pl.Int64, "id": pl.Int64}
    return pl.DataFrame(known, schema, orient="row"), pl.DataFrame(wanted, schema, orient="row"), values


@given(known_and_given())
def test_values_reach_their_id_in_any_order(given_: tuple[pl.DataFrame, pl.DataFrame, list[int]]) -> None:
    known, wanted, values = given_
    expected: dict[int, int] = defaultdict(int)
    for number, value in zip(wanted["id"], values, strict=True):
        expected[number] += value
    found, is_known = by_id(known, wanted, "id", array(values))
    assert found.tolist() == [expected.get(number, 0) for number in known["id"]]
    assert is_known == set(wanted["id"]).issubset(known["id"])


def test_id_far_from_all_others_is_unknown_and_asks_for_no_memory() -> None:
    schema = {"account_id": pl.Int64, "id": pl.Int64}
    known = pl.DataFrame([(1, 1), (1, 2)], schema, orient="row")
    wanted = pl.DataFrame([(1, 2), (1, 2**62)], schema, orient="row")
    with pytest.raises((MemoryError, ValueError)):
        np.isin(ints(known, "id"), ints(wanted, "id"), kind="table")
    found, is_known = by_id(known, wanted, "id", array([5, 7]))
    assert (found.tolist(), is_known) == ([0, 5], False)


def test_cells_stay_whole_beyond_what_a_float_holds() -> None:
    values, cell = array([2**60, 2**53 + 1, 1, 3]), array([1, 1, 1, 0])
    assert int(np.bincount(cell, values, 3)[1]) != 2**60 + 2**53 + 2
    assert by_cell(cell, values, 3).tolist() == [3, 2**60 + 2**53 + 2, 0]


@given(st.lists(small, unique=True), st.lists(small))
def test_place_is_where_the_number_stands(known: list[int], wanted: list[int]) -> None:
    rising = sorted(known)
    place, is_known = places(array(rising), array(wanted))
    assert is_known.tolist() == [number in rising for number in wanted]
    assert [rising[at] for at, there in zip(place.tolist(), is_known.tolist(), strict=True) if there] == [
        number for number in wanted if number in rising
    ]


@given(st.lists(small), st.lists(small))
def test_union_has_every_number_once(one: list[int], other: list[int]) -> None:
    assert union(array(sorted(one)), array(sorted(other))).tolist() == sorted({*one, *other})


def test_frame_of_which_all_is_kept_is_not_copied() -> None:
    frame = receipts((1, 1, DAY, 5), (1, 2, DAY, 6))
    assert kept(frame, pl.col("amount_minor") > 0) is frame
    assert kept(frame, pl.col("amount_minor") > 5)["receipt_id"].to_list() == [2]
    assert ragged.dates(array([0, 1]), np.array([True, False])).to_list() == [None, date(1970, 1, 2)]


@given(st.lists(st.integers(1, 9) | st.integers(1, 2**40), max_size=9))
def test_repeated_id_is_refused_wherever_its_rows_stand(ids: list[int]) -> None:
    frame = rows(RECEIPTS, *((1, number, DAY, 1) for number in ids))
    if len(set(ids)) == len(ids):
        assert require(frame, RECEIPTS).height == len(ids)
    else:
        with pytest.raises(WrongFrame, match="stands in more than one row"):
            require(frame, RECEIPTS)


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), max_size=6), st.booleans())
def test_repeated_pair_is_refused_wherever_its_rows_stand(pairs: list[tuple[int, int]], is_sorted: bool) -> None:
    frame = rows(PAIRS, *(sorted(pairs) if is_sorted else pairs))
    if len(set(pairs)) == len(pairs):
        assert require(frame, PAIRS).height == len(pairs)
    else:
        with pytest.raises(WrongFrame, match=r"pairs: a \d, b \d stands in more than one row"):
            require(frame, PAIRS)


@given(st.lists(st.integers(0, 6), unique=True), st.lists(st.integers(0, 6), unique=True), st.booleans())
def test_what_is_laid_beside_is_what_a_join_gives(mine: list[int], others: list[int], is_same: bool) -> None:
    frame = pl.DataFrame({"account_id": pl.Series(mine, dtype=pl.Int64)}).with_columns(own=pl.col("account_id") * 2)
    ids = pl.Series("account_id", mine if is_same else others, dtype=pl.Int64)
    other = pl.DataFrame([ids]).with_columns(text=pl.col("account_id").cast(pl.String), day=pl.lit(DAY))
    nothing = pl.DataFrame(schema={"account_id": pl.Int64, "is_so": pl.Boolean})
    expected = frame.join(other, on="account_id", how="left", maintain_order="left").join(
        nothing, on="account_id", how="left", maintain_order="left"
    )
    assert_frame_equal(laid_beside(frame, other, nothing), expected)


def test_column_that_is_there_already_is_not_laid_beside() -> None:
    frame = pl.DataFrame({"account_id": [1], "own": [2]})
    with pytest.raises(pl.exceptions.DuplicateError):
        laid_beside(frame, frame)
