"""The gate by itself: what it refuses, whom facts and attempts meet, and when each kind of test restrains."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from ahadi.kernel import gate, restraint
from ahadi.kernel.rule import (
    Always,
    Attempts,
    Content,
    Conversation,
    During,
    Gap,
    Hours,
    Inconvenient,
    Rule,
    Test,
    Unless,
    Where,
)
from ahadi.kernel.schema import BrokenLaw, WrongFrame

from .gate_frames import frames
from .gate_oracle import TICK, Attempt, Case, Fact, Wish

TUESDAY = datetime(2026, 3, 10, 10, tzinfo=UTC)
DAY = timedelta(days=1)
HELD = During(frozenset({"DISPUTE"}))
CASE = Case(at=TUESDAY)


def utc(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def decision(case: Case, *tests: Test, **said: object) -> gate.Decision:
    """What rules that block, one for each test, say to a case."""
    questions, known = frames([case])
    rules = tuple(Rule(f"R{number}", "block", test, **said) for number, test in enumerate(tests))  # type: ignore[arg-type]
    return gate.decide(questions, replace(known, regimes=dict.fromkeys(known.regimes, rules)))


def answer(case: Case, *tests: Test, **said: object) -> tuple[str, datetime | None]:
    """The answer, and when it is next lawful."""
    return decision(case, *tests, **said).answers.row(0)[1:]  # type: ignore[return-value]


def is_blocked(case: Case, *tests: Test, **said: object) -> bool:
    """Whether the answer is no."""
    return answer(case, *tests, **said)[0] == "block"


def next_at(case: Case, *tests: Test, **said: object) -> datetime | None:
    """When it is next lawful."""
    return answer(case, *tests, **said)[1]


def with_facts(*facts: Fact) -> Case:
    """The usual case with these facts."""
    return replace(CASE, facts=facts)


def tried(*attempts: Attempt, **said: object) -> Case:
    """The usual case with these attempts."""
    return replace(CASE, attempts=attempts, **said)  # type: ignore[arg-type]


def test_frame_without_a_column_is_refused() -> None:
    questions, known = frames([CASE])
    with pytest.raises(WrongFrame, match="questions: column 'zones' is missing"):
        gate.decide(questions.drop("zones"), known)
    with pytest.raises(WrongFrame, match="facts: column 'kind' is missing"):
        gate.decide(questions, replace(known, facts=known.facts.drop("kind")))
    with pytest.raises(WrongFrame, match="preferences: column 'weekday' is missing"):
        gate.decide(questions, replace(known, preferences=known.preferences.drop("weekday")))


def test_frame_with_a_wrong_type_or_a_null_is_refused() -> None:
    questions, known = frames([CASE])
    with pytest.raises(WrongFrame, match="questions: column 'at' must be"):
        gate.decide(questions.with_columns(pl.col("at").dt.replace_time_zone(None)), known)
    with pytest.raises(WrongFrame, match="questions: column 'role' may not be null"):
        gate.decide(questions.with_columns(role=pl.lit(None, dtype=pl.String)), known)


def test_same_question_and_same_attempt_may_not_stand_twice() -> None:
    questions, known = frames([tried(Attempt(at=TUESDAY))])
    with pytest.raises(WrongFrame, match="questions: question_id 0 stands in more than one row"):
        gate.decide(pl.concat([questions, questions]), known)
    with pytest.raises(WrongFrame, match="attempts: attempt_id 0, account_id 1 stands in more than one row"):
        gate.decide(questions, replace(known, attempts=pl.concat([known.attempts, known.attempts])))


@pytest.mark.parametrize("column", ["regime", "calendar", "zones"])
def test_name_that_was_not_given_is_refused(column: str) -> None:
    questions, known = frames([CASE])
    with pytest.raises(KeyError, match="Nowhere"):
        held = replace(known, regimes={**known.regimes, "R": (Rule("R", "block", Hours(0, 1)),)})
        gate.decide(questions.with_columns(regime=pl.lit("R")).with_columns(pl.lit("Nowhere").alias(column)), held)


def test_fact_that_names_nobody_is_refused() -> None:
    with pytest.raises(BrokenLaw, match="a fact names an account, a debtor, a person or a point"):
        is_blocked(with_facts(Fact("DISPUTE", TUESDAY, channel="call")), HELD)


@pytest.mark.parametrize(
    ("column", "word"),
    [("channel", "phone"), ("role", "Debtor"), ("purpose", "chase"), ("place", "office")],
)
def test_word_that_no_rule_knows_is_refused_rather_than_let_through(column: str, word: str) -> None:
    questions, known = frames([CASE])
    strange = questions.with_columns(pl.lit(word).alias(column))
    with pytest.raises(WrongFrame, match=f"questions: column '{column}' may not be '{word}'"):
        gate.decide(strange, known)
    with pytest.raises(WrongFrame, match=f"questions: column '{column}' may not be '{word}'"):
        gate.duties(strange, known.regimes)


@pytest.mark.parametrize(
    "attempt",
    [
        Attempt(at=TUESDAY, channel="phone"),
        Attempt(at=TUESDAY, result="NO_ANSWER"),
        Attempt(at=TUESDAY, place="office"),
    ],
)
def test_attempt_in_words_that_no_rule_knows_is_refused_rather_than_left_uncounted(attempt: Attempt) -> None:
    with pytest.raises(WrongFrame, match=r"attempts: column '(channel|result|place)' may not be"):
        is_blocked(tried(attempt), Attempts(1, ("account",)))


def test_fact_about_a_channel_that_no_rule_knows_is_refused() -> None:
    with pytest.raises(WrongFrame, match="facts: column 'channel' may not be 'phone'"):
        is_blocked(with_facts(Fact("OPT_OUT", TUESDAY, account=1, channel="phone")), HELD)


@pytest.mark.parametrize("wish", [Wish(1, 1320, 360), Wish(8, 60, 120), Wish(1, -1, 60), Wish(1, 60, 1441)])
def test_time_called_inconvenient_that_is_no_time_of_one_day_is_refused(wish: Wish) -> None:
    with pytest.raises(WrongFrame, match=r"preferences: weekday . from minute .* is no time of one day"):
        is_blocked(replace(CASE, wishes=(wish,)), Inconvenient())


def test_no_questions_get_no_answers() -> None:
    questions, known = frames([CASE])
    found = gate.decide(questions.clear(), known)
    assert found.answers.is_empty() and found.reasons.is_empty()
    assert gate.duties(questions.clear(), known.regimes).is_empty()


def test_without_rules_everything_is_lawful_now() -> None:
    assert answer(CASE) == ("allow", TUESDAY)


def test_block_is_stronger_than_warn_and_both_are_told() -> None:
    questions, known = frames([CASE])
    rules = (Rule("A", "warn", Always()), Rule("B", "block", Gap(5, ("person",))), Rule("C", "record", Always()))
    warned = gate.decide(questions, replace(known, regimes=dict.fromkeys(known.regimes, rules)))
    assert warned.answers.row(0)[1:] == ("warn", TUESDAY)
    assert warned.reasons.rows() == [(0, "A", "warn", None, None)]


def test_fact_restrains_from_its_beginning_until_before_its_end() -> None:
    fact = Fact("DISPUTE", TUESDAY, TUESDAY + DAY, account=1)
    case = with_facts(fact)
    assert not is_blocked(replace(case, at=TUESDAY - TICK), HELD)
    assert answer(case, HELD) == ("block", TUESDAY + DAY)
    assert is_blocked(replace(case, at=TUESDAY + DAY - TICK), HELD)
    assert not is_blocked(replace(case, at=TUESDAY + DAY), HELD)


def test_fact_meets_the_questions_that_agree_in_all_that_it_names() -> None:
    def meets(**named: object) -> bool:
        return is_blocked(with_facts(Fact("DISPUTE", TUESDAY, **named)), HELD)  # type: ignore[arg-type]

    assert meets(account=1) and meets(debtor=1) and meets(person=1) and meets(point=1)
    assert meets(account=1, debtor=1, person=1, point=1, channel="call")
    assert not meets(account=2) and not meets(person=1, account=2) and not meets(point=1, person=2)
    assert not meets(account=1, channel="sms")


def test_fact_about_a_number_does_not_meet_a_question_without_one() -> None:
    assert not is_blocked(
        replace(with_facts(Fact("OPT_OUT", TUESDAY, point=1)), point=None), During(frozenset({"OPT_OUT"}))
    )


def test_facts_that_follow_one_another_restrain_until_the_last_has_ended() -> None:
    facts = [Fact("DISPUTE", TUESDAY + n * DAY, TUESDAY + (n + 1) * DAY, account=1) for n in range(3)]
    assert next_at(with_facts(*facts), HELD) == TUESDAY + 3 * DAY
    assert next_at(with_facts(*facts[:1], *facts[2:]), HELD) == TUESDAY + DAY


def test_reason_is_the_fact_that_lasts_longest() -> None:
    long, short = (
        Fact("DISPUTE", TUESDAY, TUESDAY + 3 * DAY, account=1),
        Fact("DISPUTE", TUESDAY, TUESDAY + DAY, debtor=1),
    )
    assert decision(with_facts(short, long), HELD).reasons.rows() == [(0, "R0", "block", TUESDAY + 3 * DAY, 1)]


def test_unless_restrains_before_between_and_after() -> None:
    first = Fact("CONSENT", TUESDAY + DAY, TUESDAY + 2 * DAY, account=1)
    second = Fact("CONSENT", TUESDAY + 3 * DAY, TUESDAY + 4 * DAY, person=1)
    case, test = with_facts(second, first), Unless(frozenset({"CONSENT"}))
    assert next_at(case, test) == TUESDAY + DAY
    assert not is_blocked(replace(case, at=TUESDAY + 2 * DAY - TICK), test)
    assert next_at(replace(case, at=TUESDAY + 2 * DAY), test) == TUESDAY + 3 * DAY
    assert answer(replace(case, at=TUESDAY + 4 * DAY), test) == ("block", None)
    assert answer(CASE, test) == ("block", None)


def test_unless_is_lifted_without_a_gap_by_facts_that_overlap() -> None:
    outer = Fact("CONSENT", TUESDAY - 9 * DAY, TUESDAY + 9 * DAY, account=1)
    inner = Fact("CONSENT", TUESDAY - 5 * DAY, TUESDAY - 4 * DAY, account=1)
    last = Fact("CONSENT", TUESDAY + 9 * DAY, account=1)
    case, test = with_facts(inner, outer, last), Unless(frozenset({"CONSENT"}))
    assert not any(is_blocked(replace(case, at=TUESDAY + n * DAY), test) for n in (-9, -5, -4, 0, 9, 300))


def test_rule_is_about_what_it_names_and_about_a_place_that_is_not_known() -> None:
    where = Where(
        frozenset({"call"}), frozenset({"debtor"}), frozenset({"collect"}), frozenset({"work"}), has_basis=False
    )
    at_work = replace(CASE, place="work")
    assert is_blocked(at_work, Always(), where=where)
    assert is_blocked(replace(CASE, place=None), Always(), where=where)
    for other in ({"channel": "sms"}, {"role": "spouse"}, {"purpose": "legal"}, {"place": "home"}, {"has_basis": True}):
        assert not is_blocked(replace(at_work, **other), Always(), where=where)  # type: ignore[arg-type]


def test_message_that_is_written_is_judged_and_one_that_is_not_is_let_be() -> None:
    test = Content(required=frozenset({"opt_out", "creditor_name"}), forbidden=frozenset({"threat"}))

    def bears(*elements: str) -> bool:
        return not is_blocked(replace(CASE, content=frozenset(elements)), test)

    assert not is_blocked(CASE, test)
    assert bears("opt_out", "creditor_name", "arabic")
    assert not bears("opt_out") and not bears() and not bears("opt_out", "creditor_name", "threat")


def test_attempts_restrain_once_the_most_of_them_lie_in_the_window() -> None:
    test = Attempts(2, ("account",), days=1)
    call = Attempt(at=TUESDAY - timedelta(hours=10))
    assert not is_blocked(tried(call), test)
    assert answer(tried(call, call), test) == ("block", utc("2026-03-11"))
    assert not is_blocked(tried(call, replace(call, at=call.at - TICK)), test)


def test_window_of_days_lasts_until_the_last_of_the_zones_has_passed_it() -> None:
    call = Attempt(at=utc("2026-03-10 02:00"))  # still Monday in New York
    case = tried(call, zones=("UTC", "America/New_York"))
    assert next_at(case, Attempts(1, ("account",), days=1)) == utc("2026-03-11")
    assert next_at(replace(case, zones=("America/New_York",)), Attempts(1, ("account",), days=1)) == case.at
    assert next_at(case, Attempts(1, ("account",), days=3)) == utc("2026-03-13 00:00")
    late = tried(replace(call, at=utc("2026-03-10 05:00")), zones=("UTC", "America/New_York"))
    assert next_at(late, Attempts(1, ("account",), days=1)) == utc("2026-03-11 04:00")


def test_window_of_hours_runs_from_the_attempt() -> None:
    test = Attempts(1, ("account",), hours=36)
    case = tried(Attempt(at=TUESDAY - timedelta(hours=36) + TICK))
    assert answer(case, test) == ("block", TUESDAY + TICK)
    assert not is_blocked(tried(Attempt(at=TUESDAY - timedelta(hours=36))), test)


def test_window_without_end_never_opens_again() -> None:
    assert answer(tried(Attempt(at=TUESDAY - 3000 * DAY)), Attempts(1, ("person",))) == ("block", None)


def test_what_happened_at_the_moment_counts_and_what_comes_later_is_not_known() -> None:
    test = Attempts(1, ("account",), days=1)
    assert is_blocked(tried(Attempt(at=TUESDAY)), test)
    assert not is_blocked(tried(Attempt(at=TUESDAY + TICK)), test)
    assert not is_blocked(tried(Attempt(at=TUESDAY + TICK), Attempt(at=TUESDAY + DAY)), test)


def test_attempt_counts_by_its_channel_result_and_place_and_when_they_are_not_known() -> None:
    test = Attempts(
        1,
        ("account",),
        days=1,
        channels=frozenset({"call"}),
        results=frozenset({"no_answer"}),
        places=frozenset({"home"}),
    )
    call = Attempt(at=TUESDAY, place="home")
    assert is_blocked(tried(call), test)
    assert is_blocked(tried(replace(call, result=None)), test) and is_blocked(tried(replace(call, place=None)), test)
    for other in ({"channel": "sms"}, {"result": "busy"}, {"place": "work"}, {"is_outbound": False}):
        assert not is_blocked(tried(replace(call, **other)), test)  # type: ignore[arg-type]


def test_call_about_two_debts_counts_for_each_and_once_for_the_person() -> None:
    call = Attempt(at=TUESDAY, debts=((2, 1), (1, 1)))
    assert is_blocked(tried(call), Attempts(1, ("account",), days=1))
    assert is_blocked(replace(tried(call), account=2), Attempts(1, ("account",), days=1))
    assert not is_blocked(tried(call), Attempts(2, ("person",), days=1))
    assert not is_blocked(tried(call), Attempts(2, ("debtor",), days=1))
    assert is_blocked(tried(call, replace(call, at=TUESDAY - TICK)), Attempts(2, ("person",), days=1))


def test_call_about_debts_of_two_debtors_counts_for_both_debtors() -> None:
    call = Attempt(at=TUESDAY, debts=((3, 2), (1, 1)))
    assert is_blocked(tried(call), Attempts(1, ("debtor",), days=1))
    assert is_blocked(replace(tried(call), account=3, debtor=2), Attempts(1, ("debtor",), days=1))
    assert not is_blocked(tried(call), Attempts(2, ("debtor",), days=1))


def test_attempts_are_matched_by_all_that_the_rule_counts_per() -> None:
    test = Attempts(1, ("account", "person", "point"), days=1)
    assert is_blocked(tried(Attempt(at=TUESDAY)), test)
    for other in ({"debts": ((2, 1),)}, {"person": 2}, {"point": 2}, {"point": None}):
        assert not is_blocked(tried(Attempt(at=TUESDAY, **other)), test)  # type: ignore[arg-type]
    assert not is_blocked(tried(Attempt(at=TUESDAY, point=None), point=None), test)


def test_conversation_restrains_for_its_days_whoever_began_it() -> None:
    test = Conversation(3, ("account", "person"))
    talk = Attempt(at=TUESDAY - timedelta(hours=1), is_conversation=True, result="answered")
    assert answer(tried(talk), test) == ("block", utc("2026-03-13"))
    assert is_blocked(tried(replace(talk, is_outbound=False)), test)
    assert not is_blocked(tried(replace(talk, channel="visit")), test)
    assert not is_blocked(tried(replace(talk, is_conversation=False)), test)
    assert not is_blocked(tried(replace(talk, person=2)), test)


def test_gap_restrains_for_its_minutes_after_an_attempt_in_vain() -> None:
    test = Gap(5, ("person",))
    missed = Attempt(at=TUESDAY - timedelta(minutes=5) + TICK)
    assert answer(tried(missed), test) == ("block", TUESDAY + TICK)
    assert not is_blocked(tried(replace(missed, at=missed.at - TICK)), test)
    assert is_blocked(tried(replace(missed, result="voicemail")), test)
    for other in ({"result": "busy"}, {"result": None}, {"channel": "visit"}, {"is_outbound": False}):
        assert not is_blocked(tried(replace(missed, **other)), test)  # type: ignore[arg-type]


def test_rule_is_in_force_from_its_first_day_anywhere_to_its_last_anywhere() -> None:
    case = replace(CASE, zones=("Pacific/Kiritimati", "Pacific/Pago_Pago"))
    begin, end = utc("2026-03-09 10:00"), utc("2026-03-11 11:00")
    dates = {"from_date": date(2026, 3, 10), "until_date": date(2026, 3, 10)}
    for test in (Always(), Hours(0, 1, weekdays=frozenset({1}))):
        assert not is_blocked(replace(case, at=begin - TICK), test, **dates)
        assert answer(replace(case, at=begin), test, **dates) == ("block", end)
        assert is_blocked(replace(case, at=end - TICK), test, **dates)
        assert not is_blocked(replace(case, at=end), test, **dates)


def test_duties_are_those_of_rules_that_are_about_the_question() -> None:
    questions, known = frames([CASE, replace(CASE, channel="letter")])
    calls = Where(channels=frozenset({"call"}))
    rules = (
        Rule("A", "require", Always(), calls, says=("agent_name",), stores=("recording",)),
        Rule("B", "block", HELD, calls),
    )
    told = gate.duties(questions, dict.fromkeys(known.regimes, rules))
    assert told.rows() == [(0, "A", "require", ["agent_name"], ["recording"])]


def test_a_few_questions_are_told_apart_like_many(monkeypatch: pytest.MonkeyPatch) -> None:
    wishes = (Wish(2, 0, 720),)
    tried = (Attempt(at=TUESDAY - TICK), Attempt(at=TUESDAY - DAY, result="answered"))
    cases = [
        replace(CASE, role=role, channel=channel, place=place, attempts=attempts, wishes=wishes_)
        for role in ("debtor", "guarantor")
        for channel in ("call", "sms")
        for place in (None, "home")
        for attempts in ((), tried)
        for wishes_ in ((), wishes)
    ]
    questions, known = frames(cases)
    few = gate.decide(questions, known), gate.duties(questions, known.regimes)
    monkeypatch.setattr(restraint, "_FEW", 0)
    many = gate.decide(questions, known), gate.duties(questions, known.regimes)
    assert few[0].answers.equals(many[0].answers) and few[0].reasons.equals(many[0].reasons)
    assert few[1].equals(many[1]) and few[1].height and few[0].reasons.height
