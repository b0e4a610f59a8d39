"""Lists of codes are whole, count attempts as the law counts them, and name the line of a mistake."""

import json
from pathlib import Path
from typing import Any

import pytest

from ahadi.data.codes import LEVELS, LISTS, Code, UnableToReadCodes, codes, read_codes
from ahadi.kernel.rule import HOLD_KINDS

GIVEN = Path(__file__).parents[3] / "shared" / "codes"
FILES = {
    "dispositions": "dispositions",
    "reasons": "reason_for_default",
    "holds": "holds",
    "visits": "field_visit",
    "letters": "letters",
    "legal_stages": "legal_stages",
    "complaints": "complaints",
    "documents": "documents",
    "promise_states": "promise_status",
    "plan_states": "plan_status",
    "cheque_states": "cheque_status",
}
TEXT = """\
list: dispositions
title: What came of a call
source: "a source"
codes:
  - {code: NC_NOANS, label: Nobody, level: NO_CONTACT, contact: false, rpc: false, next_action: RETRY,
     result: no_answer, conversation: false}
  - {code: RP_PLAN, label: Agreed, level: RIGHT_PARTY, contact: true, rpc: true, next_action: PLAN,
     result: answered, conversation: true}
"""
STATES = """\
list: cheque_states
title: Where a cheque is
source: "a source"
codes:
  - {code: HELD, label: Held, next: [STALE]}
  - {code: STALE, label: Stale, next: []}
"""
WEIGHTS = """\
list: scorecard
title: Scores
source: "a source"
codes:
  - {code: negotiation, label: Looks, weight: 60}
  - {code: opening, label: Opens, weight: 40}
"""


def by_code(list_name: str) -> dict[str, Code]:
    return {code.code: code for code in codes(list_name)}


def given(name: str) -> dict[str, Any]:
    if not GIVEN.is_dir():
        pytest.skip("the lists of codes are not beside the project")
    content: dict[str, Any] = json.loads((GIVEN / f"{name}.json").read_text("utf-8"))
    return content


@pytest.mark.parametrize("list_name", LISTS)
def test_list_is_read(list_name: str) -> None:
    assert codes(list_name) and all(code.label for code in codes(list_name))


# Codes of this house that stand beside those that were given.
OWN = {"RP_PLAN_OFFER"}


@pytest.mark.parametrize("list_name", FILES)
def test_list_has_every_code_in_its_order(list_name: str) -> None:
    rows = given(FILES[list_name])["rows"]
    known = [code.code for code in codes(list_name) if code.code not in OWN]
    assert known == [row if isinstance(row, str) else row[0] for row in rows]


def test_figures_of_the_codes_are_those_that_are_asked_for() -> None:
    for code, _, level, contact, rpc, action, _ in given("dispositions")["rows"]:
        found = by_code("dispositions")[code]
        assert (found.level, found.is_contact, found.is_right_party, found.next_action) == (
            level,
            bool(contact),
            bool(rpc),
            action,
        )
    assert [code.x12 for code in codes("reasons")] == [row[2] for row in given("reason_for_default")["rows"]]
    assert [code.day for code in codes("letters")] == [row[2] for row in given("letters")["rows"]]
    for list_name in ("promise_states", "cheque_states"):
        transitions = given(FILES[list_name])["transitions"]
        assert {code.code: list(code.next) for code in codes(list_name) if code.next} == {
            code: after for code, after in transitions.items() if after
        }
    card = given("qa_scorecard")
    assert {code.code: code.weight for code in codes("scorecard")} == card["weights"]
    assert [code.code for code in codes("call_failures")] == card["auto_fail"]
    assert [[code.code, code.from_score] for code in codes("call_bands")] == card["bands"]
    assert [code.code for code in codes("cheque_returns")] == given("cheque_status")["bounce_reasons"]


def test_holds_are_those_of_the_book() -> None:
    assert tuple(by_code("holds")) == HOLD_KINDS


def test_busy_line_and_dead_number_do_not_count_as_calls() -> None:
    result = {code.code: code.result for code in codes("dispositions")}
    counted = {"answered", "dropped", "no_answer", "voicemail"}
    uncounted = {code for code, one in result.items() if one not in counted}
    assert uncounted == {"NC_BUSY", "NC_INVALID", "NC_DISC", "NC_NETFAIL", "NC_SUPPRESSED"}


def test_everybody_who_was_reached_was_spoken_with() -> None:
    for code in codes("dispositions"):
        assert code.level in LEVELS
        if code.level == "RIGHT_PARTY":
            assert code.is_conversation and code.result == "answered" and code.is_right_party, code.code
    assert not by_code("dispositions")["NC_VM_LEFT"].is_conversation


@pytest.mark.parametrize(
    ("text", "old", "new", "said"),
    [
        (TEXT, "codes:", "codes: {", "own.yaml, line [4-9]: this is no YAML"),
        (TEXT, "title: What came of a call\n", "", "own.yaml, line 1: title missing"),
        (
            TEXT,
            "list: dispositions",
            "list: reasons",
            "own.yaml, line 1: expected one of dispositions, found 'reasons'",
        ),
        (TEXT, "label: Nobody, ", "", "own.yaml, line 5: label missing"),
        (TEXT, "label: Nobody", "label: Nobody, hue: red", "own.yaml, line 5: unknown key 'hue'"),
        (TEXT, "level: NO_CONTACT", "level: NEAR", "own.yaml, line 5: expected one of NOT_DIALLED, .*, found 'NEAR'"),
        (TEXT, "contact: false", "contact: 0", "own.yaml, line 5: expected true or false, found 0"),
        (TEXT, "result: no_answer", "result: rang", "own.yaml, line 6: expected one of answered, .*, found 'rang'"),
        (TEXT, "code: NC_NOANS", "code: Nc-1", "own.yaml, line 5: expected a code as RP_PLAN, found 'Nc-1'"),
        (TEXT, "code: RP_PLAN", "code: NC_NOANS", "own.yaml, line 7: NC_NOANS stands twice"),
        (TEXT, "contact: true, rpc: true", "contact: false, rpc: true", "line 7: RP_PLAN: who reaches the debtor"),
        (TEXT, "result: answered", "result: busy", "own.yaml, line 7: RP_PLAN: a conversation is a call that was"),
        (STATES, "next: [STALE]", "next: [LOST]", "own.yaml, line 5: HELD leads to LOST, which the list does not have"),
        (STATES, "next: [STALE]", "next: STALE", "own.yaml, line 5: expected a list, found 'STALE'"),
        (WEIGHTS, "weight: 60", "weight: 61", "own.yaml, line 5: the weights must add up to 100, found 101"),
        (WEIGHTS, "weight: 60", "weight: 101", "own.yaml, line 5: expected a number up to 100, found 101"),
    ],
)
def test_mistake_is_named_with_its_line(text: str, old: str, new: str, said: str) -> None:
    list_name = text.split("\n")[0].removeprefix("list: ")
    assert read_codes(text, list_name=list_name, file="own.yaml") and old in text
    with pytest.raises(UnableToReadCodes, match=said):
        read_codes(text.replace(old, new, 1), list_name=list_name, file="own.yaml")


def test_number_without_quotes_is_no_x12_code() -> None:
    text = 'list: reasons\ntitle: Why\nsource: "a source"\ncodes:\n  - {code: FORGOT, label: Forgot, x12: 006}\n'
    with pytest.raises(UnableToReadCodes, match="line 5: expected three digits in quotes"):
        read_codes(text, list_name="reasons", file="own.yaml")


def test_list_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnableToReadCodes, match="there is no list 'moods'; it may be one of dispositions"):
        codes("moods")
