"""A debt: debtor x creditor x contract; who owns it, what restrains it, what happens next."""

from django.db import models
from django.db.models import F, Q

from ahadi.data.models.act import Act
from ahadi.data.models.batch import Batch
from ahadi.data.models.creditor import Creditor
from ahadi.data.models.kinds import Fact, State
from ahadi.data.models.organisation import Organisation
from ahadi.data.models.party import Party
from ahadi.data.models.person import Owner
from ahadi.kernel.rule import HOLD_KINDS

PRODUCTS = ("loan", "invoice", "card", "payg", "lease", "premium")
STATUSES = ("open", "closed", "withdrawn")


class Account(Fact):
    """One debt with one creditor; for invoices the customer's ledger with that creditor.

    `shard` (0-255) is a stable hash of the id, the unit of partitioning, set once.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    creditor = models.ForeignKey(Creditor, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+", db_constraint=False)
    number = models.CharField(max_length=120)
    product = models.CharField(max_length=20)
    currency = models.CharField(max_length=3)
    branch = models.CharField(max_length=60, null=True)
    country = models.CharField(max_length=60, null=True)
    opened_on = models.DateField()
    shard = models.PositiveSmallIntegerField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False, db_constraint=False)

    class Meta:
        db_table = "account"
        constraints = [
            models.UniqueConstraint(fields=["creditor", "number", "currency", "product"], name="account_once"),
            models.CheckConstraint(condition=Q(shard__range=(0, 255)), name="account_shard"),
            models.CheckConstraint(condition=Q(product__in=PRODUCTS), name="account_product"),
            models.CheckConstraint(condition=Q(currency__regex="^[A-Z]{3}$"), name="account_currency"),
        ]
        indexes = [models.Index(fields=["organisation", "shard"], name="account_of_shard")]


class Placement(Fact):
    """An account handed over in a batch; it lives as long as one of its placements was not withdrawn."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="+")
    placed_on = models.DateField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False, db_constraint=False)

    class Meta:
        db_table = "placement"
        constraints = [models.UniqueConstraint(fields=["account", "batch"], name="placement_once")]


class Assignment(Fact):
    """From `from_at` on the account belongs to the owner, until the next assignment: no gap, no overlap."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    from_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False, db_constraint=False)

    class Meta:
        db_table = "assignment"
        constraints = [models.UniqueConstraint(fields=["account", "from_at"], name="assignment_once")]


class NextAction(Fact):
    """What is to happen next on an account, and when; the newest holds.

    `step` names the step of the strategy that asks for it; null where a person or an event did.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    action = models.CharField(max_length=40)
    channel = models.CharField(max_length=10, null=True)
    step = models.CharField(max_length=40, null=True)
    due_on = models.DateField()
    set_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False, db_constraint=False)

    class Meta:
        db_table = "next_action"
        indexes = [models.Index(fields=["account", "-set_at", "-id"], name="next_action_newest")]


class AccountState(State):
    """What is current of an account; written by one function, derivable from facts, as of its own date.

    `as_of` is the last day on which something of it changed. `revision` rises with every write.
    `schedule_version` rises with every charge booked or taken back. `received_minor` is the money valued by
    `as_of`; where `is_irregular`, totals do not tell the figures (designated money, money not valued yet)
    and the facts are replayed instead.
    """

    account = models.OneToOneField(Account, models.PROTECT, primary_key=True, related_name="+", db_constraint=False)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    shard = models.PositiveSmallIntegerField()
    as_of = models.DateField()
    revision = models.IntegerField(default=0)
    schedule_version = models.IntegerField(default=0)
    is_irregular = models.BooleanField(default=False)
    status = models.CharField(max_length=10)
    owner = models.ForeignKey(Owner, models.PROTECT, null=True, related_name="+", db_constraint=False)
    next_action = models.CharField(max_length=40, null=True)
    next_action_on = models.DateField(null=True)
    step = models.CharField(max_length=40, null=True)
    segment = models.CharField(max_length=40, null=True)
    charged_minor = models.BigIntegerField(default=0)
    received_minor = models.BigIntegerField(default=0)
    allocated_minor = models.BigIntegerField(default=0)
    unapplied_minor = models.BigIntegerField(default=0)
    overdue_minor = models.BigIntegerField(default=0)
    oldest_due_date = models.DateField(null=True)
    bucket = models.CharField(max_length=20, null=True)
    last_receipt_on = models.DateField(null=True)
    last_contact_on = models.DateField(null=True)
    promise_status = models.CharField(max_length=15, null=True)
    promise_due_on = models.DateField(null=True)

    class Meta:
        db_table = "account_state"
        constraints = [
            models.CheckConstraint(condition=Q(status__in=STATUSES), name="account_state_status"),
            models.CheckConstraint(
                condition=~Q(status="open") | Q(owner__isnull=False, next_action_on__isnull=False),
                name="account_state_never_orphaned",
            ),
        ]


class Hold(Fact):
    """Something that restrains collection; it always has a day on which somebody looks at it again.

    `charge` names one charge by id where the hold is on that alone (the charge table lies higher).
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    charge = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=20)
    from_date = models.DateField()
    ends_on = models.DateField(null=True)
    review_on = models.DateField()
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "hold"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=HOLD_KINDS), name="hold_kind"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("from_date")), name="hold_dates"
            ),
        ]


class HoldRelease(Fact):
    """A hold that somebody ended."""

    hold = models.OneToOneField(Hold, models.PROTECT, primary_key=True, related_name="+")
    released_on = models.DateField()
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "hold_release"
