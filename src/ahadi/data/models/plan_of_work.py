"""Who works when and stands in for whom, what is planned of a day, what was handed over, and views that people keep."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from ahadi.data.models.act import Act
from ahadi.data.models.kinds import Fact
from ahadi.data.models.organisation import Organisation
from ahadi.data.models.person import Person

LEAVE_KINDS = ("annual", "sick", "training", "family", "other")
WAYS = ("hand", "rule", "capacity")
_DAY_MINUTES = 24 * 60


class Roster(Fact):
    """The week of somebody from a day on, until a newer one: days 1 Monday to 7 Sunday, from and until which minute."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    weekdays = ArrayField(models.PositiveSmallIntegerField())
    from_minute = models.PositiveSmallIntegerField()
    until_minute = models.PositiveSmallIntegerField()
    from_date = models.DateField()
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "roster"
        constraints = [
            models.CheckConstraint(condition=Q(weekdays__contained_by=[1, 2, 3, 4, 5, 6, 7]), name="roster_weekdays"),
            models.CheckConstraint(
                condition=Q(until_minute__gt=F("from_minute"), until_minute__lte=_DAY_MINUTES), name="roster_minutes"
            ),
        ]


class ShiftChange(Fact):
    """One day of somebody that is another than their week says; the newest of a day holds."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    is_present = models.BooleanField()
    from_minute = models.PositiveSmallIntegerField(null=True)
    until_minute = models.PositiveSmallIntegerField(null=True)
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "shift_change"
        constraints = [
            models.CheckConstraint(
                condition=Q(is_present=False, from_minute__isnull=True, until_minute__isnull=True)
                | Q(is_present=True, until_minute__gt=F("from_minute"), until_minute__lte=_DAY_MINUTES),
                name="shift_change_minutes",
            )
        ]
        indexes = [models.Index(fields=["person", "day"], name="shift_change_of_day")]


class Leave(Fact):
    """Days on which somebody is away, first and last; what was booked with it is taken back with its act."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10)
    from_date = models.DateField()
    until_date = models.DateField()
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "leave"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=LEAVE_KINDS), name="leave_kind"),
            models.CheckConstraint(condition=Q(until_date__gte=F("from_date")), name="leave_dates"),
        ]


class Cover(Fact):
    """Somebody stands in for another on these days of the week, from a day on, until one where there is an end."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    stand_in = models.ForeignKey(Person, models.PROTECT, related_name="+")
    leave = models.ForeignKey(Leave, models.PROTECT, null=True, related_name="+", db_index=False)
    weekdays = ArrayField(models.PositiveSmallIntegerField())
    from_date = models.DateField()
    until_date = models.DateField(null=True)
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "cover"
        constraints = [
            models.CheckConstraint(condition=~Q(person=F("stand_in")), name="cover_by_another"),
            models.CheckConstraint(
                condition=Q(until_date__isnull=True) | Q(until_date__gte=F("from_date")), name="cover_dates"
            ),
        ]


class WorkPlan(Fact):
    """What somebody is to do on a day; the newest of a day holds, and what it leaves open is as the house plans.

    Clients tried (NOC), calls, share of contacts that lead to something (CE) in hundredths of a percent, promises,
    money that comes in minor units of a currency, and at most so many accounts without a talk for long (DSLC).
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    clients = models.PositiveIntegerField(null=True)
    calls = models.PositiveIntegerField(null=True)
    effectiveness_bps = models.PositiveIntegerField(null=True)
    promises = models.PositiveIntegerField(null=True)
    cash_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, null=True)
    silent_max = models.PositiveIntegerField(null=True)
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "work_plan"
        constraints = [
            models.CheckConstraint(
                condition=Q(cash_minor__isnull=True, currency__isnull=True)
                | Q(cash_minor__gte=0, currency__isnull=False),
                name="work_plan_cash",
            )
        ]
        indexes = [models.Index(fields=["person", "day"], name="work_plan_of_day")]


class Reassignment(Fact):
    """Accounts that went to other owners in one act, and why; each of them has its assignment of that act."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    way = models.CharField(max_length=10)
    reason = models.CharField(max_length=200)
    account_ids = ArrayField(models.BigIntegerField())
    before_ids = ArrayField(models.BigIntegerField())
    owner_ids = ArrayField(models.BigIntegerField())
    at = models.DateTimeField()
    act = models.OneToOneField(Act, models.PROTECT, related_name="+")

    class Meta:
        db_table = "reassignment"
        constraints = [
            models.CheckConstraint(condition=Q(way__in=WAYS), name="reassignment_way"),
            models.CheckConstraint(condition=Q(account_ids__len__gte=1), name="reassignment_accounts"),
            models.CheckConstraint(
                condition=Q(before_ids__len=F("account_ids__len"), owner_ids__len=F("account_ids__len")),
                name="reassignment_owners",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "-at"], name="reassignment_newest")]


class Look(Fact):
    """That somebody looked at what comes first on the board, which is then not shown again that day."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=30)
    reference = models.CharField(max_length=80)
    day = models.DateField()
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "look"
        indexes = [models.Index(fields=["organisation", "day"], name="look_of_day")]


class SavedView(Fact):
    """The choices of a list page that somebody keeps under a name; the newest of a name holds, an empty one ends it."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    page = models.CharField(max_length=60)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000)
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "saved_view"
