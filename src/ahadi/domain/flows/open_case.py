"""Opens a dispute, a complaint, a case of hardship or a query, and restrains collection in the same act."""

import polars as pl

from ahadi.domain.audit.ports import Act
from ahadi.domain.cases import opening
from ahadi.domain.cases.ports import CaseOutcome, CaseTerms
from ahadi.domain.contact import steps as gate
from ahadi.domain.placements import steps as placements
from ahadi.domain.work import queries
from ahadi.domain.work import steps as work


def open_case(act: Act, *, account_id: int, terms: CaseTerms) -> CaseOutcome:
    """Takes down what somebody raises about an account, sets its clock, gives it to who opened it, and restrains it.

    What waits to be sent and is now blocked stops at once. Source: duties B8, C3 and C4. Raises, in this order:
    UnableToFindAccount, UnableToOpenCase.
    """
    creditor_id = queries.require_seen(by=act.by, account_id=account_id)
    placements.hold_creditor(creditor_id)
    gate.hold(account_id)
    today = work.business_date(act)
    made = opening.open_up(act, account_id=account_id, terms=terms, today=today)
    work.restate(act, pl.Series([account_id]), as_of=today, is_told=made.holds > 0)
    return made
