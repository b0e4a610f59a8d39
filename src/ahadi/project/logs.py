"""Log lines without personal data: of an exception they keep kinds and places, never the words it carries."""

import logging
import traceback
from typing import Any


class PlainFormatter(logging.Formatter):
    """One line a record. The text of an exception may quote a row or a field, so it stays out of the log.

    PostgreSQL's code and the constraint's name are kept: they name tables, never people.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", datefmt="%Y-%m-%dT%H:%M:%S%z")

    def formatException(self, ei: Any) -> str:
        """The chain of exceptions, each with its kind and the places it passed."""
        error: BaseException | None = ei[1]
        parts: list[str] = []
        while error is not None:
            places = "".join(traceback.format_tb(error.__traceback__))
            parts.append(f"{places}{_kind(error)}")
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\ncaused by\n".join(parts)


def _kind(error: BaseException) -> str:
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    diagnosis = getattr(error, "diag", None)
    details = [
        f"{word}={value}"
        for word in ("sqlstate", "table_name", "constraint_name")
        if (value := getattr(diagnosis, word, None))
    ]
    return " ".join([name, *details])


def logging_settings(*, level: str) -> dict[str, Any]:
    """Django's LOGGING: everything to standard error through PlainFormatter, SQL never."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"plain": {"()": "ahadi.project.logs.PlainFormatter"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # At level DEBUG this logger prints every statement with its parameters.
            "django.db.backends": {"level": "INFO"},
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
        },
    }
