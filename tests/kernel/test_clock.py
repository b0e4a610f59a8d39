"""The clocks of answering: open time alone counts, through evenings, weekends, holidays and changes of the clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel import clock
from ahadi.kernel.schema import WrongFrame
from ahadi.kernel.zone import HOUR, MINUTE, instant, moment

NAIROBI, LONDON = "Africa/Nairobi", "Europe/London"
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
HOLIDAY = date(2026, 6, 1)
OFFICE = (8 * 60, 17 * 60)


def closed(first: date = FIRST, last: date = LAST, *holidays: date) -> set[date]:
    days = (first + timedelta(days=turn) for turn in range((last - first).days + 1))
    return {day for day in days if day.isoweekday() > 5} | set(holidays)


def office(zone: str = NAIROBI) -> pl.DataFrame:
    return clock.openings("office", zone, first=FIRST, last=LAST, hours=OFFICE, closed=closed(FIRST, LAST, HOLIDAY))


def every_day(zone: str = NAIROBI) -> pl.DataFrame:
    return clock.openings("every", zone, first=FIRST, last=LAST, hours=(0, 1440), closed=())


def at(zone: str, text: str) -> int:
    return instant(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))


def one(zone: str, text: str, unit: str, amount: int, calendar: str = "office") -> pl.DataFrame:
    begin = datetime.fromisoformat(text)
    return pl.DataFrame(
        {
            "clock_id": [1],
            "calendar": [calendar],
            "from_day": [begin.date()],
            "from_at": [at(zone, text)],
            "unit": [unit],
            "amount": [amount],
        }
    )


def ends(zone: str, text: str, unit: str, amount: int, spans: pl.DataFrame, calendar: str = "office") -> str:
    found = clock.due(one(zone, text, unit, amount, calendar), spans)["due_at"][0]
    return moment(found).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("begin", "unit", "amount", "end"),
    [
        ("2026-03-04 09:00", "minutes", 240, "2026-03-04 13:00"),
        ("2026-03-04 15:00", "minutes", 240, "2026-03-05 10:00"),
        ("2026-03-06 16:00", "minutes", 240, "2026-03-09 11:00"),
        ("2026-03-07 12:00", "minutes", 240, "2026-03-09 12:00"),
        ("2026-03-04 03:00", "minutes", 60, "2026-03-04 09:00"),
        ("2026-03-04 08:00", "minutes", 540, "2026-03-04 17:00"),
        ("2026-05-29 16:30", "minutes", 60, "2026-06-02 08:30"),
        ("2026-03-04 09:00", "days", 1, "2026-03-05 17:00"),
        ("2026-03-06 09:00", "days", 1, "2026-03-09 17:00"),
        ("2026-05-29 23:00", "days", 1, "2026-06-02 17:00"),
    ],
)
def test_only_open_time_counts(begin: str, unit: str, amount: int, end: str) -> None:
    assert ends(NAIROBI, begin, unit, amount, office()) == end


def test_twenty_days_end_with_the_twentieth_day_after_receipt() -> None:
    assert ends(NAIROBI, "2026-03-04 09:00", "days", 20, every_day(), "every") == "2026-03-25 00:00"
    assert ends(NAIROBI, "2026-03-04 23:59", "days", 20, every_day(), "every") == "2026-03-25 00:00"


@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24"])
def test_a_day_of_another_length_neither_gives_nor_takes_time(day: str) -> None:
    spans = clock.openings("office", LONDON, first=FIRST, last=LAST, hours=OFFICE, closed=())
    assert ends(LONDON, f"{day} 16:00", "minutes", 120, spans) == ends(
        NAIROBI,
        f"{day} 16:00",
        "minutes",
        120,
        clock.openings("office", NAIROBI, first=FIRST, last=LAST, hours=OFFICE, closed=()),
    )


def test_days_on_which_the_clock_changes_have_the_length_that_they_have() -> None:
    spans = every_day(LONDON).with_columns(hours=(pl.col("closes_at") - pl.col("opens_at")) // HOUR)
    odd = {row["day"]: row["hours"] for row in spans.iter_rows(named=True) if row["hours"] != 24}
    assert odd == {date(2026, 3, 29): 23, date(2026, 10, 25): 25}


def test_share_and_remaining_time_are_of_open_time() -> None:
    due = clock.due(one(NAIROBI, "2026-03-06 16:00", "minutes", 240), office())
    monday = clock.read(due, office(), at=at(NAIROBI, "2026-03-09 09:00")).row(0, named=True)
    assert (monday["used_bps"], monday["remaining_minutes"]) == (5_000, 120)
    weekend = clock.read(due, office(), at=at(NAIROBI, "2026-03-08 09:00")).row(0, named=True)
    assert (weekend["used_bps"], weekend["remaining_minutes"]) == (2_500, 180)
    late = clock.read(due, office(), at=at(NAIROBI, "2026-03-09 12:00")).row(0, named=True)
    assert late["used_bps"] == 12_500 and late["remaining_minutes"] == -60
    half = clock.at_share(due, office(), share_bps=5_000)["at"][0]
    assert half == at(NAIROBI, "2026-03-09 09:00")


@given(
    begin=st.integers(instant(datetime(2026, 1, 3, tzinfo=UTC)), instant(datetime(2026, 9, 1, tzinfo=UTC))),
    amount=st.integers(1, 20_000),
    more=st.integers(0, 5_000),
    zone=st.sampled_from([NAIROBI, LONDON, "America/New_York", "Asia/Kathmandu"]),
)
def test_open_time_between_receipt_and_due_is_what_was_asked_for(begin: int, amount: int, more: int, zone: str) -> None:
    spans = clock.openings("office", zone, first=date(2025, 12, 25), last=LAST, hours=OFFICE, closed=closed())
    from_at = begin
    day = moment(from_at).astimezone(ZoneInfo(zone)).date()
    clocks = pl.DataFrame(
        {
            "clock_id": [1, 2],
            "calendar": ["office"] * 2,
            "from_day": [day] * 2,
            "from_at": [from_at] * 2,
            "unit": ["minutes"] * 2,
            "amount": [amount, amount + more],
        }
    )
    due = clock.due(clocks, spans)
    first, second = due["due_at"].to_list()
    assert first <= second
    inside = sum(
        max(0, min(ends, first) - max(opens, from_at))
        for opens, ends in zip(spans["opens_at"], spans["closes_at"], strict=True)
    )
    assert inside == amount * MINUTE
    assert clock.read(due.head(1), spans, at=first)["remaining_minutes"][0] == 0
    assert clock.at_share(due.head(1), spans, share_bps=10_000)["at"][0] == first


def test_no_clocks_are_no_answers() -> None:
    nothing = one(NAIROBI, "2026-03-04 09:00", "days", 1).clear()
    due = clock.due(nothing, office())
    assert due.is_empty()
    assert clock.read(due, office(), at=0).is_empty() and clock.at_share(due, office(), share_bps=1).is_empty()


@pytest.mark.parametrize(
    ("clocks", "spans", "said"),
    [
        (one(NAIROBI, "2026-12-30 09:00", "minutes", 99_999), office(), "ends before a clock does"),
        (one(NAIROBI, "2026-12-30 09:00", "days", 50), office(), "ends before a clock does"),
        (one(NAIROBI, "2025-01-01 09:00", "minutes", 9), office(), "begins after a clock"),
        (one(NAIROBI, "2026-03-04 09:00", "weeks", 9), office(), "unit must be"),
        (one(NAIROBI, "2026-03-04 09:00", "days", 9, "elsewhere"), office(), "has no row"),
        (
            one(NAIROBI, "2026-03-04 09:00", "days", 9),
            office().with_columns(closes_at=pl.col("opens_at") - 1),
            "overlaps the day before or ends early",
        ),
    ],
)
def test_what_cannot_be_counted_is_refused(clocks: pl.DataFrame, spans: pl.DataFrame, said: str) -> None:
    with pytest.raises(WrongFrame, match=said):
        clock.due(clocks, spans)


def test_hours_that_do_not_rise_are_refused() -> None:
    with pytest.raises(WrongFrame, match="hours must rise"):
        clock.openings("office", NAIROBI, first=FIRST, last=LAST, hours=(900, 900), closed=())
