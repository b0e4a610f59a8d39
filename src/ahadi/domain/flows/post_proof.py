"""What the accountant decides about a proof: it is a receipt that came, it is posted as one, or it is refused."""

from dataclasses import dataclass

import polars as pl

from ahadi.data.models.account import HoldRelease, NextAction
from ahadi.data.models.proof import Proof, ProofVerdict
from ahadi.domain.arrangements import settling
from ahadi.domain.audit.ports import Act
from ahadi.domain.cases import claiming
from ahadi.domain.cases import steps as cases
from ahadi.domain.contact import steps as gate
from ahadi.domain.desk import steps as desk
from ahadi.domain.people import access
from ahadi.domain.placements import steps as placements
from ahadi.domain.receipts import queries as receipts_queries
from ahadi.domain.receipts import steps as receipts
from ahadi.domain.work import queries
from ahadi.domain.work import steps as work

SOURCE = "proof"
REFUSED_ACTION = "tell_refused_proof"
ACCOUNTANTS = ("accountant", "manager")


class UnableToJudgeProof(Exception):
    """A proof cannot be decided so: the text says why, and what to do."""

    is_refusal = True


class ProofAlreadyJudged(Exception):
    """This proof was decided before; see its account for how."""

    is_refusal = True

    def __init__(self, proof_id: int) -> None:
        super().__init__("this proof was decided before; see its account")
        self.proof_id = proof_id


@dataclass(frozen=True)
class ProofOutcome:
    """The proof, what became of it, and the receipt that it is."""

    proof_id: int
    verdict: str
    receipt_id: int | None = None


def match_proof(act: Act, *, proof_id: int, receipt_id: int) -> ProofOutcome:
    """Says that a receipt in suspense is the one that was claimed, and posts it to the account.

    Raises, in this order: UnableToFindAccount, UnableToJudgeProof, ProofAlreadyJudged.
    """
    proof = _held(act, proof_id)
    candidates = receipts_queries.suspended(act.organisation_id, currency=proof.currency)
    if receipt_id not in set(candidates["receipt_id"]):
        raise UnableToJudgeProof("this receipt is not in suspense in the currency of the account; choose another")
    receipts.give(act, receipt_id=receipt_id, account_id=proof.account_id)
    return _decided(act, proof, "matched", receipt_id)


def post_proof(act: Act, *, proof_id: int) -> ProofOutcome:
    """Posts what was claimed as a receipt; its reference is taken for ever.

    Raises, in this order: UnableToFindAccount, UnableToJudgeProof, ProofAlreadyJudged.
    """
    proof = _held(act, proof_id)
    posted = receipts_queries.posted_as(act.organisation_id, proof.reference)
    if posted.height:
        raise UnableToJudgeProof(
            f"{proof.reference} was posted on {posted['value_date'][0]} already; refuse the proof as an earlier receipt"
        )
    if receipts_queries.suspended(act.organisation_id, reference=proof.reference).height:
        raise UnableToJudgeProof(f"{proof.reference} came and is in suspense; match the proof to it")
    booked = receipts.book(
        act,
        pl.DataFrame(
            [
                {
                    "source": f"{SOURCE}:{proof.channel}",
                    "source_reference": proof.reference,
                    "edition": 0,
                    "creditor_id": proof.account.creditor_id,
                    "kind": "cash",
                    "currency": proof.currency,
                    "amount_minor": proof.amount_minor,
                    "value_date": proof.value_date,
                    "account_id": proof.account_id,
                    "charge_id": None,
                    "designated_minor": None,
                }
            ],
            schema_overrides={"charge_id": pl.Int64, "designated_minor": pl.Int64},
        ),
    )
    return _decided(act, proof, "posted", int(booked["receipt_id"][0]))


def refuse_proof(act: Act, *, proof_id: int, reason: str) -> ProofOutcome:
    """Refuses a proof: dunning goes on, and who has the account is to tell the debtor today.

    Raises, in this order: UnableToFindAccount, UnableToJudgeProof, ProofAlreadyJudged.
    """
    proof = _held(act, proof_id)
    cases.require_code(act, "proof_refusals", reason, UnableToJudgeProof)
    today = work.business_date(act)
    NextAction(account_id=proof.account_id, action=REFUSED_ACTION, due_on=today, set_at=act.at, act_id=act.id).save(
        force_insert=True
    )
    ProofVerdict(proof_id=proof.id, verdict="refused", reason=reason, at=act.at, act_id=act.id).save(force_insert=True)
    _release(act, proof)
    work.restate(act, pl.Series([proof.account_id]), as_of=today, is_told=True)
    return ProofOutcome(proof.id, "refused")


def _held(act: Act, proof_id: int) -> Proof:
    """A proof that waits, of an account that may be seen; creditor, references and debtor are held."""
    proof = Proof.objects.select_related("account").filter(id=proof_id, organisation_id=act.organisation_id).first()
    if proof is None or desk.is_withdrawn(proof.act_id):
        raise UnableToJudgeProof("there is no such proof; choose one from the queue")
    creditor_id = queries.require_seen(by=act.by, account_id=proof.account_id)
    if not access.rights(act.by).may(*ACCOUNTANTS):
        raise UnableToJudgeProof("a proof is decided by an accountant; it waits in their queue")
    placements.hold_creditor(creditor_id)
    gate.hold(proof.account_id)
    claiming.hold_references(act.organisation_id)
    if ProofVerdict.objects.filter(proof_id=proof_id).exists():
        raise ProofAlreadyJudged(proof_id)
    return proof


def _decided(act: Act, proof: Proof, verdict: str, receipt_id: int) -> ProofOutcome:
    touched = pl.Series("account_id", [proof.account_id], dtype=pl.Int64)
    today = work.business_date(act)
    settling.follow(act, touched, as_of=today)
    receipts.reallocate(act, touched)
    receipts.restate_receipts(pl.Series([receipt_id]))
    ProofVerdict(proof_id=proof.id, verdict=verdict, receipt_id=receipt_id, at=act.at, act_id=act.id).save(
        force_insert=True
    )
    _release(act, proof)
    work.restate(act, touched, as_of=today)
    return ProofOutcome(proof.id, verdict, receipt_id)


def _release(act: Act, proof: Proof) -> None:
    """Ends the pause of a proof, unless somebody released it before."""
    if not HoldRelease.objects.filter(hold_id=proof.hold_id).exists():
        today = work.business_date(act)
        HoldRelease(hold_id=proof.hold_id, released_on=today, booked_at=act.at, act_id=act.id).save(force_insert=True)
