"""Two small organisations with people, placed accounts and receipts, made through the real acts."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any, TypeVar

import polars as pl
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection

from ahadi.data.mandates import standard_text
from ahadi.data.models.account import Account, Hold
from ahadi.data.models.act import Act as ActRow
from ahadi.data.models.creditor import Creditor
from ahadi.data.models.party import IdentityProposal
from ahadi.domain.arrangements.ports import Promised
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Act, Actor, Performance
from ahadi.domain.audit.steps import database_clock
from ahadi.domain.cases.claiming import Claim, ClaimOutcome
from ahadi.domain.cases.ports import CaseOutcome, CaseTerms, Wanted
from ahadi.domain.contact.operations import PolicyOutcome, propose_policy
from ahadi.domain.contact.ports import Asked
from ahadi.domain.filing.ports import DocumentOutcome, Paper, Scan
from ahadi.domain.flows.begin_contact import ReachOutcome, begin_contact
from ahadi.domain.flows.claim_receipt import claim_receipt
from ahadi.domain.flows.file_document import file_document
from ahadi.domain.flows.judge_adjustment import AdjustmentOutcome, ask_adjustment
from ahadi.domain.flows.open_case import open_case
from ahadi.domain.flows.place_batch import place_batch
from ahadi.domain.flows.propose_duplicates import DuplicatesOutcome, propose_duplicates
from ahadi.domain.flows.queue_contact import QueueOutcome, queue_contact
from ahadi.domain.flows.relate_party import RelatedOutcome, Relation, relate_party
from ahadi.domain.flows.take_down import Learnt, LearntOutcome, take_down
from ahadi.domain.flows.tell_detail import ToldOutcome, tell_detail
from ahadi.domain.negotiation import queries
from ahadi.domain.negotiation.operations import MandateOutcome, propose_mandate, propose_offer
from ahadi.domain.negotiation.proposing import OfferOutcome
from ahadi.domain.parties.telling import Told
from ahadi.domain.people import queries as people
from ahadi.domain.people.operations import (
    Joining,
    OrganisationTerms,
    PersonOutcome,
    add_person,
    open_organisation,
)
from ahadi.domain.placements.ports import BatchOutcome, BatchRequest, SheetOfRows

T = TypeVar("T")


class QuickArgon2(Argon2PasswordHasher):
    """The real algorithm at its smallest, so that a test may sign people in by the dozen."""

    time_cost, memory_cost, parallelism = 1, 64, 1


PASSWORD = "a long sentence for tests"
PWANI, ZAWADI = "Pwani Home Credit", "Zawadi Stores"


@dataclass(frozen=True)
class Held:
    """What an act that holds an account reports."""

    kind: str


@dataclass
class House:
    """An organisation under way: its id and business date, the people by login, and two accounts to look at.

    `logins` has how somebody signs in who is called otherwise in the tests.
    """

    id: int
    today: date
    people: dict[str, int] = field(default_factory=dict)
    things: dict[str, int] = field(default_factory=dict)
    numbers: tuple[str, str] = ("P1", "P2")
    logins: dict[str, str] = field(default_factory=dict)

    def join(self, login: str, role: str, *creditors: str, name: str = "") -> None:
        """Lets somebody join with one role."""
        joining = Joining(login, name or login.capitalize(), PASSWORD, role, creditors)
        outcome = perform("add_person", lambda act: add_person(act, joining=joining), PersonOutcome, self._how())
        self.people[login] = outcome.person_id

    def creditor(self, code: str, name: str) -> None:
        """Opens a creditor."""
        Creditor(organisation_id=self.id, code=code, name=name).save(force_insert=True)

    def place(self, creditor: str, rows: list[dict[str, object]], *, currency: str = "KES") -> BatchOutcome:
        """Places rows of debtor_number, debtor_name, reference, days_late, amount_minor and what else they have."""
        frame = pl.DataFrame(
            [
                {
                    "line": line,
                    "due_on": self.today - timedelta(days=int(str(row["days_late"]))),
                    "invoiced_on": self.today - timedelta(days=int(str(row["days_late"])) + 30),
                    **{name: value for name, value in row.items() if name != "days_late"},
                }
                for line, row in enumerate(rows, 2)
            ],
            infer_schema_length=None,
        )
        digest = hashlib.sha256(repr((creditor, rows)).encode()).digest()
        sheet = SheetOfRows(f"{creditor}.csv", digest, "mapping", frame)
        request = BatchRequest(creditor, self.today, "loan", currency, "KE")
        return perform(
            "place_batch", lambda act: place_batch(act, sheet=sheet, request=request), BatchOutcome, self._how()
        )

    def hold(self, number: str, kind: str) -> int:
        """Restrains a whole account; looked at again in a week. Returns the hold."""

        def booked(act: Act) -> Held:
            Hold(
                account=Account.objects.get(organisation_id=self.id, number=number),
                kind=kind,
                from_date=self.today,
                review_on=self.today + timedelta(days=7),
                booked_at=act.at,
                act_id=act.id,
            ).save(force_insert=True)
            return Held(kind)

        perform("hold_account", booked, Held, self._how())
        return int(Hold.objects.filter(account__number=number, kind=kind).latest("id").id)

    def thing(self, kind: str) -> int:
        """Something of a kind on the first account, made the first time that it is asked for."""
        if kind not in self.things:
            self.things[kind] = _MAKERS[kind](self)
        return self.things[kind]

    def perform(self, name: str, operation: Callable[[Act], T], outcome: type[T], by: str = "") -> T:
        """An act of a person, or of the operator."""
        actor = self.actor(by) if by else OPERATOR
        return perform(name, operation, outcome, Performance(actor, self.id, name.encode()))

    def actor(self, login: str) -> Actor:
        """Somebody who acts."""
        return Actor(self.logins.get(login, login), self.people[login], self.id)

    def account(self, number: str) -> int:
        """The id of an account."""
        return int(Account.objects.get(organisation_id=self.id, number=number).id)

    def learn(self, number: str, kind: str, **more: Any) -> int:
        """Takes down something about the debtor of an account."""
        learnt = Learnt(kind, more.pop("source", "debtor"), **more)
        account = self.account(number)
        return self.perform(
            "take_down", lambda act: take_down(act, account_id=account, person_id=None, learnt=learnt), LearntOutcome
        ).circumstance_id

    def begin(self, number: str, channel: str = "email") -> ReachOutcome:
        """Begins a contact; an e-mail waits to be read, and may be sent at any hour."""
        asked = Asked(self.account(number), channel)
        return self.perform("begin_contact", lambda act: begin_contact(act, asked=asked), ReachOutcome)

    def queue(self, number: str) -> int:
        """Lets an e-mail wait for an hour."""
        asked, due = Asked(self.account(number), "email"), database_clock() + timedelta(hours=1)
        made = self.perform("queue", lambda act: queue_contact(act, asked=asked, due_at=due), QueueOutcome)
        assert made.planned_contact_id is not None
        return made.planned_contact_id

    def propose(self, text: str, by: str = "") -> int:
        """Proposes a policy."""
        return self.perform("propose", lambda act: propose_policy(act, text=text), PolicyOutcome, by).policy_id

    def offer(self, number: str, by: str = "amina") -> int:
        """Asks for the approval of a settlement at the least that settles the account."""
        table = queries.table(by=self.actor(by), account_id=self.account(number), as_of=self.today)
        least = table.terms["settle_min_bps"][0] * table.owed_minor // 10_000 + 1
        propose = partial(
            propose_offer,
            account_id=self.account(number),
            kind="settlement",
            parts=[Promised(self.today + timedelta(days=1), least)],
        )
        return self.perform("propose_offer", propose, OfferOutcome, by).approval_id or 0

    def mandate(self, version: str = "house-2") -> int:
        """Proposes a mandate like the house's own."""
        text = standard_text("loan").replace("house-1", version)
        return self.perform("propose", partial(propose_mandate, text=text), MandateOutcome).mandate_id

    def _how(self) -> Performance:
        return Performance(OPERATOR, self.id, b"test")


POLICY = """
jurisdiction: "*"
name: Policies of the house
rules:
  - id: POLICY-NO-LUNCH
    title: Nobody is called at lunch
    topic: contact hours
    binds: any
    debtors: any
    from: unknown
    until: null
    action: block
    quality: H
    source: decided by the management
    applied_by: gate
    tests:
      - {kind: hours, start: "14:00", end: "19:00", channels: [call]}
    examples:
      - {say: "at noon", at: "2026-03-10 12:00", expect: block}
      - {say: "in the afternoon", at: "2026-03-10 15:00", expect: silent}
"""


def _dispute(house: House) -> int:
    terms, account = CaseTerms("dispute", "AMOUNT", "It is not as was agreed."), house.account(house.numbers[0])
    run = partial(open_case, account_id=account, terms=terms)
    return house.perform("open_case", run, CaseOutcome).case_id


def _adjustment(house: House) -> int:
    wanted = Wanted("debit", "LATE_CHARGE", 100, component="fee")
    run = partial(ask_adjustment, account_id=house.account(house.numbers[0]), wanted=wanted)
    return house.perform("ask_adjustment", run, AdjustmentOutcome).adjustment_id


def _document(house: House) -> int:
    paper = Paper("STATEMENT", "statement.pdf", b"%PDF-1.7", Scan("clean", "test"))
    run = partial(file_document, account_id=house.account(house.numbers[0]), paper=paper)
    return house.perform("file_document", run, DocumentOutcome).document_id


def _proof(house: House) -> int:
    run = partial(
        claim_receipt, account_id=house.account(house.numbers[0]), claim=Claim(100, house.today, "SJK4H7", "bank")
    )
    return house.perform("claim_receipt", run, ClaimOutcome).proof_id


def _told(house: House) -> int:
    """A number of the first debtor that somebody told of."""
    told, account = Told("phone", "+254712345678", "debtor"), house.account(house.numbers[0])
    run = partial(tell_detail, account_id=account, person_id=None, told=told)
    return house.perform("tell_detail", run, ToldOutcome).contact_point_id or 0


def _telling(house: House) -> int:
    told, account = Told("email", "neema@example.org", "debtor"), house.account(house.numbers[0])
    run = partial(tell_detail, account_id=account, person_id=None, told=told)
    house.perform("tell_detail", run, ToldOutcome)
    return int(ActRow.objects.filter(organisation_id=house.id, name="tell_detail").latest("id").id)


def _whose(house: House) -> int:
    """Somebody beside the first debtor."""
    related = Relation("relative", house.today, "debtor", basis="location", name="Zuhura Beside")
    run = partial(relate_party, account_id=house.account(house.numbers[0]), related=related)
    return house.perform("relate_party", run, RelatedOutcome).person_id


def _alike(house: House) -> int:
    """Both debtors turn out to have one paper: the proposal that they are one person."""
    for number in house.numbers:
        told, account = Told("identity", "A 1234567", "paper"), house.account(number)
        run = partial(tell_detail, account_id=account, person_id=None, told=told)
        house.perform("tell_detail", run, ToldOutcome)
    house.perform("propose_duplicates", propose_duplicates, DuplicatesOutcome)
    return int(IdentityProposal.objects.filter(organisation_id=house.id, kind="same_person").latest("id").id)


_MAKERS: dict[str, Callable[[House], int]] = {
    "case": _dispute,
    "adjustment": _adjustment,
    "document": _document,
    "proof": _proof,
    "point": _told,
    "proposal": _alike,
    "telling": _telling,
    "whose": _whose,
    "contact": lambda house: house.begin(house.numbers[0]).contact_id or 0,
    "planned": lambda house: house.queue(house.numbers[0]),
    "decision": lambda house: house.begin(house.numbers[0]).decision_id,
    "circumstance": lambda house: house.learn(house.numbers[0], "VULNERABLE"),
    "hold": lambda house: house.hold(house.numbers[0], "COMPLAINT"),
    "policy": lambda house: house.propose(POLICY),
    "approval": lambda house: house.offer(house.numbers[0]),
    "mandate": lambda house: house.mandate(),
}


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


def opened(code: str) -> House:
    """An organisation without anything in it."""
    number = open_organisation(by=OPERATOR, terms=OrganisationTerms(code, code.capitalize(), "KE", "KES"))
    return House(number, people.today(number))


def debt(number: str, days_late: int, amount_minor: int, **more: object) -> dict[str, object]:
    """A row of a placement."""
    return {
        "debtor_number": number,
        "debtor_name": f"Debtor {number}",
        "reference": f"I-{number}-{days_late}",
        "days_late": days_late,
        "amount_minor": amount_minor,
        **more,
    }


def kisima() -> House:
    """An agency with two creditors, an officer, a supervisor, a creditor's person and somebody without a role."""
    house = opened("kisima")
    house.creditor("pwani", PWANI)
    house.creditor("zawadi", ZAWADI)
    house.join("amina", "officer", name="Amina Komba")
    house.join("sara", "supervisor")
    house.join("portal", "creditor", "pwani")
    paid = house.today - timedelta(days=3)
    house.place(
        "pwani",
        [
            debt("P1", 95, 2_000_000, branch="Mombasa"),
            debt("P1", 12, 150_000, branch="Mombasa"),
            debt("P2", 40, 480_000, branch="Nairobi", settled_on=paid, reference="I-P2-paid"),
            debt("P2", 20, 90_050, branch="Nairobi"),
            debt("P3", 65, 700_000, branch="Nairobi", disputed=True),
            debt("P4", -15, 300_000, branch="Nairobi"),
        ],
    )
    house.place("zawadi", [debt("Z1", 33, 1_234_500)], currency="USD")
    house.hold("P3", "DISPUTE")
    return house


def elsewhere() -> House:
    """Another organisation, whose manager must never see anything of the first."""
    house = opened("elsewhere")
    house.creditor("other", "Other Lender")
    house.join("mallory", "manager")
    house.place("other", [debt("X1", 50, 999_900)])
    return house
