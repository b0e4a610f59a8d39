"""Takes down that a debtor says money was sent: nothing is posted, dunning pauses, the accountant has it to look at."""

import polars as pl

from ahadi.domain.audit.ports import Act
from ahadi.domain.cases import claiming
from ahadi.domain.cases.claiming import Claim, ClaimOutcome
from ahadi.domain.contact import steps as gate
from ahadi.domain.placements import steps as placements
from ahadi.domain.work import queries
from ahadi.domain.work import steps as work


def claim_receipt(act: Act, *, account_id: int, claim: Claim) -> ClaimOutcome:
    """Takes a claimed receipt down, holds dunning for the hours of the rulebook, and starts the accountant's clock.

    Source: duty D1. Raises, in this order: UnableToFindAccount, UnableToClaimReceipt, ReceiptAlreadyClaimed.
    """
    creditor_id = queries.require_seen(by=act.by, account_id=account_id)
    placements.hold_creditor(creditor_id)
    gate.hold(account_id)
    today = work.business_date(act)
    made = claiming.claim(act, account_id=account_id, claimed=claim, today=today)
    work.restate(act, pl.Series([account_id]), as_of=today, is_told=True)
    return made
