"""The law of references: what a row names is there, also where the database asks it once a statement."""

from collections.abc import Iterator

import polars as pl
from django.apps import apps
from django.db import models

from ahadi.data import frames
from ahadi.domain.laws.ports import Law


def unguarded() -> Iterator[tuple[str, str, str, str]]:
    """References without a foreign key: table, column, the table that is named, its key."""
    for model in apps.get_app_config("data").get_models():
        for field in model._meta.local_fields:
            named = field.related_model
            if isinstance(field, models.ForeignKey) and not field.db_constraint and isinstance(named, type):
                yield model._meta.db_table, field.column, named._meta.db_table, named._meta.pk.column


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
