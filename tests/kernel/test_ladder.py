"""Ladders: when a level comes, what holds it back, and what it costs."""

from datetime import date, timedelta
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.calendar import month_end
from ahadi.kernel.ladder import CHASED, LINES, After, Level, Step, UnableToUseLadder, in_currency, step
from ahadi.kernel.money import divide_rounded
from ahadi.kernel.schema import WrongFrame, empty

from .book import rows
from .company import assert_alone_as_among_many, assert_order_is_free

BASIS = date(2026, 1, 1)
TRYTON = tuple(Level(number, "net_days", days, "email") for number, days in ((1, 5), (2, 20), (3, 40)))
KILL_BILL = tuple(Level(number, "net_days", days, "email") for number, days in ((1, 30), (2, 40), (3, 50)))
OCA = (
    Level(1, "net_days", 10, "email"),
    Level(2, "end_of_month", 30, "email"),
    Level(3, "previous", 10, "letter"),
)


def chased(*values: tuple[object, ...]) -> pl.DataFrame:
    return rows(CHASED, *values)


def lines(*values: tuple[object, ...]) -> pl.DataFrame:
    return rows(LINES, *values)


def one(basis: date = BASIS, *, open_minor: int = 10_000, tolerance: int = 0, held: bool = False) -> pl.DataFrame:
    return chased((1, 1, basis, open_minor, 10_000, tolerance, held))


def raised(
    instalments: pl.DataFrame,
    before: pl.DataFrame,
    day: date,
    levels: tuple[Level, ...] = TRYTON,
    how: Step = "one_per_run",
) -> list[int]:
    return step(instalments, before, day=day, levels=levels, step=how, rounding="half_up")["level"].to_list()


def after(days: int) -> date:
    return BASIS + timedelta(days=days)


@pytest.mark.parametrize(("days", "expected"), [(4, []), (5, [1]), (30, [1]), (60, [1])], ids=["try-01", "", "", ""])
def test_first_level_comes_on_its_day_and_never_with_another(days: int, expected: list[int]) -> None:
    assert raised(one(), empty(LINES), after(days)) == expected


def test_draft_does_not_rise_and_a_sent_line_does() -> None:
    """try-03 and its opposite."""
    for state, expected in (("draft", []), ("sent", [2])):
        assert raised(one(), lines((1, 1, 1, after(5), state)), after(30)) == expected


def test_ignored_line_does_not_count() -> None:
    assert raised(one(), lines((1, 1, 1, after(5), "ignored")), after(30)) == [1]
    below = lines((1, 1, 1, after(5), "sent"), (1, 1, 2, after(20), "ignored"))
    assert raised(one(), below, after(30)) == [2]


def test_hold_and_tolerance_keep_the_ladder_still() -> None:
    """try-05: blocked; try-07: paid."""
    assert raised(one(held=True), empty(LINES), after(30)) == []
    assert raised(one(open_minor=0), empty(LINES), after(30)) == []
    assert raised(one(open_minor=70, tolerance=70), empty(LINES), after(30)) == []
    assert raised(one(open_minor=71, tolerance=70), empty(LINES), after(30)) == [1]


def test_nothing_comes_after_the_last_level() -> None:
    assert raised(one(), lines((1, 1, 3, after(40), "sent")), after(400)) == []


@pytest.mark.parametrize(
    ("day", "expected"),
    [("06-08", []), ("06-24", []), ("06-30", [1]), ("07-08", [1]), ("07-10", [2]), ("07-18", [2]), ("07-20", [3])],
)
def test_most_severe_level_is_the_highest_whose_day_has_come(day: str, expected: list[int]) -> None:
    """kb-01: days since the invoice of 31 May 2012."""
    invoice = one(date(2012, 5, 31))
    assert raised(invoice, empty(LINES), date.fromisoformat(f"2012-{day}"), KILL_BILL, "most_severe") == expected


def test_most_severe_level_is_not_raised_twice() -> None:
    before = lines((1, 1, 2, after(40), "sent"))
    assert raised(one(), before, after(45), KILL_BILL, "most_severe") == []
    assert raised(one(), before, after(50), KILL_BILL, "most_severe") == [3]


@pytest.mark.parametrize(
    ("basis", "comes"),
    [
        (date(2026, 1, 15), date(2026, 2, 28)),
        (date(2026, 1, 1), date(2026, 1, 31)),
        (date(2026, 1, 31), date(2026, 3, 31)),
        (date(2024, 1, 30), date(2024, 2, 29)),
    ],
)
def test_end_of_month_is_that_of_the_day_so_many_days_on(basis: date, comes: date) -> None:
    before = lines((1, 1, 1, basis + timedelta(days=10), "sent"))
    assert raised(one(basis), before, comes - timedelta(days=1), OCA) == []
    assert raised(one(basis), before, comes, OCA) == [2]


def test_level_after_the_previous_line_counts_from_its_date() -> None:
    late = lines((1, 1, 2, date(2026, 5, 20), "sent"))
    assert raised(one(), late, date(2026, 5, 29), OCA) == []
    assert raised(one(), late, date(2026, 5, 30), OCA) == [3]


def test_level_after_the_previous_never_comes_first() -> None:
    assert raised(one(), empty(LINES), date(2027, 1, 1), (Level(1, "previous", 0, "letter"),)) == []


def test_fee_share_is_of_the_charge_as_it_was_made() -> None:
    """try-fee-01: 10 at the first level, 15 % of the original 100 at the second."""
    levels = (Level(1, "net_days", 5, "email", fee_minor=1_000), Level(2, "net_days", 10, "email", fee_bps=1_500))
    first = step(one(), empty(LINES), day=after(5), levels=levels, step="one_per_run", rounding="half_up")
    assert first["fee_minor"].to_list() == [1_000]
    sent = lines((1, 1, 1, after(5), "sent"))
    second = step(one(open_minor=4_000), sent, day=after(10), levels=levels, step="one_per_run", rounding="half_up")
    assert second.row(0, named=True) == {
        "account_id": 1,
        "instalment_id": 1,
        "level": 2,
        "channel": "email",
        "on_date": after(10),
        "open_minor": 4_000,
        "fee_minor": 1_500,
    }


def test_fee_in_another_currency_is_converted_before_it_is_charged() -> None:
    levels = (Level(1, "net_days", 5, "email", fee_minor=500, fee_currency="EUR"),)
    with pytest.raises(UnableToUseLadder, match="in_currency"):
        raised(one(), empty(LINES), after(5), levels)
    rate = {"EUR": Fraction(9, 10)}
    (level,) = in_currency(levels, currency="USD", units_of_other=rate, rounding="half_up")
    assert (level.fee_minor, level.fee_currency) == (556, None)
    (level,) = in_currency(levels, currency="UGX", units_of_other={"EUR": Fraction(1, 4_000)}, rounding="half_up")
    assert level.fee_minor == 20_000
    with pytest.raises(UnableToUseLadder, match="no rate of exchange for EUR"):
        in_currency(levels, currency="USD", units_of_other={}, rounding="half_up")


def test_ladder_that_does_not_rise_is_refused() -> None:
    with pytest.raises(UnableToUseLadder, match="must rise"):
        raised(one(), empty(LINES), after(5), TRYTON[::-1])
    with pytest.raises(UnableToUseLadder, match="0 or more"):
        Level(1, "net_days", -1, "email")


def test_state_that_does_not_exist_is_refused() -> None:
    with pytest.raises(WrongFrame, match="state must be one of"):
        raised(one(), lines((1, 1, 1, after(5), "posted")), after(30))


_DAYS = st.integers(0, 90).map(after)
_AFTER: st.SearchStrategy[After] = st.sampled_from(["net_days", "end_of_month", "previous"])


@given(
    st.lists(st.tuples(_DAYS, st.sampled_from([0, 5, 100]), st.booleans()), min_size=1, max_size=3),
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(1, 4), _DAYS, st.sampled_from(["draft", "sent", "ignored"])),
        max_size=5,
    ),
    st.lists(st.tuples(_AFTER, st.integers(0, 40), st.integers(0, 700)), min_size=1, max_size=4),
    _DAYS,
    st.sampled_from(["one_per_run", "most_severe"]),
)
def test_lines_are_those_of_the_slow_model(
    given_instalments: list[tuple[date, int, bool]],
    given_lines: list[tuple[int, int, date, str]],
    given_levels: list[tuple[After, int, int]],
    day: date,
    how: Step,
) -> None:
    instalments = chased(
        *((n, n, basis, owed, 333, 4, held) for n, (basis, owed, held) in enumerate(given_instalments))
    )
    before = lines(*((n, n, level, on, state) for n, level, on, state in given_lines))
    levels = tuple(Level(2 * n, kind, days, "sms", fee_bps=bps) for n, (kind, days, bps) in enumerate(given_levels))

    def run(chase: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
        return step(chase, history, day=day, levels=levels, step=how, rounding="half_even")

    expected = []
    for number, (basis, owed, held) in enumerate(given_instalments):
        counted = [
            (on, level, state == "draft") for n, level, on, state in given_lines if n == number and state != "ignored"
        ]
        last = max(counted) if counted else None
        if owed <= 4 or held or (last and last[2]):
            continue
        above = [level for level in levels if last is None or level.level > last[1]]
        above = above[:1] if how == "one_per_run" else above
        come = [level for level in above if (due := level_day(level, basis, last)) is not None and due <= day]
        if come:
            fee = divide_rounded(333 * come[-1].fee_bps, 10_000, "half_even")
            expected.append((number, number, come[-1].level, "sms", day, owed, fee))
    assert run(instalments, before).rows() == expected
    assert_order_is_free(run, instalments, before)
    assert_alone_as_among_many(run, [instalments, before], "account_id")


def level_day(level: Level, basis: date, last: tuple[date, int, bool] | None) -> date | None:
    if level.after == "previous":
        return last[0] + timedelta(days=level.days) if last else None
    later = basis + timedelta(days=level.days)
    return later if level.after == "net_days" else month_end(later)
