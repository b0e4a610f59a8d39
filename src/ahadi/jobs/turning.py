"""What happens by the clock while the site is served: overdue cases go up, reminders of promises are planned."""

from threading import Event

from ahadi.domain.arrangements import reminders
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Performance
from ahadi.domain.audit.steps import database_clock
from ahadi.domain.cases import queries as cases
from ahadi.domain.flows.plan_reminders import ReminderOutcome, plan_reminders
from ahadi.domain.people.queries import House
from ahadi.jobs.along import along
from ahadi.jobs.closing import escalate_cases

_EVERY_SECONDS = 20.0


def turn(house: House) -> None:
    """Does what is due in an organisation by now; where nothing is, nothing is written."""
    if cases.overdue(house.id, at=database_clock()).height:
        escalate_cases(house.id)
    remind(house)


def remind(house: House) -> ReminderOutcome:
    """Plans every reminder that is due, and stops those that are not needed any more."""
    planned = refused = over = 0
    while reminders.due(house.id, today=house.today, most=1).height or reminders.over(house.id, most=1).height:
        how = Performance(OPERATOR, house.id, b"reminders")
        done = perform("plan_reminders", plan_reminders, ReminderOutcome, how)
        planned, refused, over = planned + done.planned, refused + done.refused, over + done.over
    return ReminderOutcome(planned, refused, over)


def turn_along(stop: Event, every_seconds: float = _EVERY_SECONDS) -> None:
    """Does what is due, again and again until `stop` is set; what fails is told and tried again."""
    failed = "what is due by the clock could not be done; it is done later"
    along(stop, turn, every_seconds=every_seconds, failed=failed)
