"""The close of a day and the worklists it wrote."""

from django.db import models

from ahadi.data.models.account import Account
from ahadi.data.models.act import Act
from ahadi.data.models.kinds import Fact
from ahadi.data.models.organisation import Organisation
from ahadi.data.models.person import Owner


class Close(Fact):
    """One stage of the close of one business date for one partition, done exactly once."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    business_date = models.DateField()
    stage = models.CharField(max_length=20)
    partition = models.PositiveSmallIntegerField(default=0)
    read = models.BigIntegerField()
    changed = models.BigIntegerField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        db_table = "close"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "business_date", "stage", "partition"], name="close_once")
        ]


class WorklistRow(Fact):
    """One account on the worklist of one owner for one day, with the points that put it there."""

    close = models.ForeignKey(Close, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    rank = models.IntegerField()
    points = models.IntegerField()
    reasons = models.JSONField()

    class Meta:
        db_table = "worklist_row"
        constraints = [
            models.UniqueConstraint(fields=["day", "account"], name="worklist_row_once"),
            models.UniqueConstraint(fields=["day", "owner", "rank"], name="worklist_rank_once"),
        ]
