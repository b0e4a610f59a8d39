"""Columns that are sorted by account as arrays: whether they are in order, where each account begins, sums of it.

Problem: a sort, a hash and a join cost more than the arithmetic they prepare. Choice: what is sorted by
account is a row of runs of unequal length; whether it is sorted is one comparison of each row with the
next, and everything about an account is then a difference or a sum between two positions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Days = NDArray[np.int32]
Flags = NDArray[np.bool_]
_SHORT, _DENSE = 4, 4
_WHOLE_FLOAT, _HALF = 2.0**52, 26


def ints(frame: pl.DataFrame, column: str) -> Ints:
    """A column of whole numbers without nulls, not copied where it lies in one piece."""
    values: Ints = frame.get_column(column).to_numpy()
    return values


def days(frame: pl.DataFrame, column: str) -> Days:
    """A column of dates without nulls as days since 1970."""
    values: Days = frame.get_column(column).cast(pl.Int32).to_numpy()
    return values


def dates(values: NDArray[np.integer], is_null: Flags | None = None) -> pl.Series:
    """Days since 1970 as dates, null where asked."""
    return nullable(values.astype(np.int32, copy=False), is_null).cast(pl.Date)


def nullable(values: NDArray[np.integer], is_null: Flags | None) -> pl.Series:
    """An array as a column, null where asked."""
    column = pl.Series(values)
    return column if is_null is None or not is_null.any() else column.set(pl.Series(is_null), None)


def in_order(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    """The frame sorted by these columns of whole numbers and dates: itself where it is so already."""
    return frame if is_in_order(frame, *names) else frame.sort(names)


def is_in_order(frame: pl.DataFrame, *names: str) -> bool:
    """Whether no row stands after one that should follow it, by these columns of whole numbers and dates.

    Where a column falls, one of the columns before it must rise; in a sorted frame such rows are few.
    """
    if frame.height < 2:
        return True
    before: list[NDArray[np.integer]] = []
    for name in names:
        values: NDArray[np.integer] = frame[name].to_physical().to_numpy()
        if not _is_tied_nowhere(before, values[1:] < values[:-1]):
            return False
        before.append(values)
    return True


def is_rising(frame: pl.DataFrame) -> bool:
    """Whether every row is above the one before it, column by column, so that none stands twice."""
    before: list[NDArray[np.integer]] = []
    *leading, last = frame.iter_columns()
    for column in leading:
        if not column.dtype.is_integer() and not column.dtype.is_temporal():
            return False
        values: NDArray[np.integer] = column.to_physical().to_numpy()
        if not _is_tied_nowhere(before, values[1:] < values[:-1]):
            return False
        before.append(values)
    if last.dtype.is_nested():
        return False
    return _is_tied_nowhere(before, (last[1:] <= last[:-1]).fill_null(True).to_numpy())


def _is_tied_nowhere(before: Sequence[NDArray[np.integer]], is_asked: Flags) -> bool:
    """Whether in none of the rows asked for all the earlier columns are as in the row before."""
    if not before:
        return not is_asked.any()
    asked = np.flatnonzero(is_asked)
    for earlier in before:
        asked = asked[earlier[asked + 1] == earlier[asked]]
    return not len(asked)


def steps(values: Ints) -> Ints:
    """What each number is above the one before it, the first above 0."""
    found = np.empty_like(values)
    found[:1] = values[:1]
    np.subtract(values[1:], values[:-1], out=found[1:])
    return found


def starts(account: Ints) -> Ints:
    """The row at which each account of a sorted column begins."""
    if not len(account):
        return np.zeros(0, dtype=np.int64)
    return np.concatenate([np.zeros(1, dtype=np.int64), np.flatnonzero(account[1:] != account[:-1]) + 1])


def sums(values: NDArray[np.integer] | Flags, begins: Ints) -> Ints:
    """The sum of each run that begins at these rows and ends where the next begins."""
    if not len(begins):
        return np.zeros(0, dtype=np.int64)
    if len(values) < _SHORT * len(begins):
        return steps(np.cumsum(values, dtype=np.int64)[np.append(begins[1:], len(values)) - 1])
    found: Ints = np.add.reduceat(values, begins, dtype=np.int64)
    return found


def extremes(of: np.ufunc, values: NDArray[np.integer], begins: Ints) -> Ints:
    """The largest (np.maximum) or smallest (np.minimum) of each run that begins at these rows."""
    if not len(begins):
        return np.zeros(0, dtype=np.int64)
    found: Ints = of.reduceat(values, begins).astype(np.int64, copy=False)
    return found


def by_cell(cell: Ints, values: Ints, count: int) -> Ints:
    """The sum of the values, which are 0 or more, that go to each of `count` cells, in any order.

    Counting with weights is done in floats, which are whole up to 2^53: larger sums are counted in two
    halves of their bits, each of them whole.
    """
    if values.sum(dtype=np.float64) < _WHOLE_FLOAT:
        return np.bincount(cell, values, count).astype(np.int64)
    high, low = values >> _HALF, values & (2**_HALF - 1)
    whole: Ints = (np.bincount(cell, high, count).astype(np.int64) << _HALF) + np.bincount(cell, low, count).astype(
        np.int64
    )
    return whole


def places(known: Ints, wanted: Ints) -> tuple[Ints, Flags]:
    """Where each of `wanted` stands in `known`, and whether it does; `known` is rising."""
    if len(known) == len(wanted) and np.array_equal(known, wanted):
        return np.arange(len(known)), np.ones(len(known), dtype=np.bool_)
    place = np.searchsorted(known, wanted)
    is_known = place < len(known)
    is_known[is_known] = known[place[is_known]] == wanted[is_known]
    return np.where(is_known, place, 0), is_known


def at(values: Ints, place: Ints, is_known: Flags) -> Ints:
    """The value at each place, 0 where there is none."""
    if not len(values):
        return np.zeros(len(place), dtype=np.int64)
    return np.where(is_known, values[place], 0)


def kept(frame: pl.DataFrame, condition: pl.Expr) -> pl.DataFrame:
    """The rows that meet the condition: the frame itself where all of them do."""
    is_kept = frame.select(condition).to_series()
    return frame if is_kept.all() else frame.filter(is_kept)


def valued(frame: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """The rows whose `value_date` has come by a day: the frame itself where it has for all of them."""
    is_here = days(frame, "value_date") <= (as_of - date(1970, 1, 1)).days
    return frame if is_here.all() else frame.filter(is_here)


def laid_beside(frame: pl.DataFrame, *others: pl.DataFrame) -> pl.DataFrame:
    """The frame with the columns of others, of which each names an account at most once, by account: left joins.

    What names the same accounts in the same order is laid down as it is, and what is empty as nulls: for a single
    account a join costs more than what was computed of it.
    """
    account = ints(frame, "account_id")
    for other in others:
        if other.is_empty():
            frame = frame.with_columns(_nulls(tuple(zip(other.columns, other.dtypes, strict=True))))
        elif other.height == frame.height and np.array_equal(account, ints(other, "account_id")):
            frame = frame.hstack([column for column in other.iter_columns() if column.name != "account_id"])
        else:
            frame = frame.join(other, on="account_id", how="left", maintain_order="left")
    return frame


@cache
def _nulls(columns: tuple[tuple[str, pl.DataType], ...]) -> tuple[pl.Expr, ...]:
    return tuple(pl.lit(None, dtype=kind).alias(name) for name, kind in columns if name != "account_id")


@dataclass(frozen=True)
class Groups:
    """Which rows are named, each once and rising, and where the values that belong to each of them end."""

    rows: Ints
    ends: Ints
    order: Ints | None

    @classmethod
    def of(cls, row: Ints) -> "Groups":
        """The groups of values that go to these rows; no sorting where equal rows stand together, rising."""
        order = None if bool((row[1:] >= row[:-1]).all()) else np.argsort(row, kind="stable")
        row = row if order is None else row[order]
        ends = np.append(starts(row)[1:], len(row))[: len(row)] - 1
        return cls(row[ends], ends, order)

    def sums(self, values: Ints) -> Ints:
        """The sum of the values of each row."""
        return steps(np.cumsum(values if self.order is None else values[self.order])[self.ends])

    def spread(self, found: Ints, count: int) -> Ints:
        """What was found for each row, laid out over `count` rows with 0 elsewhere."""
        laid = np.zeros(count, dtype=np.int64)
        laid[self.rows] = found
        return laid


def by_id(known: pl.DataFrame, given: pl.DataFrame, name: str, values: Ints) -> tuple[Ints, bool]:
    """The sum of the values of `given` that carry the id of each row of `known`, and whether all ids are known.

    `name` is the column of the ids, which stand in `known` once. Both are quickest sorted by account and,
    within it, by id: then they are merged instead of searched.
    """
    ids = ints(given, name)
    begins = starts(ids)
    wanted, found = ids[begins], sums(values, begins)
    place = _merged_place(ints(known, name), wanted)
    if place is None:
        place = _merged_place(*_with_account(known, given.select("account_id", name)[begins], name))
    if place is not None:
        return Groups(place, begins, None).spread(found, known.height), True
    order = np.argsort(ints(known, name))
    place, is_known = places(ints(known, name)[order], wanted)
    groups = Groups.of(order[place[is_known]])
    return groups.spread(groups.sums(found[is_known]), known.height), bool(is_known.all())


def _merged_place(known: Ints, wanted: Ints) -> Ints | None:
    """Where each of `wanted` stands in `known` when both are rising and all are there, else None."""
    if not (bool((known[1:] > known[:-1]).all()) and bool((wanted[1:] > wanted[:-1]).all())):
        return None
    if not len(wanted):
        return np.zeros(0, dtype=np.int64)
    if not len(known) or wanted[0] < known[0] or wanted[-1] > known[-1]:
        return None
    # What is looked up in a table costs memory by the range of the numbers.
    if int(known[-1]) - int(known[0]) > _DENSE * len(known):
        place, is_known = places(known, wanted)
        return place if is_known.all() else None
    place = np.flatnonzero(np.isin(known, wanted, assume_unique=True, kind="table"))
    return place if len(place) == len(wanted) else None


def _with_account(known: pl.DataFrame, given: pl.DataFrame, name: str) -> tuple[Ints, Ints]:
    """Account and id as one number; empty and not mergeable where they do not fit into one."""
    keys = [(ints(frame, "account_id"), ints(frame, name)) for frame in (known, given)]
    if not all(len(account) for account, _ in keys):
        return np.zeros(2, dtype=np.int64), np.zeros(2, dtype=np.int64)
    lowest_account, lowest = (min(int(key[side].min()) for key in keys) for side in (0, 1))
    highest_account, highest = (max(int(key[side].max()) for key in keys) for side in (0, 1))
    width = highest - lowest + 1
    if (highest_account - lowest_account + 1) * width >= 2**62:
        return np.zeros(2, dtype=np.int64), np.zeros(2, dtype=np.int64)
    one, other = ((account - lowest_account) * width + (row - lowest) for account, row in keys)
    return one, other


def union(one: Ints, other: Ints) -> Ints:
    """Every number of either once, rising; both are sorted."""
    one, other = one[starts(one)], other[starts(other)]
    return one if np.array_equal(one, other) else np.union1d(one, other)


def of_account(account: Ints, known: Ints, values: Ints) -> Ints:
    """The value of each of `account` where it is among `known`, which is rising; 0 where it is not."""
    if len(known) == len(account) and np.array_equal(known, account):
        return values
    place, is_known = places(known, account)
    return at(values, place, is_known)
