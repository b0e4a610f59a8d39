"""Every act is interrupted before and after each of its statements, and leaves nothing half done.

The book is compared to the letter, so that whatever laws held before still hold; the next attempt is the
repetition after the crash, and gets one statement further.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import Error, connection
from django.db.backends.utils import CursorWrapper

from ahadi.domain.audit import operations, steps

from .acts import DAY, Acts, broken_laws, content

Attempt = Callable[[str | None], Any]


class Crash(BaseException):
    """The process ends here; nothing that handles ordinary errors may catch it."""


@dataclass
class Interruption:
    """Counts statements, and crashes before or after one of them."""

    at: int | None = None
    is_after: bool = False
    seen: int = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> CursorWrapper:
        self.seen += 1
        if self.seen == self.at and not self.is_after:
            raise Crash
        result: CursorWrapper = execute(sql, params, many, context)
        if self.seen == self.at:
            raise Crash
        return result


@dataclass(frozen=True)
class Case:
    """An act: how the book is made ready for it, and how it is attempted under a key."""

    name: str
    ready: Callable[[Acts], Attempt]


DEBTS = (("007", "A", 100), ("7", "B", 50), ("8", "C", 25), ("9", "D", 10))
CAME = (("007", "R", 60), ("nobody", "S", 10), ("8", "T", 70))


def _placing(acts: Acts) -> Attempt:
    acts.place(("8", "OLD", 40), file="earlier")
    return lambda key: acts.place(*DEBTS, key=key)


def _receiving(acts: Acts) -> Attempt:
    acts.place(*DEBTS)
    return lambda key: acts.receive(*CAME, key=key)


def _undoing(acts: Acts) -> Attempt:
    first = acts.place(*DEBTS)
    acts.place(("7", "E", 30), file="later")
    acts.receive(*CAME)
    acts.accept(*acts.proposals())
    return lambda key: acts.undo(first.batch_id, key=key)


def _undoing_receipts(acts: Acts) -> Attempt:
    acts.place(*DEBTS)
    came = acts.receive(*CAME)
    return lambda key: acts.undo(came.batch_id, key=key)


def _promising(acts: Acts) -> Attempt:
    acts.place(*DEBTS)
    return lambda key: acts.promise("007", 60, key=key)


def _planning(acts: Acts) -> Attempt:
    acts.place(*DEBTS)
    return lambda key: acts.promise("007", 30, 40, 20, key=key)


def _withdrawing(acts: Acts) -> Attempt:
    acts.place(*DEBTS)
    made = acts.promise("007", 30, 40, 20)
    return lambda key: acts.withdraw_promise(made.promise_ids[1], key=key)


def _offering(acts: Acts) -> Attempt:
    manager = acts.enrol("musa", "manager")
    acts.place(*DEBTS)
    return lambda key: acts.offer(manager, "007", 90, key=key)


def _approving(acts: Acts) -> Attempt:
    supervisor, manager = acts.enrol("sara", "supervisor"), acts.enrol("musa", "manager")
    acts.place(*DEBTS)
    asked = acts.offer(supervisor, "007", 80)
    return lambda key: acts.decide(manager, asked.approval_id, key=key)


def _settling(acts: Acts) -> Attempt:
    manager = acts.enrol("musa", "manager")
    acts.place(*DEBTS)
    acts.offer(manager, "007", 90)
    present = replace(acts, day=acts.today())
    return lambda key: present.receive(("007", "R", 90), on=present.day, key=key)


def _reversing(acts: Acts) -> Attempt:
    acts.place(*DEBTS)
    acts.promise("007", 60)
    acts.receive(*CAME, on=acts.today())
    return lambda key: acts.reverse("R", key=key)


def _accepting(acts: Acts) -> Attempt:
    acts.place(*DEBTS)
    (proposal,) = acts.proposals()
    return lambda key: acts.accept(proposal, key=key)


def _telling(acts: Acts) -> Attempt:
    acts.place(*DEBTS)
    return lambda key: acts.tell("8", "+254712000001", key=key)


def _relating(acts: Acts) -> Attempt:
    acts.place(*DEBTS)
    return lambda key: acts.relate("8", key=key)


def _joining_people(acts: Acts) -> Attempt:
    acts.place(*DEBTS)
    proposal = acts.alike("8", "9")
    return lambda key: acts.judge_one(proposal, key=key)


def _splitting_people(acts: Acts) -> Attempt:
    acts.place(*DEBTS)
    proposal = acts.alike("8", "9")
    acts.judge_one(proposal)
    return lambda key: acts.reopen(proposal, key=key)


def _opening_night(acts: Acts) -> Attempt:
    acts.place(*DEBTS)
    acts.close(DAY)
    night = acts.night(DAY + timedelta(days=40))
    return lambda key: acts.open_night(night, key=key)


def _closing_partition(acts: Acts) -> Attempt:
    acts.place(*DEBTS)
    acts.receive(*CAME)
    acts.close(DAY)
    night = acts.night(DAY + timedelta(days=40))
    return lambda key: acts.close_partition(night, key=key)


def _closing_day(acts: Acts) -> Attempt:
    acts.place(*DEBTS)
    acts.receive(*CAME)
    acts.close(DAY)
    night = acts.night(DAY + timedelta(days=40))
    acts.close_partition(night)
    return lambda key: acts.close_day(night, key=key)


def _joining(acts: Acts) -> Attempt:
    acts.place(*DEBTS)
    return lambda key: acts.join("juma", key=key)


def _leaving(acts: Acts) -> Attempt:
    person = acts.join("juma", is_limited=False).person_id
    acts.place(*DEBTS)
    return lambda key: acts.leave(person, key=key)


def _opening(acts: Acts) -> Attempt:
    return lambda key: acts.open_creditor("Another", key=key)


def _reaching(acts: Acts) -> Attempt:
    acts.place(*DEBTS)
    return lambda key: acts.mail("007", key=key)


def _queueing(acts: Acts) -> Attempt:
    acts.place(*DEBTS)
    return lambda key: acts.queue("007", key=key)


def _beginning_what_waited(acts: Acts) -> Attempt:
    acts.place(*DEBTS)
    waiting = acts.queue("007").planned_contact_id
    return lambda key: acts.begin_planned(waiting, key=key)


def _ending(acts: Acts) -> Attempt:
    acts.place(*DEBTS)
    begun = acts.mail("007").contact_id
    return lambda key: acts.ends(begun, key=key)


def _learning(acts: Acts) -> Attempt:
    acts.place(*DEBTS)
    acts.queue("007")
    return lambda key: acts.learns("007", "CEASE", key=key)


def _disputing(acts: Acts) -> Attempt:
    acts.place(*DEBTS)
    acts.queue("007")
    return lambda key: acts.dispute("007", key=key)


def _answering(acts: Acts) -> Attempt:
    acts.place(*DEBTS)
    case = acts.dispute("007").case_id
    return lambda key: acts.close_case(case, key=key)


def _adjusting(acts: Acts) -> Attempt:
    officer, supervisor = acts.enrol("asha", "officer"), acts.enrol("sara", "supervisor")
    acts.place(*DEBTS)
    asked = acts.adjust(officer, "007", 20)
    return lambda key: acts.judge(supervisor, asked, key=key)


def _claiming(acts: Acts) -> Attempt:
    acts.place(*DEBTS)
    return lambda key: acts.claim("007", 60, key=key)


def _posting(acts: Acts) -> Attempt:
    acts.place(*DEBTS)
    acts.promise("007", 60)
    proof = acts.claim("007", 60).proof_id
    return lambda key: acts.post(proof, key=key)


def _refusing(acts: Acts) -> Attempt:
    acts.place(*DEBTS)
    proof = acts.claim("007", 60).proof_id
    return lambda key: acts.refuse(proof, key=key)


def _holding(acts: Acts) -> Attempt:
    acts.place(*DEBTS)
    return lambda key: acts.hold("007", key=key)


CASES = [
    Case("place_batch", _placing),
    Case("receive_batch", _receiving),
    Case("withdraw_batch of debts", _undoing),
    Case("withdraw_batch of receipts", _undoing_receipts),
    Case("make_promise of one", _promising),
    Case("make_promise of a plan", _planning),
    Case("withdraw_promise", _withdrawing),
    Case("propose_offer", _offering),
    Case("decide_approval", _approving),
    Case("receive_batch that settles", _settling),
    Case("reverse_receipt", _reversing),
    Case("begin_contact", _reaching),
    Case("queue_contact", _queueing),
    Case("begin_planned", _beginning_what_waited),
    Case("record_outcome", _ending),
    Case("take_down", _learning),
    Case("open_case", _disputing),
    Case("close_case", _answering),
    Case("judge_adjustment", _adjusting),
    Case("claim_receipt", _claiming),
    Case("post_proof", _posting),
    Case("refuse_proof", _refusing),
    Case("place_hold", _holding),
    Case("decide_identities", _accepting),
    Case("tell_detail", _telling),
    Case("relate_party", _relating),
    Case("judge_identity", _joining_people),
    Case("reopen_identity", _splitting_people),
    Case("open_night", _opening_night),
    Case("close_partition", _closing_partition),
    Case("close_day", _closing_day),
    Case("add_person", _joining),
    Case("let_person_leave", _leaving),
    Case("open_creditor", _opening),
]


@contextmanager
def _interrupted(interruption: Interruption) -> Iterator[None]:
    with connection.execute_wrapper(interruption):
        try:
            yield
        except Crash:
            connection.close()


def _points(attempt: Attempt) -> Iterator[tuple[int, bool]]:
    """Crashes at every point in turn, and yields each after its crash; ends when the act gets through."""
    point = 1
    while True:
        for is_after in (False, True):
            interruption = Interruption(point, is_after)
            with _interrupted(interruption):
                attempt("the key")
            if interruption.seen < point:
                return
            yield point, is_after
        point += 1


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_crash_at_any_statement_leaves_the_book_to_the_letter(
    case: Case, committed_book: Any, record_property: Callable[[str, object], None]
) -> None:
    attempt = case.ready(Acts.opened())
    before = content()
    hit = [point for point in _points(_uncommitted(attempt, before)) if content() == before or pytest.fail(str(point))]
    # The attempt that gets through its statements crashes before its commit.
    assert content() == before
    outcome = attempt("the key")
    done = content()
    assert done != before
    assert broken_laws() == {}
    assert attempt("the key") == outcome
    assert content() == done
    record_property("crash points", len(hit))
    print(f"\n{case.name}: {len(hit)} crash points, 0 half states")


def _uncommitted(attempt: Attempt, before: Any) -> Attempt:
    """The attempt, crashing before its commit when it gets through: the last point of all."""

    def uncommitted(key: str | None) -> None:
        finish = steps.finish

        def crash_after(act: Any, outcome: Any) -> None:
            finish(act, outcome)
            raise Crash

        steps.finish = crash_after
        try:
            attempt(key)
        finally:
            steps.finish = finish

    return uncommitted


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_without_the_transaction_a_crash_leaves_half_an_act(
    case: Case, committed_book: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = case.ready(Acts.opened())
    without = SimpleNamespace(atomic=lambda durable: nullcontext(), set_rollback=lambda is_wanted: None)
    monkeypatch.setattr(operations, "transaction", without)
    before, halves = content(), 0
    for point in range(1, 40):
        interruption = Interruption(point, is_after=True)
        # What is left half done also makes later attempts fail in ordinary ways.
        try:
            with _interrupted(interruption):
                attempt(None)
        except (Error, Exception):
            connection.close()
        after = content()
        halves += after != before
        before = after
        if interruption.seen < point:
            break
    assert halves > 0
    print(f"\n{case.name}: {halves} half states without the transaction")
