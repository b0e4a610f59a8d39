"""Matching: the reference first, then phone with amount, then name with amount; never by a guess."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.matching import EXPECTED, KEYS, MATCHES, STATEMENT_LINES, match
from ahadi.kernel.schema import WrongFrame, empty

from .book import rows
from .company import assert_alone_as_among_many, assert_order_is_free

BOOK = rows(
    KEYS,
    (1, "LN-001/7", "255712345678", "Asha Juma Mushi", "TZS"),
    (2, "LN-002", "255712345678", "Asha J. Mushi", "TZS"),
    (3, "LN-003", "254700000001", "Peter Otieno", "KES"),
)
OWED = rows(EXPECTED, (1, 5_000), (1, 20_000), (2, 7_000), (2, 20_000), (3, 5_000))


def outcome(
    reference: str | None = None,
    phone: str | None = None,
    payer: str | None = None,
    amount: int = 5_000,
    currency: str = "TZS",
) -> tuple[int | None, str, int]:
    made = match(rows(STATEMENT_LINES, (1, reference, phone, payer, amount, currency)), BOOK, OWED)
    row = made.row(0, named=True)
    return row["account_id"], row["rule"], row["certainty"]


@pytest.mark.parametrize("reference", ["LN-001/7", "ln 0017", " LN0017 "])
def test_reference_decides_whatever_its_signs_and_whatever_the_amount(reference: str) -> None:
    assert outcome(reference, amount=1) == (1, "REFERENCE", 100)


def test_part_of_a_reference_is_none() -> None:
    assert outcome("LN001") == (None, "UNMATCHED", 0)
    assert outcome("LN-0071") == (None, "UNMATCHED", 0)


def test_phone_decides_with_an_amount_that_one_account_expects() -> None:
    assert outcome(phone="+255 712 345 678", amount=7_000) == (2, "PHONE_AMOUNT", 90)
    assert outcome(phone="00255712345678") == (1, "PHONE_AMOUNT", 90)
    assert outcome(phone="255712345678", amount=20_000) == (None, "AMBIGUOUS", 0)
    assert outcome(phone="255712345678", amount=6_999) == (None, "UNMATCHED", 0)


def test_name_with_amount_is_a_proposal() -> None:
    made = match(rows(STATEMENT_LINES, (1, None, None, "MUSHI, asha juma", 5_000, "TZS")), BOOK, OWED)
    assert made.row(0, named=True) == {
        "line_id": 1,
        "account_id": 1,
        "rule": "PAYER_AMOUNT",
        "certainty": 70,
        "is_sure": False,
        "candidate_count": 1,
        "reason": "the payer's name and the amount point to this account alone",
    }


def test_amount_alone_matches_nothing() -> None:
    assert outcome(amount=7_000) == (None, "UNMATCHED", 0)
    assert outcome("", "", "", amount=7_000) == (None, "UNMATCHED", 0)
    assert outcome("--", "+", "..", amount=7_000) == (None, "UNMATCHED", 0)


def test_stronger_rule_that_finds_several_is_not_settled_by_a_weaker_one() -> None:
    twice = pl.concat([BOOK, rows(KEYS, (2, "LN-001/7", None, None, "TZS"))])
    line = rows(STATEMENT_LINES, (1, "LN-001/7", "255712345678", None, 7_000, "TZS"))
    row = match(line, twice, OWED).row(0, named=True)
    assert (row["account_id"], row["rule"], row["candidate_count"]) == (None, "AMBIGUOUS", 2)
    assert row["reason"] == "REFERENCE finds 2 accounts; choose one"


def test_unknown_reference_leaves_the_weaker_rules() -> None:
    assert outcome("XX-9", phone="255712345678") == (1, "PHONE_AMOUNT", 90)


def test_currency_must_agree() -> None:
    assert outcome("LN-003") == (None, "UNMATCHED", 0)
    assert outcome("LN-003", currency="KES") == (3, "REFERENCE", 100)


def test_line_that_stands_twice_is_refused() -> None:
    line = rows(STATEMENT_LINES, (1, None, None, None, 1, "TZS"))
    with pytest.raises(WrongFrame, match="line_id 1 stands in more than one row"):
        match(pl.concat([line, line]), BOOK, OWED)


def test_no_lines_make_no_matches() -> None:
    assert match(empty(STATEMENT_LINES), BOOK, OWED).schema == empty(MATCHES).schema


_TEXT = st.sampled_from([None, "", "a-1", "A1", "b", "c d", "D C"])
_PHONE = st.sampled_from([None, "+12", "0012", "3"])


@given(
    st.lists(st.tuples(_TEXT, _PHONE, _TEXT, st.integers(1, 3), st.sampled_from(["KES", "UGX"])), max_size=5),
    st.lists(st.tuples(st.integers(1, 3), _TEXT, _PHONE, _TEXT, st.sampled_from(["KES", "UGX"])), max_size=5),
    st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), max_size=5),
)
def test_matches_are_those_of_the_slow_model(
    drawn: list[tuple[str | None, str | None, str | None, int, str]],
    keys: list[tuple[int, str | None, str | None, str | None, str]],
    owed: list[tuple[int, int]],
) -> None:
    lines, book, expected = (
        rows(STATEMENT_LINES, *((n, *one) for n, one in enumerate(drawn))),
        rows(KEYS, *keys),
        rows(EXPECTED, *owed),
    )

    def bare(text: str | None) -> str:
        return "".join(letter for letter in (text or "").upper() if letter.isalnum())

    def words(text: str | None) -> list[str]:
        return sorted((text or "").lower().replace("-", " ").split())

    def digits(text: str | None) -> str:
        return "".join(letter for letter in text or "" if letter.isdigit()).lstrip("0")

    wanted: list[tuple[int, int | None, str, int]] = []
    for n, (reference, phone, payer, amount, currency) in enumerate(drawn):
        own = [key for key in keys if key[4] == currency]
        by_rule = [
            {key[0] for key in own if bare(reference) and bare(key[1]) == bare(reference)},
            {key[0] for key in own if digits(phone) and digits(key[2]) == digits(phone) and (key[0], amount) in owed},
            {key[0] for key in own if words(payer) and words(key[3]) == words(payer) and (key[0], amount) in owed},
        ]
        names = ["REFERENCE", "PHONE_AMOUNT", "PAYER_AMOUNT"]
        place = next((at for at, accounts in enumerate(by_rule) if accounts), None)
        if place is None:
            wanted.append((n, None, "UNMATCHED", 0))
        elif len(by_rule[place]) > 1:
            wanted.append((n, None, "AMBIGUOUS", len(by_rule[place])))
        else:
            wanted.append((n, min(by_rule[place]), names[place], 1))
    made = match(lines, book, expected)
    assert made.select("line_id", "account_id", "rule", "candidate_count").rows() == wanted
    assert_order_is_free(match, lines, book, expected)
    assert_alone_as_among_many(lambda one: match(one, book, expected), [lines], "line_id")
