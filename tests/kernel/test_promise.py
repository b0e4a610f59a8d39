"""Promises: the window, the threshold, the last day, and money that does not count."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.promise import JUDGED, PROMISES, judge, maturity
from ahadi.kernel.ratio import ratios
from ahadi.kernel.schema import RECEIPTS, WrongFrame, empty

from .book import receipts, rows
from .company import assert_alone_as_among_many, assert_order_is_free

MADE, DUE = date(2026, 3, 3), date(2026, 3, 10)
PROMISED = 1_000_000

# Windows and thresholds of the published promise states: id, receipt (day of March, amount), as of, status.
PUBLISHED = [
    ("PTP-ST-01", (12, 900_000), 12, "KEPT"),
    ("PTP-ST-02", (13, 900_000), 13, "KEPT"),
    ("PTP-ST-04", (10, 899_999), 13, "PENDING"),
    ("PTP-ST-05", (10, 899_999), 14, "PARTIALLY_KEPT"),
    ("PTP-ST-07", None, 14, "BROKEN"),
    ("PTP-ST-08", (10, 1_000_000), 10, "KEPT"),
    ("PTP-ST-10", (2, 1_000_000), 14, "BROKEN"),
]


def promises(*values: tuple[object, ...]) -> pl.DataFrame:
    return rows(PROMISES, *values)


def status_of(came: pl.DataFrame, as_of: date, grace_days: int = 3, threshold_bps: int = 9_000) -> tuple[str, int]:
    judged = judge(
        promises((1, 1, MADE, DUE, PROMISED)), came, as_of=as_of, grace_days=grace_days, threshold_bps=threshold_bps
    )
    row = judged.row(0, named=True)
    return row["status"], row["received_minor"]


@pytest.mark.parametrize(("name", "receipt", "as_of", "status"), PUBLISHED, ids=[case[0] for case in PUBLISHED])
def test_published_state_comes_out(name: str, receipt: tuple[int, int] | None, as_of: int, status: str) -> None:
    came = empty(RECEIPTS) if receipt is None else receipts((1, 1, date(2026, 3, receipt[0]), receipt[1]))
    assert status_of(came, date(2026, 3, as_of))[0] == status


@pytest.mark.parametrize(
    ("day", "counts"),
    [(date(2026, 3, 2), False), (MADE, True), (date(2026, 3, 13), True), (date(2026, 3, 14), False)],
)
def test_window_holds_both_its_ends_and_nothing_else(day: date, counts: bool) -> None:
    assert status_of(receipts((1, 1, day, 5)), date(2026, 3, 20))[1] == (5 if counts else 0)


def test_money_valued_tomorrow_keeps_nothing_today() -> None:
    came = receipts((1, 1, date(2026, 3, 9), PROMISED))
    assert status_of(came, date(2026, 3, 8)) == ("PENDING", 0)
    assert status_of(came, date(2026, 3, 9)) == ("KEPT", PROMISED)


def test_reversal_turns_a_kept_promise_back() -> None:
    came = receipts((1, 1, DUE, PROMISED), (1, 2, DUE, 1))
    assert status_of(came, date(2026, 3, 14)) == ("KEPT", PROMISED + 1)
    assert status_of(came.filter(pl.col("receipt_id") == 2), date(2026, 3, 14)) == ("PARTIALLY_KEPT", 1)


def test_money_of_another_account_keeps_nothing() -> None:
    assert status_of(receipts((2, 1, DUE, PROMISED)), date(2026, 3, 14)) == ("BROKEN", 0)


def test_threshold_is_exact_beyond_the_reach_of_floats() -> None:
    promised = 9_007_199_254_740_993
    made = promises((1, 1, MADE, DUE, promised))
    for came, status in ((promised, "KEPT"), (promised - 1, "PARTIALLY_KEPT")):
        judged = judge(made, receipts((1, 1, DUE, came)), as_of=date(2026, 4, 1), grace_days=0, threshold_bps=10_000)
        assert judged["status"].to_list() == [status]


def test_money_of_others_beyond_64_bits_changes_nothing() -> None:
    huge = [(number, number, DUE, 2**62) for number in range(2, 7)]
    came = receipts((1, 1, DUE, 10), *huge)
    # The running sum over all accounts has wrapped around, and is below 0 on the way.
    assert came["amount_minor"].cum_sum().min() < 0  # type: ignore[operator]
    assert status_of(came, date(2026, 3, 14)) == ("PARTIALLY_KEPT", 10)
    assert status_of(came.with_columns(account_id=7 - pl.col("account_id")), date(2026, 3, 14)) == ("KEPT", 2**62)


@pytest.mark.parametrize(("grace_days", "threshold_bps"), [(-1, 9_000), (0, 0), (0, 10_001)])
def test_rule_that_makes_no_sense_is_refused(grace_days: int, threshold_bps: int) -> None:
    with pytest.raises(WrongFrame, match="grace_days"):
        status_of(empty(RECEIPTS), DUE, grace_days, threshold_bps)


def test_promise_due_before_it_was_made_is_refused() -> None:
    with pytest.raises(WrongFrame, match="promise_id 4 is due before"):
        judge(promises((4, 1, DUE, MADE, 1)), empty(RECEIPTS), as_of=DUE, grace_days=0, threshold_bps=1)


_DAYS = st.integers(0, 12).map(lambda offset: date(2026, 3, 1) + timedelta(days=offset))


@st.composite
def _windows(draw: st.DrawFn) -> tuple[object, ...]:
    made, due = sorted((draw(_DAYS), draw(_DAYS)))
    return draw(st.integers(1, 3)), made, due, draw(st.integers(1, 30))


@given(
    st.lists(_windows(), max_size=6),
    st.lists(st.tuples(st.integers(1, 4), _DAYS, st.integers(1, 20)), max_size=8),
    _DAYS,
    st.integers(0, 3),
    st.sampled_from([1, 5_000, 9_000, 10_000]),
)
def test_states_are_those_of_the_slow_model(
    windows: list[tuple[object, ...]],
    money: list[tuple[int, date, int]],
    as_of: date,
    grace_days: int,
    threshold_bps: int,
) -> None:
    made = promises(*((number, *window) for number, window in enumerate(windows)))
    came = receipts(*((account, number, day, amount) for number, (account, day, amount) in enumerate(money)))

    def judged(promised: pl.DataFrame, received: pl.DataFrame) -> pl.DataFrame:
        return judge(promised, received, as_of=as_of, grace_days=grace_days, threshold_bps=threshold_bps)

    expected = []
    for number, account, start, due, amount in made.sort("promise_id").iter_rows():
        last = due + timedelta(days=grace_days)
        total = sum(sum_ for owner, day, sum_ in money if owner == account and start <= day <= min(last, as_of))
        if total * 10_000 >= amount * threshold_bps:
            status = "KEPT"
        elif as_of <= last:
            status = "PENDING"
        else:
            status = "PARTIALLY_KEPT" if total else "BROKEN"
        expected.append((number, status, total))
    assert judged(made, came).rows() == expected
    assert_order_is_free(judged, made, came)
    if len({window[0] for window in windows}) == len(windows):
        linked = made.select("promise_id", "account_id")
        assert_alone_as_among_many(lambda p, r: judged(p, r).join(linked, on="promise_id"), [made, came], "account_id")


def test_kept_rates_count_matured_promises_only() -> None:
    promised = [(1, 100), (2, 200), (3, 300), (4, 400), (5, 500)]
    due = {5: date(2026, 3, 28)}
    made = promises(*((number, number, MADE, due.get(number, DUE), amount) for number, amount in promised))
    came = receipts(*((n, n, DUE, amount) for n, amount in ((1, 100), (2, 150), (4, 400))))
    as_of = date(2026, 3, 29)
    judged = judge(made, came, as_of=as_of, grace_days=3, threshold_bps=9_000)
    counts = maturity(made, judged, as_of=as_of, grace_days=3)
    assert counts.row(0) == (4, 2, 1, 1, 1000, 500, 650)
    rates = ratios(counts, kpis=["kept_rate", "kept_rate_by_value", "promised_value_received"])
    assert rates["shown"].to_list() == ["50.00", "50.00", "65.00"]


def test_promise_kept_before_it_matures_does_not_lift_the_rate_yet() -> None:
    made, came = promises((1, 1, MADE, DUE, 10)), receipts((1, 1, MADE, 10))
    judged = judge(made, came, as_of=DUE, grace_days=3, threshold_bps=9_000)
    assert judged["status"].to_list() == ["KEPT"]
    assert maturity(made, judged, as_of=date(2026, 3, 13), grace_days=3)["matured_count"].to_list() == [0]
    assert maturity(made, judged, as_of=date(2026, 3, 14), grace_days=3)["matured_count"].to_list() == [1]


def test_promises_that_were_not_judged_make_no_rate() -> None:
    with pytest.raises(WrongFrame, match="has no row"):
        maturity(promises((1, 1, MADE, DUE, 10)), empty(JUDGED), as_of=date(2026, 4, 1), grace_days=0)
