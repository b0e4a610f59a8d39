"""Every point has a reason and the points add up."""

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.priority import (
    POINTS,
    SCORED_ACCOUNTS,
    STANDARD,
    Policy,
    UnableToScoreAccounts,
    score,
    total,
)
from ahadi.kernel.schema import WrongFrame, require

from .book import rows

DAY = date(2026, 6, 4)
QUIET: dict[str, Any] = {
    "account_id": 1,
    "overdue_minor": 0,
    "disputed_minor": 0,
    "step_minor": 80_000,
    "days_late": 0,
    "days_to_next_bucket": None,
    "days_since_contact": 0,
    "days_since_receipt": None,
    "days_since_placed": None,
    "has_broken_promise": None,
}


def accounts(*changes: dict[str, Any]) -> pl.DataFrame:
    return rows(SCORED_ACCOUNTS, *(tuple((QUIET | change).values()) for change in changes))


def points_of(policy: Policy = STANDARD, **change: Any) -> dict[str, int]:
    scored = score(accounts(change), as_of=DAY, policy=policy)
    return dict(scored.select("reason", "points").iter_rows())


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {}),
        ({"overdue_minor": 320_000}, {"ARREARS": 28}),
        ({"overdue_minor": 79_999}, {}),
        ({"overdue_minor": 10**17}, {"ARREARS": 70}),
        ({"overdue_minor": 320_000, "disputed_minor": 320_000}, {"ARREARS": 28, "DISPUTED": -28}),
        ({"overdue_minor": 320_000, "disputed_minor": 10**9}, {"ARREARS": 28, "DISPUTED": -28}),
        ({"overdue_minor": 320_000, "disputed_minor": 100_000}, {"ARREARS": 28, "DISPUTED": -14}),
        ({"days_late": 34}, {"DAYS_LATE": 3}),
        ({"days_late": 4000}, {"DAYS_LATE": 18}),
        ({"days_to_next_bucket": 1}, {"NEAR_NEXT_BUCKET": 20}),
        ({"days_to_next_bucket": 10}, {"NEAR_NEXT_BUCKET": 2}),
        ({"days_to_next_bucket": 11}, {}),
        ({"days_since_contact": 4}, {"NO_CONTACT": 12}),
        ({"days_since_contact": 365}, {"NO_CONTACT": 30}),
        ({"days_since_contact": None}, {"NO_CONTACT": 30}),
        ({"days_since_placed": 7}, {"NEWLY_PLACED": 15}),
        ({"days_since_placed": 8}, {}),
        ({"has_broken_promise": True}, {"BROKEN_PROMISE": 40}),
        ({"has_broken_promise": False}, {}),
        ({"days_since_receipt": 7}, {"RECENT_RECEIPT": -20}),
        ({"days_since_receipt": 8}, {}),
    ],
    ids=str,
)
def test_reason_gives_its_points(change: dict[str, Any], expected: dict[str, int]) -> None:
    assert points_of(**change) == expected


def test_reason_shows_the_amount_or_the_days_that_made_it() -> None:
    scored = score(accounts({"overdue_minor": 320_000, "days_late": 34, "days_since_contact": 4}), as_of=DAY)
    shown = scored.select("reason", "amount_minor", "days").rows()
    assert shown == [("ARREARS", 320_000, None), ("DAYS_LATE", None, 34), ("NO_CONTACT", None, 4)]


def test_reason_switched_off_gives_nothing() -> None:
    off = replace(STANDARD, contact_points=0, arrears_points=0)
    assert points_of(off, days_since_contact=None, overdue_minor=10**9) == {}


days = st.none() | st.integers(0, 500)
some_accounts = st.lists(
    st.fixed_dictionaries(
        {
            "overdue_minor": st.integers(0, 10**13),
            "disputed_minor": st.integers(0, 10**13),
            "step_minor": st.sampled_from([1, 500, 80_000]),
            "days_late": st.integers(0, 900),
            "days_to_next_bucket": st.none() | st.integers(1, 180),
            "days_since_contact": days,
            "days_since_receipt": days,
            "days_since_placed": days,
            "has_broken_promise": st.none() | st.booleans(),
        }
    ),
    max_size=6,
)
policies = st.builds(
    Policy,
    arrears_points=st.integers(0, 9),
    arrears_points_max=st.integers(0, 90),
    late_days=st.integers(1, 30),
    near_days=st.integers(0, 30),
    contact_points_max=st.integers(0, 50),
)


@given(some_accounts, policies)
def test_points_of_an_account_add_up_to_its_score(changes: list[dict[str, Any]], policy: Policy) -> None:
    frame = accounts(*({"account_id": number} | change for number, change in enumerate(changes)))
    scored = require(score(frame, as_of=DAY, policy=policy), POINTS)
    totals = dict(total(scored).iter_rows())
    for number, change in enumerate(changes):
        alone = score(accounts({"account_id": number} | change), as_of=DAY, policy=policy)
        assert totals.get(number, 0) == sum(alone["points"])
        kept = sum(alone.filter(pl.col("reason").is_in(["ARREARS", "DISPUTED"]))["points"])
        assert 0 <= kept <= policy.arrears_points_max


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_more_arrears_never_score_less(one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert points_of(overdue_minor=low).get("ARREARS", 0) <= points_of(overdue_minor=high).get("ARREARS", 0)


def test_policy_is_not_applied_before_it_is_in_force() -> None:
    policy = replace(STANDARD, version="14", in_force_from=DAY)
    assert score(accounts({}), as_of=DAY, policy=policy).is_empty()
    with pytest.raises(UnableToScoreAccounts, match="policy 14 is in force from 2026-06-04, not on 2026-06-03"):
        score(accounts({}), as_of=date(2026, 6, 3), policy=policy)


def test_policy_with_a_number_below_zero_is_refused() -> None:
    with pytest.raises(UnableToScoreAccounts, match="arrears_points must be 0 or above"):
        Policy(arrears_points=-1)


def test_step_of_nothing_is_refused() -> None:
    with pytest.raises(WrongFrame, match="'step_minor' must be above 0"):
        score(accounts({"step_minor": 0}), as_of=DAY)


def test_total_needs_whole_points() -> None:
    with pytest.raises(WrongFrame, match="column 'points' must be Int64"):
        total(pl.DataFrame({"account_id": [1], "points": [1.5]}))
