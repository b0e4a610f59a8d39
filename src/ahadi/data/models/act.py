"""The trail: one chained row for every act, and what was withdrawn."""

from django.db import models
from django.db.models import F, Q

from ahadi.data.models.kinds import Fact, State
from ahadi.data.models.organisation import Organisation
from ahadi.data.models.person import Person


class Act(Fact):
    """One business act: who, when, what, with which inputs; facts point to the act that made them.

    `digest` covers the row and the digest before it in its sub-chain, so that an edited, removed or inserted
    row is found. Inputs are kept as a digest: they may hold personal values, the trail may not.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", db_index=False)
    name = models.CharField(max_length=60)
    origin = models.CharField(max_length=20, default="live")
    inputs_digest = models.BinaryField(max_length=32)
    idempotency_key = models.CharField(max_length=200, null=True)
    chain = models.PositiveSmallIntegerField()
    position = models.BigIntegerField()
    previous = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32)

    class Meta:
        db_table = "act"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "chain", "position"], name="act_position_once"),
            models.UniqueConstraint(fields=["organisation", "name", "idempotency_key"], name="act_key_once"),
            models.CheckConstraint(condition=Q(origin__in=["live", "imported", "generated"]), name="act_origin"),
        ]


class ActOutcome(Fact):
    """What an act did, in counts and references; written as the act ends, replayed to a repeated key."""

    act = models.OneToOneField(Act, models.PROTECT, primary_key=True, related_name="+")
    outcome = models.JSONField()

    class Meta:
        db_table = "act_outcome"


class ActWithdrawal(Fact):
    """An act that was taken back: from `at` on, its facts count as if they had never come."""

    withdrawn_act = models.OneToOneField(Act, models.PROTECT, primary_key=True, related_name="+")
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        db_table = "act_withdrawal"
        constraints = [models.CheckConstraint(condition=~Q(withdrawn_act=F("act")), name="act_withdrawal_of_another")]


class ChainHead(State):
    """The last row of each sub-chain; locked while a row is added, so that order and chain agree."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    chain = models.PositiveSmallIntegerField()
    position = models.BigIntegerField(default=0)
    digest = models.BinaryField(max_length=32)

    class Meta:
        db_table = "chain_head"
        constraints = [models.UniqueConstraint(fields=["organisation", "chain"], name="chain_head_once")]


class Change(Fact):
    """A change of a row that people keep in place; written by trigger, never by the application."""

    at = models.DateTimeField()
    table = models.CharField(max_length=60)
    row = models.BigIntegerField()
    what = models.CharField(max_length=6)
    columns = models.JSONField()
    act = models.BigIntegerField(null=True)
    role = models.CharField(max_length=63)

    class Meta:
        db_table = "change"
        indexes = [models.Index(fields=["table", "row"], name="change_of_row")]
