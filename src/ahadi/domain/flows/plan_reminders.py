"""Plans the reminders of promises by the clock: each asks the gate for its channel and moment, or says why it waits
for neither.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ahadi.data.models.gate import GateDecision, PlannedContactState
from ahadi.data.models.reminder import ReminderPlan
from ahadi.domain.arrangements import reminders
from ahadi.domain.audit.ports import Act
from ahadi.domain.contact import queries as contacts
from ahadi.domain.contact import steps as gate
from ahadi.domain.contact.gathering import DEBTOR
from ahadi.domain.contact.ports import STOPPED, WAITING, Answer
from ahadi.domain.people import queries as people
from ahadi.domain.work import steps as work
from ahadi.kernel.gate import ALLOW

BATCH = 20
"""So many reminders go into one act: their debtors are held until it ends."""
_CHANNELS = ("sms", "whatsapp", "email")
_HOUR = time(9)
_PURPOSE = "reminder"


@dataclass(frozen=True)
class ReminderOutcome:
    """How many reminders wait for their moment now, how many are not sent by a rule, and how many are not needed."""

    planned: int
    refused: int
    over: int


def plan_reminders(act: Act) -> ReminderOutcome:
    """Plans reminders of today and tomorrow, a few at a time, and stops those whose promise is not open any more.

    Doing it again goes on with the next ones; one is planned once.
    """
    today, zone = work.business_date(act), ZoneInfo(people.time_zone(act.organisation_id))
    over = reminders.over(act.organisation_id, most=BATCH)
    found = reminders.due(act.organisation_id, today=today, most=BATCH)
    gate.hold(*sorted({*over["account_id"], *found["account_id"]}))
    for planned_id in over["planned_contact_id"]:
        waiting = PlannedContactState.objects.filter(planned_contact_id=planned_id, status=WAITING)
        waiting.update(status=STOPPED, rule=reminders.PROMISE_OVER, at=act.at)
    # Asked again, since the debtors are held: somebody may have planned them meanwhile.
    due = reminders.due(act.organisation_id, today=today, most=BATCH).join(found, on="reminder_id", how="semi")
    planned = sum(_plan(act, reminder_id, account_id, day, zone) for reminder_id, account_id, day in due.iter_rows())
    return ReminderOutcome(planned, due.height - planned, over.height)


def _plan(act: Act, reminder_id: int, account_id: int, day: date, zone: ZoneInfo) -> bool:
    """Plans one reminder; whether it waits for its moment."""
    wished = max(datetime.combine(day, _HOUR, zone), act.at)
    end = datetime.combine(day + timedelta(days=1), time(), zone)
    answers = contacts.every_way(account_id=account_id, at=wished, channels=_CHANNELS, purpose=_PURPOSE)
    mine = [one for one in answers if one.role == DEBTOR and one.asked.contact_point_id is not None]
    if not mine:
        _keep(act, reminder_id, rule=reminders.NO_ADDRESS)
        return False
    chosen = min(mine, key=lambda one: _moment(one, wished) or end)
    made = gate.decide(act, chosen.asked, stage="queued", at=_moment(chosen, wished) or wished)
    decision = GateDecision.objects.get(id=made.decision_id)
    if made.answer.answer != ALLOW or decision.asked_at >= end:
        rule = made.answer.reasons[0].rule_id if made.answer.reasons else chosen.reasons[0].rule_id
        _keep(act, reminder_id, rule=rule, decision_id=decision.id)
        return False
    planned_id = gate.let_wait(act, decision, due_at=decision.asked_at)
    _keep(act, reminder_id, decision_id=decision.id, planned_contact_id=planned_id)
    return True


def _moment(answer: Answer, wished: datetime) -> datetime | None:
    """When somebody may be reached this way: at the moment wished, or as soon as the gate lets."""
    return wished if answer.answer == ALLOW else answer.next_lawful_at


def _keep(
    act: Act,
    reminder_id: int,
    *,
    rule: str | None = None,
    decision_id: int | None = None,
    planned_contact_id: int | None = None,
) -> None:
    ReminderPlan(
        reminder_id=reminder_id,
        decision_id=decision_id,
        planned_contact_id=planned_contact_id,
        rule=rule,
        at=act.at,
        act_id=act.id,
    ).save(force_insert=True)
