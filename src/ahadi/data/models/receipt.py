"""Money that came: receipts, where they belong, what they paid."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from ahadi.data.models.account import Account
from ahadi.data.models.act import Act
from ahadi.data.models.charge import Charge
from ahadi.data.models.creditor import Creditor
from ahadi.data.models.kinds import Fact, Record, State
from ahadi.data.models.organisation import Organisation

RECEIPT_KINDS = ("cash", "direct", "credit_note", "forgiven")


class Receipt(Fact):
    """Money received once: a source reference is taken for ever, whatever became of the receipt.

    `direct` money was paid to the creditor, not to us; what is `forgiven` is no money: nobody owes it any more.
    `edition` counts re-entries after an undone batch.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    creditor = models.ForeignKey(
        Creditor, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    source = models.CharField(max_length=80)
    source_reference = models.CharField(max_length=200)
    edition = models.SmallIntegerField(default=0)
    kind = models.CharField(max_length=20)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    value_date = models.DateField()
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_constraint=False)

    class Meta:
        db_table = "receipt"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "source", "source_reference", "edition"], name="receipt_once"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="receipt_amount"),
            models.CheckConstraint(condition=Q(kind__in=RECEIPT_KINDS), name="receipt_kind"),
            models.CheckConstraint(condition=Q(currency__regex="^[A-Z]{3}$"), name="receipt_currency"),
        ]


class ReceiptPayer(Record):
    """Who paid and what they wrote, as the source told it; erasable."""

    personal: ClassVar[bool] = True

    receipt = models.OneToOneField(Receipt, models.PROTECT, primary_key=True, related_name="+", db_constraint=False)
    payer_name = models.CharField(max_length=300, null=True)
    memo = models.CharField(max_length=500, null=True)
    phone = models.CharField(max_length=60, null=True)
    account_number = models.CharField(max_length=120, null=True)

    class Meta:
        db_table = "receipt_payer"


class ReceiptAssignment(Fact):
    """The account a receipt belongs to; a receipt without one is in suspense. The newest holds."""

    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_constraint=False)
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False, db_constraint=False)

    class Meta:
        db_table = "receipt_assignment"
        constraints = [models.UniqueConstraint(fields=["receipt", "act"], name="receipt_assignment_once")]


class Designation(Fact):
    """What the payer said the money is for: so much of a receipt to one charge."""

    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="+", db_index=False)
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "designation"
        constraints = [
            models.UniqueConstraint(fields=["receipt", "charge"], name="designation_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="designation_amount"),
        ]


class ReceiptReversal(Fact):
    """A receipt that did not hold (bounced, charged back, mistaken); from then on it has never happened."""

    receipt = models.OneToOneField(Receipt, models.PROTECT, primary_key=True, related_name="+")
    reason = models.CharField(max_length=40)
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "receipt_reversal"


class Allocation(Fact):
    """So much of a receipt paid so much of a charge, by component.

    A replay that comes out differently appends the difference: signed rows, whose sum per receipt and charge
    is what holds.
    """

    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_constraint=False)
    shard = models.PositiveSmallIntegerField()
    value_date = models.DateField()
    principal_minor = models.BigIntegerField(default=0)
    interest_minor = models.BigIntegerField(default=0)
    fee_minor = models.BigIntegerField(default=0)
    penalty_minor = models.BigIntegerField(default=0)
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False, db_constraint=False)

    class Meta:
        db_table = "allocation"
        constraints = [
            models.UniqueConstraint(fields=["receipt", "charge", "act"], name="allocation_once"),
        ]


class ReceiptState(State):
    """How much of a receipt is allocated; the check makes over-allocation impossible."""

    receipt = models.OneToOneField(Receipt, models.PROTECT, primary_key=True, related_name="+", db_constraint=False)
    status = models.CharField(max_length=10)
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_constraint=False)
    received_minor = models.BigIntegerField()
    allocated_minor = models.BigIntegerField(default=0)

    class Meta:
        db_table = "receipt_state"
        constraints = [
            models.CheckConstraint(
                condition=Q(allocated_minor__gte=0, allocated_minor__lte=F("received_minor")),
                name="receipt_state_not_over_allocated",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["suspense", "assigned", "reversed", "withdrawn"]),
                name="receipt_state_status",
            ),
            models.CheckConstraint(
                condition=Q(status="assigned", account__isnull=False) | Q(allocated_minor=0),
                name="receipt_state_place",
            ),
        ]
