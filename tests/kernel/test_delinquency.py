"""Days past due and delinquent days, by every convention, as counted one day after the other."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ahadi.kernel.delinquency import (
    OPEN_INSTALMENTS,
    PAUSES,
    SETTLEMENTS,
    LatenessRule,
    Range,
    Ranges,
    Tolerance,
    UnableToUseRanges,
    delinquency,
    late_instalments,
    past_due_history,
)
from ahadi.kernel.schema import WrongFrame

from .book import DAY_ONE, rows

OCTOBER = date(2023, 10, 1)


def instalments(*values: tuple[object, ...]) -> pl.DataFrame:
    return rows(OPEN_INSTALMENTS, *values)


def pauses(*values: tuple[object, ...]) -> pl.DataFrame:
    return rows(PAUSES, *values)


def one(frame: pl.DataFrame, paused: pl.DataFrame, as_of: date, rule: LatenessRule) -> dict[str, Any]:
    return delinquency(late_instalments(frame, paused, as_of=as_of, rule=rule), paused, as_of=as_of, rule=rule).row(
        0, named=True
    )


FOUR = instalments(*((1, n, OCTOBER + timedelta(days=15 * (n - 1)), 250, 250) for n in (1, 2, 3, 4)))


def test_pause_stops_the_clock_and_the_grace_lessens_it() -> None:
    rule = LatenessRule(grace_days=3)
    found = one(FOUR, pauses((1, date(2023, 10, 6), date(2023, 10, 30))), date(2023, 10, 31), rule)
    assert (found["past_due_days"], found["delinquent_days"], found["overdue_minor"]) == (30, 3, 500)
    assert found["delinquent_since"] == date(2023, 10, 4)
    assert one(FOUR, pauses(), date(2023, 10, 31), rule)["delinquent_days"] == 27


def test_pause_before_the_oldest_basis_date_counts_only_by_the_old_rule() -> None:
    owed = instalments((1, 2, date(2023, 10, 16), 250, 250))
    early = pauses((1, date(2023, 10, 6), date(2023, 10, 18)))
    for pause_rule, expected in (("overlap", 8), ("any", 0)):
        rule = LatenessRule(pause_rule=pause_rule)  # type: ignore[arg-type]
        assert one(owed, early, date(2023, 10, 26), rule)["delinquent_days"] == expected


def test_due_date_may_be_the_first_day() -> None:
    owed = instalments((1, 1, OCTOBER, 100, 1))
    assert one(owed, pauses(), OCTOBER, LatenessRule())["past_due_days"] == 0
    assert one(owed, pauses(), OCTOBER, LatenessRule(due_date_counts=True))["past_due_days"] == 1


@pytest.mark.parametrize(
    ("open_minor", "tolerance", "cycles"),
    [
        (70, Tolerance(70), 0),
        (71, Tolerance(70), 1),
        (65, Tolerance(70, 5_000_000, "max"), 0),
        (65, Tolerance(70, 5_000_000, "min"), 1),
        (50, Tolerance(70, 5_000_000, "min"), 0),
        (0, Tolerance(), 0),
        (1, Tolerance(), 1),
    ],
)
def test_tolerance_settles_up_to_its_edge(open_minor: int, tolerance: Tolerance, cycles: int) -> None:
    owed = instalments((1, 1, OCTOBER, 1000, open_minor))
    found = one(owed, pauses(), date(2023, 10, 9), LatenessRule(tolerance=tolerance))
    assert found["cycles_past_due"] == cycles
    assert tolerance.of(1000) == (70 if tolerance.take == "max" else 50) or not tolerance.amount_minor


def test_pause_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(WrongFrame, match="ends before it begins"):
        late_instalments(FOUR, pauses((1, OCTOBER, date(2023, 9, 1))), as_of=OCTOBER, rule=LatenessRule())


def test_ranges_may_leave_days_to_nobody_but_never_to_two() -> None:
    ranges = Ranges((Range("B", 4, 30), Range("A", 1, 3), Range("C", 40, None)))
    found = pl.DataFrame({"days": [0, 1, 3, 4, 30, 31, 40, 999, None]}).select(ranges.code(pl.col("days"))).to_series()
    assert found.to_list() == [None, "A", "A", "B", "B", None, "C", "C", None]
    assert [ranges.code_of(days) for days in (0, 3, 31, 40)] == [None, "A", None, "C"]
    for wrong in (
        (Range("A", 0, 5), Range("B", 5, None)),
        (Range("A", 0, None), Range("B", 9, None)),
        (Range("A", 5, 1),),
    ):
        with pytest.raises(UnableToUseRanges):
            Ranges(wrong)
    with pytest.raises(UnableToUseRanges, match="must differ"):
        Ranges((Range("A", 0, 1), Range("A", 2, 3)))


def _dates() -> st.SearchStrategy[date]:
    return st.integers(0, 25).map(lambda days: DAY_ONE + timedelta(days=days))


histories = st.lists(
    st.tuples(_dates(), st.integers(1, 5), st.lists(st.tuples(_dates(), st.integers(1, 3)), max_size=3)),
    min_size=1,
    max_size=4,
)


@settings(deadline=None, max_examples=80)
@given(histories, st.booleans(), st.integers(0, 1))
def test_history_is_the_state_of_every_day(history: list[Any], due_date_counts: bool, tolerance: int) -> None:
    rule = LatenessRule(tolerance=Tolerance(tolerance), due_date_counts=due_date_counts)
    owed = instalments(*((1, n, basis, amount, amount) for n, (basis, amount, _) in enumerate(history)))
    settled = rows(SETTLEMENTS, *((n, day, part) for n, (_, _, parts) in enumerate(history) for day, part in parts))
    last = DAY_ONE + timedelta(days=30)
    found = past_due_history(owed, settled, as_of=last, rule=rule)
    assert found["day"].to_list()[-1] == last
    for _, day, days in found.iter_rows():
        late = [
            (day - basis).days + int(due_date_counts)
            for basis, amount, parts in history
            if amount - sum(part for on, part in parts if on <= day) > tolerance
        ]
        assert days == max([0, *late])


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(_dates(), st.integers(0, 3)), min_size=1, max_size=4),
    st.lists(st.tuples(_dates(), st.integers(0, 9)), max_size=3),
    _dates(),
    st.sampled_from(["overlap", "any"]),
    st.integers(0, 3),
)
def test_delinquent_days_are_those_counted_by_hand(
    owed: list[Any], paused: list[Any], as_of: date, pause_rule: Any, grace: int
) -> None:
    rule = LatenessRule(grace_days=grace, pause_rule=pause_rule)
    frame = instalments(*((1, n, basis, 3, left) for n, (basis, left) in enumerate(owed)))
    times = [(start, start + timedelta(days=length)) for start, length in paused]
    found = one(frame, pauses(*((1, *time) for time in times)), as_of, rule)
    late = [basis for basis, left in owed if left and basis < as_of]
    expected = 0
    if late:
        begins = [max(start, min(late)) if pause_rule == "overlap" else start for start, _ in times]
        ends = [min(end, as_of) for _, end in times]
        stopped = sum(max(0, (end - begin).days) for begin, end in zip(begins, ends, strict=True))
        expected = max(0, (as_of - min(late)).days - grace - stopped)
    assert found["delinquent_days"] == expected
