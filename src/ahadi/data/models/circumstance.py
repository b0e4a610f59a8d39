"""What is known of people that bears on whether, when and how they may be reached."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from ahadi.data.models.account import Account
from ahadi.data.models.act import Act
from ahadi.data.models.kinds import Fact, Record
from ahadi.data.models.party import ContactPoint, Party

OF_DEBTOR = ("CEASE", "REPRESENTED", "BANKRUPTCY", "BREATHING_SPACE", "MH_CRISIS", "DECEASED", "VULNERABLE")
OF_PERSON = (
    "OPT_OUT",
    "CONSENT",
    "CALL_CONSENT",
    "WORK_BARRED",
    "ADDRESS_PROVEN",
    "VISIT_NOTICED",
    "DO_NOT_CONTACT_DATE",
    "BUSINESS",
    "TIME_ZONE",
    "LANGUAGE",
    "WRONG_NUMBER",
)
SOURCES = ("debtor", "person", "representative", "court", "creditor", "officer", "portal", "message", "registry")


class Circumstance(Fact):
    """A fact about a person, from an instant on; narrowed to an account, a contact point or a channel where it names
    one.

    The kinds of `OF_DEBTOR` hold for everybody who would be reached about the debts of this person, those of
    `OF_PERSON` only when the person itself is reached. `value` is the zone, the language or the reference.
    """

    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)
    contact_point = models.ForeignKey(ContactPoint, models.PROTECT, null=True, related_name="+", db_index=False)
    channel = models.CharField(max_length=10, null=True)
    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=64, null=True)
    source = models.CharField(max_length=20)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "circumstance"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=OF_DEBTOR + OF_PERSON), name="circumstance_kind"),
            models.CheckConstraint(condition=Q(source__in=SOURCES), name="circumstance_source"),
            models.CheckConstraint(
                condition=Q(until_at__isnull=True) | Q(until_at__gt=F("from_at")), name="circumstance_dates"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["TIME_ZONE", "LANGUAGE"]) | Q(value__isnull=False), name="circumstance_value"
            ),
        ]
        indexes = [
            models.Index(fields=["booked_at"], name="circumstance_booked"),
            models.Index(fields=["contact_point"], condition=Q(kind="WRONG_NUMBER"), name="circumstance_wrong_number"),
        ]


class CircumstanceEnd(Fact):
    """A circumstance that ended, or was taken back, before its time; where that was taken back it may end again."""

    circumstance = models.ForeignKey(Circumstance, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField()
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "circumstance_end"
        indexes = [models.Index(fields=["booked_at"], name="circumstance_end_booked")]


class CareRecord(Record):
    """What a vulnerable person agreed that is kept, as little as serves: encrypted, and only with their consent."""

    personal: ClassVar[bool] = True

    circumstance = models.OneToOneField(Circumstance, models.PROTECT, primary_key=True, related_name="+")
    sealed = models.BinaryField()
    consented_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "care_record"


class QuietWeek(Fact):
    """When a person does not want to be disturbed: [weekday, from minute, until minute] each; the newest holds."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    times = models.JSONField()
    source = models.CharField(max_length=20)
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "quiet_week"
        constraints = [models.CheckConstraint(condition=Q(source__in=SOURCES), name="quiet_week_source")]
        indexes = [
            models.Index(fields=["party", "-booked_at", "-id"], name="quiet_week_newest"),
            models.Index(fields=["booked_at"], name="quiet_week_booked"),
        ]
