"""Two small organisations with people, placed accounts and receipts, made through the real acts."""

import hashlib
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl
from django.contrib.auth.hashers import Argon2PasswordHasher

from ahadi.data.models.account import Account, Hold
from ahadi.data.models.creditor import Creditor
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Act, Performance
from ahadi.domain.flows.place_batch import place_batch
from ahadi.domain.people import queries as people
from ahadi.domain.people.operations import (
    Joining,
    OrganisationTerms,
    PersonOutcome,
    add_person,
    open_organisation,
)
from ahadi.domain.placements.ports import BatchOutcome, BatchRequest, SheetOfRows


class QuickArgon2(Argon2PasswordHasher):
    """The real algorithm at its smallest, so that a test may sign people in by the dozen."""

    time_cost, memory_cost, parallelism = 1, 64, 1


PASSWORD = "a long sentence for tests"
PWANI, ZAWADI = "Pwani Home Credit", "Zawadi Stores"


@dataclass(frozen=True)
class Held:
    """What an act that holds an account reports."""

    kind: str


@dataclass
class House:
    """An organisation under way: its id and business date, and the people who sign in by login."""

    id: int
    today: date
    people: dict[str, int] = field(default_factory=dict)

    def join(self, login: str, role: str, *creditors: str, name: str = "") -> None:
        """Lets somebody join with one role."""
        joining = Joining(login, name or login.capitalize(), PASSWORD, role, creditors)
        outcome = perform("add_person", lambda act: add_person(act, joining=joining), PersonOutcome, self._how())
        self.people[login] = outcome.person_id

    def creditor(self, code: str, name: str) -> None:
        """Opens a creditor."""
        Creditor(organisation_id=self.id, code=code, name=name).save(force_insert=True)

    def place(self, creditor: str, rows: list[dict[str, object]], *, currency: str = "KES") -> BatchOutcome:
        """Places rows of debtor_number, debtor_name, reference, days_late, amount_minor and what else they have."""
        frame = pl.DataFrame(
            [
                {
                    "line": line,
                    "due_on": self.today - timedelta(days=int(str(row["days_late"]))),
                    "invoiced_on": self.today - timedelta(days=int(str(row["days_late"])) + 30),
                    **{name: value for name, value in row.items() if name != "days_late"},
                }
                for line, row in enumerate(rows, 2)
            ],
            infer_schema_length=None,
        )
        digest = hashlib.sha256(repr((creditor, rows)).encode()).digest()
        sheet = SheetOfRows(f"{creditor}.csv", digest, "mapping", frame)
        request = BatchRequest(creditor, self.today, "loan", currency, "KE")
        return perform(
            "place_batch", lambda act: place_batch(act, sheet=sheet, request=request), BatchOutcome, self._how()
        )

    def hold(self, number: str, kind: str) -> None:
        """Restrains a whole account; looked at again in a week."""

        def booked(act: Act) -> Held:
            Hold(
                account=Account.objects.get(organisation_id=self.id, number=number),
                kind=kind,
                from_date=self.today,
                review_on=self.today + timedelta(days=7),
                booked_at=act.at,
                act_id=act.id,
            ).save(force_insert=True)
            return Held(kind)

        perform("hold_account", booked, Held, self._how())

    def _how(self) -> Performance:
        return Performance(OPERATOR, self.id, b"test")


def opened(code: str) -> House:
    """An organisation without anything in it."""
    number = open_organisation(by=OPERATOR, terms=OrganisationTerms(code, code.capitalize(), "KE", "KES"))
    return House(number, people.today(number))


def debt(number: str, days_late: int, amount_minor: int, **more: object) -> dict[str, object]:
    """A row of a placement."""
    return {
        "debtor_number": number,
        "debtor_name": f"Debtor {number}",
        "reference": f"I-{number}-{days_late}",
        "days_late": days_late,
        "amount_minor": amount_minor,
        **more,
    }


def kisima() -> House:
    """An agency with two creditors, an officer, a supervisor, a creditor's person and somebody without a role."""
    house = opened("kisima")
    house.creditor("pwani", PWANI)
    house.creditor("zawadi", ZAWADI)
    house.join("amina", "officer", name="Amina Komba")
    house.join("sara", "supervisor")
    house.join("portal", "creditor", "pwani")
    paid = house.today - timedelta(days=3)
    house.place(
        "pwani",
        [
            debt("P1", 95, 2_000_000, branch="Mombasa"),
            debt("P1", 12, 150_000, branch="Mombasa"),
            debt("P2", 40, 480_000, branch="Nairobi", settled_on=paid, reference="I-P2-paid"),
            debt("P2", 20, 90_050, branch="Nairobi"),
            debt("P3", 65, 700_000, branch="Nairobi", disputed=True),
            debt("P4", -15, 300_000, branch="Nairobi"),
        ],
    )
    house.place("zawadi", [debt("Z1", 33, 1_234_500)], currency="USD")
    house.hold("P3", "DISPUTE")
    return house


def elsewhere() -> House:
    """Another organisation, whose manager must never see anything of the first."""
    house = opened("elsewhere")
    house.creditor("other", "Other Lender")
    house.join("mallory", "manager")
    house.place("other", [debt("X1", 50, 999_900)])
    return house
