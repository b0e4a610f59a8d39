"""Remittance: commission on what was paid, direct money, reversals, and two ways that leave the same."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.money import divide_rounded
from ahadi.kernel.remittance import COLLECTED, OFFERS, lines, net_back, totals
from ahadi.kernel.schema import WrongFrame

from .book import rows
from .company import assert_alone_as_among_many, assert_order_is_free


def collected(*values: tuple[object, ...]) -> pl.DataFrame:
    return rows(COLLECTED, *values)


HELD_AND_DIRECT = collected((1, 1, 5_000_000, False, 2_000, 1_600), (1, 2, 1_000_000, True, 2_000, 1_600))


def test_commission_is_due_on_money_paid_to_the_creditor_itself() -> None:
    """REMIT-01 and REMIT-02: 50,000 held and 10,000 direct at 20 %, tax 16 %."""
    (row,) = totals(lines(HELD_AND_DIRECT, rounding="half_up")).to_dicts()
    assert row == {
        "creditor_id": 1,
        "held_minor": 5_000_000,
        "direct_minor": 1_000_000,
        "collected_minor": 6_000_000,
        "commission_minor": 1_200_000,
        "tax_minor": 192_000,
        "net_remitted_minor": 3_608_000,
        "gross_remitted_minor": 5_000_000,
        "invoice_minor": 1_392_000,
    }


def test_settlement_bears_commission_on_what_was_paid() -> None:
    """COMM-01: 8,000 of 10,000 at 15 %."""
    made = lines(collected((1, 1, 800_000, False, 1_500, 0)), rounding="half_up")
    assert made["commission_minor"].to_list() == [120_000]


def test_reversal_takes_its_commission_back() -> None:
    """REMIT-03: 15 % of 15,000 that bounced."""
    made = lines(collected((1, 1, 1_500_000, False, 1_500, 0), (1, 1, -1_500_000, False, 1_500, 0)), rounding="half_up")
    assert made["commission_minor"].to_list() == [-225_000, 225_000]
    assert totals(made)["net_remitted_minor"].to_list() == [0]


def test_dear_agency_that_collects_leaves_more() -> None:
    """NETBACK-01: 20,000 less 15 %, 60,000 less 25 %."""
    made = net_back(rows(OFFERS, (1, 2_000_000, 1_500), (2, 6_000_000, 2_500)), rounding="half_up")
    assert made.select("offer_id", "net_back_minor").rows() == [(2, 4_500_000), (1, 1_700_000)]


@pytest.mark.parametrize("column", ["commission_bps", "tax_bps"])
def test_rate_beyond_the_whole_is_refused(column: str) -> None:
    wrong = HELD_AND_DIRECT.with_columns(pl.lit(10_001, dtype=pl.Int64).alias(column))
    with pytest.raises(WrongFrame, match=column):
        lines(wrong, rounding="half_up")


@given(
    st.lists(
        st.tuples(
            st.integers(1, 2),
            st.integers(-(10**9), 10**9),
            st.booleans(),
            st.integers(0, 10_000),
            st.integers(0, 10_000),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_totals_are_those_of_the_slow_model(money: list[tuple[int, int, bool, int, int]]) -> None:
    given_rows = collected(*((who, n, *rest) for n, (who, *rest) in enumerate(money)))

    def run(frame: pl.DataFrame) -> pl.DataFrame:
        return totals(lines(frame, rounding="half_even"))

    found = {row["creditor_id"]: row for row in run(given_rows).to_dicts()}
    for creditor in found:
        net = invoice = 0
        for who, amount, is_direct, commission_bps, tax_bps in money:
            if who == creditor:
                commission = divide_rounded(amount * commission_bps, 10_000, "half_even")
                charge = commission + divide_rounded(commission * tax_bps, 10_000, "half_even")
                net, invoice = net + (0 if is_direct else amount) - charge, invoice + charge
        assert (found[creditor]["net_remitted_minor"], found[creditor]["invoice_minor"]) == (net, invoice)
    assert_order_is_free(run, given_rows)
    assert_alone_as_among_many(run, [given_rows], "creditor_id")
