"""Whose debt it is."""

from django.db import models

from ahadi.data.models.kinds import Record
from ahadi.data.models.organisation import Organisation


class Creditor(Record):
    """The bank, insurer, shop or lender to whom the debt is owed; a lender's own book has itself."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, null=True)
    # The organisation's own book: rules for those who collect for others do not bind it.
    is_own = models.BooleanField(db_default=False)

    class Meta:
        db_table = "creditor"
        constraints = [models.UniqueConstraint(fields=["organisation", "code"], name="creditor_once")]
