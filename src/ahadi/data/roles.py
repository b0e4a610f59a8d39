"""What the application role may do, table by table: derived from each model's kind, granted by the owner."""

from django.apps import apps
from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

from ahadi.data.models.kinds import Record, Table

_ALL = "SELECT, INSERT, UPDATE, DELETE"
_RIGHTS = {
    "append": "SELECT, INSERT",
    "state": "SELECT, INSERT, UPDATE",
    "record": "SELECT, INSERT, UPDATE",
    "passing": _ALL,
}
# Tables of the libraries that the application writes; all others of theirs it only reads.
_FRAMEWORK_RIGHTS = {
    "django_session": _ALL,
    "usersessions_usersession": _ALL,
    # People add and remove their own second factors.
    "mfa_authenticator": _ALL,
    # Who somebody is to an identity provider: learnt at their first sign-in through it, noted at every other.
    "socialaccount_socialaccount": "SELECT, INSERT, UPDATE",
}
# Written by trigger under the rights of the owner; the application may look, and nothing else.
_TRIGGER_WRITTEN = {"change"}


def _tables() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.managed]


def fact_tables() -> list[str]:
    """Names of the append-only tables."""
    return sorted(model._meta.db_table for model in _tables() if issubclass(model, Table) and model.writes == "append")


def rights(model: type[models.Model]) -> str:
    """The privileges of the application role on the table of `model`, as GRANT spells them."""
    table = model._meta.db_table
    if table in _TRIGGER_WRITTEN:
        return "SELECT"
    if issubclass(model, Record) and model.personal:
        return "SELECT, INSERT, UPDATE, DELETE"
    if issubclass(model, Table):
        return _RIGHTS[model.writes]
    return _FRAMEWORK_RIGHTS.get(table, "SELECT")


def grant_statements(app_role: str) -> list[sql.Composed]:
    """The statements that give `app_role` exactly its rights, and take away any others."""
    role = sql.Identifier(app_role)
    statements = [
        sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(role),
        sql.SQL("REVOKE CREATE ON SCHEMA public FROM {}").format(role),
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role),
        sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(role),
        sql.SQL("GRANT SELECT ON django_migrations TO {}").format(role),
    ]
    for model in _tables():
        statements.append(
            sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(rights(model)), sql.Identifier(model._meta.db_table), role)
        )
    return statements


def grant(*, owner_connection: BaseDatabaseWrapper, app_role: str) -> int:
    """Gives `app_role` its rights on every table and returns the number of statements run."""
    statements = grant_statements(app_role)
    with transaction.atomic(using=owner_connection.alias), owner_connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    return len(statements)
