"""Disputes, complaints, hardship and queries: what was raised, how it went, by when it is answered, what it changed."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Q

from ahadi.data.models.account import Account, Hold
from ahadi.data.models.act import Act
from ahadi.data.models.charge import Charge
from ahadi.data.models.kinds import Fact, Record
from ahadi.data.models.organisation import Organisation
from ahadi.data.models.person import Person
from ahadi.data.models.receipt import Receipt

CASE_KINDS = ("dispute", "complaint", "hardship", "query")
CASE_STATUSES = ("open", "waiting_creditor", "waiting_debtor", "answered", "closed", "reopened")
PRIORITIES = ("low", "normal", "high", "urgent")
REFERRERS = ("debtor", "representative", "creditor", "regulator", "court", "officer", "portal", "other")
CASE_LEVELS = ("officer", "supervisor", "manager")
ASSIGNED_WHY = ("opened", "by_hand", "overdue")
TEXT_PARTS = ("details", "grievances", "investigation", "outcome")
OUTCOMES = ("upheld", "partly_upheld", "rejected", "withdrawn", "helped", "answered")
ADJUSTMENT_KINDS = ("credit", "debit", "reversal")
ADJUSTMENT_VERDICTS = ("approved", "refused", "withdrawn")
COMPONENTS = ("principal", "interest", "fee", "penalty")


class Case(Fact):
    """Something a debtor raised about an account; its words stand in `CaseText`, its course in `CaseStatus`.

    `category` is a code: of complaints for disputes and complaints, of reasons for hardship, of queries for queries.
    `against` names somebody who works here, where the case is about them.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10)
    category = models.CharField(max_length=40)
    referred_by = models.CharField(max_length=20)
    priority = models.CharField(max_length=10)
    against = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", db_index=False)
    received_at = models.DateTimeField()
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "case"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=CASE_KINDS), name="case_kind"),
            models.CheckConstraint(condition=Q(priority__in=PRIORITIES), name="case_priority"),
            models.CheckConstraint(condition=Q(referred_by__in=REFERRERS), name="case_referred_by"),
            models.CheckConstraint(condition=Q(received_at__lte=F("booked_at")), name="case_received"),
        ]


class CaseCharge(Fact):
    """A charge that a case is about; a case without any is about the whole account."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="+", db_index=False)
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="+", db_index=False)
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "case_charge"
        constraints = [models.UniqueConstraint(fields=["case", "charge"], name="case_charge_once")]


class CaseHold(Fact):
    """A hold that a case placed, and that is released when the case closes."""

    hold = models.OneToOneField(Hold, models.PROTECT, primary_key=True, related_name="+")
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "case_hold"


class CaseStatus(Fact):
    """Where a case stands from a moment on; the newest holds. A closed one says how it came out, and why it arose."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="+", db_index=False)
    status = models.CharField(max_length=20)
    outcome = models.CharField(max_length=20, null=True)
    root_cause = models.CharField(max_length=40, null=True)
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "case_status"
        constraints = [
            models.CheckConstraint(condition=Q(status__in=CASE_STATUSES), name="case_status_status"),
            models.CheckConstraint(
                condition=Q(status="closed", outcome__in=OUTCOMES, root_cause__isnull=False)
                | ~Q(status="closed") & Q(outcome__isnull=True, root_cause__isnull=True),
                name="case_status_closed_says_why",
            ),
        ]
        indexes = [models.Index(fields=["case", "-id"], name="case_status_newest")]


class CaseClock(Fact):
    """By when a case is to be answered, as agreed when it was opened or re-opened; the newest holds.

    `source` names the parameter or rule that says so. From `amber_at` and `red_at` on it is pressing; the supervisor
    has it from `due_at` on, the manager from `manager_at`.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="+", db_index=False)
    unit = models.CharField(max_length=20)
    amount = models.IntegerField()
    source = models.CharField(max_length=80)
    from_at = models.DateTimeField()
    amber_at = models.DateTimeField()
    red_at = models.DateTimeField()
    due_at = models.DateTimeField()
    manager_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "case_clock"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    amber_at__gte=F("from_at"),
                    red_at__gte=F("amber_at"),
                    due_at__gte=F("red_at"),
                    manager_at__gte=F("due_at"),
                ),
                name="case_clock_order",
            ),
        ]
        indexes = [models.Index(fields=["case", "-id"], name="case_clock_newest")]


class CaseAssignment(Fact):
    """Who has a case from a moment on: a person, or the queue of a level where there is none; the newest holds."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="+", db_index=False)
    level = models.CharField(max_length=10)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", db_index=False)
    why = models.CharField(max_length=10)
    clock = models.ForeignKey(CaseClock, models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "case_assignment"
        constraints = [
            models.CheckConstraint(condition=Q(level__in=CASE_LEVELS), name="case_assignment_level"),
            models.CheckConstraint(condition=Q(why__in=ASSIGNED_WHY), name="case_assignment_why"),
            models.CheckConstraint(
                condition=Q(why="overdue", clock__isnull=False) | ~Q(why="overdue") & Q(clock__isnull=True),
                name="case_assignment_overdue",
            ),
            models.UniqueConstraint(fields=["clock", "level"], name="case_assignment_once"),
        ]
        indexes = [models.Index(fields=["case", "-id"], name="case_assignment_newest")]


class CaseCare(Fact):
    """How grave hardship is (1-10), whether the person agreed that it is known, which proof was asked for and came,
    and for how many days collection is held; the newest holds.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="+", db_index=False)
    severity = models.PositiveSmallIntegerField()
    has_consent = models.BooleanField()
    proof_asked_on = models.DateField(null=True)
    proof_received_on = models.DateField(null=True)
    hold_days = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "case_care"
        constraints = [
            models.CheckConstraint(condition=Q(severity__range=(1, 10)), name="case_care_severity"),
            models.CheckConstraint(condition=Q(hold_days__range=(1, 365)), name="case_care_hold_days"),
        ]
        indexes = [models.Index(fields=["case", "-id"], name="case_care_newest")]


class CaseText(Record):
    """What was said and found in a case: one row for each thing that was written; erasable."""

    personal: ClassVar[bool] = True

    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    part = models.CharField(max_length=15)
    text = models.TextField()
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "case_text"
        constraints = [models.CheckConstraint(condition=Q(part__in=TEXT_PARTS), name="case_text_part")]
        indexes = [GinIndex(SearchVector("text", config="simple"), name="case_text_words")]


class Adjustment(Fact):
    """A change of what is owed that somebody asks for; it moves nothing until another person approves it.

    A credit takes so much off one charge, a debit adds a charge of one component, a reversal takes one back.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=10)
    charge = models.ForeignKey(Charge, models.PROTECT, null=True, related_name="+", db_index=False)
    component = models.CharField(max_length=10, null=True)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    reverses = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=40)
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "adjustment"
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="adjustment_amount"),
            models.CheckConstraint(
                condition=Q(kind="credit", charge__isnull=False, component__isnull=True, reverses__isnull=True)
                | Q(kind="debit", charge__isnull=True, component__in=COMPONENTS, reverses__isnull=True)
                | Q(kind="reversal", charge__isnull=True, component__isnull=True, reverses__isnull=False),
                name="adjustment_kind",
            ),
        ]


class AdjustmentVerdict(Fact):
    """What became of an adjustment, once; the approved one names what it booked. Who asked for it cannot approve it."""

    adjustment = models.OneToOneField(Adjustment, models.PROTECT, primary_key=True, related_name="+")
    verdict = models.CharField(max_length=10)
    receipt = models.ForeignKey(Receipt, models.PROTECT, null=True, related_name="+")
    charge = models.ForeignKey(Charge, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "adjustment_verdict"
        constraints = [
            models.CheckConstraint(condition=Q(verdict__in=ADJUSTMENT_VERDICTS), name="adjustment_verdict"),
            models.CheckConstraint(
                condition=Q(verdict="approved", receipt__isnull=False)
                | Q(verdict="approved", charge__isnull=False)
                | ~Q(verdict="approved") & Q(receipt__isnull=True, charge__isnull=True),
                name="adjustment_verdict_booked",
            ),
        ]
