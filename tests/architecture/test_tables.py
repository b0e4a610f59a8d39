"""Tables: foreign keys point down, every noun is filed, the migrations are one line and up to date."""

import re
from collections.abc import Iterator, Sequence

import pytest
from django.apps import apps
from django.db import models
from django.db.migrations import operations
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState

from ahadi.data.apps import NOUNS
from ahadi.data.models.kinds import Table

from .source import PACKAGE

_WRITTEN = (operations.RunSQL, operations.RunPython)


def _noun(model: type[models.Model]) -> str:
    return model.__module__.rsplit(".", 1)[-1]


def _pointing_up(order: Sequence[str]) -> Iterator[str]:
    """Foreign keys to a noun that stands further right in `order` than their own."""
    for model in apps.get_app_config("data").get_models():
        for field in model._meta.local_fields:
            target = field.related_model
            if not isinstance(target, type) or target._meta.app_label != "data":
                continue
            if order.index(_noun(target)) > order.index(_noun(model)):
                yield f"{model.__name__}.{field.name} points up to {target.__name__}"


def test_foreign_keys_point_down() -> None:
    assert not list(_pointing_up(NOUNS))


def test_foreign_key_that_points_up_is_found() -> None:
    account_too_low = ["account", *(noun for noun in NOUNS if noun != "account")]
    assert "Account.party points up to Party" in list(_pointing_up(account_too_low))


def test_every_module_of_models_is_a_noun() -> None:
    files = {file.stem for file in (PACKAGE / "data" / "models").glob("*.py")} - {"__init__", "kinds"}
    assert files == set(NOUNS)


def test_every_table_says_how_it_may_be_written() -> None:
    kindless = [model.__name__ for model in apps.get_app_config("data").get_models() if not issubclass(model, Table)]
    assert not kindless


def test_nothing_is_deleted_with_what_it_points_to() -> None:
    cascading = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_app_config("data").get_models()
        for field in model._meta.local_fields
        if field.remote_field and field.remote_field.on_delete is not models.PROTECT
    ]
    assert not cascading


def test_no_table_has_an_order_of_its_own() -> None:
    """An order that nobody asked for costs a sort, and hides that a query forgot to ask."""
    assert not [model.__name__ for model in apps.get_models() if _noun(model) in NOUNS and model._meta.ordering]


def _migrations() -> list[Migration]:
    loader = MigrationLoader(None)
    own = [migration for (label, _), migration in loader.disk_migrations.items() if label == "data"]
    return sorted(own, key=lambda migration: migration.name)


def _out_of_line(migrations: Sequence[Migration]) -> Iterator[str]:
    for place, migration in enumerate(migrations, 1):
        if not migration.name.startswith(f"{place:04d}_"):
            yield f"{migration.name} is number {place}"
        before = [name for label, name in migration.dependencies if label == "data"]
        if before != [migrations[place - 2].name][: place - 1]:
            yield f"{migration.name} follows {', '.join(before) or 'nothing'}"


def test_migrations_are_one_line() -> None:
    assert not list(_out_of_line(_migrations()))


def test_fork_of_migrations_is_found() -> None:
    first, *_ = migrations = _migrations()
    fork = type("Fork", (Migration,), {"dependencies": [("data", first.name)]})
    assert list(_out_of_line([*migrations, fork(f"{len(migrations) + 1:04d}_fork", "data")]))


@pytest.mark.parametrize("migration", _migrations(), ids=lambda migration: migration.name)
def test_migration_is_named_in_plain_words(migration: Migration) -> None:
    words = migration.name.split("_")[1:]
    assert len(words) >= 2, "one word does not tell the purpose"
    assert all(re.fullmatch("[a-z]+", word) for word in words)
    assert "auto" not in words and "alter" not in words, "says how, not what for"


@pytest.mark.parametrize("migration", _migrations(), ids=lambda migration: migration.name)
def test_migration_changes_schema_or_runs_what_was_written(migration: Migration) -> None:
    kinds = {isinstance(operation, _WRITTEN) for operation in migration.operations}
    assert len(kinds) == 1, "split it: a change of tables, and what is run on them, are two migrations"


def _pending(state: ProjectState) -> list[str]:
    """What makemigrations would write."""
    loader = MigrationLoader(None)
    changes = MigrationAutodetector(loader.project_state(), state).changes(graph=loader.graph)
    return [operation.describe() for migration in changes.get("data", []) for operation in migration.operations]


def test_migrations_have_every_change_of_the_models() -> None:
    assert not _pending(ProjectState.from_apps(apps))


def test_change_without_a_migration_is_found() -> None:
    state = ProjectState.from_apps(apps)
    state.add_field("data", "charge", "colour", models.CharField(max_length=10, null=True), preserve_default=True)
    assert _pending(state) == ["Add field colour to charge"]
