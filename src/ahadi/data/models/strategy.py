"""What is to be done with whom: strategies as dated text, and the steps that were taken."""

from django.db import models
from django.db.models import Q

from ahadi.data.models.account import PRODUCTS, Account
from ahadi.data.models.act import Act
from ahadi.data.models.kinds import Fact
from ahadi.data.models.organisation import Organisation


class StrategyVersion(Fact):
    """One version of an organisation's strategy for a product, as it was written; the latest in force holds."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    product = models.CharField(max_length=20)
    version = models.CharField(max_length=60)
    in_force_from = models.DateField()
    text = models.TextField()
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "strategy_version"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "product", "version"], name="strategy_version_once"),
            models.CheckConstraint(condition=Q(product__in=PRODUCTS), name="strategy_version_product"),
        ]


class StepTaken(Fact):
    """A step that was done on an account for the arrear that began on `anchor_date`; once for each."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    anchor_date = models.DateField()
    step = models.CharField(max_length=40)
    taken_on = models.DateField()
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "step_taken"
        constraints = [
            models.UniqueConstraint(fields=["account", "anchor_date", "step"], name="step_taken_once"),
        ]
