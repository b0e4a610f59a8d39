"""Cases restrain collection while they are open, are answered by their clock, and change money by two people."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, TypeVar

import pytest
from django.db import IntegrityError, connections, transaction

from ahadi.data import frames
from ahadi.data.models.account import Hold, HoldRelease
from ahadi.data.models.case import Adjustment, CaseAssignment, CaseClock, CaseStatus
from ahadi.data.models.charge import Charge
from ahadi.data.models.organisation import Organisation
from ahadi.data.models.receipt import Receipt
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Act, Actor, Performance
from ahadi.domain.cases import queries
from ahadi.domain.cases.operations import EscalationOutcome, escalate_overdue
from ahadi.domain.cases.ports import Care, CaseOutcome, CaseTerms, Wanted
from ahadi.domain.cases.steps import CaseAlreadyClosed, UnableToMoveCase, UnableToOpenCase
from ahadi.domain.contact.ports import Asked
from ahadi.domain.contact.queries import ask
from ahadi.domain.flows.close_case import close_case, reopen_case
from ahadi.domain.flows.judge_adjustment import (
    AdjustmentAlreadyJudged,
    AdjustmentOutcome,
    UnableToAdjustBalance,
    ask_adjustment,
    judge_adjustment,
)
from ahadi.domain.flows.move_case import care_for, hand_up, move_case
from ahadi.domain.flows.open_case import open_case
from ahadi.domain.laws.queries import LAWS, first_broken
from ahadi.domain.people.operations import Joining, PersonOutcome, add_person
from ahadi.domain.work.queries import UnableToFindAccount

from .book import SmallBook, invoice, receipt

T = TypeVar("T")
DISPUTE = CaseTerms("dispute", "AMOUNT", "The second invoice was delivered short by two boxes.")


@dataclass(frozen=True)
class Office:
    """A book with people, and one account of two invoices."""

    book: SmallBook
    people: dict[str, int]

    def act(self, by: str, name: str, operation: Callable[[Act], T], outcome: type[T]) -> T:
        """An act of one of the people."""
        actor = Actor(by, self.people[by], self.book.organisation_id) if by else OPERATOR
        return perform(name, operation, outcome, Performance(actor, self.book.organisation_id, name.encode()))

    @property
    def account(self) -> int:
        """The only account."""
        found: int = frames.scalar("SELECT id FROM account ORDER BY id LIMIT 1")
        return found

    def open(self, terms: CaseTerms = DISPUTE, by: str = "asha") -> CaseOutcome:
        """Opens a case."""
        return self.act(by, "open_case", lambda act: open_case(act, account_id=self.account, terms=terms), CaseOutcome)

    def close(self, case: int, by: str = "sara", **how: Any) -> CaseOutcome:
        """Closes a case."""
        terms = {"outcome": "upheld", "root_cause": "CREDITOR_DATA", "text": "Credited.", **how}
        return self.act(by, "close_case", lambda act: close_case(act, case_id=case, **terms), CaseOutcome)

    def wants(self, wanted: Wanted, by: str = "asha", case: int | None = None) -> int:
        """Asks for an adjustment."""
        return self.act(
            by,
            "ask_adjustment",
            lambda act: ask_adjustment(act, account_id=self.account, wanted=wanted, case_id=case),
            AdjustmentOutcome,
        ).adjustment_id

    def judges(self, adjustment: int, by: str = "sara", *, is_approved: bool = True) -> AdjustmentOutcome:
        """Decides an adjustment."""
        return self.act(
            by,
            "judge_adjustment",
            lambda act: judge_adjustment(act, adjustment_id=adjustment, is_approved=is_approved),
            AdjustmentOutcome,
        )

    def open_minor(self) -> int:
        """What the account owes."""
        found: int = frames.scalar(
            "SELECT charged_minor - allocated_minor FROM account_state ORDER BY account_id LIMIT 1"
        )
        return found

    def escalate(self) -> EscalationOutcome:
        """Hands up what is overdue."""
        return self.act("", "escalate_cases", escalate_overdue, EscalationOutcome)


def manned(book: SmallBook) -> Office:
    """Two officers, a supervisor, a manager, an accountant."""
    roles = {"asha": "officer", "omari": "officer", "sara": "supervisor", "musa": "manager", "amal": "accountant"}
    people = {}
    for login, role in roles.items():
        joining = Joining(login, login.capitalize(), "a long sentence for tests", role, ())
        people[login] = book.perform(
            "add_person", lambda act, j=joining: add_person(act, joining=j), PersonOutcome
        ).person_id
    book.place(invoice("A", 10_000, email="neema@example.org"), invoice("B", 5_000))
    office = Office(book, people)
    owner = frames.scalar(
        "SELECT p.login FROM account_state s JOIN owner o ON o.id = s.owner_id JOIN person p ON p.id = o.person_id"
    )
    # Whoever got the account is the one who acts on it.
    people["asha"], people["omari"] = people[owner], people["omari" if owner == "asha" else "asha"]
    return office


@pytest.fixture
def office(book: SmallBook) -> Office:
    """The office of a test, rolled back after it."""
    return manned(book)


@pytest.fixture
def owned_office(request: pytest.FixtureRequest) -> Iterator[Office]:
    """An office run as the owner of the tables, who may take a protection off; rolled back."""
    request.getfixturevalue("db")
    application = connections["default"]
    connections["default"] = connections["owner"]
    try:
        yield manned(SmallBook.opened())
    finally:
        connections["default"] = application


def lawful() -> None:
    assert [law.name for law in LAWS if first_broken(law)] == []


def test_a_dispute_holds_the_account_in_the_same_act_and_closing_releases_it(office: Office) -> None:
    opened = office.open()
    hold = Hold.objects.get()
    assert (hold.kind, hold.charge, hold.act_id) == ("DISPUTE", None, CaseStatus.objects.get().act_id)
    case = queries.listed(by=OPERATOR).row(0, named=True)
    assert (case["status"], case["level"], case["assignee_id"]) == ("open", "officer", office.people["asha"])
    assert case["due_at"] > case["red_at"] > case["amber_at"] > case["received_at"]
    closed = office.close(opened.case_id)
    assert closed.holds == 1 and HoldRelease.objects.get().hold_id == hold.id
    case = queries.listed(by=OPERATOR).row(0, named=True)
    assert (case["status"], case["outcome"], case["root_cause"]) == ("closed", "upheld", "CREDITOR_DATA")
    lawful()


def test_a_dispute_of_one_charge_holds_that_charge_alone(office: Office) -> None:
    charge = Charge.objects.get(reference="B").id
    office.open(replace(DISPUTE, charges=(charge,)))
    assert Hold.objects.get().charge == charge


def test_the_gate_sees_a_case_at_once_and_its_end_too(office: Office) -> None:
    def answer() -> set[str]:
        found, _, _ = ask(Asked(office.account, "email"), at=frames.scalar("SELECT clock_timestamp()"))
        return {reason.rule_id for reason in found.reasons}

    before = answer()
    case = office.open().case_id
    during = answer()
    assert during - before
    office.close(case)
    # A release counts from the day on which it is made.
    assert answer() == before


def test_a_query_restrains_nothing_and_an_officer_closes_it(office: Office) -> None:
    case = office.open(CaseTerms("query", "BALANCE", "How much is it?")).case_id
    assert not Hold.objects.exists()
    office.act(
        "asha", "move_case", lambda act: move_case(act, case_id=case, status="answered", text="15,000"), CaseOutcome
    )
    office.close(case, by="asha", outcome="answered", root_cause="NONE", text="Told.")
    assert list(CaseStatus.objects.order_by("id").values_list("status", flat=True)) == ["open", "answered", "closed"]


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (replace(DISPUTE, kind="quarrel"), "is not one of dispute"),
        (replace(DISPUTE, category="NO_SUCH"), "is not one of NOT_OWED"),
        (replace(DISPUTE, details="  "), "write down what was raised"),
        (replace(DISPUTE, priority="huge"), "priority"),
        (replace(DISPUTE, charges=(999_999,)), "not of this account"),
        (replace(DISPUTE, against_id=999_999), "nobody of that number works here"),
        (CaseTerms("hardship", "ILLNESS_SELF", "Is ill."), "severity, consent"),
        (CaseTerms("hardship", "ILLNESS_SELF", "Is ill.", care=Care(11, has_consent=True, hold_days=9)), "1 to 10"),
        (
            CaseTerms("hardship", "ILLNESS_SELF", "Is ill.", care=Care(5, has_consent=False, hold_days=9)),
            "ask the person",
        ),
    ],
)
def test_what_cannot_be_a_case_is_refused_and_holds_nothing(office: Office, terms: CaseTerms, said: str) -> None:
    with pytest.raises(UnableToOpenCase, match=said):
        office.open(terms)
    assert not Hold.objects.exists() and not CaseStatus.objects.exists()


def test_somebody_elses_account_has_no_cases_for_an_officer(office: Office) -> None:
    with pytest.raises(UnableToFindAccount):
        office.open(by="omari")
    case = office.open().case_id
    with pytest.raises(queries.UnableToFindCase):
        office.act(
            "omari", "move_case", lambda act: move_case(act, case_id=case, status="waiting_creditor"), CaseOutcome
        )


def test_hardship_holds_for_its_days_and_placing_it_anew_moves_the_review(office: Office) -> None:
    care = Care(7, has_consent=True, hold_days=30, proof_asked_on=date(2026, 3, 1))
    case = office.open(CaseTerms("hardship", "ILLNESS_SELF", "Is ill.", care=care)).case_id
    first = Hold.objects.get()
    assert first.kind == "VULNERABLE" and first.review_on - first.from_date == timedelta(days=30)
    longer = replace(care, hold_days=60)
    office.act("asha", "care_for", lambda act: care_for(act, case_id=case, care=longer), CaseOutcome)
    assert HoldRelease.objects.get().hold_id == first.id
    assert Hold.objects.latest("id").review_on - first.from_date == timedelta(days=60)


def test_an_officer_does_not_close_what_restrains_collection(office: Office) -> None:
    case = office.open().case_id
    with pytest.raises(UnableToMoveCase, match="ask one"):
        office.close(case, by="asha")
    assert not HoldRelease.objects.exists()


def test_nobody_closes_a_complaint_about_themselves(office: Office) -> None:
    about = CaseTerms("complaint", "STAFF", "She shouted.", against_id=office.people["sara"])
    case = office.open(about).case_id
    with pytest.raises(UnableToMoveCase, match="about themselves"):
        office.close(case, by="sara")
    office.close(case, by="musa")


def test_a_closed_case_is_not_moved_and_opens_again_with_its_holds_and_a_new_clock(office: Office) -> None:
    case = office.open().case_id
    office.close(case)
    for again in (
        lambda act: move_case(act, case_id=case, status="waiting_creditor"),
        lambda act: close_case(act, case_id=case, outcome="upheld", root_cause="NONE", text="Again."),
    ):
        with pytest.raises(CaseAlreadyClosed):
            office.act("sara", "again", again, CaseOutcome)
    office.act("asha", "reopen_case", lambda act: reopen_case(act, case_id=case, text="Still short."), CaseOutcome)
    assert Hold.objects.count() == 2 and HoldRelease.objects.count() == 1 and CaseClock.objects.count() == 2
    assert queries.listed(by=OPERATOR)["status"][0] == "reopened"


def test_a_case_is_handed_up_by_hand_to_the_supervisor_and_then_the_manager(office: Office) -> None:
    case = office.open().case_id
    for _ in range(2):
        office.act("asha", "hand_up", lambda act: hand_up(act, case_id=case, text="Beyond me."), CaseOutcome)
    assert list(CaseAssignment.objects.order_by("id").values_list("level", flat=True)) == [
        "officer",
        "supervisor",
        "manager",
    ]
    with pytest.raises(UnableToMoveCase, match="name the person"):
        office.act("asha", "hand_up", lambda act: hand_up(act, case_id=case, text="Beyond all."), CaseOutcome)
    office.act(
        "asha",
        "hand_up",
        lambda act: hand_up(act, case_id=case, text="Musa.", person_id=office.people["musa"]),
        CaseOutcome,
    )
    assert CaseAssignment.objects.latest("id").person_id == office.people["musa"]


def _received(office: Office, days: int) -> int:
    at = frames.scalar("SELECT clock_timestamp()") - timedelta(days=days)
    return office.open(CaseTerms("query", "BALANCE", "How much is it?", received_at=at)).case_id


def test_what_is_overdue_goes_up_once_to_each_level(office: Office) -> None:
    _received(office, 0)
    late, done = _received(office, 60), _received(office, 60)
    office.close(done, by="asha", outcome="answered", root_cause="NONE", text="Told.")
    assert office.escalate() == EscalationOutcome(1, 1)
    assert office.escalate() == EscalationOutcome(0, 0)
    handed = CaseAssignment.objects.filter(why="overdue").order_by("id").values_list("case_id", "level")
    assert list(handed) == [(late, "supervisor"), (late, "manager")]


def test_the_same_clock_hands_up_to_a_level_once_whatever_the_program_does(office: Office) -> None:
    _received(office, 60)
    office.escalate()
    row = CaseAssignment.objects.filter(why="overdue").first()
    assert row is not None
    row.pk = None
    with pytest.raises(IntegrityError, match="case_assignment_once"), transaction.atomic():
        row.save(force_insert=True)


def test_a_complaint_in_ghana_runs_twenty_days_of_every_day(office: Office) -> None:
    complaint = CaseTerms("complaint", "FREQUENCY", "Ten calls a day.")
    office.open(complaint)
    Organisation.objects.filter(id=office.book.organisation_id).update(country="GH", time_zone="Africa/Accra")
    office.open(complaint)
    here, ghana = CaseClock.objects.order_by("id")
    assert (here.source, here.amount) == ("sla.complaint.*", 10)
    assert (ghana.source, ghana.amount, ghana.unit) == ("GH-COMPL", 20, "days:every_day")
    assert ghana.due_at.date() - ghana.from_at.date() == timedelta(days=21)


def credit(reference: str, amount_minor: int) -> Wanted:
    return Wanted("credit", "DISPUTE_UPHELD", amount_minor, charge_id=Charge.objects.get(reference=reference).id)


def test_a_credit_moves_nothing_until_another_person_approves_it(office: Office) -> None:
    case = office.open().case_id
    asked = office.wants(credit("B", 2_000), case=case)
    assert office.open_minor() == 15_000 and not Receipt.objects.exists()
    with pytest.raises(UnableToMoveCase, match="waits for approval"):
        office.close(case)
    done = office.judges(asked)
    assert done.verdict == "approved" and office.open_minor() == 13_000
    assert (
        frames.scalar("SELECT sum(principal_minor) FROM allocation WHERE receipt_id = %(r)s", {"r": done.receipt_id})
        == 2_000
    )
    with pytest.raises(AdjustmentAlreadyJudged):
        office.judges(asked, by="musa")
    lawful()


def test_a_refused_adjustment_moves_nothing(office: Office) -> None:
    asked = office.wants(credit("A", 10_000))
    assert office.judges(asked, is_approved=False).verdict == "refused"
    assert office.open_minor() == 15_000 and not Receipt.objects.exists()
    lawful()


def test_who_asked_cannot_approve_and_may_take_it_back(office: Office) -> None:
    asked = office.wants(credit("A", 10_000), by="sara")
    with pytest.raises(UnableToAdjustBalance, match="nobody approves what they asked for"):
        office.judges(asked, by="sara")
    with pytest.raises(UnableToAdjustBalance, match="decided by a supervisor"):
        office.judges(asked, by="asha")
    assert office.judges(asked, by="sara", is_approved=False).verdict == "withdrawn"


def test_a_debit_is_owed_from_its_approval_on_and_a_reversal_takes_either_back(office: Office) -> None:
    debit = office.wants(Wanted("debit", "LATE_CHARGE", 700, component="fee"))
    office.judges(debit)
    less = office.wants(credit("A", 4_000))
    office.judges(less)
    assert office.open_minor() == 15_000 + 700 - 4_000
    for done in (debit, less):
        office.judges(office.wants(Wanted("reversal", "MISTAKE", reverses_id=done)))
    assert office.open_minor() == 15_000
    with pytest.raises(UnableToAdjustBalance, match="taken back before"):
        office.wants(Wanted("reversal", "MISTAKE", reverses_id=less))
    lawful()


def test_a_credit_of_a_charge_that_is_covered_lets_its_money_go_to_the_next(office: Office) -> None:
    office.book.receive(receipt("R1", 10_000))
    office.judges(office.wants(credit("A", 3_000)))
    assert office.open_minor() == 2_000
    lawful()


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Wanted("credit", "DISPUTE_UPHELD", 1, charge_id=999_999), "choose the charge"),
        (Wanted("debit", "LATE_CHARGE", 1, component="tip"), "component"),
        (Wanted("debit", "LATE_CHARGE", 0, component="fee"), "above 0"),
        (Wanted("gift", "GOODWILL", 1), "kind"),
        (Wanted("credit", "NO_SUCH", 1), "is not one of"),
        (Wanted("reversal", "MISTAKE", reverses_id=999_999), "choose an approved"),
    ],
)
def test_what_cannot_be_adjusted_is_refused(office: Office, wanted: Wanted, said: str) -> None:
    with pytest.raises(UnableToAdjustBalance, match=said):
        office.wants(wanted)
    assert not Adjustment.objects.exists()


def test_no_more_than_the_charge_is_credited(office: Office) -> None:
    with pytest.raises(UnableToAdjustBalance, match="credit no more"):
        office.wants(credit("B", 5_001))


_APPROVED_BY_ITSELF = (
    "INSERT INTO adjustment_verdict (adjustment_id, verdict, receipt_id, at, act_id)"
    " SELECT a.id, 'approved', r.id, a.at, a.act_id FROM adjustment a, receipt r WHERE NOT EXISTS"
    " (SELECT 1 FROM adjustment_verdict v WHERE v.adjustment_id = a.id)"
)


@pytest.mark.django_db(databases=["default", "owner"])
def test_the_database_refuses_one_person_and_the_law_finds_it_where_it_does_not(owned_office: Office) -> None:
    owned_office.judges(owned_office.wants(credit("A", 100)))
    owned_office.wants(credit("A", 50))
    with pytest.raises(IntegrityError, match="somebody else than who asked"), transaction.atomic():
        frames.execute(_APPROVED_BY_ITSELF, {})
    frames.execute("DROP TRIGGER adjustment_two_people ON adjustment_verdict", {})
    frames.execute(_APPROVED_BY_ITSELF, {})
    broken = {law.name for law in LAWS if first_broken(law)}
    assert {"adjustments-have-two-people", "adjustments-are-what-was-approved"} <= broken


def test_a_closed_case_that_restrains_still_is_found(office: Office) -> None:
    case = office.open().case_id

    def closed_alone(act: Act) -> CaseOutcome:
        CaseStatus(case_id=case, status="closed", outcome="upheld", root_cause="NONE", at=act.at, act_id=act.id).save(
            force_insert=True
        )
        return CaseOutcome(case, "closed")

    office.act("sara", "close_case", closed_alone, CaseOutcome)
    assert "closed-cases-hold-nothing" in {law.name for law in LAWS if first_broken(law)}
