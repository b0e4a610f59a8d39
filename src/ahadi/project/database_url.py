"""PostgreSQL URLs as Django's connection settings, and the aliases pointed at a server."""

from typing import Any

from django.db import connections
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from ahadi.project.refusal import Refusal

_PLACES = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
_NOWHERE = "postgresql:///ahadi?host=/AHADI_DATABASE_URL-is-not-set"


class UnableToReadDatabaseUrl(Refusal):
    """A database URL in the environment is not one PostgreSQL's own library understands."""


# A new connection knows no plan and no table yet, which costs the first page on it more than the page itself.
_KEPT_SECONDS = 3600


# What is prepared is asked with a few ids each time: to plan it anew for them costs more than to run it.
_PLANNED_ONCE = "-c plan_cache_mode=force_generic_plan"


def connection_settings(url: str, *, variable: str) -> dict[str, Any]:
    """Django's settings of the connection to `url`, read by libpq's rules, `?host=/socket/folder` included.

    An empty `url` gives settings that fail at the first connection with the name of the missing variable.
    Raises UnableToReadDatabaseUrl, which names `variable` and never the URL: it holds a password.
    """
    try:
        parts = conninfo_to_dict(url or _NOWHERE)
    except ProgrammingError as error:
        raise _unreadable(variable) from error
    if url and not url.startswith(("postgresql://", "postgres://")):
        raise _unreadable(variable)
    told = str(parts.pop("options", "") or "")
    named = {place: str(parts.pop(part, "") or "") for part, place in _PLACES.items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        **named,
        "CONN_MAX_AGE": _KEPT_SECONDS,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "application_name": "ahadi",
            "connect_timeout": 10,
            "prepare_threshold": 1,
            "options": f"{_PLANNED_ONCE} {told}".strip(),
            **parts,
        },
    }


def databases(*, app_url: str, owner_url: str) -> dict[str, dict[str, Any]]:
    """The aliases: `default` is the application role; `owner`, who migrates, only where its URL is known."""
    found = {"default": connection_settings(app_url, variable="AHADI_DATABASE_URL")}
    if owner_url:
        found["owner"] = connection_settings(owner_url, variable="AHADI_OWNER_DATABASE_URL")
    return found


def point_connections(*, app_url: str, owner_url: str, max_age: int = _KEPT_SECONDS) -> None:
    """Point Django's aliases at these URLs, in place: connections made already share the settings.

    Connections open in this thread are closed first; those of other threads stay where they are.
    """
    for connection in connections.all(initialized_only=True):
        connection.close()
    for alias, found in databases(app_url=app_url, owner_url=owner_url).items():
        if alias not in connections.databases:
            connections.databases[alias] = connections.configure_settings({"default": found})["default"]
        connections.databases[alias].update({**found, "CONN_MAX_AGE": max_age})


def _unreadable(variable: str) -> UnableToReadDatabaseUrl:
    return UnableToReadDatabaseUrl(
        f"{variable} is not a PostgreSQL URL. Its form is postgresql://role:password@host:5432/database, "
        "or postgresql://role:password@/database?host=/socket/folder; special characters are percent-encoded."
    )
