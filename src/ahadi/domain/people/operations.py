"""Opening an organisation, and the people who join it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from ahadi.data.models.creditor import Creditor
from ahadi.data.models.grant import ROLES, Grant
from ahadi.data.models.organisation import Branch, Organisation
from ahadi.data.models.person import Owner, Person
from ahadi.domain.audit import steps as audit
from ahadi.domain.audit.ports import Act, Actor, Performance


class OrganisationAlreadyOpened(Exception):
    """An organisation of this code exists; choose another code, or work in the one that is there."""

    is_refusal = True

    def __init__(self, code: str) -> None:
        super().__init__(f"there is an organisation {code!r} already")
        self.code = code


class UnableToAddPerson(Exception):
    """The person cannot join as described: the login is taken, or a role, creditor or branch does not exist."""

    is_refusal = True


@dataclass(frozen=True)
class OrganisationTerms:
    """What an organisation is when it opens; country and currency by ISO code, the zone by its tz name."""

    code: str
    name: str
    country: str
    currency: str
    time_zone: str = "UTC"
    language: str = "en"


@dataclass(frozen=True)
class Joining:
    """Somebody who joins: what they sign in with, their role, and the creditors and branch it is limited to."""

    login: str
    name: str
    password: str | None
    role: str
    creditors: Sequence[str] = ()
    branch: str | None = None
    email: str = ""


@dataclass(frozen=True)
class PersonOutcome:
    """Who joined."""

    person_id: int
    login: str


def open_organisation(*, by: Actor, terms: OrganisationTerms) -> int:
    """Opens an organisation and returns its id. Raises: OrganisationAlreadyOpened."""
    with transaction.atomic(durable=True):
        if Organisation.objects.filter(code=terms.code).exists():
            raise OrganisationAlreadyOpened(terms.code)
        organisation = Organisation(**vars(terms))
        organisation.save(force_insert=True)
        audit.begin("open_organisation", Performance(by, organisation.id, terms.code.encode()))
        return int(organisation.id)


def add_person(act: Act, *, joining: Joining) -> PersonOutcome:
    """Lets somebody join with one role; an officer becomes an owner of accounts.

    A password may be absent: the person then cannot sign in until one is set. Raises: UnableToAddPerson.
    """
    if joining.role not in ROLES:
        raise UnableToAddPerson(f"{joining.role!r} is no role: choose one of {', '.join(ROLES)}")
    if Person.objects.filter(login=joining.login).exists():
        raise UnableToAddPerson(f"the login {joining.login!r} is taken")
    person = Person(organisation_id=act.organisation_id, login=joining.login, name=joining.name, email=joining.email)
    person.set_password(joining.password)
    person.save(force_insert=True)
    branch = _branch(act, joining.branch)
    for creditor_id in _creditors(act, joining.creditors):
        Grant(
            person=person,
            role=joining.role,
            creditor_id=creditor_id,
            branch=branch,
            from_at=act.at,
            act_id=act.id,
        ).save(force_insert=True)
    if joining.role in ("officer", "field"):
        Owner(
            organisation_id=act.organisation_id,
            person=person,
            branch=branch,
            code=joining.login,
            name=joining.name,
        ).save(force_insert=True)
    return PersonOutcome(person_id=person.id, login=person.login)


def _branch(act: Act, code: str | None) -> Branch | None:
    if code is None:
        return None
    branch, _ = Branch.objects.get_or_create(organisation_id=act.organisation_id, code=code, defaults={"name": code})
    return branch


def _creditors(act: Act, names: Sequence[str]) -> list[int | None]:
    if not names:
        return [None]
    known = dict(Creditor.objects.filter(organisation_id=act.organisation_id).values_list("code", "id"))
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise UnableToAddPerson(f"there is no creditor {', '.join(unknown)} here")
    return [known[name] for name in names]
