"""Consent to be called: how long it lives, what ends it, and what is not counted while it does."""

from dataclasses import replace
from datetime import timedelta

from ahadi.kernel.rule import Attempts, Conversation

from .gate_oracle import TICK, Attempt, Case, Fact
from .test_gate import CASE, answer, is_blocked, next_at, utc

SEVEN = Attempts(2, ("account", "person"), days=7, consent_days=7)
TALKED = Conversation(7, ("account", "person"), consent_days=7)
GIVEN = utc("2026-04-01 10:00")
CONSENT = Fact("CALL_CONSENT", GIVEN, person=1)
ENDS = utc("2026-04-08")


def case(at: str, *attempts: Attempt, facts: tuple[Fact, ...] = (CONSENT,)) -> Case:
    """The usual case at a moment, under a consent."""
    return replace(CASE, at=utc(at), attempts=attempts, facts=facts)


def call(at: str, **said: object) -> Attempt:
    """A call that nobody answered."""
    return Attempt(at=utc(at), **said)  # type: ignore[arg-type]


def talk(at: str, **said: object) -> Attempt:
    """A call that became a conversation."""
    return Attempt(at=utc(at), result="answered", is_conversation=True, **said)  # type: ignore[arg-type]


def test_calls_under_a_consent_do_not_count_and_those_after_it_do() -> None:
    under = (call("2026-04-01 10:00"), call("2026-04-03 10:00"), call("2026-04-07 23:00"))
    assert not is_blocked(case("2026-04-08 09:00", *under), SEVEN)
    assert not is_blocked(case("2026-04-08 09:00", *under, call("2026-04-08 00:00")), SEVEN)
    assert is_blocked(case("2026-04-08 09:00", *under, call("2026-04-08 00:00"), call("2026-04-08 08:00")), SEVEN)
    assert is_blocked(case("2026-04-08 09:00", *under, facts=()), SEVEN)


def test_call_before_the_consent_counts() -> None:
    early = (call("2026-04-01 09:59"), call("2026-04-01 09:00"))
    assert next_at(case("2026-04-01 09:59:59.999999", *early, facts=()), SEVEN) == ENDS
    assert not is_blocked(case("2026-04-01 10:00", *early), SEVEN)
    later = replace(CONSENT, end=utc("2026-04-02"))
    assert next_at(case("2026-04-02 00:00", *early, facts=(later,)), SEVEN) == ENDS


def test_call_at_the_instant_of_the_consent_is_under_it_and_one_at_its_end_is_not() -> None:
    back = replace(CONSENT, end=utc("2026-04-03 12:00"))
    first, last, later = call("2026-04-01 10:00"), call("2026-04-03 12:00"), call("2026-04-03 13:00")
    assert not is_blocked(case("2026-04-03 14:00", first, later, facts=(back,)), SEVEN)
    assert is_blocked(case("2026-04-03 14:00", last, later, facts=(back,)), SEVEN)


def test_consent_is_silent_only_while_it_lives() -> None:
    rang = (call("2026-04-08 08:00"), call("2026-04-08 08:30"))
    again = replace(CONSENT, begin=utc("2026-04-08 09:00"))
    assert is_blocked(case("2026-04-08 08:59:59.999999", *rang), SEVEN)
    assert not is_blocked(case("2026-04-08 09:00", *rang, facts=(again,)), SEVEN)


def test_consent_that_is_taken_back_ends_at_once() -> None:
    back = replace(CONSENT, end=utc("2026-04-03 12:00"))
    rang = (call("2026-03-31 10:00"), call("2026-03-31 11:00"))
    assert not is_blocked(case("2026-04-03 11:59", *rang, facts=(back,)), SEVEN)
    assert answer(case("2026-04-03 12:00", *rang, facts=(back,)), SEVEN) == ("block", utc("2026-04-07"))


def test_consent_lives_seven_days_its_own_the_first() -> None:
    rang = (call("2026-03-31 10:00"), call("2026-04-08 00:00"))
    talked = talk("2026-04-01 09:00")
    assert not is_blocked(case("2026-04-07 23:59:59.999999", talked), TALKED)
    held = case("2026-04-07 23:59:59.999999", talk("2026-04-01 10:00"), facts=(CONSENT,))
    assert not is_blocked(held, TALKED)
    longer = Conversation(9, ("account", "person"), consent_days=7)
    assert answer(case("2026-04-08 00:00", talked), longer) == ("block", utc("2026-04-10"))
    assert not is_blocked(case("2026-04-08 12:00", *rang), SEVEN)


def test_conversation_is_still_under_the_consent_that_it_ends() -> None:
    held = talk("2026-04-03 10:00")
    assert not is_blocked(case("2026-04-03 10:00", held), TALKED)
    assert answer(case("2026-04-03 10:00:00.000001", held), TALKED) == ("block", utc("2026-04-10"))
    # It is not counted, while the two calls after it are.
    after = (call("2026-04-03 11:00"), call("2026-04-03 12:00"))
    assert not is_blocked(case("2026-04-03 13:00", held, after[0]), SEVEN)
    assert is_blocked(case("2026-04-03 13:00", held, *after), SEVEN)


def test_conversation_about_another_debt_or_with_somebody_else_ends_no_consent() -> None:
    rang = (call("2026-04-03 11:00"), call("2026-04-03 12:00"))
    for other in (
        talk("2026-04-03 10:00", debts=((2, 1),)),
        talk("2026-04-03 10:00", person=2),
        talk("2026-04-03 10:00", channel="visit"),
        talk("2026-04-01 10:00"),
        talk("2026-03-31 10:00"),
    ):
        assert not is_blocked(case("2026-04-03 13:00", other, *rang), SEVEN)
    assert is_blocked(case("2026-04-03 13:00", talk("2026-04-03 10:00", is_outbound=False), *rang), SEVEN)


def test_consent_in_two_zones_lives_until_the_first_of_them_has_passed_it() -> None:
    rang = (call("2026-04-07 06:00"), call("2026-04-07 07:00"))
    early = replace(CONSENT, end=utc("2026-04-05"))
    both = replace(case("2026-04-07 21:59:59.999999", *rang), zones=("America/New_York", "Africa/Cairo"))
    assert not is_blocked(both, SEVEN)
    assert not is_blocked(replace(both, at=utc("2026-04-07 22:00")), SEVEN)
    counted = replace(both, attempts=(call("2026-04-07 22:00"), call("2026-04-07 22:30")), at=utc("2026-04-07 23:00"))
    assert is_blocked(counted, SEVEN)
    assert not is_blocked(replace(counted, zones=("America/New_York",)), SEVEN)
    assert is_blocked(replace(both, facts=(early,)), SEVEN)


def test_consent_of_somebody_else_or_for_another_channel_is_none() -> None:
    rang = (call("2026-04-03 11:00"), call("2026-04-03 12:00"))
    for fact in (
        replace(CONSENT, person=2),
        replace(CONSENT, channel="sms"),
        replace(CONSENT, kind="CONSENT"),
        replace(CONSENT, account=2),
    ):
        assert is_blocked(case("2026-04-03 13:00", *rang, facts=(fact,)), SEVEN)


def test_consent_that_is_known_to_begin_later_opens_the_gate_then() -> None:
    rang = (call("2026-04-03 11:00"), call("2026-04-03 12:00"))
    later = replace(CONSENT, begin=utc("2026-04-05 09:00"), end=utc("2026-04-06"))
    waiting = case("2026-04-03 13:00", *rang, facts=(later,))
    assert answer(waiting, SEVEN) == ("block", utc("2026-04-05 09:00"))
    assert is_blocked(replace(waiting, at=utc("2026-04-05 09:00") - TICK), SEVEN)
    assert not is_blocked(replace(waiting, at=utc("2026-04-05 09:00")), SEVEN)
    assert answer(replace(waiting, at=utc("2026-04-06")), SEVEN) == ("block", utc("2026-04-10"))


def test_two_consents_live_until_the_last_has_ended() -> None:
    second = replace(CONSENT, begin=GIVEN + timedelta(days=4), account=1)
    # Both end with a conversation; without one the second lives to the eleventh.
    quiet = case("2026-04-10 12:00", call("2026-04-08 08:00"), call("2026-04-09 08:00"), facts=(CONSENT, second))
    assert not is_blocked(quiet, SEVEN)
    assert not is_blocked(replace(quiet, at=utc("2026-04-12")), SEVEN)
    talked = replace(quiet, attempts=(talk("2026-04-06 08:00"), *quiet.attempts))
    assert answer(talked, SEVEN) == ("block", utc("2026-04-15"))
    assert not is_blocked(replace(talked, attempts=(talk("2026-04-03 08:00"), *quiet.attempts)), SEVEN)
