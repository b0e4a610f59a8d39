"""What people may do and see, and the conventions that hold from a date."""

from django.db import models
from django.db.models import Q

from ahadi.data.models.act import Act
from ahadi.data.models.creditor import Creditor
from ahadi.data.models.kinds import Fact
from ahadi.data.models.organisation import Branch, Organisation
from ahadi.data.models.person import Person

ROLES = (
    "officer",
    "field",
    "supervisor",
    "manager",
    "accountant",
    "quality",
    "legal",
    "creditor",
    "admin",
    "auditor",
)


class Grant(Fact):
    """A role, within a scope of creditor and branch; null means all of the organisation."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    role = models.CharField(max_length=20)
    creditor = models.ForeignKey(Creditor, models.PROTECT, null=True, related_name="+")
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="+")
    from_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "grant_given"
        constraints = [models.CheckConstraint(condition=Q(role__in=ROLES), name="grant_role")]


class GrantEnd(Fact):
    """A grant that was taken away."""

    grant = models.OneToOneField(Grant, models.PROTECT, primary_key=True, related_name="+")
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "grant_end"


class Convention(Fact):
    """A setting that decides figures (bucket set, waterfall, rounding), dated; the narrowest scope wins."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    creditor = models.ForeignKey(Creditor, models.PROTECT, null=True, related_name="+", db_index=False)
    product = models.CharField(max_length=20, null=True)
    key = models.CharField(max_length=60)
    value = models.JSONField()
    valid_from = models.DateField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "convention"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "creditor", "product", "key", "valid_from", "act"],
                nulls_distinct=False,
                name="convention_once",
            )
        ]
