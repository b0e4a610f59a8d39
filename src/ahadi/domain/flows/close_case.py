"""Closes a case, so that collection resumes by itself, and opens it again where it was not the end."""

import polars as pl

from ahadi.data.models.account import NextAction
from ahadi.data.models.case import OUTCOMES, Adjustment, AdjustmentVerdict, Case, CaseStatus
from ahadi.domain.audit.ports import Act
from ahadi.domain.cases import opening
from ahadi.domain.cases import queries as cases_queries
from ahadi.domain.cases import steps as cases
from ahadi.domain.cases.ports import HOLD_OF, SETTLERS, CaseOutcome
from ahadi.domain.cases.steps import CaseAlreadyClosed, UnableToMoveCase
from ahadi.domain.contact import steps as gate
from ahadi.domain.people import access
from ahadi.domain.placements import steps as placements
from ahadi.domain.work import queries
from ahadi.domain.work import steps as work

TOLD = "tell_outcome"


def close_case(act: Act, *, case_id: int, outcome: str, root_cause: str, text: str) -> CaseOutcome:
    """Ends a case with how it came out and why it arose, and releases what it restrained from today on.

    Where something was restrained, the debtor is to be told today how it came out.

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
    if released:
        NextAction(account_id=case.account_id, action=TOLD, due_on=today, set_at=act.at, act_id=act.id).save(
            force_insert=True
        )
    work.restate(act, pl.Series([case.account_id]), as_of=today, is_told=released > 0)
    return CaseOutcome(case_id, "closed", released)


def reopen_case(act: Act, *, case_id: int, text: str) -> CaseOutcome:
    """Opens a closed case again: a new clock from now on, its holds placed anew.

    Raises, in this order: UnableToFindCase, UnableToMoveCase.
    """
    case = _held(act, case_id)
    if CaseStatus.objects.filter(case_id=case_id).latest("id").status != "closed":
        raise UnableToMoveCase("the case is open; only a closed one is opened again")
    today = work.business_date(act)
    made = opening.open_again(act, case, text=text, today=today)
    work.restate(act, pl.Series([case.account_id]), as_of=today, is_told=made.holds > 0)
    return made


def _held(act: Act, case_id: int) -> Case:
    """A case of an account that may be seen; creditor, debtor and case are held until the act ends."""
    cases_queries.require_seen(by=act.by, case_id=case_id)
    case = Case.objects.get(id=case_id)
    placements.hold_creditor(queries.require_seen(by=act.by, account_id=case.account_id))
    gate.hold(case.account_id)
    cases.hold_case(case_id)
    # Asked again, since it is held: the call in which it was raised may have been taken back meanwhile.
    cases_queries.require_seen(by=act.by, case_id=case_id)
    return case
