"""Which organisations there are, what day it is in them, and who works there."""

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
from django.contrib.auth.tokens import default_token_generator
from django.utils.http import int_to_base36

from ahadi.data import frames
from ahadi.data.models.organisation import Organisation
from ahadi.data.models.person import Person
from ahadi.data.once import asked_once
from ahadi.domain.audit.ports import Actor
from ahadi.domain.audit.steps import database_clock
from ahadi.domain.people import access
from ahadi.domain.people.ports import Access


class UnableToChooseOrganisation(Exception):
    """There is no such organisation, or there are several and none was named: say which with --organisation CODE."""

    is_refusal = True


@dataclass(frozen=True)
class Choices:
    """Creditors, branches and owners of accounts, each by code with its name."""

    creditors: dict[str, str]
    branches: dict[str, str]
    receivers: dict[str, str]


@dataclass(frozen=True)
class House:
    """An organisation as other rooms need it; `today` is its business date by the database's clock."""

    id: int
    code: str
    name: str
    country: str
    currency: str
    time_zone: str
    today: date


def today(organisation_id: int) -> date:
    """The business date of an organisation: the database's clock in the organisation's time zone."""
    found: date = frames.scalar(
        "SELECT (clock_timestamp() AT TIME ZONE time_zone)::date FROM organisation WHERE id = %(id)s",
        {"id": organisation_id},
    )
    return found


def now() -> datetime:
    """This moment, by the database's clock."""
    return database_clock()


@asked_once
def time_zone(organisation_id: int) -> str:
    """The time zone of an organisation, by its tz name."""
    found: str = frames.scalar("SELECT time_zone FROM organisation WHERE id = %(id)s", {"id": organisation_id})
    return found


def houses() -> list[House]:
    """All organisations, by code."""
    return [
        House(o.id, o.code, o.name, o.country, o.currency, o.time_zone, today(o.id))
        for o in Organisation.objects.order_by("code")
    ]


def house(code: str | None) -> House:
    """The organisation of this code, or the only one. Raises UnableToChooseOrganisation."""
    known = houses()
    chosen = [one for one in known if code is None or one.code == code]
    if len(chosen) == 1:
        return chosen[0]
    names = ", ".join(one.code for one in known) or "none yet"
    if code is not None:
        raise UnableToChooseOrganisation(f"there is no organisation {code!r}; there are: {names}")
    raise UnableToChooseOrganisation(f"say which organisation with --organisation CODE; there are: {names}")


def has_second_factor(by: Actor) -> bool:
    """Whether a person has an authenticator app or a passkey."""
    return bool(
        frames.scalar(
            "SELECT EXISTS (SELECT FROM mfa_authenticator WHERE user_id = %(person)s AND type <> 'recovery_codes')",
            {"person": by.person_id},
        )
    )


PEOPLE = {
    "person_id": pl.Int64,
    "login": pl.String,
    "name": pl.String,
    "email": pl.String,
    "is_active": pl.Boolean,
    "role": pl.String,
    "creditors": pl.String,
    "branch": pl.String,
    "teams": pl.String,
    "has_second_factor": pl.Boolean,
    "has_password": pl.Boolean,
    "last_login": pl.String,
    "accounts": pl.Int64,
}
_PEOPLE = """
    SELECT p.id, p.login, p.name, p.email, p.is_active, g.role, g.creditors, g.branch, t.teams,
           EXISTS (SELECT FROM mfa_authenticator f WHERE f.user_id = p.id AND f.type <> 'recovery_codes'),
           p.password NOT LIKE '!%%', to_char(p.last_login AT TIME ZONE h.time_zone, 'YYYY-MM-DD HH24:MI'),
           (SELECT count(*) FROM account_state s JOIN owner o ON o.id = s.owner_id
            WHERE o.person_id = p.id AND s.status = 'open')
    FROM person p JOIN organisation h ON h.id = p.organisation_id
    LEFT JOIN LATERAL (
      SELECT string_agg(DISTINCT r.role, ', ' ORDER BY r.role) AS role,
             string_agg(DISTINCT c.code, ', ' ORDER BY c.code) AS creditors,
             string_agg(DISTINCT b.code, ', ' ORDER BY b.code) AS branch
      FROM grant_given r LEFT JOIN grant_end e ON e.grant_id = r.id LEFT JOIN creditor c ON c.id = r.creditor_id
      LEFT JOIN branch b ON b.id = r.branch_id WHERE r.person_id = p.id AND e.grant_id IS NULL) g ON TRUE
    LEFT JOIN LATERAL (
      SELECT string_agg(w.name, ', ' ORDER BY w.name) AS teams FROM team_member m JOIN team w ON w.id = m.team_id
      LEFT JOIN team_member_end n ON n.member_id = m.id WHERE m.person_id = p.id AND n.member_id IS NULL) t ON TRUE
    WHERE p.organisation_id = %(organisation)s AND (%(person)s::bigint IS NULL OR p.id = %(person)s)
    ORDER BY p.name, p.id
"""


def people(by: Actor, *, person_id: int | None = None) -> pl.DataFrame:
    """PEOPLE of the asker's organisation, or one of them, by name; who may ask is decided by the page."""
    return frames.read(_PEOPLE, {"organisation": by.organisation_id, "person": person_id}, PEOPLE)


def choices(by: Actor) -> Choices:
    """What access can be limited to, and who may receive accounts."""
    bound = {"organisation": by.organisation_id}
    text = {"code": pl.String, "name": pl.String}
    creditors = frames.read(
        "SELECT code, name FROM creditor WHERE organisation_id = %(organisation)s ORDER BY name", bound, text
    )
    branches = frames.read(
        "SELECT code, name FROM branch WHERE organisation_id = %(organisation)s UNION"
        " SELECT DISTINCT branch, branch FROM account WHERE organisation_id = %(organisation)s"
        " AND branch IS NOT NULL AND branch NOT IN (SELECT code FROM branch WHERE organisation_id = %(organisation)s)"
        " ORDER BY 2",
        bound,
        text,
    )
    receivers = frames.read(
        "SELECT o.code, o.name FROM owner o LEFT JOIN person p ON p.id = o.person_id"
        " WHERE o.organisation_id = %(organisation)s AND (p.id IS NULL OR p.is_active) ORDER BY o.name, o.id",
        bound,
        text,
    )
    return Choices(*(dict(frame.iter_rows()) for frame in (creditors, branches, receivers)))


TEAMS = {"team_id": pl.Int64, "code": pl.String, "name": pl.String, "leaders": pl.String, "members": pl.Int64}


def teams(by: Actor) -> pl.DataFrame:
    """TEAMS of the asker's organisation, by name."""
    return frames.read(
        "SELECT t.id, t.code, t.name, string_agg(p.name, ', ' ORDER BY p.name) FILTER (WHERE m.part = 'leader'),"
        " count(p.id) FROM team t"
        " LEFT JOIN (team_member m JOIN person p ON p.id = m.person_id"
        "   LEFT JOIN team_member_end e ON e.member_id = m.id) ON m.team_id = t.id AND e.member_id IS NULL"
        " WHERE t.organisation_id = %(organisation)s GROUP BY t.id ORDER BY t.name, t.id",
        {"organisation": by.organisation_id},
        TEAMS,
    )


MEMBERS = {"person_id": pl.Int64, "login": pl.String, "name": pl.String, "part": pl.String, "since": pl.String}


def members(by: Actor, *, team_id: int) -> pl.DataFrame:
    """MEMBERS of a team of the asker's organisation: its leaders first."""
    return frames.read(
        "SELECT p.id, p.login, p.name, m.part, to_char(m.from_at, 'YYYY-MM-DD') FROM team_member m"
        " JOIN team t ON t.id = m.team_id AND t.organisation_id = %(organisation)s JOIN person p ON p.id = m.person_id"
        " LEFT JOIN team_member_end e ON e.member_id = m.id"
        " WHERE m.team_id = %(team)s AND e.member_id IS NULL ORDER BY m.part, p.name, p.id",
        {"organisation": by.organisation_id, "team": team_id},
        MEMBERS,
    )


GRANTS = {"role": pl.String, "creditor": pl.String, "branch": pl.String, "since": pl.String}


def grants(person_id: int) -> pl.DataFrame:
    """GRANTS that somebody holds now: creditor and branch by name, null where it covers all."""
    return frames.read(
        "SELECT g.role, c.name, b.name, to_char(g.from_at, 'YYYY-MM-DD') FROM grant_given g"
        " LEFT JOIN grant_end e ON e.grant_id = g.id LEFT JOIN creditor c ON c.id = g.creditor_id"
        " LEFT JOIN branch b ON b.id = g.branch_id"
        " WHERE g.person_id = %(person)s AND e.grant_id IS NULL ORDER BY g.role, c.name, b.name, g.id",
        {"person": person_id},
        GRANTS,
    )


def seen(by: Actor) -> int:
    """How many open accounts somebody sees."""
    scope = access.accounts(by)
    return int(
        frames.scalar(
            "SELECT count(*) FROM account a JOIN account_state s ON s.account_id = a.id AND s.status = 'open'"
            f" WHERE {scope.condition}",
            scope.parameters,
        )
    )


def would_see(by: Actor, *, person_id: int, terms: Access) -> int:
    """How many open accounts a person of the asker's organisation would see with this access."""
    wanted = frames.read(
        "SELECT %(role)s::text, c.id, %(branch)s::text, FALSE FROM (SELECT 1) one LEFT JOIN creditor c"
        " ON c.organisation_id = %(organisation)s AND c.code = ANY(%(creditors)s) ORDER BY 2",
        {
            "organisation": by.organisation_id,
            "role": terms.role,
            "branch": terms.branch,
            "creditors": list(terms.creditors),
        },
        {"role": pl.String, "creditor_id": pl.Int64, "branch": pl.String, "leads": pl.Boolean},
    )
    scope = access.given(Actor("", person_id=person_id, organisation_id=by.organisation_id), wanted)
    return int(
        frames.scalar(
            "SELECT count(*) FROM account a JOIN account_state s ON s.account_id = a.id AND s.status = 'open'"
            f" WHERE {scope.condition}",
            scope.parameters,
        )
    )


def password_link(by: Actor, *, person_id: int) -> str:
    """What stands in the address by which a person of the asker's organisation chooses a password.

    It holds until a password is chosen, until another reset, or until its time is over; it is never stored.
    """
    person = Person.objects.get(id=person_id, organisation_id=by.organisation_id or 0)
    return f"{int_to_base36(person.id)}-{default_token_generator.make_token(person)}"


@asked_once
def owner_of(login: str) -> int | None:
    """The owner that an officer's login, or a queue's code, stands for."""
    found: int | None = frames.scalar("SELECT id FROM owner WHERE code = %(code)s ORDER BY id LIMIT 1", {"code": login})
    return found


def owners(organisation_id: int) -> pl.DataFrame:
    """Officers and queues of an organisation: owner_id, code, name, and how many open accounts each has."""
    return frames.read(
        "SELECT o.id, o.code, o.name, count(s.account_id) FROM owner o"
        " LEFT JOIN account_state s ON s.owner_id = o.id AND s.status = 'open'"
        " WHERE o.organisation_id = %(organisation)s GROUP BY o.id ORDER BY o.name, o.id",
        {"organisation": organisation_id},
        {"owner_id": pl.Int64, "code": pl.String, "name": pl.String, "accounts": pl.Int64},
    )


def last_close(organisation_id: int) -> tuple[date, datetime] | None:
    """The last closed business date and when it was closed."""
    day = frames.scalar(
        "SELECT max(business_date) FROM close WHERE organisation_id = %(id)s AND stage = 'day'", {"id": organisation_id}
    )
    at = frames.scalar(
        "SELECT max(at) FROM close WHERE organisation_id = %(id)s AND stage = 'day'", {"id": organisation_id}
    )
    return None if day is None else (day, at)
