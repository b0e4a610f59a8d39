"""Who runs this installation: organisations, their branches and their dated conventions."""

from django.db import models

from ahadi.data.models.kinds import Record


class Organisation(Record):
    """An agency, a lender or a company; nothing of one is ever seen by another."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    time_zone = models.CharField(max_length=64, default="UTC")
    currency = models.CharField(max_length=3)
    language = models.CharField(max_length=8, default="en")

    class Meta:
        db_table = "organisation"


class Branch(Record):
    """An office of an organisation."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=200)

    class Meta:
        db_table = "branch"
        constraints = [models.UniqueConstraint(fields=["organisation", "code"], name="branch_once")]
