"""Adjusts what is owed: asked for by one person, approved by another, and only then booked."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from ahadi.data.models.account import Account
from ahadi.data.models.case import COMPONENTS, Adjustment, AdjustmentVerdict
from ahadi.data.models.receipt import ReceiptReversal, ReceiptState
from ahadi.domain.accounts import queries as accounts_queries
from ahadi.domain.accounts import steps as accounts
from ahadi.domain.arrangements import settling
from ahadi.domain.audit.ports import Act
from ahadi.domain.cases import queries as cases_queries
from ahadi.domain.cases import steps as cases
from ahadi.domain.cases.ports import ADJUSTMENT_KINDS, Wanted
from ahadi.domain.people import access
from ahadi.domain.placements import steps as placements
from ahadi.domain.receipts import steps as receipts
from ahadi.domain.work import queries
from ahadi.domain.work import steps as work

SOURCE = "adjustment"
APPROVERS = ("supervisor", "manager", "accountant")


class UnableToAdjustBalance(Exception):
    """What is owed cannot be adjusted so: the text says why, and what to do."""

    is_refusal = True


class AdjustmentAlreadyJudged(Exception):
    """This adjustment was decided before; see the case for how."""

    is_refusal = True

    def __init__(self, adjustment_id: int) -> None:
        super().__init__("this adjustment was decided before; see its account")
        self.adjustment_id = adjustment_id


@dataclass(frozen=True)
class AdjustmentOutcome:
    """The adjustment, what became of it (None: it waits), and what was booked."""

    adjustment_id: int
    verdict: str | None = None
    receipt_id: int | None = None
    charge_id: int | None = None


def ask_adjustment(act: Act, *, account_id: int, wanted: Wanted, case_id: int | None = None) -> AdjustmentOutcome:
    """Asks for an adjustment; nothing moves.

    Raises, in this order: UnableToFindAccount, UnableToFindCase, UnableToAdjustBalance.
    """
    queries.require_seen(by=act.by, account_id=account_id)
    if case_id is not None and cases_queries.require_seen(by=act.by, case_id=case_id)["account_id"] != account_id:
        raise UnableToAdjustBalance("the case is about another account; adjust that one")
    cases.require_code(act, "adjustment_reasons", wanted.reason, UnableToAdjustBalance)
    amount_minor = _require_sensible(account_id, wanted)
    made = Adjustment(
        organisation_id=act.organisation_id,
        account_id=account_id,
        case_id=case_id,
        kind=wanted.kind,
        charge_id=wanted.charge_id if wanted.kind == "credit" else None,
        component=wanted.component if wanted.kind == "debit" else None,
        currency=Account.objects.get(id=account_id).currency,
        amount_minor=amount_minor,
        reverses_id=wanted.reverses_id if wanted.kind == "reversal" else None,
        reason=wanted.reason,
        at=act.at,
        act_id=act.id,
    )
    made.save(force_insert=True)
    return AdjustmentOutcome(made.id)


def judge_adjustment(act: Act, *, adjustment_id: int, is_approved: bool) -> AdjustmentOutcome:
    """Approves an adjustment, which books it and replays the account, or refuses it, which moves nothing.

    Who asked may take it back, not approve it: the database refuses that too. A credit becomes a credit note for its
    charge, so that the replay says by component what it covers; a debit becomes a charge due today. Raises, in this
    order: UnableToFindAccount, UnableToAdjustBalance, AdjustmentAlreadyJudged.
    """
    asked = Adjustment.objects.select_related("act").filter(id=adjustment_id).first()
    if asked is None or asked.organisation_id != act.organisation_id:
        raise UnableToAdjustBalance("there is no such adjustment; choose one from the list")
    creditor_id = queries.require_seen(by=act.by, account_id=asked.account_id)
    is_own = asked.act.by_id == act.by.person_id
    if is_own and is_approved:
        raise UnableToAdjustBalance("nobody approves what they asked for; let somebody else look at it")
    if not is_own and not access.rights(act.by).may(*APPROVERS):
        raise UnableToAdjustBalance("an adjustment is decided by a supervisor, manager or accountant; ask one")
    placements.hold_creditor(creditor_id)
    if AdjustmentVerdict.objects.filter(adjustment_id=adjustment_id).exists():
        raise AdjustmentAlreadyJudged(adjustment_id)
    today = work.business_date(act)
    verdict = "approved" if is_approved else "withdrawn" if is_own else "refused"
    receipt_id, charge_id = _booked(act, asked, creditor_id, today=today) if is_approved else (None, None)
    AdjustmentVerdict(
        adjustment_id=adjustment_id,
        verdict=verdict,
        receipt_id=receipt_id,
        charge_id=charge_id,
        at=act.at,
        act_id=act.id,
    ).save(force_insert=True)
    if is_approved:
        touched = pl.Series("account_id", [asked.account_id], dtype=pl.Int64)
        settling.follow(act, touched, as_of=today)
        receipts.reallocate(act, touched)
        if receipt_id is not None:
            receipts.restate_receipts(pl.Series([receipt_id]))
        work.restate(act, touched, as_of=today)
    return AdjustmentOutcome(adjustment_id, verdict, receipt_id, charge_id)


def _require_sensible(account_id: int, wanted: Wanted) -> int:
    """The amount of what is asked for. Raises UnableToAdjustBalance."""
    if wanted.kind not in ADJUSTMENT_KINDS:
        raise UnableToAdjustBalance(f"kind {wanted.kind!r} is not one of {', '.join(ADJUSTMENT_KINDS)}")
    if wanted.kind == "reversal":
        return _require_reversible(account_id, wanted.reverses_id)
    if wanted.amount_minor <= 0:
        raise UnableToAdjustBalance("the amount must be above 0")
    if wanted.kind == "debit":
        if wanted.component not in COMPONENTS:
            raise UnableToAdjustBalance(f"component {wanted.component!r} is not one of {', '.join(COMPONENTS)}")
        return wanted.amount_minor
    charges = accounts_queries.known_charges(pl.Series([account_id])).filter(~pl.col("is_withdrawn"))
    mine = charges.filter(pl.col("charge_id") == wanted.charge_id)
    if mine.is_empty():
        raise UnableToAdjustBalance("choose the charge of this account that the credit is for")
    row = mine.row(0, named=True)
    whole = sum(row[f"{component}_minor"] for component in COMPONENTS)
    if wanted.amount_minor > whole:
        raise UnableToAdjustBalance(
            f"the charge is {whole} and {wanted.amount_minor} is to be credited (minor units); credit no more"
        )
    return wanted.amount_minor


def _require_reversible(account_id: int, adjustment_id: int | None) -> int:
    done = (
        AdjustmentVerdict.objects.filter(
            adjustment_id=adjustment_id or 0, verdict="approved", adjustment__account_id=account_id
        )
        .select_related("adjustment")
        .first()
    )
    if done is None or done.adjustment.kind == "reversal":
        raise UnableToAdjustBalance("choose an approved credit or debit of this account to take back")
    if AdjustmentVerdict.objects.filter(adjustment__reverses_id=adjustment_id, verdict="approved").exists():
        raise UnableToAdjustBalance("this adjustment was taken back before")
    amount: int = done.adjustment.amount_minor
    return amount


def _booked(act: Act, asked: Adjustment, creditor_id: int, *, today: date) -> tuple[int | None, int | None]:
    """The receipt and the charge that an approved adjustment makes, or reverses."""
    if asked.kind == "credit":
        return _credit(act, asked, creditor_id, asked.charge_id or 0, today=today), None
    if asked.kind == "debit":
        return None, _debit(act, asked, creditor_id, today=today)
    _require_reversible(asked.account_id, asked.reverses_id)
    done = AdjustmentVerdict.objects.get(adjustment_id=asked.reverses_id or 0)
    if done.charge_id is not None:
        return _credit(act, asked, creditor_id, done.charge_id, today=today), None
    receipt_id = done.receipt_id or 0
    state = ReceiptState.objects.get(receipt_id=receipt_id)
    if state.status in ("reversed", "withdrawn"):
        raise UnableToAdjustBalance("the credit was reversed before")
    ReceiptReversal(receipt_id=receipt_id, reason=asked.reason, booked_at=act.at, act_id=act.id).save(force_insert=True)
    return receipt_id, None


def _credit(act: Act, asked: Adjustment, creditor_id: int, charge_id: int, *, today: date) -> int:
    booked = receipts.book(
        act,
        pl.DataFrame(
            [
                {
                    "source": SOURCE,
                    "source_reference": str(asked.id),
                    "edition": 0,
                    "creditor_id": creditor_id,
                    "kind": "credit_note",
                    "currency": asked.currency,
                    "amount_minor": asked.amount_minor,
                    "value_date": today,
                    "account_id": asked.account_id,
                    "charge_id": charge_id,
                    "designated_minor": asked.amount_minor,
                }
            ]
        ),
    )
    return int(booked["receipt_id"][0])


def _debit(act: Act, asked: Adjustment, creditor_id: int, *, today: date) -> int:
    return accounts.book_adjustment(
        act,
        account_id=asked.account_id,
        creditor_id=creditor_id,
        currency=asked.currency,
        reference=f"{SOURCE}:{asked.id}",
        component=asked.component or "",
        amount_minor=asked.amount_minor,
        on=today,
    )
