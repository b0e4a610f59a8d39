"""Every account is on its owner's list or kept off it by a named rule."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.priority import POINTS
from ahadi.kernel.schema import WrongFrame, empty
from ahadi.kernel.worklist import LISTED_ACCOUNTS, build, candidates

from .book import rows

DAY = date(2026, 6, 4)
LATER = date(2026, 6, 9)
LATE: dict[str, Any] = {
    "account_id": 1,
    "owner_id": 7,
    "is_open": True,
    "overdue_minor": 100,
    "days_late": 10,
    "next_action_on": DAY,
    "hold_kind": None,
    "hold_review_on": None,
    "stopped_by": None,
    "stopped_until": None,
}


def accounts(*changes: dict[str, Any]) -> pl.DataFrame:
    return rows(LISTED_ACCOUNTS, *(tuple((LATE | change).values()) for change in changes))


def points(*values: tuple[int, int]) -> pl.DataFrame:
    return rows(
        POINTS,
        *((account_id, f"R{number}", worth, None, None) for number, (account_id, worth) in enumerate(values)),
    )


@pytest.mark.parametrize(
    ("change", "rule", "until"),
    [
        ({"is_open": False, "hold_kind": "LEGAL", "overdue_minor": 0}, "CLOSED", None),
        ({"hold_kind": "DISPUTE", "hold_review_on": LATER, "overdue_minor": 0}, "HOLD.DISPUTE", LATER),
        (
            {"hold_kind": "COMPLAINT", "hold_review_on": DAY - timedelta(days=9)},
            "HOLD.COMPLAINT",
            date(2026, 5, 26),
        ),
        ({"overdue_minor": 0, "next_action_on": LATER}, "NOT_LATE", None),
        ({"next_action_on": LATER, "stopped_by": "HOUSE-CEASE"}, "NEXT_ACTION_LATER", LATER),
        ({"stopped_by": "HOUSE-3-A-DAY", "stopped_until": LATER}, "GATE.HOUSE-3-A-DAY", LATER),
        ({"stopped_by": "HOUSE-CEASE"}, "GATE.HOUSE-CEASE", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_absent_account_shows_the_rule_and_its_end(change: dict[str, Any], rule: str, until: date | None) -> None:
    made = build(accounts(change), empty(POINTS), day=DAY)
    assert made.ranked.is_empty()
    assert made.absent.rows() == [(1, 7, rule, until)]


def test_gate_is_asked_about_those_alone_who_would_rank() -> None:
    listed = accounts(
        {"account_id": 1},
        {"account_id": 2, "is_open": False},
        {"account_id": 3, "hold_kind": "LEGAL"},
        {"account_id": 4, "overdue_minor": 0},
        {"account_id": 5, "next_action_on": LATER},
        {"account_id": 6, "next_action_on": None},
    )
    assert candidates(listed, day=DAY).to_list() == [1, 6]


def test_account_without_a_next_action_is_not_forgotten() -> None:
    assert build(accounts({"next_action_on": None}), empty(POINTS), day=DAY).ranked["account_id"].to_list() == [1]


def test_more_points_come_first_then_more_days_late_then_the_lower_number() -> None:
    listed = accounts(
        {"account_id": 1},
        {"account_id": 2},
        {"account_id": 3, "days_late": 11},
        {"account_id": 4},
        {"account_id": 5, "owner_id": 8},
    )
    made = build(listed, points((4, 20), (4, 10), (1, 5), (2, 5), (3, 5)), day=DAY)
    assert made.ranked.rows() == [(7, 4, 1, 30), (7, 3, 2, 5), (7, 1, 3, 5), (7, 2, 4, 5), (8, 5, 1, 0)]


some_accounts = st.lists(
    st.fixed_dictionaries(
        {
            "owner_id": st.integers(1, 3),
            "is_open": st.booleans(),
            "overdue_minor": st.integers(0, 2),
            "days_late": st.integers(0, 3),
            "next_action_on": st.none() | st.dates(DAY - timedelta(days=2), DAY + timedelta(days=2)),
            "hold_kind": st.none() | st.sampled_from(["DISPUTE", "LEGAL"]),
            "stopped_by": st.none() | st.sampled_from(["HOUSE-CEASE"]),
            "points": st.integers(-2, 2),
        }
    ),
    max_size=12,
)


@given(some_accounts, st.integers(0, 2**32 - 1))
def test_list_agrees_with_sorting_by_hand(given_accounts: list[dict[str, Any]], seed: int) -> None:
    numbered = [{"account_id": number} | account for number, account in enumerate(given_accounts)]
    worth = points(*((account["account_id"], account["points"]) for account in numbered))
    listed = accounts(*({name: account[name] for name in account if name != "points"} for account in numbered))
    made = build(listed.sample(fraction=1, shuffle=True, seed=seed), worth, day=DAY)
    expected = []
    for owner in (1, 2, 3):
        own = [
            account
            for account in numbered
            if account["owner_id"] == owner
            and account["is_open"]
            and account["hold_kind"] is None
            and account["stopped_by"] is None
            and account["overdue_minor"] > 0
            and (account["next_action_on"] or DAY) <= DAY
        ]
        own.sort(key=lambda account: (-account["points"], -account["days_late"], account["account_id"]))
        expected += [(owner, account["account_id"], place, account["points"]) for place, account in enumerate(own, 1)]
    assert made.ranked.rows() == expected
    assert sorted([*made.ranked["account_id"], *made.absent["account_id"]]) == list(range(len(numbered)))


def test_account_listed_twice_is_refused() -> None:
    with pytest.raises(WrongFrame, match="account_id 1 stands in more than one row"):
        build(accounts({}, {}), empty(POINTS), day=DAY)
