"""Periods of notices end where the law says, at their edges, over holidays and weekends."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.notice import (
    DISPUTES,
    INSTRUMENTS,
    MH_CRISIS,
    NOTICES,
    PAUSES,
    PERIODS,
    STANDARD,
    breathing_spaces,
    deposit_notices,
    judge_disputes,
    validation_periods,
)
from ahadi.kernel.schema import Spec, WrongFrame

from .notice_runners import NOTICE_RUNNERS
from .worked_tables import Example, column_of, examples

JUNETEENTH, THANKSGIVING = date(2026, 6, 19), date(2026, 11, 26)
days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
holidays = st.sets(st.dates(date(2026, 1, 1), date(2028, 3, 1)), max_size=12)


def frame(spec: Spec, *rows: tuple[object, ...]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={column.name: column.dtype for column in spec.columns}, orient="row")


def instrument(accepted: date, dated: date, deposit: date, noticed: date | None = None) -> pl.DataFrame:
    return frame(INSTRUMENTS, (1, accepted, dated, deposit, noticed))


def is_business(day: date, closed: set[date]) -> bool:
    return day.isoweekday() < 6 and day not in closed


def business_days_on(start: date, steps: int, closed: set[date]) -> date:
    day = start
    for _ in range(abs(steps)):
        day += timedelta(days=1 if steps > 0 else -1)
        while not is_business(day, closed):
            day += timedelta(days=1 if steps > 0 else -1)
    return day


@pytest.mark.parametrize(
    ("sent", "received", "ends"),
    [
        (date(2026, 6, 1), date(2026, 6, 8), date(2026, 7, 8)),
        (date(2026, 11, 23), date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_validation_period_is_that_of_the_case(sent: date, received: date, ends: date) -> None:
    made = validation_periods(frame(NOTICES, (1, sent)), holidays=[THANKSGIVING])
    assert made.row(0) == (1, received, ends)


def test_holiday_counted_as_a_business_day_would_end_the_period_early() -> None:
    made = validation_periods(frame(NOTICES, (1, date(2026, 11, 23))), holidays=[])
    assert made["ends_on"][0] == date(2026, 12, 30)


@given(days, holidays)
def test_receipt_is_assumed_after_five_business_days_counted_one_by_one(sent: date, closed: set[date]) -> None:
    made = validation_periods(frame(NOTICES, (1, sent)), holidays=closed)
    received = business_days_on(sent, 5, closed)
    assert made.row(0) == (1, received, received + timedelta(days=30))


def test_dispute_on_the_last_day_is_in_time() -> None:
    periods = validation_periods(frame(NOTICES, (1, date(2026, 6, 1))), holidays=[JUNETEENTH])
    disputes = frame(DISPUTES, (3, 1, date(2026, 7, 9)), (2, 1, date(2026, 7, 8)), (1, 1, date(2026, 6, 2)))
    assert judge_disputes(disputes, periods).rows() == [(1, True), (2, True), (3, False)]


def test_dispute_of_a_notice_without_a_period_is_refused() -> None:
    with pytest.raises(WrongFrame, match="notice_id 7 of a dispute has no row"):
        judge_disputes(frame(DISPUTES, (1, 7, date(2026, 6, 2))), frame(PERIODS))


def test_window_of_the_deposit_notice_is_that_of_the_case() -> None:
    dated = date(2026, 6, 30)
    made = deposit_notices(instrument(date(2026, 6, 1), dated, dated), holidays=[JUNETEENTH])
    assert made.row(0) == (1, True, date(2026, 6, 15), date(2026, 6, 25), False)


@given(days, holidays)
def test_window_is_counted_back_one_by_one(deposit: date, closed: set[date]) -> None:
    given_ = instrument(deposit - timedelta(days=20), deposit, deposit)
    made = deposit_notices(given_, holidays=closed).row(0, named=True)
    window = (business_days_on(deposit, -10, closed), business_days_on(deposit, -3, closed))
    assert (made["notice_from"], made["notice_until"]) == window


@pytest.mark.parametrize(
    ("noticed", "may"),
    [
        (date(2026, 6, 14), False),
        (date(2026, 6, 15), True),
        (date(2026, 6, 25), True),
        (date(2026, 6, 26), False),
    ],
)
def test_deposit_waits_for_a_notice_within_its_window(noticed: date, may: bool) -> None:
    given_ = instrument(date(2026, 6, 1), date(2026, 6, 30), date(2026, 6, 30), noticed)
    assert deposit_notices(given_, holidays=[JUNETEENTH])["may_deposit"].to_list() == [may]


def test_cheque_five_days_ahead_needs_no_notice() -> None:
    five = instrument(date(2026, 6, 1), date(2026, 6, 6), date(2026, 6, 8))
    assert deposit_notices(five, holidays=[]).row(0) == (1, False, None, None, True)
    six = instrument(date(2026, 6, 1), date(2026, 6, 7), date(2026, 6, 8))
    assert deposit_notices(six, holidays=[])["is_notice_required"].to_list() == [True]


def test_nothing_is_deposited_before_its_date() -> None:
    early = instrument(date(2026, 6, 1), date(2026, 6, 4), date(2026, 6, 3))
    assert deposit_notices(early, holidays=[])["may_deposit"].to_list() == [False]


@pytest.mark.parametrize(
    ("kind", "ended", "cancelled", "ends"),
    [
        (STANDARD, None, None, date(2026, 5, 9)),
        (STANDARD, None, date(2026, 4, 1), date(2026, 4, 1)),
        (STANDARD, None, date(2026, 6, 1), date(2026, 5, 9)),
        (MH_CRISIS, date(2026, 6, 1), None, date(2026, 7, 1)),
        (MH_CRISIS, None, None, None),
        (MH_CRISIS, None, date(2026, 4, 1), date(2026, 4, 1)),
    ],
)
def test_breathing_space_ends_as_the_case_says(
    kind: str, ended: date | None, cancelled: date | None, ends: date | None
) -> None:
    made = breathing_spaces(frame(PAUSES, (1, kind, date(2026, 3, 10), ended, cancelled)))
    assert made.rows() == [(1, ends)]


def test_rows_come_sorted_and_alone_as_among_many() -> None:
    many = frame(NOTICES, *((number, date(2026, 6, 1) + timedelta(days=number)) for number in (9, 4, 7)))
    made = validation_periods(many, holidays=[JUNETEENTH])
    assert made["notice_id"].to_list() == [4, 7, 9]
    for number in (4, 7, 9):
        alone = validation_periods(many.filter(pl.col("notice_id") == number), holidays=[JUNETEENTH])
        assert alone.rows() == made.filter(pl.col("notice_id") == number).rows()
    assert validation_periods(frame(NOTICES), holidays=[]).is_empty()


def test_days_that_make_no_sense_are_refused() -> None:
    notices, pauses = frame(NOTICES, (1, date(2026, 6, 1))), frame(PAUSES)
    with pytest.raises(WrongFrame, match="days must be 0 or more"):
        validation_periods(notices, holidays=[], period_days=-1)
    with pytest.raises(WrongFrame, match="notice_days must rise"):
        deposit_notices(frame(INSTRUMENTS), holidays=[], notice_days=(10, 3))
    with pytest.raises(WrongFrame, match="days must be 0 or more"):
        breathing_spaces(pauses, extra_days=-1)
    with pytest.raises(WrongFrame, match="kind must be STANDARD or MH_CRISIS, found 'LONG'"):
        breathing_spaces(frame(PAUSES, (1, "LONG", date(2026, 3, 10), None, None)))
    with pytest.raises(WrongFrame, match="instrument_id 1 is deposited before it was accepted"):
        deposit_notices(instrument(date(2026, 6, 2), date(2026, 6, 2), date(2026, 6, 1)), holidays=[])


@pytest.mark.parametrize(
    "example", [one for one in examples() if one.name in NOTICE_RUNNERS], ids=lambda example: example.name
)
def test_page_of_notices_says_what_is_computed(example: Example) -> None:
    found = NOTICE_RUNNERS[example.name](example)
    for label, table in example.then:
        columns = [column_of(heading, found[label].columns) for heading in table.headings]
        assert [list(row) for row in found[label].select(columns).rows()] == table.rows
