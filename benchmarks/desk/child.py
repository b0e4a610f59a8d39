"""The book of the desk: people, a placed book, its lists; each task in a process of its own, answered in JSON."""

import sys
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from load import child as load

LOGIN = "officer-{}"


def staff(count: str) -> dict[str, Any]:
    """Opens the organisation with its creditor, and lets so many officers and one supervisor join."""
    from ahadi.domain.audit.operations import perform
    from ahadi.domain.audit.ports import OPERATOR, Performance
    from ahadi.domain.people.operations import Joining, OrganisationTerms, PersonOutcome, add_person, open_organisation
    from ahadi.domain.placements.operations import CreditorOutcome, open_creditor

    terms = OrganisationTerms("bench", "Bench House", "KE", "KES", "Africa/Nairobi")
    house = open_organisation(by=OPERATOR, terms=terms)
    how = Performance(OPERATOR, house, b"bench")
    perform("open_creditor", partial(open_creditor, name=load.CREDITOR), CreditorOutcome, how)
    logins = [(LOGIN.format(turn), "officer") for turn in range(int(count))] + [("supervisor", "supervisor")]
    for login, role in logins:
        joining = Joining(login, login.replace("-", " ").title(), None, role)
        perform("add_person", partial(add_person, joining=joining), PersonOutcome, how)
    return {"officers": int(count)}


def read() -> dict[str, Any]:
    """Reads names and numbers of the whole book, so that they are found."""
    from ahadi.domain.people.queries import houses
    from ahadi.jobs.reading import read_all

    return {"parties": read_all(houses()[0].id)}


def close() -> dict[str, Any]:
    """Closes every day up to yesterday, so that each officer has a list of today."""
    from ahadi.domain.people.queries import house, last_close
    from ahadi.jobs import closing

    mine = house("bench")
    yesterday = mine.today - timedelta(days=1)
    last = last_close(mine.id)
    if last is None or last[0] < yesterday:
        closing.close(mine, day=yesterday, tell=lambda progress: None)
    return {"day": yesterday.isoformat()}


def sessions(count: str) -> dict[str, Any]:
    """Signs so many officers and the supervisor in: the cookie of each, by login."""
    from django.test import Client

    from ahadi.data.models.person import Person
    from ahadi.web.frame import attendance

    logins = [LOGIN.format(turn) for turn in range(int(count))] + ["supervisor"]
    found = {}
    for person in Person.objects.filter(login__in=logins):
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        session = client.session
        attendance.begin(session)
        session.save()
        found[person.login] = session.session_key
    return {"cookies": found}


def closed() -> dict[str, Any]:
    """The last day that was closed: beyond midnight of the house's zone it is not yesterday of this machine."""
    from ahadi.data import frames

    return {"day": frames.scalar("SELECT max(business_date) FROM close WHERE stage = 'day'").isoformat()}


def today() -> dict[str, Any]:
    """The day on which the book is placed: yesterday, for a list is of the day after a close."""
    return {"day": (date.today() - timedelta(days=1)).isoformat()}  # noqa: DTZ011 (the day of this machine)


def bank() -> dict[str, Any]:
    """Books a receipt for each account whose reference is read, and tells when it is done; ends with the input."""
    from ahadi.data.models.account import Account
    from ahadi.domain.audit.operations import perform
    from ahadi.domain.audit.ports import OPERATOR, Performance
    from ahadi.domain.flows.receive_batch import receive_batch
    from ahadi.domain.people.queries import house
    from ahadi.domain.placements.ports import BatchOutcome
    from ahadi.web.frame import reference as references

    mine = house("bench")
    booked = 0
    print("READY", flush=True)
    for line in sys.stdin:
        account, reference = line.split()
        owed = Account.objects.get(organisation_id=mine.id, id=references.read("account", account))
        sheet, request = _receipt(owed.number, reference, mine.today)
        how = Performance(OPERATOR, mine.id, reference.encode())
        perform("receive_batch", partial(receive_batch, sheet=sheet, request=request), BatchOutcome, how)
        booked += 1
        print(f"BOOKED {reference}", flush=True)
    return {"booked": booked}


def _receipt(number: str, reference: str, day: date) -> Any:
    import hashlib

    import polars as pl

    from ahadi.domain.placements.ports import BatchRequest, SheetOfRows

    row = {"line": 2, "receipt_reference": reference, "account_number": number, "amount_minor": 100, "value_date": day}
    sheet = SheetOfRows("bank.csv", hashlib.sha256(reference.encode()).digest(), "mapping", pl.DataFrame([row]))
    return sheet, BatchRequest(load.CREDITOR, day, "loan", "KES", "KE")


load.TASKS |= {task.__name__: task for task in (staff, read, close, sessions, closed, today, bank)}

if __name__ == "__main__":
    load.main()
