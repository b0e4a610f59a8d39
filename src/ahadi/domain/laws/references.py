"""The law of references: what a row names is there, also where the database asks it once a statement."""

from collections.abc import Iterator

import polars as pl
from django.apps import apps

from ahadi.data import frames
from ahadi.domain.laws.ports import Law


def unguarded() -> Iterator[tuple[str, str, str, str]]:
    """References without a foreign key: table, column, the table that is named, its key."""
    for model in apps.get_app_config("data").get_models():
        for field in model._meta.local_fields:
            named = field.related_model
            # Only a reference has it; the stubs of the framework know of no such attribute.
            if isinstance(named, type) and not getattr(field, "db_constraint", True):
                yield model._meta.db_table, str(field.column), named._meta.db_table, str(named._meta.pk.column)


def _orphans() -> Iterator[str]:
    for table, column, named, key in unguarded():
        found = frames.read(
            f"SELECT w.{column}, count(*) FROM {table} w WHERE w.{column} IS NOT NULL"
            f" AND NOT EXISTS (SELECT 1 FROM {named} t WHERE t.{key} = w.{column}) GROUP BY 1 ORDER BY 1",
            {},
            {"number": pl.Int64, "rows": pl.Int64},
        )
        for number, rows in found.iter_rows():
            yield f"{table}: {rows} rows name the {named} {number}, which is not there"


REFERENCE_LAWS: tuple[Law, ...] = (Law("references-hold", 5, "Every row that a row names is there.", _orphans),)
