"""Files that came in: what was read, how its columns were understood, and what became of the rows."""

from django.db import models
from django.db.models import F, Q

from ahadi.data.models.act import Act
from ahadi.data.models.creditor import Creditor
from ahadi.data.models.kinds import Fact

PURPOSES = ("placement", "receipts")


class SheetMapping(Fact):
    """How the columns of a creditor's sheets are understood; the newest of a purpose is offered next time."""

    creditor = models.ForeignKey(Creditor, models.PROTECT, related_name="+", db_index=False)
    purpose = models.CharField(max_length=20)
    text = models.TextField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "sheet_mapping"
        constraints = [models.CheckConstraint(condition=Q(purpose__in=PURPOSES), name="sheet_mapping_purpose")]
        indexes = [models.Index(fields=["creditor", "purpose", "-id"], name="sheet_mapping_newest")]


class Batch(Fact):
    """One file taken in one act: a staged row is accepted, a duplicate or rejected, and none is lost.

    `edition` counts how often the same file came before, undone since or with rejected rows.
    """

    act = models.OneToOneField(Act, models.PROTECT, related_name="+")
    creditor = models.ForeignKey(Creditor, models.PROTECT, related_name="+", db_index=False)
    purpose = models.CharField(max_length=20)
    business_date = models.DateField()
    file_name = models.CharField(max_length=255)
    file_sha256 = models.BinaryField(max_length=32)
    edition = models.SmallIntegerField(default=0)
    staged = models.BigIntegerField()
    accepted = models.BigIntegerField()
    duplicate = models.BigIntegerField()
    rejected = models.BigIntegerField()

    class Meta:
        db_table = "batch"
        constraints = [
            models.UniqueConstraint(fields=["creditor", "purpose", "file_sha256", "edition"], name="batch_once"),
            models.CheckConstraint(
                condition=Q(staged=F("accepted") + F("duplicate") + F("rejected")), name="batch_rows_add_up"
            ),
            models.CheckConstraint(condition=Q(purpose__in=PURPOSES), name="batch_purpose"),
        ]


class BatchLeaning(Fact):
    """A batch that took rows for duplicates of an earlier one: the earlier can be undone only after it."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="+", db_index=False)
    leans_on = models.ForeignKey(Batch, models.PROTECT, related_name="+")

    class Meta:
        db_table = "batch_leaning"
        constraints = [models.UniqueConstraint(fields=["batch", "leans_on"], name="batch_leaning_once")]
