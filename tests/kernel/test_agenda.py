"""The agenda: every open account has one next action with a day, from the first source that wants something."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ahadi.kernel.agenda import NEXT, OPEN_ACCOUNTS, REVIEW_DAYS, decide
from ahadi.kernel.schema import BrokenLaw, WrongFrame

from .company import assert_alone_as_among_many, assert_order_is_free

DAY = date(2026, 3, 10)
ASKED: dict[str, Any] = {"asked_action": "call_back", "asked_on": DAY + timedelta(days=4)}
HELD: dict[str, Any] = {"hold_review_on": DAY + timedelta(days=9)}
PROMISED: dict[str, Any] = {"promise_last_day": DAY + timedelta(days=2)}
STEP: dict[str, Any] = {"step": "CALL-1", "action": "call", "channel": "call", "due_on": DAY - timedelta(days=1)}
Answer = tuple[str | None, str | None, str | None, date | None]
CALLED_BACK: Answer = ("call_back", None, None, ASKED["asked_on"])
REVIEWED_HOLD: Answer = ("review_hold", None, "@HOLD", HELD["hold_review_on"])
CHECKED: Answer = ("check_promise", None, "@PROMISE", DAY + timedelta(days=3))
STEPPED: Answer = ("call", "call", "CALL-1", STEP["due_on"])


def accounts(*given_: dict[str, Any]) -> pl.DataFrame:
    """Open accounts, numbered, of which nobody wants anything but what is given."""
    nothing: dict[str, Any] = dict.fromkeys(OPEN_ACCOUNTS.column_names)
    known = [nothing | {"account_id": n, "is_open": True, "opened_on": DAY} | one for n, one in enumerate(given_)]
    return pl.DataFrame(known, schema={column.name: column.dtype for column in OPEN_ACCOUNTS.columns})


def answer(*, as_of: date = DAY, **given_: Any) -> Answer:
    found: Answer = decide(accounts(given_), as_of=as_of).drop("account_id").row(0)
    return found


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ({**ASKED, **HELD, **PROMISED, **STEP}, CALLED_BACK),
        ({**HELD, **PROMISED, **STEP}, REVIEWED_HOLD),
        ({**PROMISED, **STEP}, CHECKED),
        (STEP, STEPPED),
        ({}, ("review", None, "@REVIEW", DAY)),
    ],
    ids=["person", "hold", "promise", "strategy", "review"],
)
def test_first_source_that_wants_something_is_heard(given_: dict[str, Any], expected: Answer) -> None:
    assert answer(**given_) == expected


def test_what_a_person_asked_for_holds_until_the_debtor_is_reached_on_its_day_or_after() -> None:
    asked_on: date = ASKED["asked_on"]
    assert answer(**ASKED, **STEP, last_contact_on=asked_on - timedelta(days=1)) == CALLED_BACK
    assert answer(**ASKED, **STEP, last_contact_on=asked_on) == STEPPED
    assert answer(**ASKED, **STEP, as_of=asked_on + timedelta(days=50)) == CALLED_BACK


def test_step_on_which_no_channel_is_named_has_none() -> None:
    assert answer(**{**STEP, "channel": None}) == ("call", None, "CALL-1", STEP["due_on"])


@pytest.mark.parametrize(
    ("anchor", "expected"),
    [(0, 0), (-1, -1), (-30, 0), (-31, -1), (-59, -29), (5, 5), (400, 400)],
)
def test_review_comes_every_thirty_days_from_the_anchor_on(anchor: int, expected: int) -> None:
    found = answer(anchor_date=DAY + timedelta(days=anchor), opened_on=DAY - timedelta(days=7))
    assert found == ("review", None, "@REVIEW", DAY + timedelta(days=expected))


def test_review_that_nobody_did_stays_and_one_that_was_done_comes_again() -> None:
    due = DAY - timedelta(days=20)
    known = {"anchor_date": due - timedelta(days=REVIEW_DAYS)}
    assert answer(**known, last_contact_on=due - timedelta(days=1))[3] == due
    assert answer(**known, last_contact_on=due)[3] == due + timedelta(days=REVIEW_DAYS)


def test_review_counts_from_the_opening_where_nothing_is_due() -> None:
    assert answer(opened_on=DAY - timedelta(days=40))[3] == DAY - timedelta(days=10)


def test_closed_account_waits_for_nothing() -> None:
    assert answer(is_open=False, **ASKED, **HELD, **PROMISED, **STEP) == (None, None, None, None)


def test_day_without_an_action_is_a_fault_and_no_answer() -> None:
    with pytest.raises(BrokenLaw, match="every open account has a next action"):
        answer(asked_on=DAY)


def test_account_given_twice_is_refused() -> None:
    with pytest.raises(WrongFrame, match="account_id 0 stands in more than one row"):
        decide(pl.concat([accounts({}), accounts({})]), as_of=DAY)


def test_answers_stand_in_the_order_of_the_accounts() -> None:
    assert decide(accounts({}, STEP, {}).reverse(), as_of=DAY)["account_id"].to_list() == [2, 1, 0]


_DAYS = st.integers(-70, 70).map(lambda number: DAY + timedelta(days=number))
_MAYBE = st.one_of(st.none(), _DAYS)


@st.composite
def _accounts(draw: st.DrawFn) -> dict[str, Any]:
    asked_on, due_on = draw(_MAYBE), draw(_MAYBE)
    return {
        "is_open": draw(st.sampled_from([True, True, True, False])),
        "asked_action": asked_on and "call_back",
        "asked_on": asked_on,
        "last_contact_on": draw(_MAYBE),
        "hold_review_on": draw(_MAYBE),
        "promise_last_day": draw(_MAYBE),
        "anchor_date": draw(_MAYBE),
        "opened_on": draw(_DAYS),
        "step": due_on and "CALL-1",
        "action": due_on and "call",
        "channel": due_on and draw(st.sampled_from([None, "call"])),
        "due_on": due_on,
    }


def _slowly(one: dict[str, Any], as_of: date) -> Answer:
    """The rule, read out loud."""
    if not one["is_open"]:
        return None, None, None, None
    is_reached = one["last_contact_on"] and one["asked_on"] and one["last_contact_on"] >= one["asked_on"]
    if one["asked_on"] and not is_reached:
        return "call_back", None, None, one["asked_on"]
    if one["hold_review_on"]:
        return "review_hold", None, "@HOLD", one["hold_review_on"]
    if one["promise_last_day"]:
        return "check_promise", None, "@PROMISE", one["promise_last_day"] + timedelta(days=1)
    if one["due_on"]:
        return "call", one["channel"], "CALL-1", one["due_on"]
    review = one["anchor_date"] or one["opened_on"]
    while review + timedelta(days=REVIEW_DAYS) <= as_of:
        review += timedelta(days=REVIEW_DAYS)
    if one["last_contact_on"] and one["last_contact_on"] >= review:
        review += timedelta(days=REVIEW_DAYS)
    return "review", None, "@REVIEW", review


@given(st.lists(_accounts(), max_size=6), _DAYS)
def test_agenda_is_that_of_the_slow_model(drawn: list[dict[str, Any]], as_of: date) -> None:
    def run(known: pl.DataFrame) -> pl.DataFrame:
        return decide(known, as_of=as_of).sort("account_id")

    found = run(accounts(*drawn))
    assert found.columns == NEXT.column_names
    assert found.drop("account_id").rows() == [_slowly(one, as_of) for one in drawn]
    assert_order_is_free(run, accounts(*drawn))
    assert_alone_as_among_many(run, [accounts(*drawn)], "account_id")


@settings(max_examples=20)
@given(_accounts())
def test_answer_for_an_untouched_account_changes_with_its_reviews_alone(drawn: dict[str, Any]) -> None:
    days = [DAY + timedelta(days=offset) for offset in range(120)]
    answers = [answer(as_of=day, **drawn) for day in days]
    changes = sum(one != two for one, two in pairwise(answers))
    assert changes <= (len(days) // REVIEW_DAYS if answers[0][2] == "@REVIEW" else 0)
