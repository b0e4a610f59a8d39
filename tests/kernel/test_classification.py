"""Non-performing accounts, their contagion and their exit; stages by days."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.classification import DAY_ROWS, STAGED, Contagion, Exit, npa, stage
from ahadi.kernel.schema import WrongFrame

from .book import rows
from .company import assert_alone_as_among_many, assert_order_is_free

DAY = date(2024, 7, 4)


def history(*counts: dict[int, int | None], debtor: dict[int, int] | None = None) -> pl.DataFrame:
    """One row of days past due per account for each day, all accounts of one debtor unless said otherwise."""
    owner = debtor or {}
    return rows(
        DAY_ROWS,
        *(
            (owner.get(account, 1), account, DAY + timedelta(days=n), days)
            for n, on_day in enumerate(counts)
            for account, days in on_day.items()
        ),
    )


def flags(days: pl.DataFrame, contagion: Contagion = "debtor", leaving: Exit = "all_clear") -> dict[int, bool]:
    made = npa(days, npa_after_days=90, contagion=contagion, exit=leaving)
    return dict(made.select("account_id", "is_npa").iter_rows())


def test_all_accounts_of_a_debtor_fall_and_rise_together() -> None:
    """lend-npa-01: one loan at 91 days; its arrears paid; those of the other paid too."""
    fallen: list[dict[int, int | None]] = [{1: 91, 2: 1}, {1: 0, 2: 2}, {1: 0, 2: 0}]
    assert flags(history(*fallen[:1])) == {1: True, 2: True}
    assert flags(history(*fallen[:2])) == {1: True, 2: True}
    assert flags(history(*fallen)) == {1: False, 2: False}


def test_day_of_the_limit_is_still_performing() -> None:
    assert flags(history({1: 90})) == {1: False}
    assert flags(history({1: 91})) == {1: True}


def test_exits_differ_while_something_is_late() -> None:
    half_paid = history({1: 91}, {1: 30})
    assert flags(half_paid, leaving="all_clear") == {1: True}
    assert flags(half_paid, leaving="below") == {1: False}
    at_limit = history({1: 91}, {1: 90})
    assert flags(at_limit, leaving="below") == {1: False}


def test_without_contagion_each_account_stands_alone() -> None:
    assert flags(history({1: 91, 2: 1}), contagion="account") == {1: True, 2: False}


def test_other_debtors_are_not_touched() -> None:
    assert flags(history({1: 91, 2: 1}, debtor={2: 7})) == {1: True, 2: False}


def test_account_without_days_changes_nothing() -> None:
    assert flags(history({1: 91}, {1: None})) == {1: True}
    assert flags(history({1: None})) == {1: False}


def test_beginning_is_that_of_the_time_that_still_lasts() -> None:
    twice = history({1: 95}, {1: 0}, {1: 92}, {1: 93})
    made = npa(twice, npa_after_days=90, contagion="debtor", exit="all_clear")
    assert made["npa_since"].to_list() == [DAY + timedelta(days=2)]


def test_limit_below_nothing_is_refused() -> None:
    with pytest.raises(WrongFrame, match="npa_after_days"):
        npa(history({1: 1}), npa_after_days=-1, contagion="debtor", exit="below")


@given(
    st.lists(
        st.dictionaries(st.integers(1, 4), st.sampled_from([None, 0, 1, 90, 91, 200]), max_size=4),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["debtor", "account"]),
    st.sampled_from(["all_clear", "below"]),
)
def test_flags_are_those_of_the_model_that_walks_the_days(
    counts: list[dict[int, int | None]], contagion: Contagion, leaving: Exit
) -> None:
    debtor = {1: 1, 2: 1, 3: 2, 4: 2}
    days = history(*counts, debtor=debtor)

    def run(frame: pl.DataFrame) -> pl.DataFrame:
        return npa(frame, npa_after_days=90, contagion=contagion, exit=leaving)

    expected = []
    for account in sorted({account for on_day in counts for account in on_day}):
        since: date | None = None
        for n, on_day in enumerate(counts):
            together = [
                late
                for other, late in on_day.items()
                if late is not None
                and (other == account if contagion == "account" else debtor[other] == debtor[account])
            ]
            if together and max(together) > 90:
                since = since or DAY + timedelta(days=n)
            elif together and max(together) <= (90 if leaving == "below" else 0):
                since = None
        expected.append((account, since is not None, since))
    found = run(days)
    assert found.select("account_id", "is_npa").rows() == [row[:2] for row in expected]
    gaps = any(set(on_day) != set(counts[0]) or None in on_day.values() for on_day in counts)
    if not gaps:
        assert found.rows() == expected
    assert_order_is_free(run, days)
    if contagion == "account":
        assert_alone_as_among_many(run, [days], "account_id")


@pytest.mark.parametrize(("days", "expected"), [(0, 1), (30, 1), (31, 2), (89, 2), (90, 3), (91, 3), (None, None)])
def test_stage_follows_the_days(days: int | None, expected: int | None) -> None:
    """ECL-ST-01, ECL-ST-03, ECL-ST-04, ECL-ST-06."""
    assert stage(rows(STAGED, (1, days)), two_after=30, three_from=90).row(0) == (1, expected)


def test_stage_limits_that_do_not_rise_are_refused() -> None:
    with pytest.raises(WrongFrame, match="two_after"):
        stage(rows(STAGED, (1, 1)), two_after=90, three_from=90)
