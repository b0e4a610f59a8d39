"""Debtors of several creditors who may be one person: proposed with reasons, judged, joined, split and taken back."""

from collections.abc import Callable
from functools import partial
from typing import Any

import polars as pl
import pytest

from ahadi.data import facts, frames
from ahadi.data.models.act import Act as ActRow
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import Act, Actor, Performance
from ahadi.domain.contact.gathering import gather
from ahadi.domain.desk import steps as desk_steps
from ahadi.domain.desk.ports import DebtorAlreadyClaimed, DeskOutcome
from ahadi.domain.finding import duplicates, steps
from ahadi.domain.finding.duplicates import OPEN, UnableToFindDuplicate
from ahadi.domain.flows.judge_identity import (
    IdentityAlreadyJudged,
    JudgedOutcome,
    UnableToJudgeIdentity,
    judge_identity,
    reopen_identity,
)
from ahadi.domain.flows.propose_duplicates import DuplicatesOutcome, Whom, look_for_duplicates, propose_duplicates
from ahadi.domain.flows.take_back import TakenBackOutcome, take_back
from ahadi.domain.flows.take_down import Learnt, LearntOutcome, take_down
from ahadi.domain.flows.tell_detail import ToldOutcome, tell_detail
from ahadi.domain.parties.telling import Told
from ahadi.domain.people import access
from ahadi.domain.reporting.queries import statement

from .book import SmallBook, broken_laws, invoice, receipt
from .desk import Desk

PHONE = "+254712000001"


class Pair:
    """A book with two creditors who each know somebody who is likely the same, and one who is not."""

    def __init__(self, book: SmallBook) -> None:
        self.book = book
        book.place(
            invoice("A", 100, debtor="1", debtor_name="Neema Mrisho", phone=PHONE, email="n@example.org"),
            invoice("B", 50, debtor="2", debtor_name="Otieno Kamau", phone="+254712000002"),
        )
        book.place(invoice("C", 70, debtor="N9", debtor_name="MRISHO, Neema", phone="0712 000 001"), creditor="Pwani")
        self.by = book.join("sara", "manager")

    def act(self, name: str, run: Callable[[Act], Any], outcome: type, by: Actor | None = None) -> Any:
        """An act of a person."""
        return perform(name, run, outcome, Performance(by or self.by, self.book.organisation_id, name.encode()))

    def propose(self, whom: Whom = "everybody") -> int:
        """Looks for duplicates in the whole book, or among those who changed."""
        run = partial(propose_duplicates, whom=whom)
        made: DuplicatesOutcome = self.act("propose_duplicates", run, DuplicatesOutcome)
        return made.proposed

    def look(self, number: str) -> int:
        """Looks for the debtor of one account alone."""
        run = partial(look_for_duplicates, account_id=Desk(self.book).account(number))
        made: DuplicatesOutcome = self.act("propose_duplicates", run, DuplicatesOutcome)
        return made.proposed

    def open(self, by: Actor | None = None) -> pl.DataFrame:
        """What waits to be judged."""
        return duplicates.proposed(by=by or self.by, state=OPEN)

    def judge(self, *, is_one: bool, proposal: int | None = None, by: Actor | None = None) -> JudgedOutcome:
        """Judges the only proposal, or one."""
        chosen = proposal or int(self.open()["proposal_id"][0])
        run = partial(judge_identity, proposal_id=chosen, is_one=is_one)
        made: JudgedOutcome = self.act("judge_identity", run, JudgedOutcome, by)
        return made

    def back(self, proposal: int) -> JudgedOutcome:
        """Takes a judgement back."""
        made: JudgedOutcome = self.act("reopen_identity", partial(reopen_identity, proposal_id=proposal), JudgedOutcome)
        return made

    def claim(self, number: str, login: str) -> None:
        """Somebody has the debtor of an account before them."""
        person = frames.scalar("SELECT id FROM person WHERE login = %(l)s", {"l": login})
        by = Actor(login, person, self.book.organisation_id)
        account = Desk(self.book).account(number)

        def run(act: Act) -> DeskOutcome:
            desk_steps.claim(act, account)
            return DeskOutcome("preview", account)

        self.act("claim", run, DeskOutcome, by)

    def persons(self) -> int:
        """How many people owe."""
        found: int = frames.scalar(
            "SELECT count(DISTINCT s.stands_for_id) FROM account a JOIN party_state s ON s.party_id = a.party_id"
            " WHERE a.organisation_id = %(o)s",
            {"o": self.book.organisation_id},
        )
        return found

    def tell(self, number: str, kind: str, text: str) -> None:
        """A paper or a day of birth becomes known."""
        account = Desk(self.book).account(number)
        run = partial(tell_detail, account_id=account, person_id=None, told=Told(kind, text, "paper"))
        self.act("tell_detail", run, ToldOutcome)


@pytest.fixture
def pair(book: SmallBook) -> Pair:
    """The book."""
    return Pair(book)


def test_same_number_and_a_name_in_another_order_is_proposed_with_its_reasons(pair: Pair) -> None:
    assert pair.propose() == 1
    one = duplicates.row(pair.open().row(0, named=True))
    assert {one.name, one.other_name} == {"Neema Mrisho", "MRISHO, Neema"}
    assert dict(one.reasons) == {"name": 35, "phone": 35, "sound": 5}
    assert one.certainty_pct == sum(points for _, points in one.reasons) == 75


def test_nothing_is_proposed_twice(pair: Pair) -> None:
    assert (pair.propose(), pair.propose()) == (1, 0)


def test_one_debtor_is_looked_for_alone(pair: Pair) -> None:
    assert (pair.look("2"), pair.look("1")) == (0, 1)


def test_two_papers_forbid_what_a_number_and_a_name_say(pair: Pair) -> None:
    pair.tell("1", "identity", "A 1234567")
    pair.tell("N9", "identity", "B-7654321")
    assert pair.propose() == 0


def test_same_paper_proposes_people_whose_names_differ(pair: Pair) -> None:
    pair.tell("2", "identity", "A 1234567")
    pair.tell("N9", "identity", "a1234567")
    pair.propose()
    assert {frozenset((row["name"], row["other_name"])) for row in pair.open().to_dicts()} == {
        frozenset(("Otieno Kamau", "MRISHO, Neema")),
        frozenset(("Neema Mrisho", "MRISHO, Neema")),
    }


def test_number_of_a_crowd_tells_nothing(book: SmallBook) -> None:
    book.place(*(invoice(f"I{n}", 10, debtor=str(n), debtor_name="Asha Omar", phone=PHONE) for n in range(1, 11)))
    pair_ = Pair(book)
    assert {row["certainty_pct"] for row in pair_.open().to_dicts()} == set()
    assert pair_.propose() == 0


def test_two_people_are_remembered(pair: Pair) -> None:
    pair.propose()
    pair.judge(is_one=False)
    assert (pair.persons(), pair.propose(), pair.open().height) == (3, 0, 0)


def test_one_person_is_one_everywhere_and_nothing_of_the_money_moves(pair: Pair) -> None:
    pair.propose()
    before = pair.book.states()
    judged = pair.judge(is_one=True)
    assert (judged.parties_changed, pair.persons(), pair.open().height) == (1, 2, 0)
    account = Desk(pair.book).account("1")
    shown = statement(by=pair.by, account_id=account, as_of=pair.book.day)
    assert sorted(shown.accounts["number"]) == ["1", "N9"]
    assert pair.book.states().equals(before)
    pair.book.receive(receipt("R", 10, debtor="1"))
    assert broken_laws() == {}


def test_what_is_known_of_one_holds_for_both_once_they_are_one_and_not_after_the_split(pair: Pair) -> None:
    pair.propose()
    proposal = int(pair.open()["proposal_id"][0])
    account = Desk(pair.book).account("1")
    learnt = Learnt("CEASE", "debtor")
    run = partial(take_down, account_id=account, person_id=None, learnt=learnt)
    pair.act("take_down", run, LearntOutcome)

    def known(number: str) -> list[str]:
        from_accounts = gather_of(Desk(pair.book).account(number))
        return from_accounts["kind"].to_list()

    assert "CEASE" not in known("N9")
    pair.judge(is_one=True)
    assert "CEASE" in known("N9")
    assert pair.judge(is_one=False, proposal=proposal).parties_changed == 1
    assert "CEASE" not in known("N9")
    assert pair.back(proposal).state == "one"
    assert pair.back(proposal).state == OPEN
    assert (pair.persons(), "CEASE" in known("N9")) == (3, False)
    assert broken_laws() == {}


def gather_of(account: int) -> pl.DataFrame:
    """The facts that the gate knows about an account."""
    now = frames.scalar("SELECT clock_timestamp()")
    return gather(facts.of_accounts([account]), at=now, known_at=facts.FOREVER).known.facts


def test_contact_before_the_merge_does_not_break_the_law_of_what_was_not_known_then(pair: Pair) -> None:
    learnt = Learnt("CEASE", "debtor")
    run = partial(take_down, account_id=Desk(pair.book).account("N9"), person_id=None, learnt=learnt)
    pair.act("take_down", run, LearntOutcome)
    Desk(pair.book).mail("1")
    pair.propose()
    pair.judge(is_one=True)
    assert broken_laws() == {}


def test_judgement_is_made_once_and_by_who_may(pair: Pair) -> None:
    pair.propose()
    proposal = int(pair.open()["proposal_id"][0])
    officer = pair.book.join("amina", "officer")
    with pytest.raises(UnableToJudgeIdentity, match="by a supervisor"):
        pair.judge(is_one=True, proposal=proposal, by=officer)
    with pytest.raises(UnableToJudgeIdentity, match="nothing to take back"):
        pair.back(proposal)
    pair.judge(is_one=True, proposal=proposal)
    with pytest.raises(IdentityAlreadyJudged):
        pair.judge(is_one=True, proposal=proposal)


def test_who_may_not_see_one_side_does_not_see_the_proposal(pair: Pair) -> None:
    pair.propose()
    code = frames.scalar("SELECT code FROM creditor WHERE name = 'Pwani'")
    half = pair.book.join("half", "supervisor", (code,))
    assert access.rights(half).may("supervisor")
    assert pair.open(by=half).is_empty()
    with pytest.raises(UnableToFindDuplicate):
        pair.judge(is_one=True, proposal=int(pair.open()["proposal_id"][0]), by=half)


def test_whoever_has_one_side_before_them_has_the_person(pair: Pair) -> None:
    pair.book.join("amina", "officer")
    pair.book.join("bora", "officer")
    pair.propose()
    pair.claim("N9", "amina")
    pair.judge(is_one=True)
    with pytest.raises(DebtorAlreadyClaimed):
        pair.claim("1", "bora")
    pair.claim("1", "amina")


def test_two_who_have_one_side_each_keep_them_two_for_now(pair: Pair) -> None:
    pair.book.join("amina", "officer")
    pair.book.join("bora", "officer")
    pair.propose()
    pair.claim("1", "amina")
    pair.claim("N9", "bora")
    with pytest.raises(DebtorAlreadyClaimed):
        pair.judge(is_one=True)
    assert pair.persons() == 3


def test_claim_goes_back_with_the_split(pair: Pair) -> None:
    pair.book.join("amina", "officer")
    pair.book.join("bora", "officer")
    pair.propose()
    proposal = int(pair.open()["proposal_id"][0])
    pair.judge(is_one=True)
    pair.claim("N9", "amina")
    pair.judge(is_one=False, proposal=proposal)
    pair.claim("1", "bora")
    with pytest.raises(DebtorAlreadyClaimed):
        pair.claim("N9", "bora")


def compared(pair: Pair) -> tuple[int, int]:
    """The night: how many debtors it compared, and how many pairs it proposed."""
    run = partial(propose_duplicates, whom="changed")
    made: DuplicatesOutcome = pair.act("propose_duplicates", run, DuplicatesOutcome)
    return made.compared, made.proposed


def test_night_compares_who_came_and_whose_details_changed_and_nobody_else(pair: Pair) -> None:
    assert compared(pair) == (3, 1)
    assert compared(pair) == (0, 0)
    pair.tell("2", "identity", "A 1234567")
    assert compared(pair) == (1, 0)
    pair.tell("N9", "identity", "a1234567")
    assert compared(pair) == (1, 1)
    assert pair.open().height == 2


def test_night_does_not_ask_again_about_who_was_judged_to_be_two_and_keeps_what_waits(pair: Pair) -> None:
    pair.tell("2", "identity", "A 1234567")
    pair.tell("N9", "identity", "a1234567")
    assert compared(pair) == (3, 2)
    pair.judge(is_one=False, proposal=int(pair.open()["proposal_id"][0]))
    pair.tell("N9", "email", "n@example.org")
    assert compared(pair) == (1, 0)
    assert pair.open().height == 1


def test_number_that_counts_again_is_compared_again(pair: Pair) -> None:
    theirs = frames.scalar("SELECT max(id) FROM contact_point WHERE normal = %(n)s", {"n": PHONE})
    learnt = Learnt("WRONG_NUMBER", "officer", contact_point_id=theirs)
    run = partial(take_down, account_id=Desk(pair.book).account("N9"), person_id=None, learnt=learnt)
    pair.act("disown_point", run, LearntOutcome)
    assert pair.propose() == 0
    pair.tell("N9", "phone", PHONE)
    assert compared(pair) == (1, 1)


def test_taking_back_what_contradicted_lets_the_night_look_again(pair: Pair) -> None:
    pair.tell("1", "identity", "A 1234567")
    pair.tell("N9", "identity", "B-7654321")
    assert compared(pair)[1] == 0
    told = ActRow.objects.filter(name="tell_detail").latest("id").id
    run = partial(take_back, account_id=Desk(pair.book).account("N9"), act_id=told)
    pair.act("take_back", run, TakenBackOutcome)
    assert compared(pair) == (1, 1)


def test_crowd_is_seen_as_one_however_many_are_compared_at_once(
    book: SmallBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.place(*(invoice(f"I{n}", 10, debtor=str(n), debtor_name="Asha Omar", phone=PHONE) for n in range(1, 11)))
    pair_ = Pair(book)
    monkeypatch.setattr(steps, "_AT_ONCE", 3)

    def part_by_part(act: Act) -> DuplicatesOutcome:
        everybody = steps.everybody(act)
        return DuplicatesOutcome(0, sum(steps.propose(act, everybody.slice(at, 3)) for at in range(0, 12, 3)))

    how = Performance(pair_.by, book.organisation_id, b"parts", is_dry_run=True)
    # With the protection off: whoever is compared before the others are known takes a crowd for a few.
    assert perform("propose_duplicates", part_by_part, DuplicatesOutcome, how).proposed > 0
    assert compared(pair_) == (11, 0)


def test_pairs_of_an_account_are_those_of_its_debtor(pair: Pair) -> None:
    pair.propose()
    account = Desk(pair.book).account
    assert duplicates.proposed(by=pair.by, account_id=account("N9")).height == 1
    assert duplicates.proposed(by=pair.by, account_id=account("2")).is_empty()


def test_supervisor_sees_on_the_board_that_pairs_wait(pair: Pair) -> None:
    pair.propose()
    assert duplicates.waiting(by=pair.by)[0] == 1
    code = frames.scalar("SELECT code FROM creditor WHERE name = 'Pwani'")
    assert duplicates.waiting(by=pair.book.join("half", "supervisor", (code,)))[0] == 0
    pair.judge(is_one=False)
    assert duplicates.waiting(by=pair.by) == (0, None)
