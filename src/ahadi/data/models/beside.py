"""Standing beside an officer at the desk: who watched or joined whom, and lines that were written to their screen."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from ahadi.data.models.account import Account
from ahadi.data.models.act import Act
from ahadi.data.models.kinds import Fact, Record
from ahadi.data.models.person import Person

BESIDE_KINDS = ("observed", "joined")


class DeskWatch(Fact):
    """That somebody began to look at an officer's desk, or joined them on an account, announced on their screen."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    officer = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=10)
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "desk_watch"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=BESIDE_KINDS), name="desk_watch_kind"),
            models.CheckConstraint(condition=~Q(kind="joined") | Q(account__isnull=False), name="desk_watch_account"),
        ]
        indexes = [models.Index(fields=["officer", "-at"], name="desk_watch_newest")]


class DeskWatchEnd(Fact):
    """That somebody left the desk that they watched or had joined."""

    watch = models.OneToOneField(DeskWatch, models.PROTECT, primary_key=True, related_name="+")
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "desk_watch_end"


class Whisper(Record):
    """A line written to the screen of an officer, and when they had seen it; erasable, since it may say anything."""

    personal: ClassVar[bool] = True

    by = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    officer = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)
    text = models.CharField(max_length=300)
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "whisper"
        indexes = [models.Index(fields=["officer", "-at"], name="whisper_newest")]
