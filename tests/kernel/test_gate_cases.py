"""The worked cases of Regulation F (REGF-01 to -20) and of the Saudi limit (SA-FREQ-01) with days of our own.

Each case stands with its neighbours on the other side of its edge; the law is that of the rulebook.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from .gate_frames import decided
from .gate_oracle import Attempt, Case, Fact, Said

EASTERN, MOUNTAIN, PACIFIC = "America/New_York", "America/Denver", "America/Los_Angeles"
MEDICAL, CARD, AUTO = (1, 1), (2, 1), (3, 1)


def eastern(text: str) -> datetime:
    """A moment in New York; noon where no time is given."""
    return (
        datetime.fromisoformat(text if " " in text else f"{text} 12:00")
        .replace(tzinfo=ZoneInfo(EASTERN))
        .astimezone(UTC)
    )


def case(at: str, *attempts: Attempt, **said: object) -> Case:
    """A consumer in New York, called for somebody else."""
    usual = Case(at=eastern(at), places=frozenset({"US"}), zones=(EASTERN,), attempts=attempts)
    return replace(usual, **said)  # type: ignore[arg-type]


def rang(at: str, **said: object) -> Attempt:
    """A call that nobody answered."""
    return Attempt(at=eastern(at), **said)  # type: ignore[arg-type]


def talked(at: str, **said: object) -> Attempt:
    """A conversation by telephone."""
    return Attempt(at=eastern(at), result="answered", is_conversation=True, **said)  # type: ignore[arg-type]


def said(one: Case) -> Said:
    """What the gate says."""
    return decided([one])[0]


def rules(one: Case) -> set[str]:
    """The rules that speak."""
    return {rule_id for rule_id, _ in said(one).spoken}


def daily(first: int, count: int) -> list[Attempt]:
    """One call a day in May."""
    return [rang(f"2026-05-{day:02}") for day in range(first, first + count)]


def test_regf_01_a_call_a_day_never_exceeds_the_limit() -> None:
    assert said(case("2026-05-18", *daily(11, 7))).answer == "allow"
    assert said(case("2026-05-18 08:00", *daily(11, 7))).answer == "allow"


@pytest.mark.parametrize(("day", "is_held"), [("2026-05-17", True), ("2026-05-17 20:59", True), ("2026-05-18", False)])
def test_regf_02_and_03_seven_calls_of_one_day_hold_for_seven_days(day: str, is_held: bool) -> None:
    held = said(case(day, *[rang("2026-05-11")] * 7))
    assert (("US-7IN7", "block") in held.spoken) == is_held
    assert held.next_lawful_at == (eastern("2026-05-18 08:00") if is_held else eastern(day))


def test_regf_02_six_calls_of_one_day_leave_room_for_the_seventh() -> None:
    assert "US-7IN7" not in rules(case("2026-05-17", *[rang("2026-05-11")] * 6))


def test_regf_04_the_eighth_call_on_the_seventh_day_is_refused() -> None:
    assert said(case("2026-05-17 15:00", *daily(11, 7))).next_lawful_at == eastern("2026-05-18 08:00")
    assert said(case("2026-05-17 15:00", *daily(11, 6))).answer == "allow"


@pytest.mark.parametrize(
    ("day", "is_held"), [("2026-09-02 18:00", True), ("2026-09-08 20:00", True), ("2026-09-09 08:00", False)]
)
def test_regf_05_06_and_07_the_day_of_the_conversation_is_the_first_of_seven(day: str, is_held: bool) -> None:
    held = said(case(day, talked("2026-09-02")))
    assert (("US-CONV7", "block") in held.spoken) == is_held
    assert held.next_lawful_at == eastern("2026-09-09 08:00")


def test_regf_08_a_conversation_that_the_consumer_began_holds_too() -> None:
    held = said(case("2026-09-04", talked("2026-09-02", is_outbound=False)))
    assert held.spoken == {("US-CONV7", "block")} and held.next_lawful_at == eastern("2026-09-09 08:00")
    assert said(case("2026-09-04", rang("2026-09-02", is_outbound=False))).answer == "allow"


def test_regf_09_calls_to_another_person_are_counted_by_themselves() -> None:
    to_another = [rang("2026-05-11", person=2)] * 7
    assert said(case("2026-05-12", *to_another, talked("2026-05-11", person=2))).answer == "allow"
    assert "US-7IN7" in rules(case("2026-05-12", *to_another, person=2))
    assert "US-7IN7" not in rules(case("2026-05-12", *to_another[:3], *[rang("2026-05-11")] * 4))


def test_regf_10_one_call_about_two_debts_counts_for_each() -> None:
    before = [rang("2026-05-11", debts=(MEDICAL,))] * 6 + [rang("2026-05-11", debts=(CARD,))] * 2
    both = rang("2026-05-12", debts=(MEDICAL, CARD))
    assert "US-7IN7" not in rules(case("2026-05-12", *before))
    assert "US-7IN7" in rules(case("2026-05-13", *before, both))
    assert "US-7IN7" not in rules(case("2026-05-13", *before, both, account=2))


def test_regf_11_a_conversation_that_turns_to_another_debt_is_one_about_both() -> None:
    both = talked("2026-09-02", debts=(MEDICAL, CARD))
    for account, is_held in ((1, True), (2, True), (3, False)):
        held = said(case("2026-09-05", both, account=account))
        assert (("US-CONV7", "block") in held.spoken) == is_held
        assert held.next_lawful_at == eastern("2026-09-09 08:00" if is_held else "2026-09-05")


def test_regf_12_seven_calls_about_each_of_three_debts_are_warned_of_and_not_refused() -> None:
    others = [rang(f"2026-05-{day}", debts=(debt,)) for day in range(11, 18) for debt in (MEDICAL, CARD, AUTO)]
    held = said(case("2026-05-18", *others))
    assert held.answer == "warn" and held.spoken == {("US-PER-DEBT", "warn")}
    once = [rang(f"2026-05-{day}", debts=(MEDICAL, CARD, AUTO)) for day in range(13, 18)]
    assert said(case("2026-05-18", *once)).answer == "allow"


@pytest.mark.parametrize(
    ("result", "is_counted"),
    [
        ("dropped", True),
        ("no_answer", True),
        ("voicemail", True),
        ("answered", True),
        (None, True),
        ("busy", False),
        ("not_in_service", False),
        ("failed", False),
    ],
)
def test_regf_13_a_call_counts_by_what_came_of_it(result: str | None, is_counted: bool) -> None:
    before = [rang("2026-05-11")] * 6
    assert ("US-7IN7" in rules(case("2026-05-13", *before, rang("2026-05-12", result=result)))) == is_counted


def test_regf_14_consent_excludes_calls_for_seven_days_its_own_the_first() -> None:
    consent = Fact("CALL_CONSENT", eastern("2026-05-11 09:00"), person=1)
    under = [rang("2026-05-13"), rang("2026-05-17 20:00")] + [rang("2026-05-15")] * 4
    after = [rang("2026-05-18")] * 7
    assert "US-7IN7" in rules(case("2026-05-19", *under, rang("2026-05-18")))
    assert "US-7IN7" not in rules(case("2026-05-19", *under, rang("2026-05-18"), facts=(consent,)))
    assert "US-7IN7" not in rules(case("2026-05-19", *under, *after[:6], facts=(consent,)))
    assert "US-7IN7" in rules(case("2026-05-19", *under, *after, facts=(consent,)))


def test_regf_15_consent_ends_with_the_conversation() -> None:
    consent = Fact("CALL_CONSENT", eastern("2026-05-11 09:00"), person=1)
    asked = case("2026-05-13", *[rang("2026-05-11 08:30")] * 7, facts=(consent,))
    assert "US-7IN7" not in rules(asked)
    held = rules(replace(asked, attempts=(*asked.attempts, talked("2026-05-12"))))
    assert {"US-7IN7", "US-CONV7"} <= held
    assert said(case("2026-05-13", talked("2026-05-12"), facts=(consent,))).next_lawful_at == eastern(
        "2026-05-19 08:00"
    )


def test_regf_16_texts_and_mails_are_not_counted_but_keep_the_hours_and_the_opt_out() -> None:
    texts = [rang("2026-05-11", channel="sms", result="sent")] * 6 + [rang("2026-05-11")] * 5
    assert said(case("2026-05-12", *texts)).answer == "allow"
    assert "US-7IN7" in rules(case("2026-05-12", *texts, *texts[-2:]))
    night = case("2026-05-12 22:00", channel="sms", content=frozenset({"creditor_name"}))
    assert {"US-HOURS", "US-ECOMM-OPTOUT"} <= rules(night)
    refused = Fact("OPT_OUT", eastern("2026-05-01"), person=1, channel="sms")
    assert "US-MEDIUM" in rules(case("2026-05-12", channel="sms", facts=(refused,)))


def test_regf_17_student_loans_under_one_number_are_one_account() -> None:
    loans = [rang(f"2026-05-{day}") for day in (11, 12, 13, 14)] + [rang("2026-05-15")] * 3
    assert "US-7IN7" in rules(case("2026-05-16", *loans))
    apart = [replace(one, debts=((number, 1),)) for number, one in enumerate(loans, start=1)]
    assert "US-7IN7" not in rules(case("2026-05-16", *apart))


@pytest.mark.parametrize(("zones", "first"), [((EASTERN, PACIFIC), 11), ((EASTERN, MOUNTAIN), 10), ((EASTERN,), 8)])
def test_regf_18_and_19_hours_are_those_that_suit_every_zone(zones: tuple[str, ...], first: int) -> None:
    opens = eastern(f"2026-05-12 {first:02}:00")
    early = said(case(f"2026-05-12 {first - 1:02}:59", zones=zones))
    assert early.answer == "block" and early.next_lawful_at == opens
    assert said(replace(case("2026-05-12", zones=zones), at=opens)).answer == "allow"
    assert said(case("2026-05-12 21:00", zones=zones)).answer == "allow"
    assert said(case("2026-05-12 21:01", zones=zones)).next_lawful_at == opens + timedelta(days=1)


@pytest.mark.parametrize(
    ("time", "is_open"), [("07:59", False), ("08:00", True), ("20:59", True), ("21:00", True), ("21:01", False)]
)
def test_regf_20_before_eight_and_after_nine_are_closed(time: str, is_open: bool) -> None:
    assert ("US-HOURS" in rules(case(f"2026-05-12 {time}"))) != is_open


def test_regf_binds_those_who_collect_for_others_from_consumers() -> None:
    busy = case("2026-05-17", *[rang("2026-05-11")] * 7)
    assert "US-7IN7" in rules(busy)
    assert "US-7IN7" not in rules(replace(busy, is_third_party=False))
    assert "US-7IN7" not in rules(replace(busy, debtor_kind="business"))


@pytest.mark.parametrize(("count", "is_held"), [(9, False), (10, True), (11, True)])
def test_sa_freq_01_the_tenth_attempt_in_thirty_days_is_the_last(count: int, is_held: bool) -> None:
    riyadh = Case(at=datetime(2026, 5, 31, 9, tzinfo=UTC), places=frozenset({"SA"}), zones=("Asia/Riyadh",))
    calls = [Attempt(at=datetime(2026, 5, 5, 9 + number // 4, tzinfo=UTC)) for number in range(count)]
    asked = replace(riyadh, rest=frozenset({5}), attempts=tuple(calls))
    held = said(asked)
    assert (("SA-FREQ", "block") in held.spoken) == is_held
    assert held.next_lawful_at == (datetime(2026, 6, 4, 5, tzinfo=UTC) if is_held else asked.at)
    assert "SA-FREQ" not in rules(replace(asked, point=2))
    assert "SA-FREQ" not in rules(replace(asked, at=datetime(2026, 6, 3, 21, tzinfo=UTC)))
