"""Log lines: kinds and places of exceptions, and nothing that a row or a field held."""

import logging

import pytest
from django.db import DataError, connection

from ahadi.project.logs import PlainFormatter, logging_settings


def _fail() -> None:
    try:
        int("canary-0700")
    except ValueError as error:
        raise RuntimeError("canary again") from error


def _record() -> logging.LogRecord:
    with pytest.raises(RuntimeError) as caught:
        _fail()
    record = logging.LogRecord("ahadi.test", logging.ERROR, __file__, 1, "batch %s failed", (7,), None)
    record.exc_info = (RuntimeError, caught.value, caught.value.__traceback__)
    return record


def test_words_of_an_exception_stay_out_of_the_log() -> None:
    assert "canary" in logging.Formatter().format(_record())
    line = PlainFormatter().format(_record())
    assert "canary" not in line.replace('int("canary-0700")', "").replace('"canary again"', "")
    assert "batch 7 failed" in line


def test_kinds_and_places_of_the_whole_chain_are_kept() -> None:
    line = PlainFormatter().format(_record())
    assert "builtins.RuntimeError\ncaused by\n" in line
    assert "in _fail" in line
    assert line.endswith("builtins.ValueError")


def test_database_error_keeps_the_names_of_its_constraint(committed_book: object) -> None:
    with pytest.raises(DataError) as caught, connection.cursor() as cursor:
        cursor.execute("SELECT 'canary'::int")
    record = logging.LogRecord("ahadi", logging.ERROR, __file__, 1, "failed", (), None)
    record.exc_info = (type(caught.value), caught.value, caught.value.__traceback__)
    line = PlainFormatter().format(record)
    assert "InvalidTextRepresentation sqlstate=22P02" in line
    assert 'syntax for type integer: "canary"' in str(caught.value)
    assert "syntax for type integer" not in line


def test_statements_are_never_logged() -> None:
    loggers = logging_settings(level="DEBUG")["loggers"]
    assert loggers["django.db.backends"]["level"] == "INFO"
