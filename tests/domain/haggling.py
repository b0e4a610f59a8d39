"""People who offer and decide, for tests: an account that owes, and the acts of an officer and those above."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from ahadi.data.models.approval import Approval
from ahadi.domain.arrangements.ports import Promised
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import Actor, Performance
from ahadi.domain.flows.decide_approval import DecisionOutcome, decide_approval
from ahadi.domain.negotiation import queries
from ahadi.domain.negotiation.operations import (
    MandateOutcome,
    MeansOutcome,
    Told,
    judge_mandate,
    keep_means,
    propose_mandate,
    propose_offer,
)
from ahadi.domain.negotiation.proposing import OfferOutcome

from .dated import DatedBook

MANDATE = """
product: invoice
version: test-1
in_force_from: 2020-01-01
source: a letter of the creditor
terms: {count_max: 6, days_max: 180, first_days_max: 31, gap_days_min: 7, gap_days_max: 35,
  instalment_min: 1, multiple: 1, settle_count_max: 3, settle_days_max: 95}
settlement:
  - {age_max: 30, share_pct: 100}
  - {balance_max: 500, share_pct: 80}
  - {share_pct: 65}
levels:
  - {level: officer, discount_pct: 0, owed_max: 500, count_max: 3, days_max: 95}
  - {level: supervisor, discount_pct: 25, owed_max: 5000, count_max: 6, days_max: 180}
  - {level: manager, discount_pct: 40, count_max: 12, days_max: 365}
clauses:
  - {number: "1", text: The rest of a settlement that is kept is forgiven.}
"""


@dataclass(frozen=True)
class Haggling:
    """A dated book with an officer, a second one, two supervisors and two managers, and a mandate that holds."""

    dated: DatedBook
    officer: Actor
    other: Actor
    supervisor: Actor
    second: Actor
    manager: Actor

    @classmethod
    def begun(cls, dated: DatedBook) -> "Haggling":
        """Everybody has joined, and the mandate is approved."""
        book = dated.book
        people = {
            login: book.join(login, role)
            for login, role in (
                ("amina", "officer"),
                ("baraka", "officer"),
                ("sara", "supervisor"),
                ("seif", "supervisor"),
                ("musa", "manager"),
                ("maria", "manager"),
            )
        }
        made = cls(dated, people["amina"], people["baraka"], people["sara"], people["seif"], people["musa"])
        proposed = made.act(people["maria"], "propose_mandate", partial(propose_mandate, text=MANDATE), MandateOutcome)
        made.act(
            people["musa"],
            "judge_mandate",
            partial(judge_mandate, mandate_id=proposed.mandate_id, verdict="approved"),
            MandateOutcome,
        )
        return made

    def act(self, by: Actor, name: str, operation: Any, outcome: Any) -> Any:
        """An act of somebody."""
        return perform(name, operation, outcome, Performance(by, self.dated.book.organisation_id, name.encode()))

    def owner(self, number: str) -> Actor:
        """Whichever officer the account is assigned to."""
        for one in (self.officer, self.other):
            try:
                self.table(number, by=one)
            except queries.UnableToFindAccount:
                continue
            return one
        raise AssertionError("nobody owns it")

    def table(self, number: str, by: Actor | None = None) -> queries.Table:
        """What the offers of an account are made of."""
        by = by or self.manager
        return queries.table(by=by, account_id=self.dated.account(number), as_of=self.dated.day)

    def ladder(self, number: str) -> queries.Ladder:
        """The three offers."""
        return queries.ladder(self.table(number))

    def tell(self, number: str, **told: Any) -> MeansOutcome:
        """What the household lives on."""
        means = partial(keep_means, account_id=self.dated.account(number), told=Told(**told))
        outcome: MeansOutcome = self.act(self.manager, "keep_means", means, MeansOutcome)
        return outcome

    def propose(self, by: Actor, number: str, kind: str, *parts: tuple[int, int], **how: Any) -> OfferOutcome:
        """Offers (days from now, amount)."""
        promised = [Promised(self.dated.day + timedelta(days=days), amount) for days, amount in parts]
        offer = partial(propose_offer, account_id=self.dated.account(number), kind=kind, parts=promised, **how)
        outcome: OfferOutcome = self.act(by, "propose_offer", offer, OfferOutcome)
        return outcome

    def decide(self, by: Actor, approval_id: int | None, decision: str = "approved", **how: Any) -> DecisionOutcome:
        """Decides about what was asked."""
        assert approval_id is not None
        digest = how.pop("digest", bytes(Approval.objects.get(id=approval_id).digest).hex())
        decided = partial(decide_approval, approval_id=approval_id, decision=decision, digest=digest, **how)
        outcome: DecisionOutcome = self.act(by, "decide_approval", decided, DecisionOutcome)
        return outcome


def weeks(count: int, amount: int, first: int = 0) -> tuple[tuple[int, int], ...]:
    """Equal parts, a week apart."""
    return tuple((first + 7 * number, amount) for number in range(count))


def ends(parts: tuple[queries.Part, ...]) -> tuple[date, date]:
    """The first and the last day of an offer."""
    return parts[0].due_on, parts[-1].due_on
