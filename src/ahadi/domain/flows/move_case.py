"""What happens in a case between its opening and its end: it is moved, written on, handed up, and cared for."""

from datetime import timedelta

import polars as pl

from ahadi.data.models.case import Case, CaseAssignment, CaseStatus
from ahadi.data.models.person import Person
from ahadi.domain.audit.ports import Act
from ahadi.domain.cases import queries as cases_queries
from ahadi.domain.cases import steps as cases
from ahadi.domain.cases.ports import CASE_LEVELS, Care, CaseOutcome
from ahadi.domain.cases.steps import CaseAlreadyClosed, UnableToMoveCase
from ahadi.domain.contact import steps as gate
from ahadi.domain.placements import steps as placements
from ahadi.domain.work import queries
from ahadi.domain.work import steps as work

_MOVES = ("open", "waiting_creditor", "waiting_debtor", "answered")


def move_case(act: Act, *, case_id: int, status: str, text: str = "") -> CaseOutcome:
    """Says that a case waits for the creditor or the debtor, is worked on again, or was answered (then with what).

    Raises, in this order: UnableToFindCase, CaseAlreadyClosed, UnableToMoveCase.
    """
    before = _held(act, case_id)
    if status not in _MOVES:
        raise UnableToMoveCase(f"a case is moved to one of {', '.join(_MOVES)}; close it to end it")
    if status == before:
        raise UnableToMoveCase("the case stands there already")
    if status == "answered" and not text.strip():
        raise UnableToMoveCase("write down what was answered")
    if text.strip():
        cases.write(act, case_id, "outcome" if status == "answered" else "investigation", text)
    cases.set_status(act, case_id, status)
    return CaseOutcome(case_id, status)


def write_case(act: Act, *, case_id: int, part: str, text: str) -> CaseOutcome:
    """Adds to the details, grievances or findings of a case.

    Raises, in this order: UnableToFindCase, CaseAlreadyClosed, UnableToMoveCase.
    """
    status = _held(act, case_id)
    cases.write(act, case_id, part, text)
    return CaseOutcome(case_id, status)


def hand_up(act: Act, *, case_id: int, text: str, person_id: int | None = None) -> CaseOutcome:
    """Hands a difficult case to the next level, or at its level to another person; why stands in its findings.

    Source: duty C5. Raises, in this order: UnableToFindCase, CaseAlreadyClosed, UnableToMoveCase.
    """
    status = _held(act, case_id)
    newest = CaseAssignment.objects.filter(case_id=case_id).latest("id")
    place = CASE_LEVELS.index(newest.level)
    if person_id is None and place + 1 == len(CASE_LEVELS):
        raise UnableToMoveCase("the manager has this case already; name the person who is to take it")
    if person_id is not None and not _may_take(act, person_id):
        raise UnableToMoveCase("nobody of that number works here; choose a person of the list")
    cases.write(act, case_id, "investigation", text)
    level = newest.level if person_id is not None else CASE_LEVELS[place + 1]
    if person_id is None and level == "supervisor":
        person_id = cases.leader_of(Case.objects.get(id=case_id).account_id)
    cases.assign(act, case_id, level=level, person_id=person_id, why="by_hand")
    return CaseOutcome(case_id, status)


def care_for(act: Act, *, case_id: int, care: Care) -> CaseOutcome:
    """Keeps what changed of somebody's hardship; other days to hold place the hold anew.

    Raises, in this order: UnableToFindCase, CaseAlreadyClosed, UnableToMoveCase, UnableToOpenCase.
    """
    status = _held(act, case_id)
    case = Case.objects.get(id=case_id)
    if case.kind != "hardship":
        raise UnableToMoveCase("severity and days to hold belong to a case of hardship")
    cases.require_care(care)
    placements.hold_creditor(queries.require_seen(by=act.by, account_id=case.account_id))
    gate.hold(case.account_id)
    cases.keep_care(act, case_id, care)
    today = work.business_date(act)
    cases.release_holds(act, case_id, today=today)
    held = cases.place_holds(act, case, today=today, review_on=today + timedelta(days=care.hold_days))
    work.restate(act, pl.Series([case.account_id]), as_of=today, is_told=True)
    return CaseOutcome(case_id, status, held)


def _held(act: Act, case_id: int) -> str:
    """Where a case stands that may be moved, held until the act ends."""
    cases.hold_case(case_id)
    cases_queries.require_seen(by=act.by, case_id=case_id)
    status: str = CaseStatus.objects.filter(case_id=case_id).latest("id").status
    if status == "closed":
        raise CaseAlreadyClosed(case_id)
    return status


def _may_take(act: Act, person_id: int) -> bool:
    return Person.objects.filter(id=person_id, organisation_id=act.organisation_id, is_active=True).exists()
