"""What debtors of the twin raised lately: disputes, complaints, hardship, questions, claimed receipts, papers; each by
the act of a person.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import polars as pl

from ahadi.domain.accounts import queries as accounts
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Act, Actor, Performance
from ahadi.domain.cases import queries as cases
from ahadi.domain.cases.claiming import Claim, ClaimOutcome
from ahadi.domain.cases.ports import Care, CaseOutcome, CaseTerms, Wanted
from ahadi.domain.filing.ports import DocumentOutcome, NoteOutcome, Paper, Scan
from ahadi.domain.flows import judge_adjustment
from ahadi.domain.flows.claim_receipt import claim_receipt
from ahadi.domain.flows.close_case import close_case
from ahadi.domain.flows.file_document import file_document
from ahadi.domain.flows.judge_adjustment import AdjustmentOutcome
from ahadi.domain.flows.move_case import move_case, write_case
from ahadi.domain.flows.open_case import open_case
from ahadi.domain.flows.post_proof import ProofOutcome, post_proof, refuse_proof
from ahadi.domain.flows.write_note import write_note
from ahadi.domain.people import queries as people
from ahadi.domain.people.queries import House
from ahadi.domain.work import queries as work

T = TypeVar("T")
_OFFICERS = 3
_PER_OFFICER = 9
# The first of a list are left to be called.
_LEFT = 5
_SCANNED = Scan("clean", "made here")


@dataclass(frozen=True)
class _Floor:
    """Who acts in a house, and the accounts that an officer has, as they stand on the list."""

    house: House
    officer: Actor
    supervisor: Actor
    accountant: Actor
    rows: tuple[dict[str, Any], ...]

    def act(self, by: Actor, name: str, operation: Callable[[Act], T], outcome: type[T], about: str) -> T:
        """One act of somebody."""
        inputs = f"{name} {about}".encode()
        return perform(name, operation, outcome, Performance(by, self.house.id, inputs, origin="generated"))

    def opens(self, row: dict[str, Any], terms: CaseTerms) -> int:
        """The officer opens a case; which one."""
        run = partial(open_case, account_id=row["account_id"], terms=terms)
        return self.act(self.officer, "open_case", run, CaseOutcome, row["number"]).case_id


def raise_some(house: House) -> int:
    """Raises a few things of every kind on accounts of the first officers, once; how many cases there are then."""
    everybody = Actor(OPERATOR.login, None, house.id)
    if cases.listed(by=everybody).height:
        return 0
    for floor in _floors(house):
        _raise(floor)
    return cases.listed(by=everybody).height


def _floors(house: House) -> Iterator[_Floor]:
    operator = Actor(OPERATOR.login, None, house.id)
    staff = people.people(operator).filter(pl.col("is_active")).sort("person_id")
    actors = {
        role: [Actor(login, number, house.id) for number, login in part.select("person_id", "login").iter_rows()]
        for (role,), part in staff.filter(pl.col("role").is_not_null()).group_by("role")
    }
    listed = work.listing(by=operator, as_of=house.today).ranked.sort("owner_id", "rank")
    lists = {
        officer: listed.filter(pl.col("owner_id") == people.owner_of(officer.login))
        for officer in actors.get("officer", [])
    }
    for officer in sorted(lists, key=lambda one: (-lists[one].height, one.login))[:_OFFICERS]:
        if lists[officer].height >= _PER_OFFICER + _LEFT:
            rows = tuple(lists[officer].tail(_PER_OFFICER).iter_rows(named=True))
            yield _Floor(house, officer, actors["supervisor"][0], actors["accountant"][0], rows)


def _raise(floor: _Floor) -> None:
    first, second, third, fourth, fifth, sixth, *claimed = floor.rows
    now = people.now()
    charge = int(accounts.known_charges(pl.Series([first["account_id"]])).sort("due_date")["charge_id"][0])
    waits = floor.opens(
        first,
        CaseTerms(
            "dispute",
            "AMOUNT",
            "The instalment of that month was more than the contract says, and I have the contract here.",
            grievances="Wants it put right before paying the rest.",
            received_at=now - timedelta(days=3),
            charges=(charge,),
        ),
    )
    told = partial(move_case, case_id=waits, status="waiting_creditor", text="Asked the creditor for the contract.")
    floor.act(floor.officer, "move_case", told, CaseOutcome, str(waits))
    floor.opens(
        second,
        CaseTerms(
            "complaint",
            "HOURS",
            "Somebody called at six in the morning, twice in one week, and woke the children.",
            grievances="Wants an apology, and no calls before nine.",
            priority="high",
            received_at=now - timedelta(days=20),
        ),
    )
    floor.opens(
        third,
        CaseTerms(
            "hardship",
            "ILLNESS_SELF",
            "In hospital since last week; the shop is closed, nothing comes in.",
            received_at=now - timedelta(days=1),
            care=Care(7, has_consent=True, hold_days=30, proof_asked_on=floor.house.today),
        ),
    )
    floor.opens(
        fourth,
        CaseTerms("query", "BALANCE", "Why is there still something open after the last payment?", received_at=now),
    )
    _adjusts(floor, fifth, is_decided=True)
    _adjusts(floor, sixth, is_decided=False)
    _claims(floor, claimed)
    _files(floor, first, third)


def _adjusts(floor: _Floor, row: dict[str, Any], *, is_decided: bool) -> None:
    """A dispute that is right: a credit is asked for, and where it is decided the case ends."""
    at = people.now() - timedelta(days=6)
    terms = CaseTerms("dispute", "AMOUNT", "A fee was charged that nobody told me about.", received_at=at)
    case = floor.opens(row, terms)
    found = partial(write_case, case_id=case, part="investigation", text="The fee is in no letter of the account.")
    floor.act(floor.officer, "write_case", found, CaseOutcome, str(case))
    known = accounts.known_charges(pl.Series([row["account_id"]])).filter(~pl.col("is_withdrawn")).sort("due_date")
    charge, principal = known.select("charge_id", "principal_minor").row(-1)
    wanted = Wanted("credit", "DISPUTE_UPHELD", amount_minor=max(principal // 20, 1), charge_id=charge)
    ask = partial(judge_adjustment.ask_adjustment, account_id=row["account_id"], wanted=wanted, case_id=case)
    asked = floor.act(floor.officer, "ask_adjustment", ask, AdjustmentOutcome, str(case)).adjustment_id
    if not is_decided:
        return
    approve = partial(judge_adjustment.judge_adjustment, adjustment_id=asked, is_approved=True)
    floor.act(floor.supervisor, "judge_adjustment", approve, AdjustmentOutcome, str(asked))
    end = partial(
        close_case,
        case_id=case,
        outcome="upheld",
        root_cause="CHARGE",
        text="The fee was taken off; told by telephone.",
    )
    floor.act(floor.supervisor, "close_case", end, CaseOutcome, str(case))


def _claims(floor: _Floor, rows: list[dict[str, Any]]) -> None:
    """Receipts that are claimed: one posted, one refused, the others wait."""
    for place, row in enumerate(rows):
        reference = f"SJ{floor.officer.person_id or 0:03}K{place}H7QW"
        claim = Claim(
            max(row["overdue_minor"] // 2, 1), floor.house.today - timedelta(days=1), reference, "mobile_money"
        )
        run = partial(claim_receipt, account_id=row["account_id"], claim=claim)
        proof = floor.act(floor.officer, "claim_receipt", run, ClaimOutcome, reference).proof_id
        if place == 0:
            post = partial(post_proof, proof_id=proof)
            floor.act(floor.accountant, "post_proof", post, ProofOutcome, reference)
        elif place == 1:
            refuse = partial(refuse_proof, proof_id=proof, reason="NOT_FOUND")
            floor.act(floor.accountant, "refuse_proof", refuse, ProofOutcome, reference)


def _files(floor: _Floor, disputed: dict[str, Any], ill: dict[str, Any]) -> None:
    """What was brought and written down."""
    papers = (
        (disputed, "DISPUTE_LETTER", "letter of dispute.txt", "The amount of the first instalment is not as agreed."),
        (ill, "HARDSHIP_EVIDENCE", "hospital.txt", "Admitted on the second of the month; discharge not yet known."),
    )
    for row, kind, name, text in papers:
        content = f"{row['number']}\n{text}\n".encode()
        run = partial(file_document, account_id=row["account_id"], paper=Paper(kind, name, content, _SCANNED))
        floor.act(floor.officer, "file_document", run, DocumentOutcome, row["number"])
    notes = (
        (disputed, "AGREEMENT", "Pays everything that is not disputed on the day it is due."),
        (ill, "CARE", "Speak with the sister first; no calls to the hospital."),
    )
    for row, kind, text in notes:
        write = partial(write_note, account_id=row["account_id"], kind=kind, text=text)
        floor.act(floor.officer, "write_note", write, NoteOutcome, row["number"])
