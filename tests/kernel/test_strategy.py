"""Strategies: the step whose day has come, once for each arrear, unless something stops it."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.schema import empty
from ahadi.kernel.segment import Segment
from ahadi.kernel.strategy import (
    DONE,
    EVENTS,
    NEXT_STEPS,
    STAGED_ACCOUNTS,
    CatchUp,
    Step,
    Stop,
    Strategy,
    UnableToUseStrategy,
    due_steps,
    in_force,
    next_steps,
)

from .book import rows
from .company import assert_alone_as_among_many, assert_order_is_free

DUE = date(2026, 3, 1)
STEPS = (
    Step("REMIND", -3, "message", "sms"),
    Step("CALL", 5, "call"),
    Step("LETTER", 20, "letter", "post", segments=("BIG",)),
    Step("VISIT", 30, "visit", condition="amount > 500"),
)
SEGMENTS = (Segment("BIG", "amount >= 100"), Segment("REST", "amount > 0"))


def strategy(*stops: Stop, catch_up: CatchUp = "latest", steps: tuple[Step, ...] = STEPS) -> Strategy:
    return Strategy("v1", date(2026, 1, 1), SEGMENTS, steps, stops, catch_up)


def accounts(*values: tuple[int, date | None, int]) -> pl.DataFrame:
    frame = rows(STAGED_ACCOUNTS, *(value[:2] for value in values))
    return frame.with_columns(amount=pl.Series([value[2] for value in values], dtype=pl.Int64))


def due(
    day: int,
    amount: int = 200,
    *,
    done: pl.DataFrame | None = None,
    events: pl.DataFrame | None = None,
    rule: Strategy | None = None,
) -> list[str]:
    made = due_steps(
        accounts((1, DUE, amount)),
        empty(DONE) if done is None else done,
        empty(EVENTS) if events is None else events,
        as_of=DUE + timedelta(days=day),
        strategy=rule or strategy(),
    )
    return made["step"].to_list()


@pytest.mark.parametrize(
    ("day", "amount", "expected"),
    [
        (-4, 200, []),
        (-3, 200, ["REMIND"]),
        (5, 200, ["CALL"]),
        (19, 200, ["CALL"]),
        (20, 200, ["LETTER"]),
        (20, 50, ["CALL"]),
        (30, 501, ["VISIT"]),
        (30, 500, ["LETTER"]),
        (30, 0, []),
    ],
)
def test_furthest_step_whose_day_has_come_is_due(day: int, amount: int, expected: list[str]) -> None:
    assert due(day, amount) == expected


def test_due_day_segment_and_channel_stand_beside_the_step() -> None:
    made = due_steps(accounts((1, DUE, 200)), empty(DONE), empty(EVENTS), as_of=date(2026, 3, 9), strategy=strategy())
    assert made.row(0) == (1, "BIG", "CALL", "call", None, date(2026, 3, 6))


def test_step_is_taken_once_for_each_arrear() -> None:
    taken = rows(DONE, (1, DUE, "CALL", DUE + timedelta(days=6)))
    assert due(7, done=taken) == []
    assert due(20, done=taken) == ["LETTER"]
    earlier = rows(DONE, (1, DUE - timedelta(days=31), "CALL", DUE - timedelta(days=20)))
    assert due(7, done=earlier) == ["CALL"]


def test_step_passed_over_does_not_come_back() -> None:
    taken = rows(DONE, (1, DUE, "LETTER", DUE + timedelta(days=20)))
    assert due(21, done=taken) == []
    assert due(21, done=taken, rule=strategy(catch_up="all")) == ["REMIND", "CALL"]


def test_step_of_tomorrow_is_not_done_today() -> None:
    assert due(7, done=rows(DONE, (1, DUE, "CALL", DUE + timedelta(days=8)))) == ["CALL"]


def test_event_stops_for_its_days_or_for_the_arrear() -> None:
    for_three_days, for_good = strategy(Stop("PROMISE", 3)), strategy(Stop("DISPUTE"))
    promised = rows(EVENTS, (1, "PROMISE", DUE + timedelta(days=5)))
    assert due(5, events=promised, rule=for_three_days) == []
    assert due(7, events=promised, rule=for_three_days) == []
    assert due(8, events=promised, rule=for_three_days) == ["CALL"]
    assert due(40, events=rows(EVENTS, (1, "DISPUTE", DUE)), rule=for_good) == []
    assert due(5, events=rows(EVENTS, (1, "DISPUTE", DUE - timedelta(days=1))), rule=for_good) == ["CALL"]
    assert due(5, events=rows(EVENTS, (1, "CALLBACK", DUE)), rule=for_good) == ["CALL"]


def test_account_without_an_anchor_has_no_steps() -> None:
    made = due_steps(accounts((1, None, 200)), empty(DONE), empty(EVENTS), as_of=DUE, strategy=strategy())
    assert made.is_empty()


def test_latest_version_begun_is_in_force() -> None:
    first, second = strategy(), Strategy("v2", date(2026, 2, 1), SEGMENTS, STEPS)
    assert in_force([second, first], as_of=date(2026, 1, 31)) is first
    assert in_force([second, first], as_of=date(2026, 2, 1)) is second
    with pytest.raises(UnableToUseStrategy, match="no version"):
        in_force([second, first], as_of=date(2025, 12, 31))
    with pytest.raises(UnableToUseStrategy, match="in force from 2026-02-01"):
        due_steps(accounts(), empty(DONE), empty(EVENTS), as_of=date(2026, 1, 31), strategy=second)


def test_strategy_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(UnableToUseStrategy, match="must differ"):
        strategy(steps=(STEPS[0], STEPS[0]))
    with pytest.raises(UnableToUseStrategy, match="is for SMALL"):
        strategy(steps=(Step("X", 1, "call", segments=("SMALL",)),))


_DAYS = st.integers(0, 40).map(lambda number: DUE + timedelta(days=number))


@given(
    st.lists(st.tuples(st.one_of(st.none(), _DAYS), st.sampled_from([0, 50, 200, 600])), max_size=4),
    st.lists(st.tuples(st.integers(0, 3), _DAYS, st.sampled_from(["REMIND", "CALL", "LETTER"]), _DAYS), max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["PROMISE", "DISPUTE", "X"]), _DAYS), max_size=3),
    _DAYS,
    st.sampled_from(["latest", "all"]),
)
def test_steps_are_those_of_the_slow_model(
    drawn: list[tuple[date | None, int]],
    history: list[tuple[int, date, str, date]],
    news: list[tuple[int, str, date]],
    as_of: date,
    catch_up: CatchUp,
) -> None:
    rule = strategy(Stop("PROMISE", 3), Stop("DISPUTE"), catch_up=catch_up)
    book, done, events = (
        accounts(*((n, *one) for n, one in enumerate(drawn))),
        rows(DONE, *history),
        rows(EVENTS, *news),
    )

    def run(known: pl.DataFrame, taken: pl.DataFrame, happened: pl.DataFrame) -> pl.DataFrame:
        return due_steps(known, taken, happened, as_of=as_of, strategy=rule)

    days = {step.code: step.day for step in STEPS}
    expected: list[tuple[int, str]] = []
    for n, (anchor, amount) in enumerate(drawn):
        if anchor is None or amount == 0:
            continue
        happened = [(event, on) for who, event, on in news if who == n and on <= as_of]
        if any(event == "PROMISE" and on + timedelta(days=3) > as_of for event, on in happened):
            continue
        if any(event == "DISPUTE" and on >= anchor for event, on in happened):
            continue
        taken = {step for who, since, step, on in history if who == n and since == anchor and on <= as_of}
        come = [
            step.code
            for step in STEPS
            if anchor + timedelta(days=step.day) <= as_of
            and (step.code != "LETTER" or amount >= 100)
            and (step.code != "VISIT" or amount > 500)
            and step.code not in taken
        ]
        if catch_up == "latest":
            beyond = [code for code in come if days[code] > max((days[step] for step in taken), default=-99)]
            come = beyond[-1:]
        expected += [(n, code) for code in come]
    assert run(book, done, events).select("account_id", "step").rows() == expected
    assert_order_is_free(run, book, done, events)
    assert_alone_as_among_many(run, [book, done, events], "account_id")


def waits_for(
    day: int, amount: int = 200, *, done: pl.DataFrame | None = None, rule: Strategy | None = None
) -> tuple[str | None, int | None]:
    """The step that the account waits for and its day after the anchor."""
    made = next_steps(
        accounts((1, DUE, amount)),
        empty(DONE) if done is None else done,
        as_of=DUE + timedelta(days=day),
        strategy=rule or strategy(),
    )
    step, due_on = made.select("step", "due_on").row(0)
    return step, due_on and (due_on - DUE).days


@pytest.mark.parametrize(
    ("day", "amount", "expected"),
    [
        (-30, 200, ("REMIND", -3)),
        (-4, 200, ("REMIND", -3)),
        (4, 200, ("REMIND", -3)),
        (5, 200, ("CALL", 5)),
        (19, 200, ("CALL", 5)),
        (20, 200, ("LETTER", 20)),
        (20, 50, ("CALL", 5)),
        (30, 501, ("VISIT", 30)),
        (300, 500, ("LETTER", 20)),
        (30, 0, (None, None)),
    ],
)
def test_account_waits_for_the_step_that_came_or_else_for_the_nearest(
    day: int, amount: int, expected: tuple[str | None, int | None]
) -> None:
    assert waits_for(day, amount) == expected


def test_after_a_step_was_taken_the_next_is_waited_for() -> None:
    taken = rows(DONE, (1, DUE, "CALL", DUE + timedelta(days=6)))
    assert waits_for(7, done=taken) == ("LETTER", 20)
    assert waits_for(7, 50, done=taken) == (None, None)
    assert waits_for(5, done=taken) == ("CALL", 5)
    earlier = rows(DONE, (1, DUE - timedelta(days=31), "CALL", DUE - timedelta(days=20)))
    assert waits_for(7, done=earlier) == ("CALL", 5)


def test_segment_is_told_even_where_no_step_is_left() -> None:
    book = accounts((1, DUE, 50), (2, None, 200), (3, DUE, 0))
    taken = rows(DONE, (1, DUE, "CALL", DUE))
    made = next_steps(book, taken, as_of=DUE + timedelta(days=9), strategy=strategy())
    assert made.select("account_id", "segment", "step").rows() == [(1, "REST", None), (2, "BIG", None), (3, None, None)]


def test_of_two_steps_of_one_day_the_later_code_is_due_and_the_earlier_waited_for() -> None:
    both = strategy(steps=(Step("B", 5, "call"), Step("A", 5, "letter")))
    assert waits_for(5, rule=both) == ("B", 5)
    assert waits_for(4, rule=both) == ("A", 5)


def test_version_that_is_not_in_force_gives_no_next_step() -> None:
    with pytest.raises(UnableToUseStrategy, match="in force from 2026-01-01, not on 2025-12-31"):
        next_steps(accounts(), empty(DONE), as_of=date(2025, 12, 31), strategy=strategy())


@given(
    st.lists(st.tuples(st.one_of(st.none(), _DAYS), st.sampled_from([0, 50, 200, 600])), max_size=4),
    st.lists(st.tuples(st.integers(0, 3), _DAYS, st.sampled_from(["REMIND", "CALL", "LETTER"]), _DAYS), max_size=4),
    _DAYS,
)
def test_next_steps_are_those_of_the_slow_model_and_agree_with_due_steps(
    drawn: list[tuple[date | None, int]], history: list[tuple[int, date, str, date]], as_of: date
) -> None:
    book, done = accounts(*((n, *one) for n, one in enumerate(drawn))), rows(DONE, *history)
    days = {step.code: step.day for step in STEPS}

    def run(known: pl.DataFrame, taken: pl.DataFrame) -> pl.DataFrame:
        return next_steps(known, taken, as_of=as_of, strategy=strategy()).sort("account_id")

    expected: list[tuple[int, str | None, date | None]] = []
    for n, (anchor, amount) in enumerate(drawn):
        taken = [days[step] for who, since, step, on in history if who == n and since == anchor and on <= as_of]
        left = [
            step
            for step in STEPS
            if anchor is not None
            and amount > 0
            and (step.code != "LETTER" or amount >= 100)
            and (step.code != "VISIT" or amount > 500)
            and step.day > max(taken, default=-99)
        ]
        come = [step for step in left if anchor and anchor + timedelta(days=step.day) <= as_of]
        if anchor is None or not left:
            expected.append((n, None, None))
            continue
        chosen = come[-1] if come else left[0]
        expected.append((n, chosen.code, anchor + timedelta(days=chosen.day)))
    found = run(book, done)
    assert found.columns == NEXT_STEPS.column_names
    assert found.select("account_id", "step", "due_on").rows() == expected
    due_now = due_steps(book, done, empty(EVENTS), as_of=as_of, strategy=strategy()).sort("account_id")
    assert found.filter(pl.col("due_on") <= as_of).rows() == due_now.select(NEXT_STEPS.column_names).rows()
    assert_order_is_free(run, book, done)
    assert_alone_as_among_many(run, [book, done], "account_id")


@pytest.mark.parametrize("amount", [50, 200, 501])
def test_answer_for_an_untouched_account_changes_only_when_a_step_comes(amount: int) -> None:
    answers = {day: waits_for(day, amount) for day in range(-55, 200)}
    changed = {day for day in range(-54, 200) if answers[day] != answers[day - 1]}
    assert changed <= {step.day for step in STEPS}
