"""Judges whether two debtors are one person, and takes that back; nothing of their accounts and receipts moves."""

from dataclasses import dataclass, replace

from django.db.models import Exists, OuterRef

from ahadi.data import frames, news
from ahadi.data.models.act import ActWithdrawal
from ahadi.data.models.party import IdentityDecision
from ahadi.domain.audit import steps as trail
from ahadi.domain.audit.ports import Act, Actor
from ahadi.domain.contact import steps as gate
from ahadi.domain.desk import steps as desk
from ahadi.domain.finding import duplicates
from ahadi.domain.finding.duplicates import ONE, TWO, Proposed
from ahadi.domain.parties.steps import restate_parties
from ahadi.domain.people import access

JUDGES = ("supervisor", "manager", "admin")


class UnableToJudgeIdentity(Exception):
    """Whether two debtors are one person cannot be judged: the text says why, and who may or what to do first."""

    is_refusal = True


class IdentityAlreadyJudged(Exception):
    """Somebody judged this before; look again at what holds now, and take that back where it is wrong."""

    is_refusal = True

    def __init__(self, proposal_id: int) -> None:
        super().__init__(
            "somebody judged this before; look again at what holds now, and take it back where it is wrong"
        )
        self.proposal_id = proposal_id


@dataclass(frozen=True)
class JudgedOutcome:
    """What holds of the proposal now, and for how many parties somebody else stands since."""

    proposal_id: int
    state: str
    parties_changed: int


def judge_identity(act: Act, *, proposal_id: int, is_one: bool) -> JudgedOutcome:
    """Joins two debtors into one person, or keeps that they are two; whoever has one of them before them keeps them.

    Raises, in this order: UnableToJudgeIdentity, UnableToFindDuplicate, IdentityAlreadyJudged, DebtorAlreadyClaimed
    where two people have one of them each before them.
    """
    found = _held(act, proposal_id)
    if found.state == (ONE if is_one else TWO):
        raise IdentityAlreadyJudged(proposal_id)
    IdentityDecision(proposal_id=proposal_id, is_accepted=is_one, at=act.at, act_id=act.id).save(force_insert=True)
    return JudgedOutcome(proposal_id, ONE if is_one else TWO, _stand_anew(act, found))


def reopen_identity(act: Act, *, proposal_id: int) -> JudgedOutcome:
    """Takes the newest judgement back: what held before it holds again, and is asked about where nothing did.

    Raises, in this order: UnableToJudgeIdentity, UnableToFindDuplicate.
    """
    found = _held(act, proposal_id)
    decided = _newest(proposal_id)
    if decided is None:
        raise UnableToJudgeIdentity("nobody has judged this yet, so there is nothing to take back")
    trail.withdraw(act, decided.act_id)
    changed = _stand_anew(act, found)
    return JudgedOutcome(proposal_id, duplicates.duplicate(by=_here(act), proposal_id=proposal_id).state, changed)


def _held(act: Act, proposal_id: int) -> Proposed:
    """The proposal, with nobody else judging at the same time."""
    if not access.rights(act.by).may(*JUDGES):
        raise UnableToJudgeIdentity("whether two debtors are one person is judged by a supervisor; ask one")
    frames.lock("parties", act.organisation_id)
    return duplicates.duplicate(by=_here(act), proposal_id=proposal_id)


def _here(act: Act) -> Actor:
    """Who acts, looking at this organisation alone: the operator sees every one."""
    return replace(act.by, organisation_id=act.organisation_id)


def _newest(proposal_id: int) -> IdentityDecision | None:
    withdrawn = ActWithdrawal.objects.filter(withdrawn_act_id=OuterRef("act_id"))
    return IdentityDecision.objects.filter(proposal_id=proposal_id).exclude(Exists(withdrawn)).order_by("-id").first()


def _stand_anew(act: Act, found: Proposed) -> int:
    """Who stands for whom follows from the decisions; claims and contacts that wait follow it in the same act."""
    changed = restate_parties(act.organisation_id)
    if changed:
        desk.follow_people(act)
    for party_id in sorted((found.party_id, found.other_party_id)):
        gate.hold(party_id=party_id)
    for party_id in (found.party_id, found.other_party_id):
        gate.stop_what_is_blocked(act, party_id)
    news.of_accounts(act.organisation_id, [*found.accounts, *found.others], what=act.name)
    return changed
