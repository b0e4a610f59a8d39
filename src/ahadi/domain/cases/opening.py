"""Opening a case, alone or with the outcome of a call: written down, timed, given to somebody, and collection held."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ahadi.data.models.account import Account
from ahadi.data.models.case import Case, CaseCare
from ahadi.data.models.organisation import Organisation
from ahadi.domain.audit.ports import Act
from ahadi.domain.cases import steps
from ahadi.domain.cases.ports import CaseOutcome, CaseTerms
from ahadi.domain.contact import steps as gate


def open_up(act: Act, *, account_id: int, terms: CaseTerms, today: date) -> CaseOutcome:
    """Takes down what somebody raises, sets its clock, gives it to who opened it, and restrains what it is about.

    The creditor and the debtor are held, the account may be seen, and is restated afterwards. What waits to be sent
    and is now blocked stops at once. Raises UnableToOpenCase.
    """
    steps.require_terms(act, account_id, terms)
    case = steps.record(act, account_id, terms)
    steps.set_status(act, case.id, "open")
    if terms.care is not None:
        steps.keep_care(act, case.id, terms.care)
    return _begun(act, case, "open", received_at=case.received_at, today=today)


def open_again(act: Act, case: Case, *, text: str, today: date) -> CaseOutcome:
    """The same of a case that was closed, from now on anew. Raises UnableToMoveCase."""
    steps.write(act, case.id, "grievances", text)
    steps.set_status(act, case.id, "reopened")
    return _begun(act, case, "reopened", received_at=act.at, today=today)


def stop(act: Act, account_id: int) -> int:
    """Stops what waits to be sent to the debtor of an account and is blocked by now; how many."""
    return gate.stop_what_is_blocked(act, Account.objects.get(id=account_id).party_id)


def _begun(act: Act, case: Case, status: str, *, received_at: datetime, today: date) -> CaseOutcome:
    """The clock, who has it, and what is restrained: until the case is due, or for the days that hardship asks for."""
    clock = steps.set_clock(act, case.id, case.kind, received_at=received_at)
    steps.assign(act, case.id, level="officer", person_id=act.by.person_id, why="opened")
    care = CaseCare.objects.filter(case_id=case.id).order_by("-id").first()
    zone = ZoneInfo(Organisation.objects.get(id=act.organisation_id).time_zone)
    review_on = clock.due_at.astimezone(zone).date() if care is None else today + timedelta(days=care.hold_days)
    held = steps.place_holds(act, case, today=today, review_on=review_on)
    return CaseOutcome(case.id, status, held, stop(act, case.account_id) if held else 0)
