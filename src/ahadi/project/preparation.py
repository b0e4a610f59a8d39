"""Bringing the tables and the application's rights up to date, and judging whether the database is safe."""

from dataclasses import dataclass

from django.apps import apps
from django.core.management import call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from ahadi.data import roles
from ahadi.project import safety
from ahadi.project.refusal import Refusal

# Any fixed number: two programs that start at once must not migrate at once.
_LOCK = 4_182_061_505


class UnableToUsePreparedDatabase(Refusal):
    """The database's tables or rights are not those of this version of Ahadi."""


class UnableToPrepareDatabase(Refusal):
    """The owner's connection, which alone may migrate and grant, is not configured."""


@dataclass(frozen=True)
class Prepared:
    """How many migrations were applied and how many grants written."""

    migrations: int
    grants: int


@dataclass(frozen=True)
class Preparation:
    """The database behind Django's aliases; `is_embedded` decides what may be mended without being asked."""

    is_embedded: bool

    def require_prepared(self) -> list[safety.Problem]:
        """Bring an embedded database up to date, refuse a stale one elsewhere; then refuse an unsafe one.

        Returns warnings. Raises UnableToUsePreparedDatabase, then UnableToTrustDatabase.
        """
        if self.unapplied() or self.ungranted():
            if not self.is_embedded:
                raise UnableToUsePreparedDatabase(
                    "The tables or rights of the database named in AHADI_DATABASE_URL are older than this "
                    "version of Ahadi. Run `ahadi database prepare` with AHADI_OWNER_DATABASE_URL set."
                )
            self.prepare()
        return safety.require_safe(self.problems())

    def prepare(self) -> Prepared:
        """Migrate as the owner and grant to the application's role; running it again changes nothing.

        Raises UnableToPrepareDatabase where the owner's URL is missing.
        """
        if "owner" not in connections:
            raise UnableToPrepareDatabase(
                "The database cannot be prepared: AHADI_OWNER_DATABASE_URL is not set. "
                "Set it to the URL of the role that owns the database, for this command only."
            )
        owner = connections["owner"]
        with owner.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
            try:
                waiting = len(_unapplied(owner))
                if waiting:
                    call_command("migrate", database="owner", interactive=False, verbosity=0)
                grants = roles.grant(owner_connection=owner, app_role=self.app_role())
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))
        owner.close()
        return Prepared(migrations=waiting, grants=grants)

    def unapplied(self) -> list[str]:
        """Migrations of this version that the database lacks, as the application's role sees it."""
        if not self._may_see_migrations():
            return ["all"]
        return _unapplied(connections["default"])

    def ungranted(self) -> list[str]:
        """Tables on which the application's role lacks one of its rights."""
        wanted = [
            (model._meta.db_table, right)
            for model in apps.get_models()
            if model._meta.managed
            for right in roles.rights(model).split(", ")
        ]
        with connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT t FROM unnest(%s::text[], %s::text[]) AS wanted(t, r)"
                " WHERE NOT coalesce(has_table_privilege(to_regclass(quote_ident(t))::oid, r), false)"
                " ORDER BY t",
                ([table for table, _ in wanted], [right for _, right in wanted]),
            )
            return [table for (table,) in cursor.fetchall()]

    def problems(self) -> list[safety.Problem]:
        """What is unsafe about the database as the application's role sees it."""
        with connections["default"].cursor() as cursor:
            facts = safety.observe(cursor, fact_tables=roles.fact_tables())
        return safety.problems(facts, is_embedded=self.is_embedded)

    def app_role(self) -> str:
        """The role the application connects as."""
        return str(connections["default"].settings_dict["USER"] or self._current_user())

    def sizes(self) -> list[tuple[str, int]]:
        """The database and its five largest tables, in bytes with their indexes."""
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT 'database', pg_database_size(current_database())")
            whole = cursor.fetchall()
            cursor.execute(
                "SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind IN ('r', 'p')"
                " AND relnamespace = 'public'::regnamespace ORDER BY 2 DESC, 1 LIMIT 5"
            )
            return [(str(name), int(size)) for name, size in [*whole, *cursor.fetchall()]]

    def _current_user(self) -> str:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT current_user")
            return str(cursor.fetchone()[0])

    def _may_see_migrations(self) -> bool:
        with connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(has_table_privilege(to_regclass('django_migrations')::oid, 'SELECT'), false)"
            )
            return bool(cursor.fetchone()[0])


def _unapplied(connection: BaseDatabaseWrapper) -> list[str]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
