"""What was promised: single promises and plans of several, how each was judged, and what is current of it."""

from django.db import models
from django.db.models import F, Q

from ahadi.data.models.account import Account
from ahadi.data.models.act import Act
from ahadi.data.models.kinds import Fact, State

PROMISE_STATUSES = ("PENDING", "KEPT", "PARTIALLY_KEPT", "BROKEN", "WITHDRAWN")
PROMISE_SOURCES = ("mobile_money", "bank", "cash", "cheque")
PLAN_BREAK_RULES = ("missed", "short")


class Plan(Fact):
    """An agreement to pay by instalments; its instalments are promises that name it."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_on = models.DateField()
    instalments = models.PositiveSmallIntegerField()
    total_minor = models.BigIntegerField()
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "plan"
        constraints = [
            models.CheckConstraint(condition=Q(total_minor__gt=0, instalments__gt=0), name="plan_amount"),
        ]


class Promise(Fact):
    """So much money by a day, in the account's currency; `plan` and `number` where it is an instalment of one.

    `source` is the way by which the debtor says that it comes; nothing follows from it but what is read back.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, models.PROTECT, null=True, related_name="+")
    number = models.PositiveSmallIntegerField(null=True)
    made_on = models.DateField()
    due_on = models.DateField()
    amount_minor = models.BigIntegerField()
    source = models.CharField(max_length=12, null=True)
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "promise"
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="promise_amount"),
            models.CheckConstraint(condition=Q(due_on__gte=F("made_on")), name="promise_dates"),
            models.CheckConstraint(
                condition=Q(plan__isnull=True, number__isnull=True) | Q(plan__isnull=False, number__gt=0),
                name="promise_of_plan",
            ),
            models.CheckConstraint(
                condition=Q(source__isnull=True) | Q(source__in=PROMISE_SOURCES), name="promise_source"
            ),
        ]


class PromiseWithdrawal(Fact):
    """A promise that no longer counts: replaced, or given up by agreement."""

    promise = models.OneToOneField(Promise, models.PROTECT, primary_key=True, related_name="+")
    withdrawn_on = models.DateField()
    reason = models.CharField(max_length=40)
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "promise_withdrawal"


class PromiseJudgement(Fact):
    """What became of a promise, each time that changed: a reversal can turn a kept one back."""

    promise = models.ForeignKey(Promise, models.PROTECT, related_name="+")
    status = models.CharField(max_length=15)
    received_minor = models.BigIntegerField()
    as_of = models.DateField()
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "promise_judgement"
        constraints = [
            models.CheckConstraint(condition=Q(status__in=PROMISE_STATUSES), name="promise_judgement_status"),
        ]


class PromiseState(State):
    """What is current of a promise as of the last day on which it changed; one promise is open at a time.

    The instalments of a plan are open side by side.
    """

    promise = models.OneToOneField(Promise, models.PROTECT, primary_key=True, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    is_instalment = models.BooleanField(default=False)
    status = models.CharField(max_length=15)
    received_minor = models.BigIntegerField(default=0)
    as_of = models.DateField()

    class Meta:
        db_table = "promise_state"
        constraints = [
            models.CheckConstraint(condition=Q(status__in=PROMISE_STATUSES), name="promise_state_status"),
            models.CheckConstraint(condition=Q(received_minor__gte=0), name="promise_state_received"),
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(status="PENDING", is_instalment=False),
                name="promise_state_one_open",
            ),
        ]


class PlanBreak(Fact):
    """A plan that was not kept to: `rule` says which limit it passed. Its open instalments no longer count."""

    plan = models.OneToOneField(Plan, models.PROTECT, primary_key=True, related_name="+")
    broken_on = models.DateField()
    rule = models.CharField(max_length=20)
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "plan_break"
        constraints = [models.CheckConstraint(condition=Q(rule__in=PLAN_BREAK_RULES), name="plan_break_rule")]


class PromiseReminder(Fact):
    """A day on which somebody is reminded of a promise, planned when it was made."""

    promise = models.ForeignKey(Promise, models.PROTECT, related_name="+", db_index=False)
    remind_on = models.DateField()
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "promise_reminder"
        constraints = [models.UniqueConstraint(fields=["promise", "remind_on"], name="promise_reminder_once")]
        indexes = [models.Index(fields=["remind_on"], name="promise_reminder_day")]
