"""The list of promises: what is planned to remind of each, and by which rule nothing is sent."""

from datetime import timedelta
from functools import partial

from ahadi.domain.arrangements.ports import Promised, PromiseOutcome
from ahadi.domain.flows.make_promise import make_promise
from ahadi.domain.flows.plan_reminders import ReminderOutcome, plan_reminders

from .conftest import SignedIn
from .scenery import House, debt


def test_list_says_when_somebody_is_reminded_or_why_not(house: House, signed_in: SignedIn) -> None:
    house.place("pwani", [debt("R1", 30, 100_000, phone="+254712000001"), debt("R2", 30, 100_000)])
    for number in ("R1", "R2"):
        promised = [Promised(house.today + timedelta(days=1), 5_000)]
        take = partial(make_promise, account_id=house.account(number), promised=promised)
        house.perform("make_promise", take, PromiseOutcome)
    page = signed_in("sara").get("/promises/?view=week").content.decode()
    assert page.count("Reminder planned for") == 2
    assert house.perform("plan_reminders", plan_reminders, ReminderOutcome).refused >= 1
    page = signed_in("sara").get("/promises/?view=week").content.decode()
    assert "Reminder not sent: There is no number or address for a message" in page
