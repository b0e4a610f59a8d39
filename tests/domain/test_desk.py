"""The officer's desk: whose turn it is, one person per debtor, states with their times, outcomes and how they end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any, TypeVar

import pytest
from django.db import connection

from ahadi.data import frames
from ahadi.data.models.act import Act as ActRow
from ahadi.data.models.circumstance import Circumstance
from ahadi.data.models.contact import ContactOutcome
from ahadi.data.models.desk import ClaimState, DeskTurn, DraftState, Note, Unmasking
from ahadi.data.models.promise import Promise, PromiseState
from ahadi.domain.arrangements.ports import Promised
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import Act, Actor, Performance
from ahadi.domain.contact.ports import Asked
from ahadi.domain.desk import operations, queries, shift, steps, timeline, waiting
from ahadi.domain.desk.ports import DebtorAlreadyClaimed, DeskOutcome, UnableToChangeDesk, UnableToUndoOutcome
from ahadi.domain.flows import take_down
from ahadi.domain.flows.begin_contact import ReachOutcome, begin_contact
from ahadi.domain.flows.receive_contact import ReceivedOutcome, UnableToReceiveContact, receive_contact
from ahadi.domain.flows.record_outcome import Along, ContactResult, UnableToRecordOutcome, record_outcome
from ahadi.domain.flows.undo_outcome import UndoOutcome, undo_outcome
from ahadi.domain.people.operations import Joining, PersonOutcome, add_person
from ahadi.domain.people.queries import today

from .book import SmallBook, broken_laws, invoice, receipt

pytestmark = pytest.mark.usefixtures("open_hours")
T = TypeVar("T")


@dataclass(frozen=True)
class Officer:
    """Somebody at a desk, with the acts that are done there."""

    actor: Actor
    organisation_id: int

    def does(self, name: str, operation: Callable[[Act], T], outcome: type[T]) -> T:
        """An act of this person."""
        return perform(name, operation, outcome, Performance(self.actor, self.organisation_id, name.encode()))

    def next(self) -> int | None:
        """The next account of the queue."""
        return self.does("take_next", operations.take_next, DeskOutcome).account_id

    def at(self) -> Any:
        """Where this person is."""
        return queries.at(by=self.actor)

    def call(self, account: int) -> int:
        """Calls the debtor of an account at their number."""
        point = frames.scalar(
            "SELECT p.id FROM contact_point p JOIN account a ON a.party_id = p.party_id"
            " WHERE a.id = %(id)s AND p.kind = 'phone'",
            {"id": account},
        )
        asked = Asked(account, "call", contact_point_id=point)
        done = self.does("begin_contact", lambda act: begin_contact(act, asked=asked), ReachOutcome)
        assert done.contact_id is not None, done
        return done.contact_id

    def ends(self, contact: int, result: str, **along: Any) -> ContactResult:
        """Writes down what came of it."""
        told = Along(**along)
        act = lambda act: record_outcome(act, contact_id=contact, result=result, along=told)  # noqa: E731
        return self.does("record_outcome", act, ContactResult)

    def undo(self) -> UndoOutcome:
        """Takes the last outcome back."""
        return self.does("undo_outcome", undo_outcome, UndoOutcome)

    def desk(self, operation: Callable[..., DeskOutcome], **what: Any) -> DeskOutcome:
        """An operation of the desk."""
        return self.does(operation.__name__, lambda act: operation(act, **what), DeskOutcome)

    def waiting(self, rows: int = 7) -> list[str]:
        """The names of those who wait, in order."""
        now = self.at()
        found = waiting.queue(by=self.actor, as_of=today(self.organisation_id), rows=rows, but=now.account_id)
        return [row.name for row in found.rows]


@pytest.fixture
def book(db: None) -> SmallBook:
    """A book of today."""
    made = SmallBook.opened()
    return SmallBook(made.organisation_id, today(made.organisation_id))


def statements(run: Callable[[], object]) -> int:
    """How many statements something sends."""
    count = 0

    def counting(execute: Any, *rest: Any) -> Any:
        nonlocal count
        count += 1
        return execute(*rest)

    with connection.execute_wrapper(counting):
        run()
    return count


def person(book: SmallBook, login: str, role: str = "officer") -> Officer:
    """Somebody who works here."""
    joining = Joining(login, login.capitalize(), "a long sentence for tests", role)
    made = book.perform("add_person", lambda act: add_person(act, joining=joining), PersonOutcome)
    return Officer(Actor(login, made.person_id, book.organisation_id), book.organisation_id)


def debts(book: SmallBook, *amounts: int, late: int = 40, turn: int = 1) -> None:
    """One debtor with a telephone for each amount, the most owing first."""
    due = book.day - timedelta(days=late)
    rows = [
        invoice(
            f"I{turn}",
            amount,
            due,
            debtor=f"D{turn}",
            debtor_name=f"Name {turn}",
            phone=f"+25471234{turn:04}",
            invoiced_on=due - timedelta(days=30),
        )
        for turn, amount in enumerate(amounts, turn)
    ]
    book.place(*rows, file=f"debts {turn}")


@pytest.fixture
def amina(book: SmallBook) -> Officer:
    """An officer with four debtors."""
    amina = person(book, "amina")
    debts(book, 900_000, 700_000, 500_000, 300_000)
    return amina


def test_the_queue_is_the_list_without_who_is_open(amina: Officer) -> None:
    assert amina.waiting() == ["Name 1", "Name 2", "Name 3", "Name 4"]
    first = amina.next()
    assert first is not None and amina.at().state == "preview"
    assert amina.waiting() == ["Name 2", "Name 3", "Name 4"]


def test_no_answer_goes_on_at_once_and_the_debtor_does_not_come_back_today(amina: Officer) -> None:
    first = amina.next()
    assert first is not None
    done = amina.ends(amina.call(first), "NC_NOANS", advances=True)
    assert done.next_account_id not in (None, first)
    assert amina.at().account_id == done.next_account_id and amina.at().state == "preview"
    assert "Name 1" not in amina.waiting()
    assert broken_laws() == {}


def test_each_state_is_written_down_with_its_times(amina: Officer) -> None:
    first = amina.next()
    assert first is not None
    contact = amina.call(first)
    amina.desk(operations.answer, account_id=first)
    amina.desk(operations.hang_up, account_id=first)
    amina.ends(contact, "RP_NOCOMMIT")
    amina.next()
    turns = list(DeskTurn.objects.order_by("id").values_list("state", "account_id", "from_at", "until_at"))
    assert [turn[0] for turn in turns] == ["preview", "dial", "talk", "wrap"]
    assert all(one[3] == other[2] for one, other in pairwise(turns))
    assert {turn[1] for turn in turns} == {first}


def test_nobody_else_reaches_a_debtor_who_is_before_somebody(book: SmallBook, amina: Officer) -> None:
    first = amina.next()
    assert first is not None
    sara = person(book, "sara", "supervisor")
    with pytest.raises(DebtorAlreadyClaimed, match="Amina"):
        sara.call(first)
    with pytest.raises(DebtorAlreadyClaimed):
        sara.desk(operations.pull_ahead, account_id=first, reason="walked_in")
    ClaimState.objects.update(expires_at="2020-01-01T00:00:00Z")
    assert sara.desk(operations.pull_ahead, account_id=first, reason="walked_in").account_id == first
    assert operations.keep_alive(by=amina.actor) is False


def test_two_accounts_of_one_debtor_are_one_claim(book: SmallBook, amina: Officer) -> None:
    due = book.day - timedelta(days=50)
    book.place(invoice("L1", 5_000, due, debtor="D1", invoiced_on=due), product="loan", file="loans")
    first = amina.next()
    assert first is not None
    other = frames.scalar("SELECT id FROM account WHERE product = 'loan'")
    sara = person(book, "sara", "supervisor")
    with pytest.raises(DebtorAlreadyClaimed):
        sara.desk(operations.pull_ahead, account_id=other, reason="walked_in")


def test_without_an_outcome_nobody_goes_on(amina: Officer) -> None:
    first = amina.next()
    assert first is not None
    amina.call(first)
    with pytest.raises(UnableToChangeDesk, match="outcome"):
        amina.next()
    with pytest.raises(UnableToChangeDesk, match="outcome"):
        amina.desk(operations.pause, code="break")


def test_an_account_is_not_passed_over_without_a_word(book: SmallBook, amina: Officer) -> None:
    first = amina.next()
    with pytest.raises(UnableToChangeDesk, match="skip it with a reason"):
        amina.next()
    book.receive(receipt("R1", 900_000, book.day, debtor="D1"))
    assert amina.next() not in (None, first)


def test_a_promise_needs_somebody_who_was_recognised(amina: Officer) -> None:
    first = amina.next()
    assert first is not None
    contact = amina.call(first)
    amina.desk(operations.answer, account_id=first)
    promised = Promised(today(amina.organisation_id) + timedelta(days=3), 10_000)
    with pytest.raises(UnableToRecordOutcome, match="recognised"):
        amina.ends(contact, "RP_PTP_PART", promised=promised)
    with pytest.raises(operations.UnableToVerifyDebtor):
        amina.desk(operations.verify, account_id=first, proofs=[])
    amina.desk(operations.verify, account_id=first, proofs=["account_end"])
    assert amina.at().is_verified
    done = amina.ends(contact, "RP_PTP_PART", promised=promised, reason="SALARY_DELAY", note="Pays on Friday")
    assert PromiseState.objects.get(promise_id=done.promise_id).status == "PENDING"
    assert Note.objects.get().text == "Pays on Friday" and amina.at().state == "wrap"
    second = operations.keep_next(by=amina.actor, as_of=today(amina.organisation_id))
    assert second is not None and amina.at().next_account_id == second
    assert amina.next() == second
    assert operations.keep_next(by=amina.actor, as_of=today(amina.organisation_id)) is None
    assert broken_laws() == {}


def test_proofs_that_a_check_asks_for_are_those_that_the_open_account_shows(book: SmallBook, amina: Officer) -> None:
    due = book.day - timedelta(days=50)
    known = {"phone": "+254712345678", "invoiced_on": due}
    home = {"debtor_name": "Neema Mrisho", "address": "7 Market Street, Nairobi"}
    book.place(
        invoice("L1", 9_000, due, debtor="N1", **known, **home),
        invoice("L2", 5_000, due, debtor="N2", **known),
        invoice("L3", 4_000, due, debtor="N3", **known, **home),
        product="loan",
        file="loans",
    )
    book.receive(
        receipt("P1", 700, due, debtor="N1"),
        receipt("P2", 600, book.day, debtor="N1"),
        receipt("P3", 400, due + timedelta(days=1), debtor="N1"),
        receipt("P4", 300, book.day, debtor="N2"),
    )
    ids = [row for (row,) in frames.rows("SELECT id FROM account ORDER BY id", {})]
    seen: dict[int, list[str]] = {}
    for account in ids:
        opened = queries.opened(by=amina.actor, account_id=account, as_of=book.day)
        shown = queries.proofs(opened)
        assert queries.proofs_of(by=amina.actor, account_id=account, as_of=book.day) == shown
        seen[account] = [f"{one.code} {one.value}" for one in shown if one.code != "account_end"]
    told = set(map(tuple, seen.values()))
    assert {("last_receipt 600", "address 7 Market Street, Nairobi"), ("last_receipt 300",), ()} <= told
    assert ("address 7 Market Street, Nairobi",) in told


def test_a_check_does_not_open_the_account(amina: Officer) -> None:
    first = amina.next()
    assert first is not None
    day = today(amina.organisation_id)
    alone = statements(lambda: queries.proofs_of(by=amina.actor, account_id=first, as_of=day))
    whole = statements(lambda: queries.proofs(queries.opened(by=amina.actor, account_id=first, as_of=day)))
    assert alone <= 6 < whole


def test_who_was_kept_in_the_moment_they_were_taken_is_not_next_after_themselves(amina: Officer) -> None:
    first = amina.next()
    assert first is not None
    assert steps.claimed(amina.actor.person_id or 0, first, is_next=True, day=today(amina.organisation_id))
    assert amina.at().next_account_id is None
    done = amina.ends(amina.call(first), "NC_NOANS", advances=True)
    assert done.next_account_id not in (None, first)
    assert amina.at().next_account_id is None


def test_an_outcome_that_is_taken_back_counts_for_nothing_and_may_be_another(amina: Officer) -> None:
    first = amina.next()
    assert first is not None
    contact = amina.call(first)
    amina.desk(operations.answer, account_id=first)
    amina.desk(operations.verify, account_id=first, proofs=["account_end"])
    promised = Promised(today(amina.organisation_id) + timedelta(days=3), 10_000)
    amina.ends(contact, "RP_PTP_PART", promised=promised, note="Pays on Friday", advances=True)
    assert shift.so_far(by=amina.actor, as_of=today(amina.organisation_id)).promises == 1
    undone = amina.undo()
    assert (undone.result, undone.account_id) == ("RP_PTP_PART", first)
    now = amina.at()
    assert (now.state, now.account_id, now.contact_id, now.has_outcome) == ("wrap", first, contact, False)
    assert queries.draft(by=amina.actor, account_id=first).content == {"note": "Pays on Friday"}
    assert shift.so_far(by=amina.actor, as_of=today(amina.organisation_id)).promises == 0
    state = frames.scalar("SELECT promise_status FROM account_state WHERE account_id = %(id)s", {"id": first})
    assert state is None
    events, _ = timeline.events((first,))
    assert [event.kind for event in events] == ["call"] and events[0].code == "outbound"
    amina.ends(contact, "RP_NOCOMMIT")
    assert ContactOutcome.objects.filter(contact_id=contact).count() == 2
    assert [event.code for event in timeline.events((first,))[0]] == ["RP_NOCOMMIT"]
    assert broken_laws() == {}


def test_a_promise_may_follow_one_that_was_taken_back(amina: Officer) -> None:
    first = amina.next()
    assert first is not None
    contact = amina.call(first)
    amina.desk(operations.answer, account_id=first)
    amina.desk(operations.verify, account_id=first, proofs=["account_end"])
    day = today(amina.organisation_id) + timedelta(days=3)
    amina.ends(contact, "RP_PTP_PART", promised=Promised(day, 10_000))
    amina.undo()
    amina.ends(contact, "RP_PTP_FULL", promised=Promised(day, 900_000))
    assert Promise.objects.count() == 2
    assert broken_laws() == {}


def test_an_old_outcome_is_not_taken_back(amina: Officer) -> None:
    with pytest.raises(UnableToUndoOutcome):
        amina.undo()


def test_somebody_elses_outcome_is_not_taken_back(book: SmallBook, amina: Officer) -> None:
    first = amina.next()
    assert first is not None
    amina.ends(amina.call(first), "NC_NOANS")
    sara = person(book, "sara", "supervisor")
    with pytest.raises(UnableToUndoOutcome):
        sara.undo()


def test_a_wrong_number_is_not_called_again(amina: Officer) -> None:
    first = amina.next()
    assert first is not None
    amina.ends(amina.call(first), "TP_WRONG")
    assert Circumstance.objects.get().kind == "WRONG_NUMBER"
    amina.desk(operations.again, account_id=first)
    with pytest.raises(AssertionError, match="HOUSE-WRONG-NUMBER"):
        amina.call(first)
    assert "Name 1" not in amina.waiting()


def test_a_call_back_needs_its_moment_and_comes_first_when_it_is_due(amina: Officer) -> None:
    first = amina.next()
    assert first is not None
    contact = amina.call(first)
    with pytest.raises(UnableToRecordOutcome, match="when"):
        amina.ends(contact, "RP_CALLBACK")
    amina.ends(contact, "RP_CALLBACK", call_back_at=queries.moment() + timedelta(minutes=4))
    amina.next()
    assert amina.waiting()[0] == "Name 1"
    found = waiting.queue(by=amina.actor, as_of=today(amina.organisation_id), rows=7)
    assert (found.rows[0].reason, found.due_now) == ("call_back", 1)


def test_a_skipped_account_waits_until_tomorrow_and_says_why(amina: Officer) -> None:
    first = amina.next()
    assert first is not None
    with pytest.raises(UnableToChangeDesk, match="reason"):
        amina.desk(operations.skip, account_id=first, reason="because")
    amina.desk(operations.skip, account_id=first, reason="language")
    assert "Name 1" not in amina.waiting() and amina.at().account_id != first


def test_dialling_keeps_who_saw_the_number(amina: Officer) -> None:
    first = amina.next()
    assert first is not None
    amina.call(first)
    seen = Unmasking.objects.get()
    assert (seen.account_id, seen.what, seen.reason) == (first, "phone", "to_dial")


def test_a_reset_pause_is_left_out_of_the_figures(amina: Officer) -> None:
    amina.desk(operations.pause, code="reset")
    amina.desk(operations.resume)
    amina.desk(operations.pause, code="break")
    amina.desk(operations.resume)
    told = shift.whole(by=amina.actor, as_of=today(amina.organisation_id)).seconds
    assert [row[1] for row in told if row[0] == "pause"] == ["break"]


def test_a_wrap_is_made_longer_twice_at_most(amina: Officer) -> None:
    first = amina.next()
    assert first is not None
    amina.call(first)
    amina.desk(operations.hang_up, account_id=first)
    for _ in range(2):
        amina.desk(operations.extend_wrap, account_id=first, reason="long_note")
    with pytest.raises(UnableToChangeDesk, match="2 times"):
        amina.desk(operations.extend_wrap, account_id=first, reason="long_note")


def test_what_is_typed_is_kept_and_blank_after_it_was_saved(amina: Officer) -> None:
    first = amina.next()
    assert first is not None
    operations.keep_draft(by=amina.actor, account_id=first, content={"note": "Half a sen"})
    assert queries.draft(by=amina.actor, account_id=first).content == {"note": "Half a sen"}
    acts = ActRow.objects.count()
    operations.keep_draft(by=amina.actor, account_id=first, content={"note": "Half a sentence"})
    assert ActRow.objects.count() == acts
    amina.ends(amina.call(first), "NC_NOANS", note="Half a sentence")
    assert DraftState.objects.get().content == {} and queries.draft(by=amina.actor, account_id=first).content == {}


def closed(book: SmallBook) -> None:
    """Yesterday is closed, and today's lists are written."""
    book.close(book.day - timedelta(days=1))


def test_the_written_list_is_what_the_facts_say(book: SmallBook, amina: Officer) -> None:
    asked = amina.waiting()
    closed(book)
    assert amina.waiting() == asked == ["Name 1", "Name 2", "Name 3", "Name 4"]


def test_a_receipt_takes_its_account_off_the_queue_at_once(book: SmallBook, amina: Officer) -> None:
    closed(book)
    book.receive(receipt("R1", 700_000, book.day, debtor="D2"))
    assert amina.waiting() == ["Name 1", "Name 3", "Name 4"]


def test_a_part_that_came_changes_the_rank_and_not_the_rest(book: SmallBook, amina: Officer) -> None:
    closed(book)
    book.receive(receipt("R1", 860_000, book.day, debtor="D1"))
    assert amina.waiting() == ["Name 2", "Name 3", "Name 4", "Name 1"]


def test_who_was_placed_today_stands_among_the_others(book: SmallBook, amina: Officer) -> None:
    closed(book)
    due = book.day - timedelta(days=60)
    book.place(invoice("N1", 800_000, due, debtor="D9", debtor_name="Name 9", invoiced_on=due), file="today")
    assert "Name 9" in amina.waiting()


def test_who_asked_for_silence_today_is_off_the_queue(book: SmallBook, amina: Officer) -> None:
    closed(book)
    account = frames.scalar("SELECT account_id FROM charge WHERE reference = 'I2'")
    learnt = take_down.Learnt("CEASE", "debtor")
    amina.does(
        "take_down",
        lambda act: take_down.take_down(act, account_id=account, person_id=None, learnt=learnt),
        take_down.LearntOutcome,
    )
    assert amina.waiting() == ["Name 1", "Name 3", "Name 4"]


def test_a_long_list_costs_what_a_short_one_does(book: SmallBook, amina: Officer) -> None:
    closed(book)
    amina.next()
    assert statements(amina.waiting) <= 14


def receives(amina: Officer, account: int, channel: str = "call", point: int | None = None) -> ReceivedOutcome:
    """Somebody calls or comes."""
    act = lambda act: receive_contact(act, account_id=account, channel=channel, contact_point_id=point)  # noqa: E731
    return amina.does("receive_contact", act, ReceivedOutcome)


def test_who_calls_is_open_at_once_and_asks_no_gate(amina: Officer) -> None:
    first = amina.next()
    other = next(one for one in range(first or 0, (first or 0) + 4) if one != first)
    made = receives(amina, other)
    assert amina.at().state == "talk" and amina.at().account_id == other
    assert frames.scalar("SELECT direction FROM contact WHERE id = %(id)s", {"id": made.contact_id}) == "inbound"
    with pytest.raises(UnableToRecordOutcome, match="recognised"):
        amina.ends(made.contact_id, "RP_PTP_FULL", promised=Promised(today(amina.organisation_id), 100))
    amina.ends(made.contact_id, "RP_REFUSE")
    assert amina.at().state == "wrap"
    assert broken_laws() == {}


def test_who_calls_waits_until_the_call_before_is_written_down(amina: Officer) -> None:
    first = amina.next()
    assert first is not None
    contact = amina.call(first)
    with pytest.raises(UnableToReceiveContact, match="another contact"):
        receives(amina, first)
    amina.ends(contact, "NC_NOANS")
    assert receives(amina, first).account_id == first


def test_a_number_of_somebody_else_is_not_who_calls(amina: Officer) -> None:
    first = amina.next()
    assert first is not None
    strange = frames.scalar(
        "SELECT p.id FROM contact_point p JOIN account a ON a.party_id = p.party_id WHERE a.id <> %(id)s LIMIT 1",
        {"id": first},
    )
    with pytest.raises(UnableToReceiveContact, match="not of this account"):
        receives(amina, first, point=strange)


def test_who_is_before_another_officer_is_put_through_to_them(book: SmallBook, amina: Officer) -> None:
    first = amina.next()
    assert first is not None
    sara = person(book, "sara", "supervisor")
    with pytest.raises(DebtorAlreadyClaimed):
        receives(sara, first)
