"""The language of rules: what it gives, what it refuses and where, and the first segment that holds."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.schema import WrongFrame
from ahadi.kernel.segment import (
    TEXT_CHARACTERS_MAX,
    Segment,
    UnableToReadRule,
    assign,
    condition,
    conditions,
    read_rule,
    values,
)

from .company import assert_alone_as_among_many, assert_order_is_free

AS_OF = date(2026, 3, 1)
BOOK = pl.DataFrame(
    {
        "account_id": [1, 2, 3],
        "days_late": [5, None, 70],
        "overdue_minor": [100, 900, 40],
        "product": ["loan", "payg", None],
        "due_date": [date(2026, 2, 27), date(2026, 5, 1), None],
        "is_held": [True, False, None],
        "sent_at": [datetime(2026, 1, 1, tzinfo=UTC)] * 3,
        "score": [0.5, 1.0, 2.0],
    }
).with_columns(called_at=pl.col("sent_at").dt.replace_time_zone(None))


def found(text: str) -> list[object]:
    return values(BOOK, text, as_of=AS_OF).to_list()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("days_late > 30", [False, None, True]),
        ("days_late > 30 OR overdue_minor > 500", [False, True, True]),
        ("NOT is_held AND overdue_minor >= 40", [False, True, None]),
        ("overdue_minor * 100 > 40 * 100 + 1", [True, True, False]),
        ("-days_late < -10", [False, None, True]),
        ("product = 'loan'", [True, False, None]),
        ("product IN ('loan', 'card')", [True, False, None]),
        ("product NOT IN ('loan')", [False, True, None]),
        ("product LIKE 'pa%'", [False, True, None]),
        ("product ILIKE '%O_N'", [True, False, None]),
        ("product IS NULL", [False, False, True]),
        ("product IS NOT NULL", [True, True, False]),
        ("product IS DISTINCT FROM 'loan'", [False, True, True]),
        ("days_late BETWEEN 1 AND 70", [True, None, True]),
        ("due_date < DATE '2026-03-01'", [True, False, None]),
        ("due_date + INTERVAL '2 days' = as_of", [True, False, None]),
        ("due_date <= as_of - INTERVAL '1 week'", [False, False, None]),
        ("COALESCE(days_late, 0) + 1", [6, 1, 71]),
        ("GREATEST(overdue_minor, 100)", [100, 900, 100]),
        ("LEAST(overdue_minor, 100)", [100, 100, 40]),
        ("NULLIF(overdue_minor, 40)", [100, 900, None]),
        ("ABS(-overdue_minor)", [100, 900, 40]),
        ("UPPER(product)", ["LOAN", "PAYG", None]),
        ("CASE WHEN days_late > 60 THEN 'late' WHEN is_held THEN 'held' END", ["held", None, "late"]),
        ("CASE WHEN days_late > 60 THEN 1 ELSE 2 END", [2, 2, 1]),
        ("called_at IS NOT NULL", [True, True, True]),
        ("TRUE", [True, True, True]),
        ("as_of = DATE '2026-03-01'", [True, True, True]),
        ("days_late > 30 -- a remark", [False, None, True]),
        ("product = 'it''s'", [False, False, None]),
    ],
)
def test_rule_gives_what_it_says(text: str, expected: list[object]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("days_late / 2 > 1", 1, "not divided"),
        ("days_late % 2 = 1", 1, "not divided"),
        ("due_date > '2026-01-01'", 1, "DATE 'YYYY-MM-DD'"),
        ("due_date = DATE '2026-13-01'", None, "is no date"),
        ("due_date > CURRENT_DATE", 1, "not allowed"),
        ("now() > called_at", None, "not allowed"),
        ("called_at > sent_at", 1, "do not go together"),
        ("due_date > called_at", 1, "do not go together"),
        ("due_date - as_of > 3", None, "a whole number is expected"),
        ("due_date + INTERVAL '1 month' > as_of", None, "days or weeks"),
        ("product < 'm'", 1, "no order"),
        ("product BETWEEN 'a' AND 'b'", 1, "BETWEEN is for"),
        ("product LIKE UPPER(product)", 1, "followed by a 'text'"),
        ("product LIKE 'a\\_%'", 1, "backslash"),
        ("days_late > 1.5", None, "no whole number"),
        ("days_late > 9223372036854775808", None, "no whole number"),
        ("days_late = NULL", 1, "IS NULL"),
        ("is_held IS TRUE", 1, "IS is followed by NULL"),
        ("is_held + 1 = 2", 1, "a whole number is expected"),
        ("days_late", 0, ""),
        ("score > 1", 1, "type that rules cannot use"),
        ("overdue_minor > 1 AND colour = 'red'", 23, "there is no column 'colour'"),
        ("t.days_late > 1", None, "no column of the account"),
        ("DAYS_LATE > 1", 1, "there is no column 'DAYS_LATE'"),
        ("days_late > (SELECT 1)", None, "not allowed"),
        ("days_late IN (SELECT 1)", None, "list of values"),
        ("EXISTS (SELECT 1)", None, "not allowed"),
        ("SELECT 1", None, "not allowed"),
        ("days_late > 1; DROP TABLE account", 1, "one expression"),
        ("pg_sleep(9)", None, "not allowed"),
        ("LENGTH(product) > 2", None, "not allowed"),
        ("SUM(days_late) > 2", None, "not allowed"),
        ("ROW_NUMBER() OVER () > 1", None, "not allowed"),
        ("CAST(days_late AS TEXT) = '5'", 6, "not converted"),
        ("days_late::text = '5'", 1, "not converted"),
        ("product ~ 'x'", 1, "not allowed"),
        ("CASE product WHEN 'loan' THEN 1 END", None, "CASE WHEN column"),
        ("CASE WHEN is_held THEN 1 ELSE 'a' END", None, "do not go together"),
        ("CASE WHEN days_late THEN 1 END", None, "a yes/no is expected"),
        ("days_late AND is_held", 1, "a yes/no is expected"),
        ("days_late > $1", None, "not allowed"),
        ("days_late > ?", None, "not allowed"),
        ("days_late >", None, "does not parse"),
        ("", None, "one expression"),
        ("(" * 900 + "days_late" + ")" * 900, None, "nested too deeply"),
        ("days_late" + " " * TEXT_CHARACTERS_MAX, None, "at most"),
    ],
)
def test_rule_that_could_mean_two_things_is_refused(text: str, position: int | None, reason: str) -> None:
    if not reason:
        assert found(text) == [5, None, 70]
        return
    with pytest.raises(UnableToReadRule, match=reason) as refused:
        found(text)
    assert position is None or refused.value.position == position


@pytest.mark.parametrize(
    ("text", "harm"),
    [
        ("days_late / 2", [2.5, None, 35.0]),
        ("is_held IS TRUE", [True, False, None]),
        ("product < 'lz'", [True, False, None]),
    ],
    ids=["PostgreSQL gives 2 and 35", "PostgreSQL gives no for unknown", "PostgreSQL orders by its collation"],
)
def test_what_is_refused_would_be_computed_in_one_of_two_ways(text: str, harm: list[object]) -> None:
    assert BOOK.select(value=pl.sql_expr(text))["value"].to_list() == harm
    with pytest.raises(UnableToReadRule):
        found(text)


def test_rule_names_its_columns_and_what_it_gives() -> None:
    rule = read_rule("due_date<as_of and is_held", columns=dict(BOOK.schema))
    assert (rule.text, rule.kind, rule.columns) == (
        "due_date < as_of AND is_held",
        "yes/no",
        ("as_of", "due_date", "is_held"),
    )


def test_frame_may_not_bring_a_day_of_its_own() -> None:
    with pytest.raises(WrongFrame, match="as_of"):
        values(BOOK.with_columns(as_of=pl.lit(AS_OF)), "TRUE", as_of=AS_OF)


SEGMENTS = (Segment("HELD", "is_held"), Segment("LATE", "days_late > 30"), Segment("BIG", "overdue_minor > 90"))


def test_first_segment_that_holds_is_taken_and_unknown_holds_not() -> None:
    made = assign(BOOK, SEGMENTS, as_of=AS_OF)
    assert made.rows() == [(1, "HELD"), (2, "BIG"), (3, "LATE")]
    assert assign(BOOK, SEGMENTS[:1], as_of=AS_OF)["segment"].to_list() == ["HELD", None, None]
    assert assign(BOOK, (), as_of=AS_OF)["segment"].to_list() == [None] * 3


def test_segment_that_is_no_condition_is_refused() -> None:
    with pytest.raises(UnableToReadRule, match="yes or no"):
        condition(BOOK, "days_late", as_of=AS_OF)
    with pytest.raises(WrongFrame, match="must differ"):
        assign(BOOK, (SEGMENTS[0], SEGMENTS[0]), as_of=AS_OF)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from([None, 0, 3, 9]), st.booleans()), max_size=6),
    st.integers(-1, 6),
    st.integers(-1, 10),
)
def test_segments_are_those_of_the_slow_model(drawn: list[tuple[int, int | None, bool]], least: int, most: int) -> None:
    book = pl.DataFrame(
        [(number, *one) for number, one in enumerate(drawn)],
        schema={"account_id": pl.Int64, "a": pl.Int64, "b": pl.Int64, "f": pl.Boolean},
        orient="row",
    )
    segments = (Segment("x", f"NOT f AND b <= {most}"), Segment("y", f"a * 2 > {least} OR b IS NULL"))

    def run(frame: pl.DataFrame) -> pl.DataFrame:
        return assign(frame, segments, as_of=AS_OF)

    expected = []
    for number, (a, b, f) in enumerate(drawn):
        in_x = not f and b is not None and b <= most
        expected.append((number, "x" if in_x else "y" if a * 2 > least or b is None else None))
    assert run(book).rows() == expected
    assert_order_is_free(run, book)
    assert_alone_as_among_many(run, [book], "account_id")


@given(st.text(alphabet="abcf0123 ()'<>=+-*/%,;.\"\\ANDORNTCSEWHILUK_$:~[]{}", max_size=40))
def test_any_text_is_either_a_rule_or_refused_by_name(text: str) -> None:
    book = pl.DataFrame({"a": [1], "b": ["x"], "f": [True]})
    try:
        found_values = values(book, text, as_of=AS_OF)
    except UnableToReadRule as refused:
        assert refused.position >= 1 and refused.reason
    else:
        assert found_values.len() == 1


def test_rule_that_was_read_is_read_again_for_columns_of_other_types() -> None:
    assert condition(BOOK, "overdue_minor > 100", as_of=AS_OF).to_list() == [False, True, False]
    with pytest.raises(UnableToReadRule, match="text and whole number do not go together"):
        condition(BOOK.with_columns(pl.col("overdue_minor").cast(pl.String)), "overdue_minor > 100", as_of=AS_OF)


def test_conditions_that_are_asked_together_hold_as_each_alone() -> None:
    texts = ["days_late > 30", "TRUE", "due_date < as_of", "product IS NULL"]
    together = [flags.tolist() for flags in conditions(BOOK, texts, as_of=AS_OF)]
    assert together == [condition(BOOK, text, as_of=AS_OF).to_list() for text in texts]
    assert [len(flags) for flags in conditions(BOOK.clear(), texts, as_of=AS_OF)] == [0, 0, 0, 0]
