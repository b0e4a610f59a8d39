"""The night: which stages of which days were closed, and the worklists that it wrote."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from ahadi.data.models.act import Act
from ahadi.data.models.kinds import Fact
from ahadi.data.models.organisation import Organisation
from ahadi.data.models.person import Owner


class Close(Fact):
    """One stage of the close of one business date for one partition of `partitions`, done exactly once.

    `read` accounts were looked at and `changed` ones written; `digest` covers what was written.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    business_date = models.DateField()
    stage = models.CharField(max_length=20)
    partition = models.PositiveSmallIntegerField(default=0)
    partitions = models.PositiveSmallIntegerField(default=1)
    read = models.BigIntegerField()
    changed = models.BigIntegerField()
    snapshot = models.ForeignKey("Snapshot", models.PROTECT, null=True, related_name="+", db_index=False)
    digest = models.BinaryField(max_length=32, default=b"")
    summary = models.JSONField(null=True)
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        db_table = "close"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "business_date", "stage", "partition"], name="close_once")
        ]


class Worklist(Fact):
    """The accounts of one owner for one day in the order of their rank, each with its points and their reasons.

    `overdue_minor` and `days_late` are as of that day. `reason_points` holds, account after account, the points
    of each of `reasons`. `absent` counts by rule who is not on it. One row per list, not per account: a list is
    written once, read whole, and never searched by the database.
    """

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    account_ids = ArrayField(models.BigIntegerField())
    points = ArrayField(models.IntegerField())
    overdue_minor = ArrayField(models.BigIntegerField())
    days_late = ArrayField(models.IntegerField())
    reasons = ArrayField(models.CharField(max_length=30))
    reason_points = ArrayField(models.IntegerField())
    absent = models.JSONField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "worklist"
        constraints = [models.UniqueConstraint(fields=["owner", "day"], name="worklist_once")]


class Snapshot(Fact):
    """The schedules of an organisation's accounts as files in columns.

    There is a part for each of `bounds`, the ids of accounts at which the parts begin. The files lie in the folder
    for snapshots under `name`; where they are missing, another is made.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    name = models.UUIDField(unique=True)
    bounds = ArrayField(models.BigIntegerField())
    accounts = models.BigIntegerField()
    charges = models.BigIntegerField()
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "snapshot"
        indexes = [models.Index(fields=["organisation", "-id"], name="snapshot_newest")]
