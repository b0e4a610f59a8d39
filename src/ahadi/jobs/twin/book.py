"""Builds the twin: opens its organisations, lets their people join, and loads their history part by part."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from django.db import connections

from ahadi.domain.audit.operations import KeyAlreadyUsed, perform
from ahadi.domain.audit.ports import OPERATOR, Act, Performance
from ahadi.domain.flows.import_history import HistoryOutcome, ProofOutcome, import_history, prove_history
from ahadi.domain.people import queries as people
from ahadi.domain.people.operations import Joining, PersonOutcome, add_person, open_organisation
from ahadi.domain.placements.operations import CreditorOutcome, open_creditor
from ahadi.domain.strategy import queries as strategies
from ahadi.jobs.reading import read_all
from ahadi.jobs.twin import part, staff
from ahadi.jobs.twin.contracts import Scope
from ahadi.jobs.twin.desk import Calendar, Call
from ahadi.jobs.twin.part import Surroundings
from ahadi.jobs.twin.portfolios import ENTERPRISES, PART_ACCOUNTS, Enterprise, sizes
from ahadi.jobs.twin.staff import Member, SignIn

T = TypeVar("T")
Tell = Callable[[str], None]


class TwinAlreadyBuilt(Exception):
    """An organisation of the twin is there already; a second twin needs an installation of its own."""

    is_refusal = True

    def __init__(self, code: str) -> None:
        super().__init__(
            f"there is an organisation {code!r} already, and not from this number of accounts, seed and day: "
            "build the twin in an installation of its own, with AHADI_HOME set to an empty folder"
        )
        self.code = code


class UnableToBuildTwin(Exception):
    """A history is loaded as the owner of the tables: set AHADI_OWNER_DATABASE_URL, and build again."""

    is_refusal = True


@dataclass(frozen=True)
class Plan:
    """How large the twin is, from which seed, and the last day of its history.

    `until` None: yesterday, by the clock of each organisation.
    """

    accounts: int
    seed: int
    until: date | None = None

    @property
    def inputs(self) -> bytes:
        """What must be the same for a build to be taken up again where it stopped."""
        return f"{self.accounts} {self.seed} {self.until or 'yesterday'}".encode()


@dataclass(frozen=True)
class Beginning:
    """The last day of an organisation's history, as it was fixed when the build began."""

    until: str


@dataclass(frozen=True)
class Site:
    """An organisation of the twin that was opened, and the last day of its history."""

    enterprise: Enterprise
    organisation_id: int
    until: date


def codes() -> list[str]:
    """The codes of the twin's organisations."""
    return [enterprise.terms.code for enterprise in ENTERPRISES]


def build(plan: Plan, *, folder: Path, tell: Tell) -> None:
    """Builds what is not built yet; started again after it was stopped, it goes on where it stopped.

    Each part is one act. The sign-ins are kept in `folder` before the people join, so that a
    stop loses none. Raises: UnableToBuildTwin, TwinAlreadyBuilt.
    """
    parts = list(zip(ENTERPRISES, sizes(plan.accounts), strict=True))
    with _as_owner():
        begun = [_begun(enterprise, plan) for enterprise in ENTERPRISES]
        sign_ins = _sign_ins(parts, plan, folder)
        for (enterprise, size), (organisation_id, until) in zip(parts, begun, strict=True):
            _build(Site(enterprise, organisation_id, until), size, plan, sign_ins, tell)
        _performed(begun[0][0], "prove_history", prove_history, ProofOutcome, b"proof")
    for organisation_id, _ in begun:
        read_all(organisation_id)


def _sign_ins(parts: list[tuple[Enterprise, int]], plan: Plan, folder: Path) -> list[SignIn]:
    """The kept passwords of these people, or new ones, kept."""
    fresh = [one for each, size in parts for one in staff.new_sign_ins(each, accounts=size, seed=plan.seed)]
    known = staff.kept(folder)
    if [one.login for one in known] == [one.login for one in fresh]:
        return known
    staff.keep(folder, fresh)
    return fresh


@contextmanager
def _as_owner() -> Iterator[None]:
    """Inside, the domain works as the role that owns the tables: a history enters as nobody else may write it."""
    if "owner" not in connections:
        raise UnableToBuildTwin(
            "the twin's history is loaded as the owner of the tables: set AHADI_OWNER_DATABASE_URL, and build again"
        )
    application = connections["default"]
    connections["default"] = connections["owner"]
    try:
        yield
    finally:
        connections["owner"].close()
        connections["default"] = application


def _build(site: Site, size: int, plan: Plan, sign_ins: list[SignIn], tell: Tell) -> None:
    enterprise, organisation_id = site.enterprise, site.organisation_id
    creditors = {
        name: _performed(
            organisation_id,
            "open_creditor",
            partial(open_creditor, name=name),
            CreditorOutcome,
            name.encode(),
        ).creditor_id
        for name in enterprise.creditors
    }
    members = staff.staff(enterprise, accounts=size, seed=plan.seed, sign_ins=sign_ins)
    for member in members:
        _join(organisation_id, member)
    around = Surroundings(
        creditors=creditors,
        owners=staff.owners(members, people.owners(organisation_id)),
        calendar=_calendar(organisation_id, site.until),
    )
    for number, first in enumerate(range(0, size, PART_ACCOUNTS)):
        scope = Scope(enterprise, number, first, min(PART_ACCOUNTS, size - first), plan.seed, site.until)
        outcome = _load(organisation_id, scope, around)
        tell(_sentence(enterprise, outcome))


def _begun(enterprise: Enterprise, plan: Plan) -> tuple[int, date]:
    """The organisation, opened where it is new, and the last day of its history."""
    code = enterprise.terms.code
    known = {house.code: house.id for house in people.houses()}
    organisation_id = known.get(code) or open_organisation(by=OPERATOR, terms=enterprise.terms)

    def begin(_act: Act) -> Beginning:
        if code in known:
            raise TwinAlreadyBuilt(code)
        return Beginning((plan.until or people.today(organisation_id) - timedelta(days=1)).isoformat())

    try:
        begun = _performed(organisation_id, "begin_twin", begin, Beginning, plan.inputs, key="twin")
    except KeyAlreadyUsed as error:
        raise TwinAlreadyBuilt(code) from error
    return organisation_id, date.fromisoformat(begun.until)


def _performed(
    organisation_id: int,
    name: str,
    operation: Callable[[Act], T],
    outcome: type[T],
    inputs: bytes,
    *,
    key: str | None = None,
) -> T:
    """One act of the build, known by its key, so that a build that was stopped does not repeat it."""
    how = Performance(OPERATOR, organisation_id, inputs, key=key or f"twin {inputs.decode()}", origin="generated")
    return perform(name, operation, outcome, how)


def _join(organisation_id: int, member: Member) -> None:
    joining = Joining(
        login=member.login,
        name=member.name,
        password=member.password,
        role=member.role,
        creditors=(member.creditor,) if member.creditor else (),
        branch=member.branch,
        email=member.login,
    )
    operation = partial(add_person, joining=joining)
    _performed(organisation_id, "add_person", operation, PersonOutcome, member.login.encode())


def _calendar(organisation_id: int, until: date) -> Calendar:
    """The steps that the organisation's strategies ask for, as the twin's officers take them."""
    return {
        product: [Call(step.code, step.day, step.channel or "call") for step in strategy.steps]
        for product, strategy in strategies.strategies(organisation_id, as_of=until).items()
    }


def _load(organisation_id: int, scope: Scope, around: Surroundings) -> HistoryOutcome:
    inputs = f"{scope.part} {scope.first} {scope.size} {scope.seed} {scope.until}".encode()

    def load(act: Act) -> HistoryOutcome:
        return import_history(act, history=part.part(scope, around), origin="generated", as_of=scope.until)

    return _performed(organisation_id, "import_history", load, HistoryOutcome, inputs)


def _sentence(enterprise: Enterprise, outcome: HistoryOutcome) -> str:
    told = ("charge", "receipt", "allocation", "contact", "promise", "hold")
    counts = ", ".join(f"{outcome.rows[table]:,} {table}s" for table in told)
    return f"{enterprise.terms.name}: {outcome.accounts:,} accounts, {counts}"
