"""What became of the reminders of promises: the contact that waits for its moment, or why there is none."""

from django.db import models
from django.db.models import Q

from ahadi.data.models.act import Act
from ahadi.data.models.gate import GateDecision, PlannedContact
from ahadi.data.models.kinds import Fact
from ahadi.data.models.promise import PromiseReminder


class ReminderPlan(Fact):
    """The gate was asked about a reminder: it waits as a planned contact, or `rule` says why nothing is sent."""

    reminder = models.OneToOneField(PromiseReminder, models.PROTECT, primary_key=True, related_name="+")
    decision = models.OneToOneField(GateDecision, models.PROTECT, null=True, related_name="+")
    planned_contact = models.OneToOneField(PlannedContact, models.PROTECT, null=True, related_name="+")
    rule = models.CharField(max_length=40, null=True)
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "reminder_plan"
        constraints = [
            models.CheckConstraint(
                condition=Q(planned_contact__isnull=False, decision__isnull=False, rule__isnull=True)
                | Q(planned_contact__isnull=True, rule__isnull=False),
                name="reminder_plan_or_rule",
            ),
        ]
