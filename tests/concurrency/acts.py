"""Acts of a small book as threads and crashes need them: each a plain call that may be made again."""

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any, TypeVar

import polars as pl
from django.apps import apps

from ahadi.data import frames
from ahadi.domain.arrangements.ports import Promised, PromiseOutcome
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Act, Actor, Performance
from ahadi.domain.cases.claiming import Claim, ClaimOutcome
from ahadi.domain.cases.ports import CaseOutcome, CaseTerms, Wanted
from ahadi.domain.contact.ports import Asked
from ahadi.domain.flows import judge_adjustment, post_proof, take_down
from ahadi.domain.flows.begin_contact import ReachOutcome, begin_contact, begin_planned
from ahadi.domain.flows.claim_receipt import claim_receipt
from ahadi.domain.flows.close_case import close_case
from ahadi.domain.flows.close_day import CloseOutcome, close_day
from ahadi.domain.flows.close_partition import PartitionOutcome, close_partition
from ahadi.domain.flows.decide_approval import DecisionOutcome, decide_approval
from ahadi.domain.flows.judge_adjustment import AdjustmentOutcome
from ahadi.domain.flows.judge_identity import JudgedOutcome, judge_identity, reopen_identity
from ahadi.domain.flows.make_promise import make_promise
from ahadi.domain.flows.move_person import move_person
from ahadi.domain.flows.open_case import open_case
from ahadi.domain.flows.place_batch import place_batch
from ahadi.domain.flows.place_hold import HoldTerms, PlacedOutcome, place_hold
from ahadi.domain.flows.post_proof import ProofOutcome
from ahadi.domain.flows.propose_duplicates import DuplicatesOutcome, propose_duplicates
from ahadi.domain.flows.queue_contact import QueueOutcome, queue_contact
from ahadi.domain.flows.receive_batch import receive_batch
from ahadi.domain.flows.record_outcome import ContactResult, record_outcome
from ahadi.domain.flows.relate_party import RelatedOutcome, Relation, relate_party
from ahadi.domain.flows.reverse_receipt import ReversalOutcome, reverse_receipt
from ahadi.domain.flows.take_back import TakenBackOutcome, take_back
from ahadi.domain.flows.take_down import Learnt, LearntOutcome
from ahadi.domain.flows.tell_detail import ToldOutcome, tell_detail
from ahadi.domain.flows.withdraw_batch import WithdrawalOutcome, withdraw_batch
from ahadi.domain.flows.withdraw_promise import PromiseWithdrawalOutcome, withdraw_promise
from ahadi.domain.laws.queries import LAWS, first_broken
from ahadi.domain.negotiation.operations import propose_offer
from ahadi.domain.negotiation.proposing import OfferOutcome
from ahadi.domain.parties.operations import IdentityOutcome, decide_identities
from ahadi.domain.parties.queries import open_proposals
from ahadi.domain.parties.telling import Told
from ahadi.domain.people.operations import Joining, OrganisationTerms, PersonOutcome, add_person, open_organisation
from ahadi.domain.people.ports import AccessOutcome
from ahadi.domain.people.queries import houses, today
from ahadi.domain.placements.operations import CreditorOutcome, open_creditor
from ahadi.domain.placements.ports import BatchOutcome, BatchRequest, SheetOfRows
from ahadi.domain.work import steps as work
from ahadi.domain.work.operations import NightOutcome, open_night
from ahadi.domain.work.ports import Night
from ahadi.domain.work.queries import begin_night
from ahadi.jobs import closing

DAY = date(2026, 3, 1)
T = TypeVar("T")


@dataclass(frozen=True)
class Acts:
    """The acts of one organisation, whose sheets come on `day`."""

    organisation_id: int
    day: date = DAY

    @classmethod
    def opened(cls, day: date = DAY) -> "Acts":
        """A new organisation."""
        terms = OrganisationTerms(code="small", name="Small", country="KE", currency="USD")
        return cls(open_organisation(by=OPERATOR, terms=terms), day)

    @property
    def _request(self) -> BatchRequest:
        return BatchRequest(CREDITOR, self.day, "invoice", "USD", "KE")

    def _perform(self, name: str, operation: Callable[[Act], T], outcome: type[T], key: str | None) -> T:
        return perform(name, operation, outcome, Performance(OPERATOR, self.organisation_id, name.encode(), key=key))

    def place(
        self, *debts: tuple[str, str, int], file: str = "debts", due_on: date | None = None, key: str | None = None
    ) -> BatchOutcome:
        """Places invoices (debtor, reference, amount_minor); every third is disputed, every fourth settled."""
        rows = pl.DataFrame(
            [
                {
                    "line": line,
                    "debtor_number": debtor,
                    "debtor_name": f"Name of {debtor.strip('0')}",
                    "reference": reference,
                    "amount_minor": amount_minor,
                    "invoiced_on": self.day - timedelta(days=59),
                    "due_on": due_on or self.day - timedelta(days=29),
                    "disputed": line % 3 == 0,
                    "settled_on": self.day - timedelta(days=24) if line % 4 == 0 else None,
                }
                for line, (debtor, reference, amount_minor) in enumerate(debts, 2)
            ],
            schema_overrides={"settled_on": pl.Date},
        )
        return self._perform(
            "place_batch",
            partial(place_batch, sheet=_sheet(rows, file), request=self._request),
            BatchOutcome,
            key,
        )

    def receive(
        self, *came: tuple[str, str, int], file: str = "receipts", on: date | None = None, key: str | None = None
    ) -> BatchOutcome:
        """Takes receipts (debtor, reference, amount_minor)."""
        rows = pl.DataFrame(
            [
                {
                    "line": line,
                    "debtor_number": debtor,
                    "receipt_reference": reference,
                    "amount_minor": amount_minor,
                    "value_date": on or self.day - timedelta(days=19),
                    "payer_name": "A payer",
                }
                for line, (debtor, reference, amount_minor) in enumerate(came, 2)
            ]
        )
        return self._perform(
            "receive_batch",
            partial(receive_batch, sheet=_sheet(rows, file), request=self._request),
            BatchOutcome,
            key,
        )

    def undo(self, batch_id: int | None, key: str | None = None) -> WithdrawalOutcome:
        """Undoes a batch."""
        assert batch_id is not None
        return self._perform(
            "withdraw_batch",
            partial(withdraw_batch, batch_id=batch_id, business_date=self.day),
            WithdrawalOutcome,
            key,
        )

    def close(self, day: date = DAY) -> CloseOutcome:
        """Closes a day."""
        house = next(house for house in houses() if house.id == self.organisation_id)
        return closing.close(house, day=day, tell=lambda _progress: None)

    def night(self, day: date) -> Night:
        """The close of a day, to be worked through stage by stage."""
        return begin_night(self.organisation_id, day)

    def open_night(self, night: Night, key: str | None = None) -> NightOutcome:
        """The beginning of a close."""
        return self._perform("open_night", partial(open_night, night=night), NightOutcome, key)

    def close_partition(self, night: Night, key: str | None = None) -> PartitionOutcome:
        """The first stage of a close, for the one partition of a small book."""
        act = partial(close_partition, night=night, partition=0)
        return self._perform("close_partition", act, PartitionOutcome, key)

    def close_day(self, night: Night, key: str | None = None) -> CloseOutcome:
        """The last stage of a close."""
        return self._perform("close_day", partial(close_day, night=night), CloseOutcome, key)

    def place_loans(self, count: int, *, seed: int) -> BatchOutcome:
        """Places loans of six instalments that begin on days spread over the months before."""
        chance = random.Random(seed)
        rows = pl.DataFrame(
            [
                {
                    "line": line,
                    "debtor_number": f"L{line - 2}",
                    "amount_minor": 6_000 + 600 * (line % 7),
                    "opened_on": DAY - timedelta(days=chance.randrange(10, 150)),
                    "instalments": 6,
                }
                for line in range(2, count + 2)
            ]
        ).with_columns(first_due_on=pl.col("opened_on").dt.offset_by("1mo"))
        request = replace(self._request, product="loan")
        return self._perform(
            "place_batch", partial(place_batch, sheet=_sheet(rows, "loans"), request=request), BatchOutcome, None
        )

    def account(self, number: str) -> int:
        """The account of this number."""
        return int(frames.scalar("SELECT id FROM account WHERE number = %(n)s", {"n": number}))

    def today(self) -> date:
        """The day that it is for the organisation."""
        return today(self.organisation_id)

    def promise(self, number: str, *amounts_minor: int, key: str | None = None) -> PromiseOutcome:
        """Takes down a promise for tomorrow, or with several amounts a plan of so many days."""
        days = [self.today() + timedelta(days=turn) for turn, _ in enumerate(amounts_minor, 1)]
        promised = [Promised(day, amount) for day, amount in zip(days, amounts_minor, strict=True)]
        made = partial(make_promise, account_id=self.account(number), promised=promised)
        return self._perform("make_promise", made, PromiseOutcome, key)

    def enrol(self, login: str, role: str) -> Actor:
        """Lets somebody join."""
        joining = Joining(login, login, None, role)
        made = self._perform("add_person", partial(add_person, joining=joining), PersonOutcome, None)
        return Actor(login, made.person_id, self.organisation_id)

    def offer(
        self, by: Actor, number: str, amount: int, *, kind: str = "settlement", key: str | None = None
    ) -> OfferOutcome:
        """Offers an amount tomorrow."""
        promised = [Promised(self.today() + timedelta(days=1), amount)]
        act = partial(propose_offer, account_id=self.account(number), kind=kind, parts=promised)
        return perform("propose_offer", act, OfferOutcome, Performance(by, self.organisation_id, b"offer", key=key))

    def decide(
        self, by: Actor, approval_id: int | None, decision: str = "approved", *, key: str | None = None
    ) -> DecisionOutcome:
        """Decides about what was asked, by what it says."""
        digest = frames.scalar("SELECT encode(digest, 'hex') FROM approval WHERE id = %(id)s", {"id": approval_id})
        act = partial(
            decide_approval, approval_id=approval_id or 0, decision=decision, digest=digest, reason="as discussed"
        )
        return perform(
            "decide_approval", act, DecisionOutcome, Performance(by, self.organisation_id, b"decide", key=key)
        )

    def promise_earlier(self, *made: tuple[str, date, int]) -> None:
        """Promises (number, due day, amount) as they would have been taken down on DAY."""
        rows = pl.DataFrame(
            [(self.account(number), due_on, amount) for number, due_on, amount in made],
            schema={"account_id": pl.Int64, "due_on": pl.Date, "amount_minor": pl.Int64},
            orient="row",
        )

        def book(act: Act) -> BatchOutcome:
            told = {"booked_at": pl.lit(act.at.isoformat()), "act_id": pl.lit(act.id)}
            frames.append("promise", rows.with_columns(made_on=pl.lit(DAY), **told))
            work.restate(act, rows["account_id"], as_of=DAY)
            return BatchOutcome(None, 0, 0, 0, 0)

        self._perform("make_promise", book, BatchOutcome, None)

    def withdraw_promise(self, promise_id: int, key: str | None = None) -> PromiseWithdrawalOutcome:
        """Takes a promise back."""
        gone = partial(withdraw_promise, promise_id=promise_id, reason="replaced")
        return self._perform("withdraw_promise", gone, PromiseWithdrawalOutcome, key)

    def reverse(self, reference: str, key: str | None = None) -> ReversalOutcome:
        """Reverses the receipt of this reference."""
        receipt = frames.scalar("SELECT id FROM receipt WHERE source_reference = %(r)s", {"r": reference})
        gone = partial(reverse_receipt, receipt_id=receipt, reason="bounced")
        return self._perform("reverse_receipt", gone, ReversalOutcome, key)

    def mail(self, number: str, key: str | None = None) -> ReachOutcome:
        """Begins an e-mail, which no hours restrain."""
        begun = partial(begin_contact, asked=Asked(self.account(number), "email"))
        return self._perform("begin_contact", begun, ReachOutcome, key)

    def queue(self, number: str, key: str | None = None) -> QueueOutcome:
        """Queues an e-mail for now."""
        asked = Asked(self.account(number), "email")

        def queued(act: Act) -> QueueOutcome:
            return queue_contact(act, asked=asked, due_at=act.at)

        return self._perform("queue_contact", queued, QueueOutcome, key)

    def begin_planned(self, planned: int | None, key: str | None = None) -> ReachOutcome:
        """Begins a contact that waited."""
        assert planned is not None
        begun = partial(begin_planned, planned_contact_id=planned)
        return self._perform("begin_planned", begun, ReachOutcome, key)

    def ends(self, contact: int | None, key: str | None = None) -> ContactResult:
        """Writes down that the debtor wants to be called back."""
        assert contact is not None
        told = partial(record_outcome, contact_id=contact, result="REPLIED")
        return self._perform("record_outcome", told, ContactResult, key)

    def learns(self, number: str, kind: str, key: str | None = None) -> LearntOutcome:
        """Takes something down about a debtor."""
        told = partial(
            take_down.take_down, account_id=self.account(number), person_id=None, learnt=Learnt(kind, "debtor")
        )
        return self._perform("take_down", told, LearntOutcome, key)

    def dispute(self, number: str, key: str | None = None) -> CaseOutcome:
        """Opens a dispute of an account, which holds collection."""
        terms = CaseTerms("dispute", "AMOUNT", "It is not as was agreed.")
        told = partial(open_case, account_id=self.account(number), terms=terms)
        return self._perform("open_case", told, CaseOutcome, key)

    def close_case(self, case_id: int, key: str | None = None) -> CaseOutcome:
        """Closes a case as not upheld."""
        terms = {"outcome": "rejected", "root_cause": "NONE", "text": "It is as was agreed."}
        return self._perform("close_case", partial(close_case, case_id=case_id, **terms), CaseOutcome, key)

    def adjust(self, by: Actor, number: str, amount_minor: int) -> int:
        """Asks for a credit on the oldest charge of an account."""
        account = self.account(number)
        charge = frames.scalar("SELECT min(id) FROM charge WHERE account_id = %(a)s", {"a": account})
        wanted = Wanted("credit", "GOODWILL", amount_minor, charge_id=charge)
        how = Performance(by, self.organisation_id, b"adjust")
        act = partial(judge_adjustment.ask_adjustment, account_id=account, wanted=wanted)
        return perform("ask_adjustment", act, AdjustmentOutcome, how).adjustment_id

    def judge(self, by: Actor, adjustment_id: int, key: str | None = None) -> AdjustmentOutcome:
        """Approves an adjustment."""
        how = Performance(by, self.organisation_id, b"judge", key=key)
        act = partial(judge_adjustment.judge_adjustment, adjustment_id=adjustment_id, is_approved=True)
        return perform("judge_adjustment", act, AdjustmentOutcome, how)

    def claim(self, number: str, amount_minor: int, key: str | None = None) -> ClaimOutcome:
        """Takes down that money was sent today."""
        claim = Claim(amount_minor, self.today(), f"PROOF-{number}", "bank")
        act = partial(claim_receipt, account_id=self.account(number), claim=claim)
        return self._perform("claim_receipt", act, ClaimOutcome, key)

    def post(self, proof_id: int, key: str | None = None) -> ProofOutcome:
        """Posts what was claimed."""
        return self._perform("post_proof", partial(post_proof.post_proof, proof_id=proof_id), ProofOutcome, key)

    def refuse(self, proof_id: int, key: str | None = None) -> ProofOutcome:
        """Refuses what was claimed."""
        act = partial(post_proof.refuse_proof, proof_id=proof_id, reason="NOT_FOUND")
        return self._perform("refuse_proof", act, ProofOutcome, key)

    def hold(self, number: str, key: str | None = None) -> PlacedOutcome:
        """Holds collection on an account by hand."""
        terms = HoldTerms("LEGAL", "A court has it.", self.today() + timedelta(days=30))
        act = partial(place_hold, account_id=self.account(number), terms=terms)
        return self._perform("place_hold", act, PlacedOutcome, key)

    def proposals(self) -> list[int]:
        """Pairs of numbers that wait for a decision."""
        found = open_proposals(organisation_id=self.organisation_id, kind="lost_zeros")
        return found["proposal"].sort().to_list()

    def accept(self, *proposals: int, key: str | None = None) -> IdentityOutcome:
        """Accepts proposals."""
        decided = partial(decide_identities, proposals=list(proposals), is_accepted=True)
        return self._perform("decide_identities", decided, IdentityOutcome, key)

    def tell(self, number: str, text: str, kind: str = "phone", key: str | None = None) -> ToldOutcome:
        """The debtor of an account tells of something."""
        account, told = self.account(number), Told(kind, text, "debtor")
        run = partial(tell_detail, account_id=account, person_id=None, told=told)
        return self._perform("tell_detail", run, ToldOutcome, key)

    def relate(self, number: str, key: str | None = None) -> RelatedOutcome:
        """Somebody stands beside the debtor of an account."""
        related = Relation("relative", self.day, "debtor", basis="consent", name="Asha Beside", phone="+254712000099")
        run = partial(relate_party, account_id=self.account(number), related=related)
        return self._perform("relate_party", run, RelatedOutcome, key)

    def take_back(self, number: str, act_id: int, key: str | None = None) -> TakenBackOutcome:
        """What was told is taken back."""
        run = partial(take_back, account_id=self.account(number), act_id=act_id)
        return self._perform("take_back", run, TakenBackOutcome, key)

    def alike(self, number: str, other: str) -> int:
        """Two debtors turn out to have one paper; the proposal that they are one person."""
        paper = f"PAPER-{number}-{other}"
        for one in (number, other):
            self.tell(one, paper, "identity")
        self._perform("propose_duplicates", propose_duplicates, DuplicatesOutcome, None)
        found: int = frames.scalar(
            "SELECT max(id) FROM identity_proposal WHERE kind = 'same_person' AND organisation_id = %(o)s",
            {"o": self.organisation_id},
        )
        return found

    def judge_one(self, proposal: int, *, is_one: bool = True, key: str | None = None) -> JudgedOutcome:
        """Whether two debtors are one person."""
        run = partial(judge_identity, proposal_id=proposal, is_one=is_one)
        return self._perform("judge_identity", run, JudgedOutcome, key)

    def reopen(self, proposal: int, key: str | None = None) -> JudgedOutcome:
        """The newest judgement is taken back."""
        run = partial(reopen_identity, proposal_id=proposal)
        return self._perform("reopen_identity", run, JudgedOutcome, key)

    def join(self, login: str, key: str | None = None, *, is_limited: bool = True) -> PersonOutcome:
        """Lets an officer join, limited to one creditor and branch, or for everything."""
        limits = ((CREDITOR,), "COAST") if is_limited else ((), None)
        joining = Joining(login, login, None, "officer", *limits)
        return self._perform("add_person", partial(add_person, joining=joining), PersonOutcome, key)

    def leave(self, person_id: int, key: str | None = None) -> AccessOutcome:
        """Lets somebody leave; their accounts go to the queue."""
        act = partial(move_person, person_id=person_id, terms=None, receiver="unassigned")
        return self._perform("let_person_leave", act, AccessOutcome, key)

    def open_creditor(self, name: str, key: str | None = None) -> CreditorOutcome:
        """Opens a creditor."""
        return self._perform("open_creditor", partial(open_creditor, name=name), CreditorOutcome, key)


CREDITOR = "Savannah Airtime"


def _sheet(rows: pl.DataFrame, file: str) -> SheetOfRows:
    digest = hashlib.sha256(rows.write_csv().encode() + file.encode()).digest()
    return SheetOfRows(f"{file}.csv", digest, "purpose: test", rows)


def broken_laws() -> dict[str, list[str]]:
    """The laws that do not hold, with the rows that break them."""
    found = {law.name: first_broken(law) for law in LAWS}
    return {name: sentences for name, sentences in found.items() if sentences}


def content() -> tuple[Any, ...]:
    """A digest of everything that each table holds: the book to the letter."""
    names = sorted(model._meta.db_table for model in apps.get_app_config("data").get_models())
    rows = "coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), '-')"
    digests = ", ".join(f"(SELECT count(*) || ' ' || {rows} FROM \"{name}\" t)" for name in names)
    return frames.read(f"SELECT {digests}", {}, dict.fromkeys(names, pl.String)).row(0)
