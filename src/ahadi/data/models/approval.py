"""What somebody asks another to agree to, and what was decided: once, by somebody else who may."""

from django.db import models
from django.db.models import Q

from ahadi.data.models.account import Account
from ahadi.data.models.act import Act
from ahadi.data.models.kinds import Fact
from ahadi.data.models.negotiation import Offer
from ahadi.data.models.organisation import Organisation

DECISIONS = ("approved", "refused", "asked_back", "withdrawn")


class Approval(Fact):
    """An offer beyond the authority of who made it: who may agree, until when, and the digest of what is asked."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    offer = models.OneToOneField(Offer, models.PROTECT, related_name="+")
    level = models.CharField(max_length=20)
    rank = models.PositiveSmallIntegerField()
    digest = models.BinaryField(max_length=32)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "approval"
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("asked_at")), name="approval_expires"),
        ]


class ApprovalDecision(Fact):
    """What was decided, once: a second decision has no place. `rank` is that of who decided.

    Approved by somebody else than who asked, of the rank that is needed or above, before it expired, for the digest
    that was asked: a trigger sees to it.
    """

    approval = models.OneToOneField(Approval, models.PROTECT, primary_key=True, related_name="+")
    decision = models.CharField(max_length=10)
    rank = models.PositiveSmallIntegerField()
    digest = models.BinaryField(max_length=32)
    reason = models.CharField(max_length=200, null=True)
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "approval_decision"
        constraints = [models.CheckConstraint(condition=Q(decision__in=DECISIONS), name="approval_decision")]
