"""The kinds of table, told apart by what the application role may do to a row."""

from typing import ClassVar, Literal

from django.db import models

Writes = Literal["append", "state", "record", "passing"]


class Table(models.Model):
    """A table that says how it may be written; `ahadi.data.roles` turns that into grants."""

    writes: ClassVar[Writes]

    class Meta:
        abstract = True


class Fact(Table):
    """Appended once, never changed: the application role has INSERT and SELECT only."""

    writes = "append"

    class Meta:
        abstract = True


class State(Table):
    """What is current, derivable from facts; INSERT, SELECT and UPDATE."""

    writes = "state"

    class Meta:
        abstract = True


class Record(Table):
    """Kept by people and changed in place (names, addresses, settings); every change is audited by trigger.

    `personal` tables hold values about a person: the audit names the changed columns, never the values, and
    the application role may also DELETE, because a person may ask to be erased.
    """

    writes = "record"
    personal: ClassVar[bool] = False

    class Meta:
        abstract = True


class Passing(Table):
    """Comes and goes by itself, and nothing of the book stands in it: all of SELECT, INSERT, UPDATE and DELETE."""

    writes = "passing"

    class Meta:
        abstract = True
