"""Begins contacts, at once or when their planned moment has come: nothing goes out but through here."""

from dataclasses import dataclass, replace

from ahadi.data.models.contact import ContactAccount
from ahadi.data.models.gate import GateOverride, PlannedContact, PlannedContactState
from ahadi.domain.arrangements import reminders
from ahadi.domain.audit.ports import Act
from ahadi.domain.contact import steps as gate
from ahadi.domain.contact.ports import BEGUN, STOPPED, WAITING, Asked, Decided
from ahadi.domain.desk import steps as desk
from ahadi.domain.people import access
from ahadi.domain.work import queries
from ahadi.kernel.gate import ALLOW, BLOCK, WARN

REASONS = ("debtor_asked", "legal_duty", "safety", "facts_checked")
"""Why a supervisor may take a warning upon themselves."""
_SUPERVISORS = ("supervisor", "manager")


class UnableToOverrideGate(Exception):
    """A warning of the gate is overridden only by a supervisor or manager, for one of the reasons of the list."""

    is_refusal = True


class UnableToBeginPlannedContact(Exception):
    """There is no such contact waiting; choose one that waits from the account's page."""

    is_refusal = True


class PlannedContactAlreadySettled(Exception):
    """This planned contact has begun already, or was stopped; see on the account what became of it."""

    is_refusal = True

    def __init__(self, planned_contact_id: int, status: str) -> None:
        super().__init__(f"this planned contact was {status} already; see on the account what became of it")
        self.planned_contact_id = planned_contact_id


@dataclass(frozen=True)
class ReachOutcome:
    """What the gate said, the decision that was kept, and the contact that began, None where it did not."""

    decision_id: int
    answer: str
    rules: list[str]
    next_lawful_at: str | None
    contact_id: int | None


def begin_contact(
    act: Act, *, asked: Asked, also_about: tuple[int, ...] = (), override_reason: str | None = None
) -> ReachOutcome:
    """Asks the gate and, where it lets, begins an outbound contact; a refusal is kept as well.

    With several accounts each is asked about, and the strictest answer holds. A warning needs `override_reason` from
    a supervisor. Raises, in this order: UnableToFindAccount, UnableToOverrideGate, DebtorAlreadyClaimed,
    UnableToAskGate.
    """
    for account_id in (asked.account_id, *also_about):
        queries.require_seen(by=act.by, account_id=account_id)
    if override_reason is not None:
        _require_supervisor(act, override_reason)
    desk.require_free(act, asked.account_id, *also_about)
    gate.hold(asked.account_id, *also_about, party_id=asked.person_id)
    others = [gate.decide(act, replace(asked, account_id=one), stage="begun") for one in also_about]
    made = gate.decide(act, asked, stage="begun")
    strictest = max([made, *others], key=lambda one: (ALLOW, WARN, BLOCK).index(one.answer.answer))
    contact_id = None
    if strictest.answer.answer == ALLOW or (strictest.answer.answer == WARN and override_reason is not None):
        if made.answer.answer == WARN:
            _override(act, made, override_reason)
        contact_id = gate.begin(act, made.decision_id)
        for account_id in also_about:
            ContactAccount(contact_id=contact_id, account_id=account_id, act_id=act.id).save(force_insert=True)
        desk.dialled(act, asked.account_id, contact_id)
    return ReachOutcome(*gate.told_of(strictest), contact_id)


def begin_planned(act: Act, *, planned_contact_id: int) -> ReachOutcome:
    """Asks the gate again as a planned contact begins; what it blocks or warns of now is stopped.

    Raises UnableToBeginPlannedContact, UnableToFindAccount, PlannedContactAlreadySettled, UnableToAskGate.
    """
    planned = PlannedContact.objects.filter(id=planned_contact_id).first()
    if planned is None:
        raise UnableToBeginPlannedContact("there is no such contact waiting; choose one from the account's page")
    queries.require_seen(by=act.by, account_id=planned.account_id)
    gate.hold(planned.account_id, party_id=planned.party_id)
    state = PlannedContactState.objects.get(planned_contact_id=planned_contact_id)
    if state.status != WAITING:
        raise PlannedContactAlreadySettled(planned_contact_id, state.status)
    if reminders.is_over(planned_contact_id):
        raise UnableToBeginPlannedContact("the promise is not open any more, so there is nothing to remind of")
    made = gate.decide(act, gate.asked_again(planned), stage="begun")
    contact_id = gate.begin(act, made.decision_id) if made.answer.answer == ALLOW else None
    state.status, state.at = (BEGUN if contact_id is not None else STOPPED), act.at
    state.rule = None if contact_id is not None else made.answer.reasons[0].rule_id
    state.save(update_fields=["status", "rule", "at"])
    return ReachOutcome(*gate.told_of(made), contact_id)


def _override(act: Act, made: Decided, reason: str | None) -> None:
    GateOverride(decision_id=made.decision_id, reason=reason or "", at=act.at, act_id=act.id).save(force_insert=True)


def _require_supervisor(act: Act, reason: str) -> None:
    if reason not in REASONS:
        raise UnableToOverrideGate(f"{reason!r} is no reason to go on; choose one of {', '.join(REASONS)}")
    if not access.rights(act.by).may(*_SUPERVISORS):
        raise UnableToOverrideGate("a warning of the gate is overridden by a supervisor or manager; ask yours")
