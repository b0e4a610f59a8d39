"""Offers: never outside of the mandate, never above the means, by the lowest authority; what is refused says why."""

import itertools
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel import worth
from ahadi.kernel.chance import MATURED, chances, learn
from ahadi.kernel.offer import (
    ABOVE_MEANS,
    BEYOND_AUTHORITY,
    CURE,
    FIRST_LATE,
    FIRST_PAST,
    GAP_LONG,
    GAP_SHORT,
    KINDS,
    LEVELS,
    OFFERS,
    PART_SMALL,
    PARTS,
    PAYDAYS,
    PAYOFF,
    SETTLEMENT,
    TERMS,
    TOO_LITTLE,
    TOO_LONG,
    TOO_MANY,
    TOO_MUCH,
    enumerate_offers,
    judge,
)
from ahadi.kernel.schema import WrongFrame, empty

from .book import rows

TODAY = date(2026, 6, 3)
Cut = tuple[tuple[int, int], ...]
"""Parts as (days from today, minor units)."""


@dataclass(frozen=True)
class Mandate:
    """The terms of one account."""

    late_minor: int = 320_000
    owed_minor: int = 1_250_000
    count_max: int = 6
    days_max: int = 180
    first_days_max: int = 31
    gap_days_min: int = 7
    gap_days_max: int = 35
    instalment_min_minor: int = 20_000
    multiple_minor: int = 1_000
    settle_min_bps: int | None = 6_500
    settle_count_max: int = 3
    settle_days_max: int = 95
    monthly_max_minor: int | None = None

    def frame(self, account: int = 1) -> pl.DataFrame:
        return rows(TERMS, (account, *vars(self).values()))


MATRIX = [
    ("officer", 1_000, 5_000_000, 3, 95),
    ("supervisor", 2_500, 20_000_000, 6, 185),
    ("manager", 4_000, 100_000_000, 12, 370),
    ("creditor", 10_000, None, 60, 2_000),
]
"""The shape of SETL-06: who may forgive how much of whose debt, in how many parts and days."""


def levels(matrix: list[tuple[Any, ...]] = MATRIX, account: int = 1) -> pl.DataFrame:
    return rows(LEVELS, *((account, rank, *one) for rank, one in enumerate(matrix, 1)))


def offered(kind: str, *parts: tuple[int, int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    total = sum(amount for _, amount in parts)
    cut = [(1, 1, n, TODAY + timedelta(days=day), amount) for n, (day, amount) in enumerate(parts, 1)]
    return rows(OFFERS, (1, 1, kind, total)), rows(PARTS, *cut)


def verdict(mandate: Mandate, kind: str, *parts: tuple[int, int], matrix: Any = MATRIX) -> tuple[Any, set[str]]:
    """The level that may agree, and every reason against."""
    offers, cut = offered(kind, *parts)
    verdicts, refusals = judge(offers, cut, mandate.frame(), levels(matrix), as_of=TODAY)
    return verdicts["level"][0], set(refusals["code"])


def test_least_that_settles_depends_on_the_mandate_alone() -> None:
    # SETL-01 and SETL-03: 80 % of 4,000.00 is 3,200.00, 65 % is 2,600.00.
    for bps, least in ((8_000, 320_000), (6_500, 260_000)):
        mandate = Mandate(owed_minor=400_000, late_minor=400_000, settle_min_bps=bps)
        assert TOO_LITTLE not in verdict(mandate, SETTLEMENT, (0, least))[1]
        assert TOO_LITTLE in verdict(mandate, SETTLEMENT, (0, least - 1))[1]
    assert TOO_LITTLE in verdict(Mandate(settle_min_bps=None), SETTLEMENT, (0, 1_249_999))[1]


def test_lowest_level_whose_limits_hold_agrees() -> None:
    # SETL-06: a discount of 20 % is the supervisor's, and of a debt above their limit the manager's.
    small = Mandate(owed_minor=10_000_000, late_minor=10_000_000, settle_min_bps=5_000)
    assert verdict(small, SETTLEMENT, (0, 8_000_000)) == ("supervisor", set())
    large = replace(small, owed_minor=30_000_000, late_minor=30_000_000)
    assert verdict(large, SETTLEMENT, (0, 24_000_000)) == ("manager", set())
    assert verdict(large, PAYOFF, (0, 30_000_000)) == ("officer", set()), (
        "nothing is forgiven, so the debt is no matter"
    )
    assert verdict(Mandate(), CURE, *((30 * n, 80_000) for n in range(4)))[0] == "supervisor"
    assert verdict(small, SETTLEMENT, (0, 5_000_000), matrix=MATRIX[:3]) == (None, {BEYOND_AUTHORITY})


@pytest.mark.parametrize(
    ("kind", "parts", "code"),
    [
        (CURE, ((0, 319_999),), TOO_LITTLE),
        (PAYOFF, ((0, 1_249_999),), TOO_LITTLE),
        (PAYOFF, ((0, 1_250_001),), TOO_MUCH),
        (CURE, tuple((7 * n, 46_000) for n in range(7)), TOO_MANY),
        (SETTLEMENT, tuple((7 * n, 250_000) for n in range(4)), TOO_MANY),
        (CURE, ((31, 80_000), (66, 80_000), (101, 80_000), (136, 80_000), (171, 80_000), (206, 80_000)), TOO_LONG),
        (SETTLEMENT, ((31, 400_000), (66, 300_000), (101, 300_000)), TOO_LONG),
        (CURE, ((-1, 320_000),), FIRST_PAST),
        (CURE, ((32, 320_000),), FIRST_LATE),
        (CURE, ((0, 160_000), (6, 160_000)), GAP_SHORT),
        (CURE, ((0, 160_000), (36, 160_000)), GAP_LONG),
        (CURE, ((0, 19_999), (7, 300_001)), PART_SMALL),
    ],
)
def test_what_is_refused_says_why(kind: str, parts: Cut, code: str) -> None:
    assert verdict(Mandate(), kind, *parts)[1] == {code}


def test_limits_themselves_are_kept_and_the_last_part_may_be_small() -> None:
    assert verdict(Mandate(), CURE, (31, 20_000), (66, 299_000), (101, 1_000)) == ("supervisor", set())
    assert verdict(Mandate(), CURE, (0, 160_000), (7, 160_000)) == ("officer", set())


def test_means_of_a_month_bound_what_its_parts_ask_for_together() -> None:
    mandate = Mandate(monthly_max_minor=100_000)
    assert verdict(mandate, CURE, (0, 100_000), (28, 100_000), (59, 100_000), (92, 20_000))[1] == set()
    offers, cut = offered(CURE, (0, 60_000), (7, 60_000), (28, 200_000))
    verdicts, refusals = judge(offers, cut, mandate.frame(), levels(), as_of=TODAY)
    assert verdicts.select("is_lawful", "is_affordable").row(0) == (True, False)
    assert refusals.select("code", "found", "limit").rows() == [(ABOVE_MEANS, 200_000, 100_000)]


def test_parts_that_do_not_add_up_and_unknown_kinds_are_refused() -> None:
    offers, cut = offered(CURE, (0, 320_000))
    with pytest.raises(WrongFrame, match="do not add up"):
        judge(offers.with_columns(total_minor=pl.lit(320_001, pl.Int64)), cut, Mandate().frame(), levels(), as_of=TODAY)
    with pytest.raises(WrongFrame, match="kind must be one of"):
        judge(offers.with_columns(kind=pl.lit("gift")), cut, Mandate().frame(), levels(), as_of=TODAY)
    with pytest.raises(WrongFrame, match="an account has no terms"):
        judge(offers, cut, empty(TERMS), levels(), as_of=TODAY)


def paydays(*gaps: int, account: int = 1) -> pl.DataFrame:
    day, found = TODAY, []
    for gap in gaps:
        day += timedelta(days=gap)
        found.append((account, day))
    return rows(PAYDAYS, *found)


MONTHLY = paydays(22, *[30] * 14)


def test_every_amount_term_and_date_is_there() -> None:
    offers, parts, _ = enumerate_offers(Mandate().frame(), levels(), MONTHLY, as_of=TODAY)
    assert set(offers["kind"]) == set(KINDS)
    settled = offers.filter(pl.col("kind") == SETTLEMENT)["total_minor"].unique().sort().to_list()
    assert settled == [1_250_000 * bps // 10_000 for bps in range(6_500, 10_000, 500)]
    cures = offers.filter(pl.col("kind") == CURE)
    counts = parts.join(cures, on="offer_id", how="semi").group_by("offer_id").len()["len"]
    assert set(counts) == {1, 2, 3, 4, 5, 6}
    firsts = parts.filter(pl.col("number") == 1)["due_on"].unique().sort().to_list()
    assert firsts == [TODAY, TODAY + timedelta(days=22)], "the next payday but one is too late for a first part"
    assert parts.filter(pl.col("number") > 1)["due_on"].is_in(MONTHLY["day"].implode()).all()


def test_parts_are_whole_notes_and_none_is_there_twice() -> None:
    mandate = Mandate(late_minor=100_500, multiple_minor=40_000)
    offers, parts, _ = enumerate_offers(mandate.frame(), levels(), MONTHLY, as_of=TODAY)
    cure = parts.join(offers.filter(pl.col("kind") == CURE), on="offer_id", how="semi")
    cuts = [tuple(one.sort("number")["amount_minor"]) for _, one in cure.group_by("offer_id")]
    assert sorted(set(cuts)) == [(40_000, 40_000, 20_500), (80_000, 20_500), (100_500,)]
    assert len(cuts) == 6, "each of them from today and from the next payday"


mandates = st.builds(
    Mandate,
    late_minor=st.integers(0, 600_000),
    owed_minor=st.integers(1, 600_000),
    count_max=st.integers(1, 8),
    days_max=st.integers(0, 200),
    first_days_max=st.integers(0, 60),
    gap_days_min=st.integers(1, 30),
    gap_days_max=st.integers(1, 60),
    instalment_min_minor=st.integers(1, 60_000),
    multiple_minor=st.sampled_from([1, 500, 10_000]),
    settle_min_bps=st.none() | st.integers(1, 10_000),
    settle_count_max=st.integers(1, 4),
    settle_days_max=st.integers(0, 120),
    monthly_max_minor=st.none() | st.integers(0, 400_000),
)
matrices = st.lists(
    st.tuples(
        st.just("level"),
        st.integers(0, 10_000),
        st.none() | st.integers(0, 600_000),
        st.integers(1, 8),
        st.integers(0, 200),
    ),
    max_size=4,
)


def is_fit(mandate: Mandate, matrix: list[tuple[Any, ...]], kind: str, cut: list[tuple[int, int]]) -> int | None:
    """The rank that may agree to an affordable, lawful offer, by plain loops over the words of the mandate."""
    total, offsets = sum(amount for _, amount in cut), [day for day, _ in cut]
    settles = kind == SETTLEMENT
    if settles:
        enough = total * 10_000 >= mandate.owed_minor * (
            10_000 if mandate.settle_min_bps is None else mandate.settle_min_bps
        )
    else:
        enough = total >= (mandate.owed_minor if kind == PAYOFF else min(mandate.late_minor, mandate.owed_minor))
    most, longest = (
        (mandate.settle_count_max, mandate.settle_days_max) if settles else (mandate.count_max, mandate.days_max)
    )
    gaps = [later - earlier for earlier, later in itertools.pairwise(offsets)]
    months: dict[tuple[int, int], int] = defaultdict(int)
    for day, amount in cut:
        due = TODAY + timedelta(days=day)
        months[due.year, due.month] += amount
    is_kept = (
        enough
        and total <= mandate.owed_minor
        and len(cut) <= most
        and max(offsets) <= longest
        and 0 <= min(offsets) <= mandate.first_days_max
        and all(mandate.gap_days_min <= gap <= mandate.gap_days_max for gap in gaps)
        and all(amount >= mandate.instalment_min_minor for _, amount in cut[:-1])
        and (mandate.monthly_max_minor is None or max(months.values()) <= mandate.monthly_max_minor)
    )
    forgiven = mandate.owed_minor - total if settles else 0
    for rank, (_, discount, owed_max, count, days) in enumerate(matrix, 1):
        holds = forgiven * 10_000 <= discount * mandate.owed_minor and len(cut) <= count and max(offsets) <= days
        if holds and (forgiven <= 0 or owed_max is None or mandate.owed_minor <= owed_max):
            return rank if is_kept else None
    return None


@given(mandates, matrices, st.lists(st.integers(1, 45), max_size=14))
def test_nothing_outside_of_the_mandate_or_above_the_means_is_ever_offered(
    mandate: Mandate, matrix: list[tuple[Any, ...]], gaps: list[int]
) -> None:
    offers, parts, verdicts = enumerate_offers(mandate.frame(), levels(matrix), paydays(*gaps), as_of=TODAY)
    cuts: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row in parts.sort("offer_id", "number").iter_rows(named=True):
        cuts[row["offer_id"]].append(((row["due_on"] - TODAY).days, row["amount_minor"]))
    ranks = dict(verdicts.select("offer_id", "rank").iter_rows())
    for offer in offers.iter_rows(named=True):
        assert is_fit(mandate, matrix, offer["kind"], cuts[offer["offer_id"]]) == ranks[offer["offer_id"]] is not None


@given(
    mandates,
    matrices,
    st.sampled_from(KINDS),
    st.lists(st.tuples(st.integers(-2, 70), st.integers(1, 400_000)), min_size=1, max_size=6, unique_by=lambda p: p[0]),
)
def test_judgement_is_that_of_the_words(
    mandate: Mandate, matrix: list[tuple[Any, ...]], kind: str, parts: list[tuple[int, int]]
) -> None:
    cut = sorted(parts)
    offers, frame = offered(kind, *cut)
    verdicts, refusals = judge(offers, frame, mandate.frame(), levels(matrix), as_of=TODAY)
    row = verdicts.row(0, named=True)
    fit = is_fit(mandate, matrix, kind, cut)
    assert (row["rank"] if row["is_lawful"] and row["is_affordable"] else None) == fit
    assert refusals.is_empty() == (fit is not None)


def test_offers_of_an_account_are_the_same_alone_and_among_others() -> None:
    one, two = Mandate(), Mandate(late_minor=90_000, owed_minor=95_000, multiple_minor=500)
    both = enumerate_offers(
        pl.concat([two.frame(2), one.frame()]),
        pl.concat([levels(account=2), levels()]),
        pl.concat([paydays(3, 14, 14, 14, account=2), MONTHLY]),
        as_of=TODAY,
    )
    alone = enumerate_offers(one.frame(), levels(), MONTHLY, as_of=TODAY)
    for among, single in zip(both, alone, strict=True):
        assert among.filter(pl.col("account_id") == 1).equals(single)


def valued(mandate: Mandate, record: str = "broken", rest_bps: int = 3_000) -> tuple[pl.DataFrame, pl.DataFrame]:
    offers, parts, _ = enumerate_offers(mandate.frame(), levels(), MONTHLY, as_of=TODAY)
    payers = rows(worth.PAYERS, (1, record, 155_000, mandate.owed_minor, rest_bps))
    promises = worth.asked(parts, payers, as_of=TODAY)
    past = [(n, "broken", 20, 160_000 + n % 3 * 80_000, 155_000, n % 10 < 4) for n in range(100)]
    past += [(1_000 + n, "kept", 25, 80_000 + n % 3 * 80_000, 155_000, n % 10 < 8) for n in range(100)]
    found = chances(promises, learn(rows(MATURED, *past)))
    return offers, worth.worth(offers, promises, found, payers, as_of=TODAY, year_bps=1_200)


def test_three_offers_step_down_and_the_best_is_among_them() -> None:
    offers, all_of_them = valued(Mandate())
    shown = worth.ladder(all_of_them)
    parts = shown["part_minor"].to_list()
    assert len(parts) == 3 and parts == sorted(parts, reverse=True) and len(set(parts)) == 3
    assert all_of_them["expected_minor"].max() in shown["expected_minor"].to_list()
    assert shown.join(offers, on="offer_id", how="anti").is_empty()


def test_chance_of_an_offer_is_that_of_all_its_parts() -> None:
    offers, found = valued(Mandate())
    told = found.join(offers, on="offer_id").filter(pl.col("kind") == CURE, pl.col("count") > 1).sort("count")
    assert (told["kept_bps"] < 8_500).all()
    once = found.join(offers, on="offer_id").filter(pl.col("kind") == CURE, pl.col("count") == 1)
    assert once["kept_bps"].max() >= told["kept_bps"].max() or told["kept_bps"].max() < 10_000


def test_settlement_is_worth_less_where_such_debts_come_in_anyway() -> None:
    offers, poor = valued(Mandate(), rest_bps=0)
    _, rich = valued(Mandate(), rest_bps=9_000)
    gain = rich.join(poor, on="offer_id", suffix="_poor").join(offers, on="offer_id")
    gain = gain.with_columns(more=pl.col("expected_minor") - pl.col("expected_minor_poor"))
    least = gain.group_by("kind").agg(pl.col("more").mean())
    by_kind = dict(least.iter_rows())
    assert by_kind[SETTLEMENT] < by_kind[CURE]


def test_nearest_to_a_named_figure_is_within_the_mandate_and_nearest() -> None:
    _, all_of_them = valued(Mandate())
    for named in (1, 75_000, 160_000, 9_000_000):
        near = worth.nearest(all_of_them, named_minor=named)
        away = (all_of_them["part_minor"] - named).abs().min()
        assert abs(near["part_minor"][0] - named) == away
    with pytest.raises(WrongFrame, match="named_minor must be above 0"):
        worth.nearest(all_of_them, named_minor=0)


def test_account_without_a_lawful_offer_has_none() -> None:
    offers, parts, verdicts = enumerate_offers(Mandate(monthly_max_minor=0).frame(), levels(), MONTHLY, as_of=TODAY)
    assert offers.is_empty() and parts.is_empty() and verdicts.is_empty()
    assert worth.ladder(empty(worth.WORTH)).is_empty()
