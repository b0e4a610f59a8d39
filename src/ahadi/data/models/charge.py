"""What is owed: invoices, instalments, fees."""

from django.db import models
from django.db.models import Q

from ahadi.data.models.account import Account
from ahadi.data.models.act import Act
from ahadi.data.models.kinds import Fact


class Charge(Fact):
    """One thing owed, by component, owed from `value_date` and due on `due_date`; a negative one is a credit.

    `edition` counts how often a charge of this reference was placed after having been undone.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    shard = models.PositiveSmallIntegerField()
    reference = models.CharField(max_length=120)
    edition = models.SmallIntegerField(default=0)
    country = models.CharField(max_length=60, null=True)
    invoiced_on = models.DateField(null=True)
    posted_on = models.DateField(null=True)
    value_date = models.DateField()
    due_date = models.DateField()
    principal_minor = models.BigIntegerField(default=0)
    interest_minor = models.BigIntegerField(default=0)
    fee_minor = models.BigIntegerField(default=0)
    penalty_minor = models.BigIntegerField(default=0)
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_constraint=False)

    class Meta:
        db_table = "charge"
        constraints = [
            models.UniqueConstraint(fields=["account", "reference", "edition"], name="charge_once"),
            models.CheckConstraint(
                condition=(
                    Q(principal_minor__gte=0, interest_minor__gte=0, fee_minor__gte=0, penalty_minor__gte=0)
                    | Q(principal_minor__lte=0, interest_minor__lte=0, fee_minor__lte=0, penalty_minor__lte=0)
                ),
                name="charge_one_sign",
            ),
        ]
