"""Opening an organisation, and the people who join it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from ahadi.data import frames
from ahadi.data.models.grant import ROLES, Grant, GrantEnd
from ahadi.data.models.organisation import Organisation
from ahadi.data.models.person import LANGUAGES, Person
from ahadi.data.models.team import PARTS, Team, TeamMember, TeamMemberEnd
from ahadi.domain.audit import steps as audit
from ahadi.domain.audit.ports import Act, Actor, Performance
from ahadi.domain.people import steps
from ahadi.domain.people.ports import Access


class OrganisationAlreadyOpened(Exception):
    """An organisation of this code exists; choose another code, or work in the one that is there."""

    is_refusal = True

    def __init__(self, code: str) -> None:
        super().__init__(f"there is an organisation {code!r} already")
        self.code = code


class UnableToAddPerson(Exception):
    """The person cannot join as described: the login is taken, or a role, creditor or branch does not exist."""

    is_refusal = True


class TeamAlreadyOpened(Exception):
    """A team of this code exists; choose another code, or put people into the one that is there."""

    is_refusal = True

    def __init__(self, code: str) -> None:
        super().__init__(f"there is a team {code!r} already; put people into it, or choose another code")
        self.code = code


class UnableToChooseLanguage(Exception):
    """Pages cannot be read in this language; choose one of those that the page lists."""

    is_refusal = True


class UnableToFindTeam(Exception):
    """There is no such team in this organisation. Choose one from the list of teams."""

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


@dataclass(frozen=True)
class ResetOutcome:
    """Whose way of signing in was taken away."""

    person_id: int


@dataclass(frozen=True)
class LanguageOutcome:
    """Who reads in which language from now on; empty where they go by their browser."""

    person_id: int
    language: str


@dataclass(frozen=True)
class TeamOutcome:
    """The team, and the part in it that somebody got."""

    team_id: int
    member_id: int | None


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

    A password may be absent: the person then cannot sign in until they choose one by a link.
    Raises, in this order: UnableToChangeAccess, UnableToAddPerson.
    """
    steps.require_admin(act)
    if joining.role not in ROLES:
        raise UnableToAddPerson(f"{joining.role!r} is no role: choose one of {', '.join(ROLES)}")
    if Person.objects.filter(login=joining.login).exists():
        raise UnableToAddPerson(f"the login {joining.login!r} is taken; choose another")
    person = Person(organisation_id=act.organisation_id, login=joining.login, name=joining.name, email=joining.email)
    person.set_password(joining.password)
    person.save(force_insert=True)
    steps.give(act, person, Access(joining.role, joining.creditors, joining.branch))
    return PersonOutcome(person_id=person.id, login=person.login)


def choose_language(act: Act, *, language: str) -> LanguageOutcome:
    """Keeps the language in which somebody reads; an empty one goes by their browser. Raises UnableToChooseLanguage."""
    if language and language not in LANGUAGES:
        raise UnableToChooseLanguage(f"{language!r} is no language of the site; choose one of {', '.join(LANGUAGES)}")
    person = steps.person_of(act, act.by.person_id or 0)
    person.language = language
    person.save(update_fields=["language"])
    return LanguageOutcome(person.id, language)


def reset_password(act: Act, *, person_id: int) -> ResetOutcome:
    """Voids somebody's password and ends their sessions; they choose another by a link (`queries.password_link`).

    Raises, in this order: UnableToChangeAccess, UnableToFindPerson.
    """
    person = _reset(act, person_id)
    person.set_unusable_password()
    person.save(update_fields=["password"])
    return ResetOutcome(person.id)


def reset_second_factors(act: Act, *, person_id: int) -> ResetOutcome:
    """Takes authenticator app, passkeys and recovery codes away from somebody who lost them; ends their sessions.

    Raises, in this order: UnableToChangeAccess, UnableToFindPerson.
    """
    person = _reset(act, person_id)
    frames.execute("DELETE FROM mfa_authenticator WHERE user_id = %(person)s", {"person": person.id})
    return ResetOutcome(person.id)


def _reset(act: Act, person_id: int) -> Person:
    steps.require_admin(act)
    person = steps.person_of(act, person_id)
    steps.require_other(act, person)
    if not person.is_active:
        raise steps.UnableToChangeAccess(f"{person.name} has left; let them come back first")
    steps.end_sessions(person)
    return person


def open_team(act: Act, *, code: str, name: str) -> TeamOutcome:
    """Opens a team. Raises, in this order: UnableToChangeAccess, TeamAlreadyOpened."""
    steps.require_admin(act)
    if Team.objects.filter(organisation_id=act.organisation_id, code=code).exists():
        raise TeamAlreadyOpened(code)
    team = Team(organisation_id=act.organisation_id, code=code, name=name, act_id=act.id)
    team.save(force_insert=True)
    return TeamOutcome(team.id, None)


def join_team(act: Act, *, team_id: int, person_id: int, part: str) -> TeamOutcome:
    """Puts somebody into a team as a member or its leader; another part of theirs in it ends.

    Raises, in this order: UnableToChangeAccess, UnableToFindTeam, UnableToFindPerson.
    """
    steps.require_admin(act)
    team = _team(act, team_id)
    person = steps.person_of(act, person_id)
    if part not in PARTS:
        raise steps.UnableToChangeAccess(f"{part!r} is no part in a team: choose member or leader")
    if not person.is_active:
        raise steps.UnableToChangeAccess(f"{person.name} has left; choose somebody who works here")
    if part == "leader" and not _is_supervisor(person):
        raise steps.UnableToChangeAccess(f"{person.name} is no supervisor, and supervisors lead teams; move them first")
    for member in _members(team, person):
        TeamMemberEnd(member=member, at=act.at, act_id=act.id).save(force_insert=True)
    made = TeamMember(team=team, person=person, part=part, from_at=act.at, act_id=act.id)
    made.save(force_insert=True)
    steps.end_sessions(person)
    return TeamOutcome(team.id, made.id)


def leave_team(act: Act, *, team_id: int, person_id: int) -> TeamOutcome:
    """Ends somebody's part in a team. Raises as `join_team` does."""
    steps.require_admin(act)
    team, person = _team(act, team_id), steps.person_of(act, person_id)
    for member in _members(team, person):
        TeamMemberEnd(member=member, at=act.at, act_id=act.id).save(force_insert=True)
    steps.end_sessions(person)
    return TeamOutcome(team.id, None)


def _team(act: Act, team_id: int) -> Team:
    found = Team.objects.filter(id=team_id, organisation_id=act.organisation_id).first()
    if found is None:
        raise UnableToFindTeam("there is no such team here; choose one from the list of teams")
    return found


def _members(team: Team, person: Person) -> list[TeamMember]:
    ended = TeamMemberEnd.objects.values_list("member_id", flat=True)
    return list(TeamMember.objects.filter(team=team, person=person).exclude(id__in=ended))


def _is_supervisor(person: Person) -> bool:
    ended = GrantEnd.objects.filter(grant__person=person).values_list("grant_id", flat=True)
    return Grant.objects.filter(person=person, role="supervisor").exclude(id__in=ended).exists()
