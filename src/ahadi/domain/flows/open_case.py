"""Opens a dispute, a complaint, a case of hardship or a query, and restrains collection in the same act."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import polars as pl

from ahadi.data.models.account import Account
from ahadi.data.models.organisation import Organisation
from ahadi.domain.audit.ports import Act
from ahadi.domain.cases import steps as cases
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
    cases.require_terms(act, account_id, terms)
    placements.hold_creditor(creditor_id)
    gate.hold(account_id)
    case = cases.record(act, account_id, terms)
    cases.set_status(act, case.id, "open")
    clock = cases.set_clock(act, case.id, case.kind, received_at=case.received_at)
    cases.assign(act, case.id, level="officer", person_id=act.by.person_id, why="opened")
    today = work.business_date(act)
    zone = ZoneInfo(Organisation.objects.get(id=act.organisation_id).time_zone)
    review_on = clock.due_at.astimezone(zone).date()
    if terms.care is not None:
        cases.keep_care(act, case.id, terms.care)
        review_on = today + timedelta(days=terms.care.hold_days)
    held = cases.place_holds(act, case, today=today, review_on=review_on)
    stopped = gate.stop_what_is_blocked(act, Account.objects.get(id=account_id).party_id) if held else 0
    work.restate(act, pl.Series([account_id]), as_of=today)
    return CaseOutcome(case.id, "open", held, stopped)
