"""Attempts to reach somebody, and what came of each."""

from django.db import models
from django.db.models import Q

from ahadi.data.models.account import Account
from ahadi.data.models.act import Act
from ahadi.data.models.gate import GateDecision
from ahadi.data.models.kinds import Fact
from ahadi.data.models.party import ContactPoint, Party
from ahadi.data.models.person import Owner

CHANNELS = ("call", "sms", "whatsapp", "email", "letter", "visit", "app", "in_person")
DIRECTIONS = ("outbound", "inbound")
ORIGINS = ("live", "imported")


class Contact(Fact):
    """One attempt, or one contact begun by the other side, written when it begins; its outcome is a later fact.

    An outbound one bears the gate's decision, which the database checks as the row is written (`contact_gated`);
    a history that was kept elsewhere is `imported` by the owner of the tables and bears none.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    party = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+", db_index=False)
    contact_point = models.ForeignKey(ContactPoint, models.PROTECT, null=True, related_name="+", db_index=False)
    by = models.ForeignKey(Owner, models.PROTECT, null=True, related_name="+", db_index=False)
    channel = models.CharField(max_length=10)
    direction = models.CharField(max_length=8)
    role = models.CharField(max_length=20, db_default="debtor")
    purpose = models.CharField(max_length=20, db_default="collect")
    origin = models.CharField(max_length=8, db_default="live")
    decision = models.OneToOneField(GateDecision, models.PROTECT, null=True, related_name="+")
    began_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "contact"
        constraints = [
            models.CheckConstraint(condition=Q(channel__in=CHANNELS), name="contact_channel"),
            models.CheckConstraint(condition=Q(direction__in=DIRECTIONS), name="contact_direction"),
            models.CheckConstraint(condition=Q(origin__in=ORIGINS), name="contact_origin"),
        ]
        indexes = [
            models.Index(fields=["account", "-began_at"], name="contact_newest"),
            models.Index(fields=["by", "-began_at"], name="contact_by_whom"),
        ]


class ContactAccount(Fact):
    """A further account that a contact was about; it counts for each of them."""

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "contact_account"
        constraints = [models.UniqueConstraint(fields=["contact", "account"], name="contact_account_once")]


class ContactOutcome(Fact):
    """What came of an attempt: `is_contact` somebody was reached, `is_right_party` it was the debtor.

    One that was taken back (its act was withdrawn) counts for nothing, and another may follow; one holds at most.
    """

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="+", db_index=False)
    result = models.CharField(max_length=40)
    is_contact = models.BooleanField()
    is_right_party = models.BooleanField()
    ended_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "contact_outcome"
        constraints = [
            models.UniqueConstraint(fields=["contact", "act"], name="contact_outcome_once"),
            models.CheckConstraint(
                condition=Q(is_contact=True) | Q(is_right_party=False), name="contact_outcome_reached"
            ),
        ]
