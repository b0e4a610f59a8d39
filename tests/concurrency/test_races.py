"""Acts that meet: exactly one of each, and the book stays lawful; beside it the same race with the guard off."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import polars as pl
import pytest
from django.db import connections
from django.db.models import QuerySet

from ahadi.data import frames
from ahadi.domain.audit import steps
from ahadi.domain.contact import steps as contact_steps
from ahadi.domain.flows.withdraw_batch import UnableToUndoBatch
from ahadi.domain.flows.withdraw_promise import UnableToWithdrawPromise

from .acts import DAY, Acts, broken_laws

ROUNDS = 6
LATER = DAY + timedelta(days=40)
LINGER_SECONDS_MAX = 30
Call = Callable[[], Any]


def together(*calls: Call) -> list[Any]:
    """Runs the calls at once, each in a thread with a connection of its own; their answers, or what they raised."""
    answers: list[Any] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(place: int, call: Call) -> None:
        try:
            connections["default"].ensure_connection()
            start.wait(timeout=20)
            answers[place] = call()
        except Exception as error:
            answers[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    return answers


class OneForEach:
    """So many chains that no act waits for another on its own; `microsecond % CHAINS` picks the next."""

    def __init__(self) -> None:
        self._chains = count(100)

    def __rmod__(self, microsecond: int) -> int:
        return next(self._chains)


@pytest.fixture
def acts(committed_book: Any) -> Acts:
    """An organisation on a book where commits are real, with one creditor and one account."""
    acts = Acts.opened()
    acts.place(("BASE", "BASE", 1_000), file="base")
    return acts


# In this database alone: other tests wait for locks on the same server.
_WAITING = (
    "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid"
    " WHERE NOT l.granted AND a.datname = current_database()"
)


class Lingering:
    """A thread called `lingering` stops between reading the book and writing states, until the other call is through
    or waits for a lock.
    """

    def __init__(self) -> None:
        self.begun, self.passed = threading.Event(), threading.Event()

    def linger(self) -> None:
        """Stops the thread."""
        self.begun.set()
        latest = time.monotonic() + LINGER_SECONDS_MAX
        while not self.passed.is_set() and time.monotonic() < latest:
            if frames.scalar(_WAITING, using="owner"):
                return
            time.sleep(0.01)


@pytest.fixture
def lingering(monkeypatch: pytest.MonkeyPatch) -> Lingering:
    """Whoever writes states lingers, where its thread is called so."""
    lingers = Lingering()

    def slowly(write: Call) -> Call:
        def slow(table: str, frame: Any, **how: Any) -> Any:
            if table in ("account_state", "party_state") and threading.current_thread().name == "lingering":
                lingers.linger()
            return write(table, frame, **how)

        return slow

    monkeypatch.setattr(frames, "upsert", slowly(frames.upsert))
    monkeypatch.setattr(frames, "revise", slowly(frames.revise))
    return lingers


@pytest.fixture
def lockless(acts: Acts, monkeypatch: pytest.MonkeyPatch) -> Acts:
    """The organisation without advisory locks."""
    monkeypatch.setattr(steps, "CHAINS", OneForEach())
    monkeypatch.setattr(frames, "lock", lambda what, number, using="default": None)
    return acts


@pytest.fixture
def rowlockless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are read without locking them."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows: rows.all())


@pytest.fixture
def unguarded(lingering: Lingering, monkeypatch: pytest.MonkeyPatch) -> None:
    """The close writes states whoever changed them since it read them."""
    write = frames.upsert

    def revise(table: str, frame: Any, *, key: str, counting: str) -> Any:
        write(table, frame.drop(counting), key=key, counting=counting)
        return frame[key]

    monkeypatch.setattr(frames, "revise", revise)
    # Nor do two acts meet by chance at the head of one chain.
    monkeypatch.setattr(steps, "CHAINS", OneForEach())


def meanwhile(slow: Call, quick: Call, lingers: Lingering) -> list[Any]:
    """Starts `slow`, and `quick` when the first has read the book and not yet written to it."""

    def first() -> Any:
        threading.current_thread().name = "lingering"
        return slow()

    def second() -> Any:
        lingers.begun.wait(timeout=20)
        try:
            return quick()
        finally:
            lingers.passed.set()

    return together(first, second)


def present(acts: Acts) -> Acts:
    """The organisation, with sheets that come today as promises do."""
    return replace(acts, day=acts.today())


def both_do(call: Call, lingers: Lingering) -> list[Any]:
    """The same call twice, the second while the first lingers."""
    return meanwhile(call, call, lingers)


def drop(statement: str) -> None:
    """Takes a protection off, as only the owner of the tables can."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement)


def kinds(answers: list[Any]) -> list[str]:
    return sorted(type(answer).__name__ for answer in answers)


def test_one_file_placed_twice_at_once_is_one_batch(acts: Acts) -> None:
    for turn in range(ROUNDS):
        name = f"debts {turn}"
        answers = together(*[lambda name=name: acts.place((name, name, 10), (name, name + "b", 5), file=name)] * 2)
        batches = [answer.batch_id for answer in answers if answer.batch_id is not None]
        assert [answer.already_batch_id for answer in answers if answer.batch_id is None] == batches
        assert len(batches) == 1
    assert frames.scalar("SELECT count(*) FROM charge WHERE reference LIKE 'debts%%b'", {"none": None}) == ROUNDS
    assert broken_laws() == {}


def test_without_the_lock_one_of_two_placements_ends_in_a_fault(lockless: Acts, lingering: Lingering) -> None:
    answers = both_do(lambda: lockless.place(("N", "N", 10), file="new"), lingering)
    assert kinds(answers) == ["BatchOutcome", "IntegrityError"]


def test_without_lock_and_constraints_a_file_is_placed_twice(lockless: Acts, lingering: Lingering) -> None:
    for table, name in (
        ("batch", "batch_once"),
        ("charge", "charge_once"),
        ("account", "account_once"),
        ("party_number", "party_number_once"),
    ):
        drop(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    answers = both_do(lambda: lockless.place(("N", "N", 10), file="new"), lingering)
    assert kinds(answers) == ["BatchOutcome"] * 2
    assert frames.scalar("SELECT count(*) FROM charge WHERE reference = 'N'") == 2
    assert "rows-accounted-for" in broken_laws()


def test_two_files_with_the_same_rows_place_each_once(acts: Acts) -> None:
    for turn in range(ROUNDS):
        name = f"debts {turn}"
        answers = together(
            lambda name=name: acts.place((name, name, 10), file=f"{name} one"),
            lambda name=name: acts.place((name, name, 10), file=f"{name} two"),
        )
        assert sorted((answer.accepted, answer.duplicate) for answer in answers) == [(0, 1), (1, 0)]
    assert broken_laws() == {}


def test_one_receipt_in_two_files_at_once_is_booked_once(acts: Acts) -> None:
    for turn in range(ROUNDS):
        answers = together(
            lambda turn=turn: acts.receive(("BASE", f"R{turn}", 10), file=f"one {turn}"),
            lambda turn=turn: acts.receive(("BASE", f"R{turn}", 10), (f"n{turn}", f"S{turn}", 5), file=f"two {turn}"),
        )
        assert sum(answer.duplicate for answer in answers) == 1
    assert frames.scalar("SELECT count(*) FROM receipt") == 2 * ROUNDS
    assert broken_laws() == {}


def test_without_lock_and_constraint_a_receipt_is_booked_twice(lockless: Acts, lingering: Lingering) -> None:
    drop("ALTER TABLE receipt DROP CONSTRAINT receipt_once")
    meanwhile(
        lambda: lockless.receive(("BASE", "R", 10), file="one"),
        lambda: lockless.receive(("BASE", "R", 10), file="two"),
        lingering,
    )
    assert frames.scalar("SELECT count(*) FROM receipt") == 2
    assert "one-receipt-per-reference" in broken_laws()


def test_receipts_of_one_account_at_once_both_pay(acts: Acts) -> None:
    for turn in range(ROUNDS):
        names = [f"{turn}-{number}" for number in range(3)]
        together(*(lambda name=name: acts.receive(("BASE", name, 7), file=name) for name in names))
    assert frames.scalar("SELECT allocated_minor FROM account_state") == 7 * 3 * ROUNDS
    assert broken_laws() == {}


def test_batch_undone_twice_at_once_is_undone_once(acts: Acts) -> None:
    for turn in range(ROUNDS):
        placed = acts.place((f"D{turn}", f"I{turn}", 10), file=f"debts {turn}")
        answers = together(*[lambda placed=placed: acts.undo(placed.batch_id)] * 2)
        assert kinds(answers) == ["BatchAlreadyUndone", "WithdrawalOutcome"]
    assert broken_laws() == {}


def test_without_the_lock_the_second_undoing_ends_in_a_fault(lockless: Acts, lingering: Lingering) -> None:
    placed = lockless.place(("D", "I", 10), file="debts")
    answers = both_do(lambda: lockless.undo(placed.batch_id), lingering)
    assert kinds(answers) == ["IntegrityError", "WithdrawalOutcome"]


def test_receipt_that_meets_the_undoing_of_its_debts_ends_in_suspense(acts: Acts) -> None:
    for turn in range(ROUNDS):
        placed = acts.place((f"D{turn}", f"I{turn}", 10), file=f"debts {turn}")
        answers = together(
            lambda placed=placed: acts.undo(placed.batch_id),
            lambda turn=turn: acts.receive((f"D{turn}", f"R{turn}", 10), file=f"receipts {turn}"),
        )
        assert kinds(answers) == ["BatchOutcome", "WithdrawalOutcome"]
    assert frames.scalar("SELECT count(*) FROM receipt_state WHERE status = 'suspense'") == ROUNDS
    assert broken_laws() == {}


def test_undoing_while_another_batch_leans_on_it_is_refused_or_first(acts: Acts) -> None:
    for turn in range(ROUNDS):
        placed = acts.place((f"D{turn}", f"I{turn}", 10), file=f"debts {turn}")
        undone, again = together(
            lambda placed=placed: acts.undo(placed.batch_id),
            lambda turn=turn: acts.place((f"D{turn}", f"I{turn}", 10), file=f"again {turn}"),
        )
        assert isinstance(undone, UnableToUndoBatch) == (again.duplicate == 1)
        assert frames.scalar("SELECT status FROM account_state ORDER BY account_id DESC LIMIT 1") == "open"
    assert broken_laws() == {}


def test_day_closed_twice_at_once_is_closed_once(acts: Acts) -> None:
    for turn in range(ROUNDS):
        day = DAY + timedelta(days=turn)
        answers = together(*[lambda day=day: acts.close(day)] * 2)
        assert kinds(answers) == ["CloseOutcome", "DayAlreadyClosed"]
    assert broken_laws() == {}


def test_without_the_lock_the_second_close_ends_in_a_fault(lockless: Acts, lingering: Lingering) -> None:
    answers = both_do(lambda: lockless.close(), lingering)
    assert kinds(answers) == ["CloseOutcome", "IntegrityError"]


def test_receipts_that_come_during_the_close_are_kept_by_it(acts: Acts) -> None:
    for turn in range(ROUNDS):
        answers = together(
            lambda turn=turn: acts.close(DAY + timedelta(days=turn)),
            lambda turn=turn: acts.receive(("BASE", f"R{turn}", 10), file=f"receipts {turn}"),
            lambda turn=turn: acts.place((f"D{turn}", f"I{turn}", 10), file=f"debts {turn}"),
        )
        assert kinds(answers) == ["BatchOutcome", "BatchOutcome", "CloseOutcome"]
        assert broken_laws() == {}


def test_receipt_waits_for_no_close_and_the_close_looks_again(acts: Acts, lingering: Lingering) -> None:
    answers = meanwhile(lambda: acts.close(LATER), lambda: acts.receive(("BASE", "R", 10)), lingering)
    assert kinds(answers) == ["BatchOutcome", "CloseOutcome"]
    assert frames.scalar("SELECT allocated_minor FROM account_state") == 10
    assert frames.scalar("SELECT as_of FROM account_state") == LATER
    assert broken_laws() == {}


def test_without_revisions_the_close_writes_over_a_receipt(acts: Acts, lingering: Lingering, unguarded: None) -> None:
    meanwhile(lambda: acts.close(LATER), lambda: acts.receive(("BASE", "R", 10)), lingering)
    assert "accounts-stated" in broken_laws()


def test_receipt_waits_for_an_undoing_that_has_read_the_book(acts: Acts, lingering: Lingering) -> None:
    placed = acts.place(("BASE", "MORE", 10), file="debts")
    answers = meanwhile(lambda: acts.undo(placed.batch_id), lambda: acts.receive(("BASE", "R", 1_005)), lingering)
    assert kinds(answers) == ["BatchOutcome", "WithdrawalOutcome"]
    assert frames.scalar("SELECT unapplied_minor FROM account_state") == 5
    assert broken_laws() == {}


def test_without_the_lock_an_undoing_writes_over_a_receipt(lockless: Acts, lingering: Lingering) -> None:
    placed = lockless.place(("BASE", "MORE", 10), file="debts")
    meanwhile(lambda: lockless.undo(placed.batch_id), lambda: lockless.receive(("BASE", "R", 1_005)), lingering)
    assert broken_laws() != {}


def test_promises_of_one_account_at_once_leave_one_open(acts: Acts) -> None:
    for turn in range(ROUNDS):
        acts.place((f"D{turn}", f"I{turn}", 10), file=f"debts {turn}")
        answers = together(*[lambda turn=turn: acts.promise(f"D{turn}", 10)] * 3)
        assert kinds(answers) == ["PromiseAlreadyOpen"] * 2 + ["PromiseOutcome"]
    assert broken_laws() == {}


def test_without_the_lock_the_second_promise_ends_in_a_fault(lockless: Acts, lingering: Lingering) -> None:
    answers = both_do(lambda: lockless.promise("BASE", 10), lingering)
    assert kinds(answers) == ["IntegrityError", "PromiseOutcome"]


def test_without_lock_and_constraint_two_promises_are_open(lockless: Acts, lingering: Lingering) -> None:
    drop("DROP INDEX promise_state_one_open")
    both_do(lambda: lockless.promise("BASE", 10), lingering)
    assert "one-open-promise" in broken_laws()


def test_plans_of_one_account_at_once_leave_one_open(acts: Acts) -> None:
    """No constraint keeps the instalments of two plans apart: the lock alone does."""
    for turn in range(ROUNDS):
        acts.place((f"D{turn}", f"I{turn}", 10), file=f"debts {turn}")
        answers = together(*[lambda turn=turn: acts.promise(f"D{turn}", 5, 5)] * 2)
        assert kinds(answers) == ["PromiseAlreadyOpen", "PromiseOutcome"]
    assert broken_laws() == {}


def test_without_the_lock_two_plans_are_open(lockless: Acts, lingering: Lingering) -> None:
    answers = both_do(lambda: lockless.promise("BASE", 5, 5), lingering)
    assert kinds(answers) == ["PromiseOutcome"] * 2
    assert frames.scalar("SELECT count(*) FROM promise_state WHERE status = 'PENDING'") == 4


def test_receipt_that_meets_its_promise_is_counted_for_it(acts: Acts, lingering: Lingering) -> None:
    acts = present(acts)
    answers = meanwhile(
        lambda: acts.promise("BASE", 100), lambda: acts.receive(("BASE", "R", 95), on=acts.day), lingering
    )
    assert kinds(answers) == ["BatchOutcome", "PromiseOutcome"]
    assert frames.scalar("SELECT status FROM promise_state") == "KEPT"
    assert broken_laws() == {}


def test_without_the_lock_a_promise_misses_the_receipt_that_kept_it(lockless: Acts, lingering: Lingering) -> None:
    acts = present(lockless)
    meanwhile(lambda: acts.promise("BASE", 100), lambda: acts.receive(("BASE", "R", 95), on=acts.day), lingering)
    assert {"promises-stated", "accounts-stated"} <= broken_laws().keys()


def test_promise_waits_for_no_close_and_the_close_leaves_it(acts: Acts, lingering: Lingering) -> None:
    answers = meanwhile(lambda: acts.close(LATER), lambda: acts.promise("BASE", 100), lingering)
    assert kinds(answers) == ["CloseOutcome", "PromiseOutcome"]
    assert frames.scalar("SELECT promise_status FROM account_state") == "PENDING"
    assert broken_laws() == {}


def test_without_revisions_the_close_writes_over_a_promise(acts: Acts, lingering: Lingering, unguarded: None) -> None:
    meanwhile(lambda: acts.close(LATER), lambda: acts.promise("BASE", 100), lingering)
    assert frames.scalar("SELECT promise_status FROM account_state") is None


def test_receipt_reversed_twice_at_once_is_reversed_once(acts: Acts) -> None:
    for turn in range(ROUNDS):
        acts.receive(("BASE", f"R{turn}", 10), file=f"receipts {turn}")
        answers = together(*[lambda turn=turn: acts.reverse(f"R{turn}")] * 2)
        assert kinds(answers) == ["ReversalOutcome", "UnableToReverseReceipt"]
    assert frames.scalar("SELECT received_minor FROM account_state") == 0
    assert broken_laws() == {}


def test_without_locks_the_second_reversal_ends_in_a_fault(
    lockless: Acts, rowlockless: None, lingering: Lingering
) -> None:
    lockless.receive(("BASE", "R", 10))
    answers = both_do(lambda: lockless.reverse("R"), lingering)
    assert kinds(answers) == ["IntegrityError", "ReversalOutcome"]


def test_without_locks_and_constraints_a_receipt_is_reversed_twice(
    lockless: Acts, rowlockless: None, lingering: Lingering
) -> None:
    drop("ALTER TABLE receipt_reversal DROP CONSTRAINT receipt_reversal_pkey")
    for name in ("receipt_state_not_over_allocated", "receipt_state_place"):
        drop(f"ALTER TABLE receipt_state DROP CONSTRAINT {name}")
    lockless.receive(("BASE", "R", 10))
    both_do(lambda: lockless.reverse("R"), lingering)
    assert frames.scalar("SELECT count(*) FROM receipt_reversal") == 2
    assert "reversals-refer-once" in broken_laws()


def test_reversal_waits_for_no_close_and_the_close_looks_again(acts: Acts, lingering: Lingering) -> None:
    acts.receive(("BASE", "R", 10))
    answers = meanwhile(lambda: acts.close(LATER), lambda: acts.reverse("R"), lingering)
    assert kinds(answers) == ["CloseOutcome", "ReversalOutcome"]
    assert frames.scalar("SELECT allocated_minor FROM account_state") == 0
    assert broken_laws() == {}


def test_without_revisions_the_close_writes_over_a_reversal(acts: Acts, lingering: Lingering, unguarded: None) -> None:
    acts.receive(("BASE", "R", 10))
    meanwhile(lambda: acts.close(LATER), lambda: acts.reverse("R"), lingering)
    assert "accounts-stated" in broken_laws()


def test_promise_that_is_withdrawn_while_its_receipt_comes_is_withdrawn_or_kept(acts: Acts) -> None:
    acts = present(acts)
    for turn in range(ROUNDS):
        acts.place((f"D{turn}", f"I{turn}", 10), file=f"debts {turn}")
        promise = acts.promise(f"D{turn}", 10).promise_ids[0]
        gone, _ = together(
            lambda promise=promise: acts.withdraw_promise(promise),
            lambda turn=turn: acts.receive((f"D{turn}", f"R{turn}", 10), file=f"receipts {turn}", on=acts.day),
        )
        status = frames.scalar("SELECT status FROM promise_state WHERE promise_id = %(p)s", {"p": promise})
        assert status == ("KEPT" if isinstance(gone, UnableToWithdrawPromise) else "WITHDRAWN")
    assert broken_laws() == {}


def test_without_the_lock_a_withdrawal_and_a_receipt_miss_each_other(lockless: Acts, lingering: Lingering) -> None:
    acts = present(lockless)
    promise = acts.promise("BASE", 100).promise_ids[0]
    meanwhile(lambda: acts.withdraw_promise(promise), lambda: acts.receive(("BASE", "R", 95), on=acts.day), lingering)
    assert "promises-stated" in broken_laws()


def test_proposals_of_one_chain_accepted_at_once_make_one_debtor(acts: Acts) -> None:
    for turn in range(ROUNDS):
        number = 7 + turn
        acts.place(*((f"{'0' * zeros}{number}", f"I{turn}-{zeros}", 10) for zeros in range(4)), file=f"debts {turn}")
        one, two, three = acts.proposals()
        answers = together(*(lambda each=each: acts.accept(each) for each in (one, two, three)))
        assert kinds(answers) == ["IdentityOutcome"] * 3
        assert broken_laws() == {}


def test_one_proposal_accepted_twice_at_once_is_one_merge(acts: Acts) -> None:
    for turn in range(ROUNDS):
        acts.place((f"0{7 + turn}", f"A{turn}", 10), (f"{7 + turn}", f"B{turn}", 10), file=f"debts {turn}")
        (proposal,) = acts.proposals()
        answers = together(*[lambda proposal=proposal: acts.accept(proposal)] * 2)
        assert sorted(answer.parties_changed for answer in answers) == [0, 1]
    assert broken_laws() == {}


def test_without_the_lock_decisions_of_one_chain_miss_each_other(lockless: Acts, lingering: Lingering) -> None:
    """A pair of pairs that share a debtor: each decision alone states another debtor than both together."""
    lockless.place(("007", "A", 10), ("07", "B", 10), ("7", "C", 10), file="debts")
    drop(
        "UPDATE identity_proposal SET party_id = (SELECT party_id FROM party_number WHERE number = '07')"
        " WHERE other_id = (SELECT party_id FROM party_number WHERE number = '7')"
    )
    one, two = lockless.proposals()
    meanwhile(lambda: lockless.accept(one), lambda: lockless.accept(two), lingering)
    assert "mergers-stated" in broken_laws()


def slow_to_learn(lingering: Lingering, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes something down lingers before its commit, where its thread is called so."""
    stop = contact_steps.stop_what_is_blocked

    def slowly(*of: Any) -> int:
        if threading.current_thread().name == "lingering":
            lingering.linger()
        return stop(*of)

    monkeypatch.setattr(contact_steps, "stop_what_is_blocked", slowly)


def reached_in_spite() -> list[str]:
    """What the laws say of contacts that began against what was known."""
    return broken_laws().get("nobody-reached-against-what-was-known", [])


def test_contact_waits_for_a_cease_that_is_being_taken_down(
    acts: Acts, lingering: Lingering, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow_to_learn(lingering, monkeypatch)
    told, begun = meanwhile(lambda: acts.learns("BASE", "CEASE"), lambda: acts.mail("BASE"), lingering)
    assert told.circumstance_id
    assert (begun.answer, begun.contact_id) == ("block", None)
    assert reached_in_spite() == []


def test_without_the_lock_somebody_is_reached_after_a_cease(
    lockless: Acts, lingering: Lingering, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow_to_learn(lingering, monkeypatch)
    _, begun = meanwhile(lambda: lockless.learns("BASE", "CEASE"), lambda: lockless.mail("BASE"), lingering)
    assert begun.contact_id is not None
    assert reached_in_spite() != []


def test_contact_and_cease_at_once_come_one_before_the_other(acts: Acts) -> None:
    for turn in range(ROUNDS):
        name = f"D{turn}"
        acts.place((name, name, 10), file=name)
        begun, told = together(lambda name=name: acts.mail(name), lambda name=name: acts.learns(name, "CEASE"))
        assert told.circumstance_id
        assert begun.answer in ("allow", "block")
    assert broken_laws() == {}


def held_in_spite() -> list[int]:
    """Contacts that began although a dispute of their account was booked before."""
    found = frames.read(
        "SELECT c.id FROM contact c JOIN hold h ON h.account_id = c.account_id AND h.kind = 'DISPUTE'"
        " WHERE h.booked_at <= c.began_at ORDER BY 1",
        {},
        {"contact_id": pl.Int64},
    )
    return found["contact_id"].to_list()


def test_queued_contact_waits_for_a_dispute_that_is_being_opened(
    acts: Acts, lingering: Lingering, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = acts.queue("BASE").planned_contact_id
    slow_to_learn(lingering, monkeypatch)
    opened, begun = meanwhile(lambda: acts.dispute("BASE"), lambda: acts.begin_planned(waiting), lingering)
    assert opened.stopped == 1 and type(begun).__name__ == "PlannedContactAlreadySettled"
    assert held_in_spite() == []


def test_without_the_lock_a_queued_contact_begins_after_a_dispute(
    lockless: Acts, lingering: Lingering, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = lockless.queue("BASE").planned_contact_id
    slow_to_learn(lingering, monkeypatch)
    _, begun = meanwhile(lambda: lockless.dispute("BASE"), lambda: lockless.begin_planned(waiting), lingering)
    assert begun.contact_id is not None
    assert held_in_spite() != []


def test_queued_contact_and_dispute_at_once_come_one_before_the_other(acts: Acts) -> None:
    for turn in range(ROUNDS):
        name = f"D{turn}"
        acts.place((name, name, 10), file=name)
        waiting = acts.queue(name).planned_contact_id
        answers = together(lambda w=waiting: acts.begin_planned(w), lambda name=name: acts.dispute(name))
        assert answers[1].case_id, answers
        assert type(answers[0]).__name__ in ("ReachOutcome", "PlannedContactAlreadySettled"), answers
    assert frames.scalar("SELECT count(*) FROM planned_contact_state WHERE status = 'waiting'") == 0
    assert broken_laws() == {}


def test_planned_contact_begun_twice_at_once_begins_once(acts: Acts) -> None:
    waiting = acts.queue("BASE").planned_contact_id
    answers = together(lambda: acts.begin_planned(waiting), lambda: acts.begin_planned(waiting))
    assert sorted(type(one).__name__ for one in answers) == ["PlannedContactAlreadySettled", "ReachOutcome"]
    assert frames.scalar("SELECT count(*) FROM contact") == 1


def test_chain_of_acts_is_whole_after_every_race(acts: Acts) -> None:
    together(*(lambda n=n: acts.open_creditor(f"Creditor {n}") for n in range(8)))
    assert frames.scalar("SELECT count(*) FROM creditor") == 9
    assert broken_laws() == {}
