"""Promises are taken down within what is owed, judged by what comes and by the night, and turned back by a reversal."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError

from ahadi.data import frames
from ahadi.domain.arrangements import queries as arrangements
from ahadi.domain.arrangements.ports import PromiseAlreadyOpen, UnableToTakePromise
from ahadi.domain.flows.reverse_receipt import UnableToReverseReceipt
from ahadi.domain.flows.withdraw_promise import UnableToWithdrawPromise
from ahadi.domain.work.queries import UnableToFindAccount

from .book import CREDITOR, DAY, SmallBook, broken_laws, invoice, receipt
from .dated import Clock, DatedBook, shown


@pytest.fixture
def dated(book: SmallBook) -> Iterator[DatedBook]:
    """A book in which D1 owes 1,000, late for a month; every law holds when the test is through."""
    clock = Clock()
    with shown(clock):
        dated = DatedBook(book, clock)
        dated.place(invoice("A", 600), invoice("B", 400))
        yield dated
        assert broken_laws() == {}


def pays(dated: DatedBook, amount_minor: int, name: str = "R", days: int = 0) -> Any:
    """D1 pays today, or with a value date so many days from now."""
    return dated.receive(receipt(name, amount_minor, dated.day_after(days)), file=name)


def verdicts() -> list[str]:
    """What was noted of the only promise, in order."""
    told: str | None = frames.scalar("SELECT string_agg(status, ' ' ORDER BY id) FROM promise_judgement")
    return (told or "").split()


@pytest.mark.parametrize(
    ("promised", "why"),
    [
        ([], "nothing was promised"),
        ([(5, 0)], "the amount must be above 0"),
        ([(5, 100), (9, -1)], "the amount must be above 0"),
        ([(-1, 100)], "2026-02-28 has passed: it is 2026-03-01"),
        ([(5, 100), (5, 100)], "each on a day of its own"),
        ([(9, 100), (5, 100)], "must follow one another"),
        ([(5, 1_001)], "1001 is promised and 1000 is owed"),
        ([(5, 600), (9, 401)], "1001 is promised and 1000 is owed"),
    ],
)
def test_promise_that_cannot_be_is_refused_and_nothing_is_booked(
    dated: DatedBook, promised: list[tuple[int, int]], why: str
) -> None:
    with pytest.raises(UnableToTakePromise, match=why):
        dated.promise("D1", *promised)
    assert frames.scalar("SELECT count(*) FROM promise") == 0
    assert dated.state("D1")["promise_status"] is None


def test_refusals_come_in_the_order_that_is_told(dated: DatedBook) -> None:
    dated.promise("D1", (5, 100))
    with pytest.raises(UnableToFindAccount):
        dated.promise("NOBODY", (5, 0))
    with pytest.raises(UnableToTakePromise):
        dated.promise("D1", (5, 0))
    with pytest.raises(PromiseAlreadyOpen):
        dated.promise("D1", (5, 100))


def test_promise_for_today_of_all_that_is_owed_is_taken(dated: DatedBook) -> None:
    assert len(dated.promise("D1", (0, 1_000)).promise_ids) == 1
    assert dated.promises("D1") == [("PENDING", 0)]


def test_account_that_owes_nothing_takes_no_promise(dated: DatedBook) -> None:
    pays(dated, 1_000)
    with pytest.raises(UnableToTakePromise, match="1 is promised and 0 is owed"):
        dated.promise("D1", (5, 1))


def test_account_whose_batch_was_undone_takes_no_promise(dated: DatedBook) -> None:
    gone = dated.place(invoice("C", 100, debtor="D2"))
    dated.undo(gone.batch_id)
    with pytest.raises(UnableToFindAccount):
        dated.promise("D2", (5, 10))


def test_plan_is_as_many_promises_as_it_has_parts(dated: DatedBook) -> None:
    made = dated.promise("D1", (5, 300), (10, 300), (15, 400))
    plan = frames.scalar(
        "SELECT instalments || ' of ' || total_minor FROM plan WHERE id = %(id)s", {"id": made.plan_id}
    )
    assert plan == "3 of 1000"
    assert dated.promises("D1") == [("PENDING", 0)] * 3
    assert dated.state("D1")["promise_due_on"] == dated.day_after(5)


def test_second_promise_or_plan_waits_until_the_first_is_judged(dated: DatedBook) -> None:
    first = dated.promise("D1", (5, 100), (9, 100))
    for promised in ([(5, 10)], [(5, 10), (9, 10)]):
        with pytest.raises(PromiseAlreadyOpen) as refused:
            dated.promise("D1", *promised)
        assert refused.value.promise_id == first.promise_ids[0]
    pays(dated, 300)
    dated.pass_days()
    dated.promise("D1", (5, 10))
    assert [status for status, _ in dated.promises("D1")] == ["KEPT", "KEPT", "PENDING"]


@pytest.mark.parametrize(("amount_minor", "status"), [(90, "KEPT"), (89, "PENDING")])
def test_receipt_keeps_a_promise_at_once_when_it_reaches_the_threshold(
    dated: DatedBook, amount_minor: int, status: str
) -> None:
    dated.promise("D1", (5, 100))
    pays(dated, amount_minor)
    assert dated.promises("D1") == [(status, amount_minor)]
    assert dated.state("D1")["promise_status"] == status


def test_money_from_before_the_promise_does_not_keep_it(dated: DatedBook) -> None:
    dated.promise("D1", (5, 100))
    pays(dated, 100, days=-1)
    assert dated.promises("D1") == [("PENDING", 0)]


@pytest.mark.parametrize(("amount_minor", "status"), [(0, "BROKEN"), (50, "PARTIALLY_KEPT")])
def test_promise_is_judged_by_the_close_of_the_day_after_its_grace(
    dated: DatedBook, amount_minor: int, status: str
) -> None:
    dated.promise("D1", (5, 100))
    if amount_minor:
        pays(dated, amount_minor)
    # Due on the fifth day, with three days of grace: pending until the close of the ninth.
    dated.pass_days(9)
    assert dated.promises("D1") == [("PENDING", amount_minor)]
    assert dated.state("D1")["next_action"] == "check_promise"
    dated.pass_days()
    assert dated.promises("D1") == [(status, amount_minor)]
    assert dated.state("D1")["promise_status"] == status
    assert frames.scalar("SELECT as_of FROM promise_judgement") == DAY + timedelta(days=9)


def test_money_within_the_grace_keeps_a_promise_and_after_it_does_not(dated: DatedBook) -> None:
    dated.promise("D1", (0, 100))
    dated.pass_days(3)
    pays(dated, 100)
    assert dated.promises("D1") == [("KEPT", 100)]
    dated.pass_days()
    dated.promise("D1", (0, 100))
    dated.pass_days(4)
    pays(dated, 200, name="LATE")
    assert dated.promises("D1")[1] == ("BROKEN", 0)


def test_receipt_told_late_turns_a_broken_promise_into_a_kept_one(dated: DatedBook) -> None:
    dated.promise("D1", (0, 100))
    dated.pass_days(6)
    assert dated.promises("D1") == [("BROKEN", 0)]
    pays(dated, 100, days=-5)
    assert dated.promises("D1") == [("KEPT", 100)]
    assert verdicts() == ["BROKEN", "KEPT"]


def test_reversal_turns_a_kept_promise_back(dated: DatedBook) -> None:
    dated.promise("D1", (5, 100))
    pays(dated, 100)
    before = dated.state("D1")
    dated.reverse("R")
    assert dated.promises("D1") == [("PENDING", 0)]
    after = dated.state("D1")
    assert (before["allocated_minor"], after["allocated_minor"]) == (100, 0)
    assert (after["promise_status"], after["promise_due_on"]) == ("PENDING", dated.day_after(5))
    assert verdicts() == ["KEPT", "PENDING"]


def test_reversal_after_the_window_breaks_the_promise(dated: DatedBook) -> None:
    dated.promise("D1", (5, 100))
    pays(dated, 100)
    dated.pass_days(20)
    assert dated.promises("D1") == [("KEPT", 100)]
    dated.reverse("R")
    assert dated.promises("D1") == [("BROKEN", 0)]
    assert dated.state("D1")["promise_status"] == "BROKEN"


@pytest.mark.parametrize("how", ["reversed", "undone"])
@pytest.mark.parametrize("newer", [[(9, 300)], [(9, 300), (12, 200)]], ids=["a promise", "a plan"])
def test_promise_that_would_be_open_again_beside_a_newer_one_is_replaced(
    dated: DatedBook, how: str, newer: list[tuple[int, int]]
) -> None:
    dated.promise("D1", (5, 100))
    came = pays(dated, 100)
    dated.promise("D1", *newer)
    assert [status for status, _ in dated.promises("D1")] == ["KEPT"] + ["PENDING"] * len(newer)
    if how == "reversed":
        dated.reverse("R")
    else:
        dated.undo(came.batch_id)
    assert dated.promises("D1") == [("WITHDRAWN", 0)] + [("PENDING", 0)] * len(newer)
    assert frames.scalar("SELECT string_agg(reason, ' ') FROM promise_withdrawal") == "replaced"
    assert dated.state("D1")["promise_due_on"] == dated.day_after(9)
    dated.pass_days(20)
    # The first that is missed breaks a plan: what was still to come of it counts no more.
    assert dated.promises("D1") == [("WITHDRAWN", 0), ("BROKEN", 0)] + [("WITHDRAWN", 0)] * (len(newer) - 1)


def test_plan_that_would_be_open_again_is_replaced_with_all_that_is_open_of_it(dated: DatedBook) -> None:
    dated.promise("D1", (5, 100), (7, 100))
    pays(dated, 200)
    dated.promise("D1", (9, 300))
    dated.reverse("R")
    assert dated.promises("D1") == [("WITHDRAWN", 0), ("WITHDRAWN", 0), ("PENDING", 0)]


def test_two_open_promises_of_one_account_are_refused_by_the_database(
    dated: DatedBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: without the rule the receipt could not be taken back."""
    dated.promise("D1", (5, 100))
    pays(dated, 100)
    dated.promise("D1", (9, 300))
    replaced = arrangements.replaced
    monkeypatch.setattr(arrangements, "replaced", lambda judged: replaced(judged).clear())
    with pytest.raises(IntegrityError, match="promise_state_one_open"):
        dated.reverse("R")


def test_undone_receipts_turn_a_kept_promise_back(dated: DatedBook) -> None:
    dated.promise("D1", (5, 100))
    came = pays(dated, 100)
    assert dated.promises("D1") == [("KEPT", 100)]
    dated.undo(came.batch_id)
    assert dated.promises("D1") == [("PENDING", 0)]
    dated.pass_days(10)
    assert dated.promises("D1") == [("BROKEN", 0)]


@pytest.mark.parametrize("why", ["reversed", "undone", "unknown"])
def test_receipt_that_does_not_count_is_not_reversed(dated: DatedBook, why: str) -> None:
    came = pays(dated, 100)
    known = int(frames.scalar("SELECT max(id) FROM receipt"))
    if why == "reversed":
        dated.reverse("R")
    elif why == "undone":
        dated.undo(came.batch_id)
    with pytest.raises(UnableToReverseReceipt, match="no receipt" if why == "unknown" else "nothing of it counts"):
        dated.reverse_receipt(10**9 if why == "unknown" else known)


def test_receipt_in_suspense_is_reversed_and_pays_nobody_afterwards(dated: DatedBook) -> None:
    dated.receive(receipt("S", 70, debtor="LATER"))
    assert dated.reverse("S").account_id is None
    dated.place(invoice("C", 100, debtor="LATER"))
    assert dated.state("LATER")["received_minor"] == 0


def test_next_action_follows_the_promise(dated: DatedBook) -> None:
    asked = dated.state("D1")["step"]
    made = dated.promise("D1", (5, 100))
    state = dated.state("D1")
    assert (state["next_action"], state["step"]) == ("check_promise", "@PROMISE")
    # The day after the last day of grace.
    assert state["next_action_on"] == dated.day_after(9)
    dated.withdraw(made.promise_ids[0])
    state = dated.state("D1")
    assert (state["promise_status"], state["promise_due_on"], state["step"]) == (None, None, asked)


def test_withdrawal_of_one_instalment_withdraws_the_open_rest_of_its_plan(dated: DatedBook) -> None:
    made = dated.promise("D1", (0, 100), (10, 100), (20, 100))
    dated.pass_days(5)
    with pytest.raises(UnableToWithdrawPromise, match="is not open"):
        dated.withdraw(made.promise_ids[0])
    assert dated.withdraw(made.promise_ids[2]).withdrawn == 2
    assert [status for status, _ in dated.promises("D1")] == ["BROKEN", "WITHDRAWN", "WITHDRAWN"]
    assert dated.state("D1")["promise_status"] == "BROKEN"
    with pytest.raises(UnableToWithdrawPromise, match="is not open"):
        dated.withdraw(made.promise_ids[1])


def test_withdrawn_promise_stays_withdrawn_whatever_comes(dated: DatedBook) -> None:
    made = dated.promise("D1", (5, 100))
    dated.withdraw(made.promise_ids[0])
    pays(dated, 100)
    dated.pass_days(12)
    assert dated.promises("D1") == [("WITHDRAWN", 100)]
    dated.promise("D1", (5, 100))


def test_promise_whose_time_has_passed_is_judged_when_the_next_is_made(dated: DatedBook) -> None:
    """No night has judged it yet, and it stands in nobody's way."""
    first = dated.promise("D1", (0, 100))
    dated.clock.day += timedelta(days=4)
    with pytest.raises(UnableToWithdrawPromise, match="is not open"):
        dated.withdraw(first.promise_ids[0])
    dated.promise("D1", (5, 100))
    assert dated.promises("D1") == [("BROKEN", 0), ("PENDING", 0)]


def test_unknown_promise_and_one_of_another_organisation_are_refused_alike(dated: DatedBook) -> None:
    other = DatedBook(SmallBook.opened("other"), dated.clock)
    other.place(invoice("A", 100, debtor="OTHER"))
    foreign = other.promise("OTHER", (5, 10)).promise_ids[0]
    for promise_id in (foreign, 10**9):
        with pytest.raises(UnableToWithdrawPromise, match="there is no promise"):
            dated.withdraw(promise_id)


def test_officer_takes_promises_of_the_own_accounts_alone(dated: DatedBook) -> None:
    juma = dated.book.join("juma", creditors=(CREDITOR,))
    dated.place(invoice("C", 100, debtor="D2"))
    neema = dated.book.join("neema", creditors=(CREDITOR,))
    with pytest.raises(UnableToFindAccount):
        dated.promise("D2", (5, 10), by=neema)
    made = dated.promise("D2", (5, 10), by=juma)
    with pytest.raises(UnableToFindAccount):
        dated.withdraw(made.promise_ids[0], by=neema)
    assert dated.withdraw(made.promise_ids[0], by=juma).withdrawn == 1
