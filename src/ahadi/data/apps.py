"""The one application with tables."""

from importlib import import_module

from django.apps import AppConfig

# Low to high: a foreign key may point to its own module or to one further left.
NOUNS = (
    "organisation",
    "person",
    "act",
    "team",
    "creditor",
    "grant",
    "batch",
    "party",
    "account",
    "circumstance",
    "charge",
    "receipt",
    "journal",
    "promise",
    "negotiation",
    "approval",
    "gate",
    "reminder",
    "contact",
    "document",
    "case",
    "proof",
    "strategy",
    "worklist",
    "search",
    "scratch",
    "desk",
    "plan_of_work",
    "beside",
)


class DataConfig(AppConfig):
    """All tables of Ahadi, filed under one label because they form one graph."""

    name = "ahadi.data"
    label = "data"
    default_auto_field = "django.db.models.BigAutoField"

    def import_models(self) -> None:
        """Loads each noun by name, so that the folder's `__init__` stays empty."""
        for noun in NOUNS:
            import_module(f"ahadi.data.models.{noun}")
        super().import_models()
