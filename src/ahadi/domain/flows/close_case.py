"""Closes a case, so that collection resumes by itself, and opens it again where it was not the end."""

from zoneinfo import ZoneInfo

import polars as pl

from ahadi.data.models.account import Account
from ahadi.data.models.case import OUTCOMES, Adjustment, AdjustmentVerdict, Case, CaseStatus
from ahadi.data.models.organisation import Organisation
from ahadi.domain.audit.ports import Act
from ahadi.domain.cases import queries as cases_queries
from ahadi.domain.cases import steps as cases
from ahadi.domain.cases.ports import HOLD_OF, SETTLERS, CaseOutcome
from ahadi.domain.cases.steps import CaseAlreadyClosed, UnableToMoveCase
from ahadi.domain.contact import steps as gate
from ahadi.domain.people import access
from ahadi.domain.placements import steps as placements
from ahadi.domain.work import queries
from ahadi.domain.work import steps as work


def close_case(act: Act, *, case_id: int, outcome: str, root_cause: str, text: str) -> CaseOutcome:
    """Ends a case with how it came out and why it arose, and releases what it restrained from today on.

    Raises, in this order: UnableToFindCase, CaseAlreadyClosed, UnableToMoveCase.
    """
    case = _held(act, case_id)
    if CaseStatus.objects.filter(case_id=case_id).latest("id").status == "closed":
        raise CaseAlreadyClosed(case_id)
    if HOLD_OF[case.kind] is not None and not access.rights(act.by).may(*SETTLERS):
        raise UnableToMoveCase(
            "what restrains collection is closed by a supervisor, manager or legal clerk; answer it and ask one"
        )
    if case.against_id is not None and case.against_id == act.by.person_id:
        raise UnableToMoveCase("nobody closes a case that is about themselves; ask somebody else")
    if outcome not in OUTCOMES:
        raise UnableToMoveCase(f"{outcome!r} is not one of {', '.join(OUTCOMES)}")
    cases.require_code(act, "root_causes", root_cause, UnableToMoveCase)
    judged = AdjustmentVerdict.objects.values("adjustment_id")
    if Adjustment.objects.filter(case_id=case_id).exclude(id__in=judged).exists():
        raise UnableToMoveCase("an adjustment of this case waits for approval; have it judged first")
    cases.write(act, case_id, "outcome", text)
    cases.set_status(act, case_id, "closed", outcome=outcome, cause=root_cause)
    today = work.business_date(act)
    released = cases.release_holds(act, case_id, today=today)
    work.restate(act, pl.Series([case.account_id]), as_of=today)
    return CaseOutcome(case_id, "closed", released)


def reopen_case(act: Act, *, case_id: int, text: str) -> CaseOutcome:
    """Opens a closed case again: a new clock from now on, its holds placed anew.

    Raises, in this order: UnableToFindCase, UnableToMoveCase.
    """
    case = _held(act, case_id)
    if CaseStatus.objects.filter(case_id=case_id).latest("id").status != "closed":
        raise UnableToMoveCase("the case is open; only a closed one is opened again")
    cases.write(act, case_id, "grievances", text)
    cases.set_status(act, case_id, "reopened")
    clock = cases.set_clock(act, case_id, case.kind, received_at=act.at)
    cases.assign(act, case_id, level="officer", person_id=act.by.person_id, why="opened")
    today = work.business_date(act)
    zone = ZoneInfo(Organisation.objects.get(id=act.organisation_id).time_zone)
    review_on = clock.due_at.astimezone(zone).date()
    held = cases.place_holds(act, case, today=today, review_on=review_on)
    stopped = gate.stop_what_is_blocked(act, Account.objects.get(id=case.account_id).party_id) if held else 0
    work.restate(act, pl.Series([case.account_id]), as_of=today)
    return CaseOutcome(case_id, "reopened", held, stopped)


def _held(act: Act, case_id: int) -> Case:
    """A case of an account that may be seen; creditor, debtor and case are held until the act ends."""
    cases_queries.require_seen(by=act.by, case_id=case_id)
    case = Case.objects.get(id=case_id)
    placements.hold_creditor(queries.require_seen(by=act.by, account_id=case.account_id))
    gate.hold(case.account_id)
    cases.hold_case(case_id)
    return case
