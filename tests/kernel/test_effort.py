"""The desk: the funnel narrows, a client counts once a day, silence is counted, an automatic fail is final."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.effort import (
    ASSIGNED,
    ATTEMPTS,
    AUTO_FAILS,
    SCORED_ITEMS,
    call_scores,
    clients_worked,
    days_since_contact,
    funnel,
)
from ahadi.kernel.ratio import ratios
from ahadi.kernel.schema import WrongFrame, empty

from .book import rows
from .company import assert_alone_as_among_many, assert_order_is_free

DAY = date(2026, 3, 2)


def attempts(*values: tuple[int, int, date, int]) -> pl.DataFrame:
    """Account, agent, day, and how far down the funnel: 0 no answer, 1 machine, 2 a person, 3 the right one,
    4 a promise. The debtor bears the account's number; from 3 on the call was effective.
    """
    return rows(
        ATTEMPTS,
        *(
            (account, account, agent, on, depth > 0, depth > 1, depth > 2, depth > 3, depth > 2)
            for account, agent, on, depth in values
        ),
    )


def assigned(*accounts: int, on: date = DAY) -> pl.DataFrame:
    return rows(ASSIGNED, *((account, on) for account in accounts))


def test_funnel_counts_each_step_and_its_accounts() -> None:
    made = funnel(
        assigned(1, 2, 3, 4),
        attempts((1, 7, DAY, 0), (1, 7, DAY, 4), (1, 7, DAY, 3), (2, 7, DAY, 1), (3, 7, DAY, 2), (9, 7, DAY, 4)),
    )
    assert made.row(0, named=True) == {
        "assigned_accounts": 4,
        "attempted_accounts": 3,
        "attempt_count": 5,
        "connect_count": 4,
        "contact_count": 3,
        "rpc_count": 2,
        "rpc_accounts": 1,
        "promise_count": 1,
        "promise_accounts": 1,
        "effective_count": 2,
    }
    assert ratios(made, kpis=["penetration", "rpc_per_contact"])["shown"].to_list() == ["75.00", "66.67"]


def test_funnel_of_a_team_without_attempts_is_all_zero() -> None:
    teams = assigned(1, 2).with_columns(team=pl.Series(["a", "b"]))
    made = funnel(teams, attempts((1, 7, DAY, 2)), by=["team"])
    assert made.select("team", "assigned_accounts", "attempt_count").rows() == [("a", 1, 1), ("b", 1, 0)]


def test_promise_of_somebody_else_is_refused() -> None:
    wrong = attempts((1, 7, DAY, 4)).with_columns(is_rpc=pl.lit(False))
    with pytest.raises(WrongFrame, match="'is_promise' without 'is_rpc'"):
        funnel(assigned(1), wrong)


def test_client_counts_once_a_day() -> None:
    """NOC-01: six attempts on four clients."""
    made = clients_worked(attempts(*((account, 7, DAY, 0) for account in (1, 2, 2, 3, 1, 4))))
    assert made.row(0) == (7, DAY, 4, 6)
    next_day = attempts((1, 7, DAY, 0), (1, 7, DAY + timedelta(days=1), 0), (1, 8, DAY, 0))
    assert clients_worked(next_day)["client_count"].to_list() == [1, 1, 1]


def test_silence_counts_from_the_last_right_party() -> None:
    made = days_since_contact(
        assigned(1, 2, 3),
        attempts((1, 7, DAY + timedelta(days=3), 3), (1, 7, DAY + timedelta(days=5), 2), (2, 7, DAY, 2)),
        as_of=DAY + timedelta(days=10),
    )
    assert made.rows() == [(1, 7, False), (2, 10, True), (3, 10, True)]


def test_contact_of_tomorrow_does_not_break_todays_silence() -> None:
    made = days_since_contact(assigned(1), attempts((1, 7, DAY + timedelta(days=9), 3)), as_of=DAY)
    assert made.rows() == [(1, 0, True)]


CARD = {"identity": (10, 10), "negotiation": (20, 16), "language": (70, 62)}


def scored(*values: tuple[object, ...], fails: tuple[tuple[int, str], ...] = ()) -> list[tuple[object, ...]]:
    made = call_scores(rows(SCORED_ITEMS, *values), rows(AUTO_FAILS, *fails))
    return made.select("points", "points_max", "is_failed", "score_pct").rows()


def test_score_is_points_of_the_items_that_apply() -> None:
    """QA-01 and QA-02: 88 of 100; 73 of 80 where an item does not apply."""
    card = [(1, item, most, points) for item, (most, points) in CARD.items()]
    assert scored(*card) == [(88, 100, False, "88.00")]
    assert scored((1, "a", 10, 10), (1, "b", 20, None), (1, "c", 70, 63)) == [(73, 80, False, "91.25")]
    assert scored((1, "a", 10, None)) == [(0, 0, False, None)]


def test_automatic_fail_takes_every_point() -> None:
    """QA-03."""
    card = [(1, item, most, points) for item, (most, points) in CARD.items()]
    assert scored(*card, fails=((1, "third_party_disclosure"),)) == [(0, 100, True, "0.00")]


def test_points_beyond_the_card_are_refused() -> None:
    with pytest.raises(WrongFrame, match="between 0 and points_max"):
        scored((1, "a", 10, 11))
    with pytest.raises(WrongFrame, match="no items"):
        scored((1, "a", 10, 1), fails=((2, "abuse"),))


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 2), st.integers(0, 5), st.integers(0, 4)), max_size=12),
    st.integers(0, 6),
)
def test_desk_figures_are_those_of_the_slow_model(tries: list[tuple[int, int, int, int]], today: int) -> None:
    accounts = assigned(1, 2, 3)
    made = attempts(*((account, agent, DAY + timedelta(days=on), depth) for account, agent, on, depth in tries))
    own = [one for one in tries if one[0] <= 3]
    counts = funnel(accounts, made).row(0, named=True)
    assert counts["attempted_accounts"] == len({one[0] for one in own})
    assert counts["rpc_accounts"] == len({one[0] for one in own if one[3] > 2})
    assert [
        counts[name] for name in ("attempt_count", "connect_count", "contact_count", "rpc_count", "promise_count")
    ] == [sum(one[3] > depth for one in own) for depth in range(-1, 4)]
    assert_order_is_free(funnel, accounts, made)

    def silence(known: pl.DataFrame, tried: pl.DataFrame) -> pl.DataFrame:
        return days_since_contact(known, tried, as_of=DAY + timedelta(days=today))

    expected = []
    for account in (1, 2, 3):
        spoken = [on for who, _, on, depth in tries if who == account and depth > 2 and on <= today]
        expected.append((account, today - max(spoken, default=0), not spoken))
    assert silence(accounts, made).rows() == expected
    assert_order_is_free(silence, accounts, made)
    assert_alone_as_among_many(silence, [accounts, made], "account_id")
    assert_order_is_free(clients_worked, made)


def test_desk_that_did_nothing_has_figures_of_nothing() -> None:
    assert funnel(assigned(1), empty(ATTEMPTS)).row(0) == (1, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    assert clients_worked(empty(ATTEMPTS)).is_empty()
