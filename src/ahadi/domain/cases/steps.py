"""The course of a case: opened, moved, handed up, closed; its texts, clock and holds. All need an open act."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import polars as pl

from ahadi.data import frames
from ahadi.data.models.account import Hold, HoldRelease
from ahadi.data.models.case import (
    CASE_KINDS,
    PRIORITIES,
    REFERRERS,
    TEXT_PARTS,
    Case,
    CaseAssignment,
    CaseCare,
    CaseCharge,
    CaseClock,
    CaseHold,
    CaseStatus,
    CaseText,
)
from ahadi.data.models.person import Person
from ahadi.domain.audit.ports import Act
from ahadi.domain.cases import hours
from ahadi.domain.cases.ports import HOLD_OF, LIST_OF, TEXT_CHARACTERS_MAX, Care, CaseTerms
from ahadi.domain.contact import codes

_SEVERITIES = range(1, 11)
_HOLD_DAYS = range(1, 366)


class UnableToOpenCase(Exception):
    """A case cannot be opened so: the text says what of it is wrong, and what to give instead."""

    is_refusal = True


class UnableToMoveCase(Exception):
    """A case cannot be moved so: the text says why, and what to do."""

    is_refusal = True


class CaseAlreadyClosed(Exception):
    """This case was closed before; re-open it first where it goes on."""

    is_refusal = True

    def __init__(self, case_id: int) -> None:
        super().__init__("this case is closed; re-open it first")
        self.case_id = case_id


def hold_case(case_id: int) -> None:
    """Lets one act at a time move a case, until it ends."""
    frames.lock("case", case_id)


def hold_cases(act_id: int) -> None:
    """The same of every case that an act opened."""
    for case_id in Case.objects.filter(act_id=act_id).order_by("id").values_list("id", flat=True):
        hold_case(case_id)


def require_terms(act: Act, account_id: int, terms: CaseTerms) -> None:
    """Raises UnableToOpenCase where something of the terms cannot be."""
    choices = {
        "kind": (terms.kind, CASE_KINDS),
        "referred by": (terms.referred_by, REFERRERS),
        "priority": (terms.priority, PRIORITIES),
    }
    for name, (given, known) in choices.items():
        if given not in known:
            raise UnableToOpenCase(f"{name} {given!r} is not one of {', '.join(known)}")
    require_code(act, LIST_OF[terms.kind], terms.category, UnableToOpenCase)
    if not terms.details.strip():
        raise UnableToOpenCase("write down what was raised, in the words of who raised it")
    if terms.received_at is not None and terms.received_at > act.at:
        raise UnableToOpenCase("it cannot have been received later than now")
    if terms.against_id is not None and not _works_here(act, terms.against_id):
        raise UnableToOpenCase("nobody of that number works here; choose a person of the list")
    if (terms.kind == "hardship") != (terms.care is not None):
        raise UnableToOpenCase("severity, consent and days to hold belong to a case of hardship, and to it alone")
    if terms.care is not None:
        require_care(terms.care)
    strange = set(terms.charges) - set(_charges(account_id)["charge_id"])
    if strange:
        raise UnableToOpenCase("one of the charges is not of this account; choose from its list")


def require_code(act: Act, list_name: str, code: str, error: type[Exception]) -> None:
    """Raises `error` where a code is not one that is used."""
    known = [one.code.code for one in codes.kept(act.organisation_id, list_name).codes if one.is_active]
    if code not in known:
        raise error(f"{code!r} is not one of {', '.join(known)}")


def require_care(care: Care) -> None:
    """Raises UnableToOpenCase where severity, days or consent cannot be."""
    if care.severity not in _SEVERITIES or care.hold_days not in _HOLD_DAYS:
        raise UnableToOpenCase("severity goes from 1 to 10, and collection is held for 1 to 365 days")
    if not care.has_consent:
        raise UnableToOpenCase("ask the person first: nothing about their hardship is kept without their consent")


def record(act: Act, account_id: int, terms: CaseTerms) -> Case:
    """Writes a case with its charges and texts."""
    case = Case(
        organisation_id=act.organisation_id,
        account_id=account_id,
        kind=terms.kind,
        category=terms.category,
        referred_by=terms.referred_by,
        priority=terms.priority,
        against_id=terms.against_id,
        received_at=terms.received_at or act.at,
        booked_at=act.at,
        act_id=act.id,
    )
    case.save(force_insert=True)
    for charge in sorted(set(terms.charges)):
        CaseCharge(case_id=case.id, charge_id=charge, act_id=act.id).save(force_insert=True)
    write(act, case.id, "details", terms.details)
    if terms.grievances.strip():
        write(act, case.id, "grievances", terms.grievances)
    return case


def write(act: Act, case_id: int, part: str, text: str) -> int:
    """Adds to the texts of a case. Raises UnableToMoveCase."""
    if part not in TEXT_PARTS:
        raise UnableToMoveCase(f"{part!r} is not one of {', '.join(TEXT_PARTS)}")
    if not 0 < len(text.strip()) <= TEXT_CHARACTERS_MAX:
        raise UnableToMoveCase(f"write 1 to {TEXT_CHARACTERS_MAX} characters")
    # PostgreSQL keeps no character 0 in a text.
    row = CaseText(case_id=case_id, part=part, text=text.strip().replace("\0", ""), at=act.at, act_id=act.id)
    row.save(force_insert=True)
    return row.id


def set_status(act: Act, case_id: int, status: str, *, outcome: str | None = None, cause: str | None = None) -> None:
    """Says where a case stands from now on."""
    CaseStatus(case_id=case_id, status=status, outcome=outcome, root_cause=cause, at=act.at, act_id=act.id).save(
        force_insert=True
    )


def set_clock(act: Act, case_id: int, kind: str, *, received_at: datetime) -> CaseClock:
    """Sets the clock of a case by the organisation's hours and the rulebook."""
    set_to = hours.times(act.organisation_id, kind, received_at=received_at)
    made = CaseClock(
        case_id=case_id,
        unit=f"{set_to.sla.unit}:{set_to.sla.calendar}",
        amount=set_to.sla.amount,
        source=set_to.sla.source,
        from_at=set_to.from_at,
        amber_at=set_to.amber_at,
        red_at=set_to.red_at,
        due_at=set_to.due_at,
        manager_at=set_to.manager_at,
        act_id=act.id,
    )
    made.save(force_insert=True)
    return made


def keep_care(act: Act, case_id: int, care: Care) -> None:
    """Keeps what holds of somebody's hardship from now on."""
    CaseCare(
        case_id=case_id,
        severity=care.severity,
        has_consent=care.has_consent,
        proof_asked_on=care.proof_asked_on,
        proof_received_on=care.proof_received_on,
        hold_days=care.hold_days,
        at=act.at,
        act_id=act.id,
    ).save(force_insert=True)


def assign(act: Act, case_id: int, *, level: str, person_id: int | None, why: str, clock_id: int | None = None) -> None:
    """Gives a case to a person, or to the queue of a level."""
    CaseAssignment(
        case_id=case_id, level=level, person_id=person_id, why=why, clock_id=clock_id, at=act.at, act_id=act.id
    ).save(force_insert=True)


def place_holds(act: Act, case: Case, *, today: date, review_on: date) -> int:
    """Restrains the account, or the charges that the case is about, until it closes; the number of holds."""
    kind = HOLD_OF[case.kind]
    if kind is None:
        return 0
    charges: Sequence[int | None] = list(
        CaseCharge.objects.filter(case_id=case.id).order_by("charge_id").values_list("charge_id", flat=True)
    )
    for charge in charges or [None]:
        hold = Hold(
            account_id=case.account_id,
            charge=charge,
            kind=kind,
            from_date=today,
            review_on=max(review_on, today + timedelta(days=1)),
            booked_at=act.at,
            act_id=act.id,
        )
        hold.save(force_insert=True)
        CaseHold(hold_id=hold.id, case_id=case.id, act_id=act.id).save(force_insert=True)
    return max(len(charges), 1)


def release_holds(act: Act, case_id: int, *, today: date) -> int:
    """Releases what a case restrains still; the number of holds."""
    open_ones = frames.read(
        "SELECT c.hold_id FROM case_hold c LEFT JOIN hold_release r ON r.hold_id = c.hold_id"
        " WHERE c.case_id = %(case)s AND r.hold_id IS NULL ORDER BY 1",
        {"case": case_id},
        {"hold_id": pl.Int64},
    )["hold_id"]
    for hold in open_ones:
        HoldRelease(hold_id=hold, released_on=today, booked_at=act.at, act_id=act.id).save(force_insert=True)
    return len(open_ones)


def leader_of(account_id: int) -> int | None:
    """Who leads the team of the officer who has an account; None where nobody does."""
    found: int | None = frames.scalar(
        "SELECT l.person_id FROM account_state s JOIN owner o ON o.id = s.owner_id"
        " JOIN team_member m ON m.person_id = o.person_id JOIN team_member l ON l.team_id = m.team_id"
        " JOIN person p ON p.id = l.person_id AND p.is_active"
        " WHERE s.account_id = %(account)s AND l.part = 'leader' AND l.person_id <> m.person_id"
        " AND NOT EXISTS (SELECT 1 FROM team_member_end e WHERE e.member_id IN (m.id, l.id))"
        " ORDER BY l.id DESC LIMIT 1",
        {"account": account_id},
    )
    return found


def _works_here(act: Act, person_id: int) -> bool:
    return Person.objects.filter(id=person_id, organisation_id=act.organisation_id).exists()


def _charges(account_id: int) -> pl.DataFrame:
    return frames.read(
        "SELECT f.id FROM charge f WHERE f.account_id = %(account)s AND NOT EXISTS"
        " (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = f.act_id) ORDER BY 1",
        {"account": account_id},
        {"charge_id": pl.Int64},
    )
