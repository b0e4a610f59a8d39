"""When the gate is open: hours in several zones, days on which the clocks are changed, days of rest, the horizon."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from ahadi.kernel import gate
from ahadi.kernel.rule import Always, Attempts, During, Hours, Inconvenient, Rule, Unless

from .gate_frames import frames
from .gate_oracle import TICK, Attempt, Case, Fact, Wish
from .test_gate import CASE, TUESDAY, answer, decision, is_blocked, next_at, tried, utc

OPEN = Hours(8 * 60, 19 * 60)
WORKING = Hours(8 * 60, 19 * 60, weekdays=None, with_holidays=False)
A_DAY = Attempts(1, ("account",), days=1)
DAY = timedelta(days=1)


def asked(at: str, *zones: str, **said: object) -> Case:
    """The usual case at another moment (UTC), in other zones."""
    return replace(CASE, at=utc(at), zones=zones or ("UTC",), **said)  # type: ignore[arg-type]


def test_hours_are_open_from_their_first_instant_until_before_their_end() -> None:
    assert answer(asked("2026-03-10 07:59:59.999999"), OPEN) == ("block", utc("2026-03-10 08:00"))
    assert not is_blocked(asked("2026-03-10 08:00"), OPEN)
    assert not is_blocked(asked("2026-03-10 18:59:59.999999"), OPEN)
    assert answer(asked("2026-03-10 19:00"), OPEN) == ("block", utc("2026-03-11 08:00"))


def test_hours_to_the_end_of_the_day_join_the_next_day() -> None:
    assert not is_blocked(asked("2026-03-11 00:00"), Hours(0, 1440))
    assert answer(asked("2026-03-10 12:00"), Hours(18 * 60, 1440)) == ("block", utc("2026-03-10 18:00"))


def test_hours_must_be_open_in_every_zone() -> None:
    both = ("America/New_York", "America/Los_Angeles")
    assert next_at(asked("2026-03-10 13:00", *both), OPEN) == utc("2026-03-10 15:00")
    assert not is_blocked(asked("2026-03-10 22:59", *both), OPEN)
    assert next_at(asked("2026-03-10 23:00", *both), OPEN) == utc("2026-03-11 15:00")


def test_zones_a_day_and_an_hour_apart_share_the_hours_but_not_the_day_of_rest() -> None:
    both = ("Pacific/Kiritimati", "Pacific/Pago_Pago")
    # 08:00 in Kiritimati is 07:00 of the day before in Pago Pago.
    assert next_at(asked("2026-03-09 18:00", *both), OPEN) == utc("2026-03-09 19:00")
    # Sunday in the one is Saturday in the other; Monday there is Sunday here.
    assert next_at(asked("2026-03-14 06:00", *both), WORKING) == utc("2026-03-16 19:00")


def test_zones_without_a_common_hour_have_no_lawful_moment() -> None:
    case = asked("2026-03-10 10:00", "Africa/Nairobi", "Pacific/Honolulu")
    assert answer(case, OPEN) == ("block", None)
    assert decision(case, OPEN).reasons.row(0)[3] is None
    assert next_at(case, Hours(8 * 60, 19 * 60 + 1)) == utc("2026-03-11 05:00")


def test_day_of_rest_and_holiday_are_closed_where_they_are_local() -> None:
    friday = replace(asked("2026-03-13 10:00", "Asia/Riyadh"), rest=frozenset({5}))
    assert next_at(friday, WORKING) == utc("2026-03-14 05:00")
    assert next_at(friday, Hours(480, 1140, weekdays=frozenset({1, 4}))) == utc("2026-03-16 05:00")
    feast = replace(asked("2026-03-09 22:30", "Pacific/Auckland"), holidays=frozenset({date(2026, 3, 10)}))
    assert next_at(feast, WORKING) == utc("2026-03-10 19:00")
    assert not is_blocked(feast, Hours(480, 1140, weekdays=None))


def test_ramadan_has_its_own_hours_on_its_first_and_last_day() -> None:
    fasting = Hours(540, 1020, ramadan=(600, 840))
    case = asked("2026-02-18 09:30", ramadan=((date(2026, 2, 18), date(2026, 3, 19)),))
    assert next_at(case, fasting) == utc("2026-02-18 10:00")
    assert next_at(replace(case, at=utc("2026-03-19 14:00")), fasting) == utc("2026-03-20 09:00")
    assert not is_blocked(replace(case, at=utc("2026-02-17 16:00")), fasting)
    assert not is_blocked(case, Hours(540, 1020))


def test_inconvenient_time_restrains_in_any_of_the_zones() -> None:
    wishes = (Wish(2, 540, 600), Wish(2, 590, 660), Wish(2, 660, 720, person=2))
    case = replace(asked("2026-03-10 13:30", "America/New_York"), wishes=wishes)
    assert next_at(case, Inconvenient()) == utc("2026-03-10 15:00")
    both = replace(case, zones=("America/New_York", "America/Chicago"), at=utc("2026-03-10 15:30"))
    assert next_at(both, Inconvenient()) == utc("2026-03-10 16:00")
    assert not is_blocked(replace(case, at=case.at + DAY), Inconvenient())
    assert not is_blocked(replace(case, wishes=wishes[2:]), Inconvenient())


def test_inconvenient_time_within_a_longer_one_does_not_shorten_it() -> None:
    case = replace(CASE, wishes=(Wish(2, 540, 720), Wish(2, 600, 660), Wish(2, 615, 630)))
    assert next_at(case, Inconvenient()) == utc("2026-03-10 12:00")
    assert is_blocked(replace(case, at=utc("2026-03-10 11:00")), Inconvenient())


def test_inconvenient_time_to_the_end_of_a_day_joins_the_next_day() -> None:
    case = replace(CASE, wishes=(Wish(2, 1380, 1440), Wish(3, 0, 60)), at=utc("2026-03-10 23:30"))
    assert next_at(case, Inconvenient()) == utc("2026-03-11 01:00")
    assert next_at(replace(case, wishes=case.wishes[:1]), Inconvenient()) == utc("2026-03-11 00:00")


@pytest.mark.parametrize(
    ("zone", "tried_at", "opens_at"),
    [
        # The clock goes from midnight to 01:00: the day begins there.
        ("Africa/Cairo", "2025-04-24 10:00", "2025-04-24 22:00"),
        ("Asia/Beirut", "2026-03-28 10:00", "2026-03-28 22:00"),
        ("America/Santiago", "2025-09-06 15:00", "2025-09-07 04:00"),
        # Midnight comes twice: the day begins with the first.
        ("America/Havana", "2025-11-01 15:00", "2025-11-02 04:00"),
        # The clock goes from midnight back to 23:00: the day before lasts 25 hours.
        ("Africa/Cairo", "2025-10-30 10:00", "2025-10-30 22:00"),
        # The very instant of that change still belongs to it.
        ("Africa/Cairo", "2025-10-30 21:00", "2025-10-30 22:00"),
        ("Australia/Lord_Howe", "2026-04-04 10:00", "2026-04-04 13:00"),
        ("Asia/Kathmandu", "2026-03-10 10:00", "2026-03-10 18:15"),
    ],
)
def test_window_of_a_day_ends_where_the_next_local_day_begins(zone: str, tried_at: str, opens_at: str) -> None:
    case = replace(tried(Attempt(at=utc(tried_at))), at=utc(tried_at), zones=(zone,))
    assert next_at(case, A_DAY) == utc(opens_at)
    assert is_blocked(replace(case, at=utc(opens_at) - TICK), A_DAY)
    assert not is_blocked(replace(case, at=utc(opens_at)), A_DAY)


def test_local_day_is_that_of_its_own_year_among_questions_of_several() -> None:
    winter, summer = utc("2024-01-10 15:00"), utc("2025-07-10 04:30")
    cases = [replace(tried(Attempt(at=at)), at=at, zones=("America/New_York",)) for at in (winter, summer)]
    questions, known = frames(cases)
    rules = (Rule("R", "block", A_DAY),)
    found = gate.decide(questions, replace(known, regimes=dict.fromkeys(known.regimes, rules))).answers
    assert found["next_lawful_at"].to_list() == [utc("2024-01-11 05:00"), utc("2025-07-11 04:00")]


def test_hours_that_the_clock_skips_begin_where_it_arrives() -> None:
    # 02:00 becomes 03:00 in New York.
    assert next_at(asked("2026-03-08 05:00", "America/New_York"), Hours(150, 210)) == utc("2026-03-08 07:00")
    assert next_at(asked("2026-03-08 05:00", "America/New_York"), Hours(130, 170)) == utc("2026-03-09 06:10")
    # 02:00 becomes 02:30 on Lord Howe.
    assert next_at(asked("2025-10-04 15:00", "Australia/Lord_Howe"), Hours(135, 180)) == utc("2025-10-04 15:30")


def test_hours_that_come_twice_are_open_twice() -> None:
    # 02:00 becomes 01:00 in New York: half past one comes at 05:30 and at 06:30.
    case = asked("2026-11-01 04:00", "America/New_York")
    assert next_at(case, Hours(60, 90)) == utc("2026-11-01 05:00")
    assert next_at(replace(case, at=utc("2026-11-01 05:30")), Hours(60, 90)) == utc("2026-11-01 06:00")
    assert next_at(replace(case, at=utc("2026-11-01 06:30")), Hours(60, 90)) == utc("2026-11-02 06:00")


def test_hours_follow_the_clock_over_the_change() -> None:
    assert next_at(asked("2026-03-07 23:30", "America/New_York"), OPEN) == asked("2026-03-07 23:30").at
    assert next_at(asked("2026-03-08 00:30", "America/New_York"), OPEN) == utc("2026-03-08 12:00")
    assert next_at(asked("2026-11-01 00:30", "America/New_York"), OPEN) == utc("2026-11-01 13:00")


def test_hours_are_found_across_new_year_and_the_leap_day() -> None:
    assert next_at(asked("2027-12-31 19:00"), OPEN) == utc("2028-01-01 08:00")
    assert next_at(asked("2028-02-28 19:00"), OPEN) == utc("2028-02-29 08:00")
    assert next_at(asked("2028-12-31 21:00", "Asia/Kathmandu"), OPEN) == utc("2029-01-01 02:15")


def test_moment_behind_many_closed_weeks_is_found() -> None:
    feasts = frozenset(date(2026, 3, 10) + n * DAY for n in range(120))
    assert next_at(replace(CASE, holidays=feasts), WORKING) == utc("2026-07-08 08:00")


def test_restraints_are_left_one_after_the_other() -> None:
    # A hold ends on Saturday evening, Sunday is closed, and Monday morning was called inconvenient.
    fact = Fact("DISPUTE", TUESDAY, utc("2026-03-14 18:59:59.999999") + TICK, account=1)
    case = replace(CASE, facts=(fact,), wishes=(Wish(1, 0, 700),))
    assert next_at(case, During(frozenset({"DISPUTE"})), WORKING, Inconvenient()) == utc("2026-03-16 11:40")


def test_last_instant_of_the_horizon_counts_and_the_next_does_not() -> None:
    last = TUESDAY + timedelta(days=400)

    def ends(at: datetime) -> datetime | None:
        case = replace(CASE, facts=(Fact("DISPUTE", TUESDAY, at, account=1),))
        return next_at(case, During(frozenset({"DISPUTE"})))

    assert ends(last) == last
    assert ends(last + TICK) is None


def test_hours_are_kept_on_the_last_instant_of_the_horizon() -> None:
    case = replace(CASE, facts=(Fact("DISPUTE", TUESDAY, TUESDAY + timedelta(days=400), account=1),))
    held = During(frozenset({"DISPUTE"}))
    assert next_at(case, held, OPEN) == TUESDAY + timedelta(days=400)
    assert next_at(case, held, Hours(0, 60)) is None


def test_reason_lasts_for_ever_beyond_the_horizon() -> None:
    fact = Fact("DISPUTE", TUESDAY, TUESDAY + timedelta(days=400), account=1)
    assert decision(replace(CASE, facts=(fact,)), During(frozenset({"DISPUTE"}))).reasons["until_at"][0] == fact.end
    later = replace(fact, end=TUESDAY + timedelta(days=400) + TICK)
    assert decision(replace(CASE, facts=(later,)), During(frozenset({"DISPUTE"}))).reasons["until_at"][0] is None
    assert decision(CASE, Always()).reasons["until_at"][0] is None
    assert decision(CASE, Unless(frozenset({"CONSENT"}))).reasons["fact_id"][0] is None
