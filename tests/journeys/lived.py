"""A book that was lived in, for the pictures: the demonstration's agency with its history, and a floor at work."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from django.test import Client

from ahadi.data.models.act import Act as ActRow
from ahadi.data.models.creditor import Creditor
from ahadi.data.models.desk import DelayReason, Guideline
from ahadi.data.models.party import IdentityProposal
from ahadi.data.models.person import Person
from ahadi.data.models.plan_of_work import Roster
from ahadi.domain.audit.ports import OPERATOR, Actor
from ahadi.domain.audit.steps import database_clock
from ahadi.domain.people import queries as people
from ahadi.domain.people.queries import House
from ahadi.domain.work import queries as work
from ahadi.jobs import closing
from ahadi.jobs.twin import book, floor, located, raised
from ahadi.jobs.twin.portfolios import AGENCY

from . import tour

ACCOUNTS, SEED, DAYS, OFFICERS, OFFERS = 260, 7, 2, 7, 5
HOURS = (6, 3)
BANK, SETTLED_FROM = "PHB", 90
REASONS = (
    "SALARY_DELAY",
    "SALARY_DELAY",
    "SALARY_DELAY",
    "UNEMPLOYED",
    "ILLNESS_SELF",
    "FORGOT",
    "FORGOT",
    "PAYMENT_DISPUTE",
)
RESULTS = ("NC_NOANS", "NC_BUSY", "NC_NOANS")
PAUSES = ("break", "training")
WISHES = {
    "work": "Call before ten or after five; name the bank before anything else.\nNo calls on Fridays after noon.",
    "settlement": "Parts by mandate house-1. Nothing is forgiven of a loan that is younger than 90 days.",
    "misc": "Branch managers are told of every hardship within a day.",
}
VISITS = (3, 3, 2, 2, 2)
"""How often accounts were visited this week: three are the most that the house permits."""


@dataclass(frozen=True)
class Desk:
    """Somebody at a desk, by forms alone."""

    client: Client

    def takes(self) -> str:
        """Takes the account that comes first; where it stands."""
        self.client.post("/desk/next/")
        found = re.search(r'action="(/desk/[0-9A-Z-]+/)call/"', self._page())
        return found[1] if found else ""

    def calls(self, account: str) -> None:
        """Begins a call."""
        point = re.search(r'name="point" value="([^"]+)"', self._page())
        self.client.post(f"{account}call/", {"point": point[1] if point else ""})

    def talks(self, account: str) -> None:
        """Somebody answers, and names two facts."""
        self.client.post(f"{account}moves/answer/")
        proofs = re.findall(r'name="proof" value="([^"]+)"', self._page())
        self.client.post(f"{account}moves/verify/", {"proof": proofs[:2]})

    def ends(self, account: str, **outcome: str) -> None:
        """Writes down what came of it."""
        self.client.post(f"{account}outcome/", outcome)

    def promises(self, account: str, day: date) -> None:
        """Promises what the card proposes, for a day."""
        card = self.client.get(f"{account}cards/promise/", HTTP_HX_REQUEST="true").content.decode()
        amount = re.search(r'name="amount" value="([^"]*)"', card) or re.search(
            r'value="([^"]*)"[^>]*name="amount"', card
        )
        self.ends(
            account, result="promise", amount=amount[1] if amount else "10,000", day=day.isoformat(), advances="1"
        )

    def _page(self) -> str:
        return self.client.get("/desk/").content.decode()


def lived_in(monkeypatch: pytest.MonkeyPatch, folder: Path) -> tuple[Any, Any]:
    """The house twice: pages of what stands well look at the first, those of what is held and known at the second."""
    site = _built(monkeypatch, folder)
    everybody = Actor(OPERATOR.login, None, site.id)
    listed = work.listing(by=everybody, as_of=site.today).ranked.sort("rank")
    staff = _staff(everybody, listed)
    mine = listed.filter(pl.col("owner_id") == people.owner_of(staff["amina"].login))
    old = mine.filter(pl.col("days_late") >= SETTLED_FROM)["number"].to_list()
    made = tour.pages_of_tests("scenery").House
    logins = {name: person.login for name, person in staff.items()}
    ids = {name: person.id for name, person in staff.items()}
    well, held = (
        made(site.id, site.today, people=dict(ids), numbers=tuple(pair), logins=logins)
        for pair in (old[:2], mine.filter(~pl.col("number").is_in(old[:2]))["number"].to_list()[-2:])
    )
    likely = IdentityProposal.objects.filter(organisation_id=site.id, kind="same_person").order_by(
        "-certainty_pct", "id"
    )
    well.things["proposal"] = likely[0].id
    _all_day(well)
    _told(well, listed["number"].to_list())
    _visited(well, listed.filter(pl.col("owner_id") != people.owner_of(logins["amina"]))["number"].to_list())
    _wishes(well)
    _at_work(well)
    return well, held


def _built(monkeypatch: pytest.MonkeyPatch, folder: Path) -> House:
    monkeypatch.setattr(book, "ENTERPRISES", (AGENCY,))
    monkeypatch.setattr(book, "sizes", lambda accounts: [accounts])
    monkeypatch.setattr("ahadi.jobs.twin.staff._ACCOUNTS_PER_OFFICER", ACCOUNTS // OFFICERS)
    monkeypatch.setattr("ahadi.jobs.twin.floor._ASKED", OFFERS)
    book.build(book.Plan(ACCOUNTS, SEED), folder=folder, tell=lambda _line: None)
    (house,) = people.houses()
    for back in range(DAYS, 0, -1):
        closing.close(house, day=house.today - timedelta(days=back), tell=lambda _told: None)
    raised.raise_some(house)
    located.locate_some(house)
    floor.man(house)
    return house


def _staff(everybody: Actor, listed: pl.DataFrame) -> dict[str, Person]:
    """Who signs in, by what the walk calls them; Amina is the officer with most people of the bank."""
    rows = people.people(everybody).filter(pl.col("is_active")).sort("person_id").iter_rows(named=True)
    known = [(row["role"], Person.objects.get(id=row["person_id"])) for row in rows]
    officers = [person for role, person in known if role == "officer"]
    banked = listed.filter(pl.col("number").str.starts_with(BANK))["owner_id"].to_list()
    officers.sort(key=lambda person: -banked.count(people.owner_of(person.login)))
    found = {"amina": officers[0]} | {f"officer{turn}": person for turn, person in enumerate(officers[1:])}
    for role, name in (("supervisor", "sara"), ("manager", "mona"), ("admin", "ada")):
        found[name] = next(person for had, person in known if had == role)
    for person in found.values():
        person.set_password(tour.pages_of_tests("scenery").PASSWORD)
        person.save(update_fields=["password"])
    return found


def _all_day(house: Any) -> None:
    """Everybody works around the hour of the pictures; all at once, so that nobody is left alone between."""
    hour = database_clock().astimezone(ZoneInfo(people.time_zone(house.id))).hour
    act = ActRow.objects.order_by("-id")[0]
    for login in (name for name in house.people if name.startswith(("amina", "officer"))):
        Roster(
            person_id=house.people[login],
            weekdays=[1, 2, 3, 4, 5, 6, 7],
            from_minute=max(0, hour - HOURS[0]) * 60,
            until_minute=min(24, hour + HOURS[1]) * 60,
            from_date=house.today,
            booked_at=act.at,
            act_id=act.id,
        ).save(force_insert=True)


def _told(house: Any, numbers: Iterable[str]) -> None:
    """Every second one who is late has told us why."""
    act = ActRow.objects.order_by("-id")[0]
    for turn, number in enumerate(list(numbers)[::2]):
        reason = REASONS[turn % len(REASONS)]
        DelayReason(account_id=house.account(number), contact_id=None, reason=reason, at=act.at, act=act).save(
            force_insert=True
        )


def _visited(house: Any, numbers: list[str]) -> None:
    for number, times in zip(reversed(numbers), VISITS, strict=False):
        for _ in range(times):
            house.begin(number, "visit")


def _wishes(house: Any) -> None:
    """What the first creditor wants of us."""
    act = ActRow.objects.order_by("-id")[0]
    creditor = Creditor.objects.filter(organisation_id=house.id).order_by("name")[0]
    for section, text in WISHES.items():
        Guideline(creditor=creditor, section=section, text=text, from_date=house.today, at=act.at, act_id=act.id).save(
            force_insert=True
        )


def _at_work(house: Any) -> None:
    """What the officers did until now, and where each of them stands."""
    scenery = tour.pages_of_tests("scenery")
    for turn, name in enumerate(name for name in house.people if name.startswith("officer")):
        client = Client()
        client.post("/sign-in/", {"login": house.logins[name], "password": scenery.PASSWORD})
        desk = Desk(client)
        for call in range(3 + turn % 3):
            account = desk.takes()
            if not account:
                break
            desk.calls(account)
            if call == 1:
                desk.talks(account)
                desk.promises(account, house.today + timedelta(days=1 + turn % 4))
            else:
                desk.ends(account, result=RESULTS[(turn + call) % len(RESULTS)], advances="1")
        _stands(desk, turn)


def _stands(desk: Desk, turn: int) -> None:
    """At a pause, before a call, dialling or talking."""
    if turn % 4 == 3:
        desk.client.post("/desk/pause/", {"code": PAUSES[turn % len(PAUSES)]})
        return
    account = desk.takes()
    if account and turn % 4:
        desk.calls(account)
    if account and turn % 4 == 2:
        desk.client.post(f"{account}moves/answer/")
