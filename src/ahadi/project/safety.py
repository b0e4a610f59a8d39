"""Whether a database may be trusted with money: settings, roles, ownership and clock, judged and read."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from ahadi.project.refusal import Refusal

VERSION_MIN = 150000
SKEW_SECONDS_MAX = 2.0


class UnableToTrustDatabase(Refusal):
    """The database would break a promise about money or privacy; every reason is listed."""


class Cursor(Protocol):
    """What is needed of a database cursor; Django's and psycopg's both do."""

    def execute(self, query: Any, params: Any = None, /) -> Any: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...


@dataclass(frozen=True)
class RoleFacts:
    """What the connected role is and may do; memberships that it could use by SET ROLE count as its own."""

    name: str
    is_superuser: bool = False
    may_bypass_row_security: bool = False
    may_create_roles: bool = False
    may_create_databases: bool = False
    owned_tables: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """Everything judged. `settings` as current_setting() shows them to the application's own session;
    `writable_facts` as (table, privilege); `skew_seconds` is this machine's clock minus the database's."""

    settings: Mapping[str, str]
    role: RoleFacts
    writable_facts: tuple[tuple[str, str], ...] = ()
    skew_seconds: float = 0.0


@dataclass(frozen=True)
class Problem:
    """One unsafe thing: its name, what was found, what that breaks and what to do about it."""

    subject: str
    found: str
    harm: str
    remedy: str
    severity: Literal["refuse", "warn"] = "refuse"

    def __str__(self) -> str:
        return f"{self.subject} is {self.found}: {self.harm}. {self.remedy}."


@dataclass(frozen=True)
class _Rule:
    """The values of a setting that are safe. Elsewhere than on the embedded server some rules only warn."""

    setting: str
    safe: tuple[str, ...]
    harm: str
    is_checked_elsewhere: bool = True
    safe_elsewhere: tuple[str, ...] = ()

    def problem(self, found: str, *, is_embedded: bool) -> Problem | None:
        if found in self.safe or (not is_embedded and found in self.safe_elsewhere):
            return None
        return Problem(
            subject=self.setting,
            found=found or "unknown",
            harm=self.harm,
            remedy=f"Set {self.setting} to {self.safe[0]} on the server",
            severity="refuse" if is_embedded or self.is_checked_elsewhere else "warn",
        )


_LOST = "a power cut can lose receipts that were already acknowledged"
_RULES = (
    _Rule("fsync", ("on",), _LOST),
    _Rule("full_page_writes", ("on",), "a power cut can leave torn pages"),
    _Rule("synchronous_commit", ("on",), _LOST, safe_elsewhere=("local", "remote_write", "remote_apply")),
    _Rule("data_checksums", ("on",), "a failing disk changes figures unnoticed", is_checked_elsewhere=False),
    _Rule("ignore_checksum_failure", ("off",), "a failing disk changes figures unnoticed"),
    _Rule("zero_damaged_pages", ("off",), "damaged rows disappear without an error"),
    _Rule("default_transaction_isolation", ("read committed",), "locks here are written for read committed"),
    _Rule("default_transaction_read_only", ("off",), "nothing can be recorded"),
    _Rule("session_replication_role", ("origin",), "constraints and audit triggers do not fire"),
    _Rule("server_encoding", ("UTF8",), "names in other scripts cannot be stored"),
    _Rule("row_security", ("on",), "queries fail where row security applies"),
)


def problems(facts: Facts, *, is_embedded: bool) -> list[Problem]:
    """Every unsafe thing in `facts`, in a fixed order: settings, version, role, fact tables, clock.

    On the embedded server everything refuses. On a server somebody else runs, missing data checksums only
    warn, and any synchronous_commit that is durable on the server itself is accepted.
    """
    found = [
        problem
        for rule in _RULES
        if (problem := rule.problem(facts.settings.get(rule.setting, ""), is_embedded=is_embedded))
    ]
    return [*found, *_version(facts), *_role(facts.role), *_writable(facts), *_clock(facts)]


def observe(cursor: Cursor, *, fact_tables: Sequence[str]) -> Facts:
    """Read the facts over a connection of the application role; tables not made yet are passed over."""
    names = [rule.setting for rule in _RULES] + ["server_version_num", "server_version"]
    cursor.execute(
        "SELECT name, current_setting(name, true) FROM unnest(%s::text[]) AS name"
        " WHERE current_setting(name, true) IS NOT NULL",
        (names,),
    )
    settings = dict(cursor.fetchall())
    return Facts(
        settings=settings,
        role=_observe_role(cursor),
        writable_facts=_observe_writable(cursor, fact_tables),
        skew_seconds=_observe_skew(cursor),
    )


def require_safe(found: Sequence[Problem]) -> list[Problem]:
    """The warnings among `found`; raises UnableToTrustDatabase when anything in it refuses."""
    refused = [problem for problem in found if problem.severity == "refuse"]
    if refused:
        listed = "\n".join(f"  - {problem}" for problem in refused)
        raise UnableToTrustDatabase(f"Ahadi does not work on this database:\n{listed}")
    return list(found)


def _version(facts: Facts) -> list[Problem]:
    number = facts.settings.get("server_version_num", "0")
    if number.isdigit() and int(number) >= VERSION_MIN:
        return []
    return [
        Problem(
            subject="server_version",
            found=facts.settings.get("server_version", "unknown"),
            harm="constraints used here need PostgreSQL 15",
            remedy="Move the database to PostgreSQL 15 or newer",
        )
    ]


def _role(role: RoleFacts) -> list[Problem]:
    harm = "the application could alter recorded facts and their audit trail"
    wrong = {
        "a superuser": role.is_superuser,
        "allowed to bypass row security": role.may_bypass_row_security,
        "allowed to create roles": role.may_create_roles,
        "allowed to create databases": role.may_create_databases,
        f"the owner of {', '.join(role.owned_tables[:3])}": bool(role.owned_tables),
    }
    remedy = (
        "Give AHADI_DATABASE_URL a plain LOGIN role, and keep the owner's for AHADI_OWNER_DATABASE_URL; "
        "then run `ahadi database prepare`"
    )
    return [
        Problem(subject=f"role {role.name}", found=what, harm=harm, remedy=remedy)
        for what, is_so in wrong.items()
        if is_so
    ]


def _writable(facts: Facts) -> list[Problem]:
    return [
        Problem(
            subject=f"table {table}",
            found=f"open to {privilege} by role {facts.role.name}",
            harm="recorded facts could be changed",
            remedy="Run `ahadi database prepare`, which grants exactly what is needed",
        )
        for table, privilege in facts.writable_facts
    ]


def _clock(facts: Facts) -> list[Problem]:
    if abs(facts.skew_seconds) <= SKEW_SECONDS_MAX:
        return []
    return [
        Problem(
            subject="clock",
            found=f"{facts.skew_seconds:+.1f} s from the database's",
            harm="contact hours and deadlines are judged by the database's clock",
            remedy="Set both machines by NTP",
        )
    ]


def _observe_role(cursor: Cursor) -> RoleFacts:
    cursor.execute(
        "SELECT current_user, bool_or(rolsuper), bool_or(rolbypassrls), bool_or(rolcreaterole),"
        " bool_or(rolcreatedb) FROM pg_roles WHERE rolname = current_user OR"
        " (NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)"
        "  AND pg_has_role(current_user, oid, 'MEMBER'))"
    )
    name, is_superuser, bypasses, creates_roles, creates_databases = cursor.fetchone()
    cursor.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
        " AND (c.relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)"
        "      OR (NOT %s AND pg_has_role(current_user, c.relowner, 'MEMBER'))) ORDER BY 1",
        (is_superuser,),
    )
    return RoleFacts(
        name=name,
        is_superuser=is_superuser,
        may_bypass_row_security=bypasses,
        may_create_roles=creates_roles,
        may_create_databases=creates_databases,
        owned_tables=tuple(row[0] for row in cursor.fetchall()),
    )


def _observe_writable(cursor: Cursor, fact_tables: Sequence[str]) -> tuple[tuple[str, str], ...]:
    cursor.execute(
        "SELECT c.relname, p FROM unnest(%s::text[]) AS t"
        " JOIN pg_class c ON c.oid = to_regclass(quote_ident(t))"
        " CROSS JOIN unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS p"
        " WHERE has_table_privilege(c.oid, p) OR (p = 'UPDATE' AND has_any_column_privilege(c.oid, p))"
        " ORDER BY 1, 2",
        (list(fact_tables),),
    )
    return tuple((table, privilege) for table, privilege in cursor.fetchall())


def _observe_skew(cursor: Cursor) -> float:
    before = time.time()
    cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
    (there,) = cursor.fetchone()
    return (before + time.time()) / 2 - float(there)
