"""Proofs: money that a debtor says was sent, until an accountant finds it, posts it or refuses it."""

from django.db import models
from django.db.models import F, Q

from ahadi.data.models.account import Account, Hold
from ahadi.data.models.act import Act
from ahadi.data.models.document import Document
from ahadi.data.models.kinds import Fact
from ahadi.data.models.organisation import Organisation
from ahadi.data.models.receipt import Receipt

PROOF_CHANNELS = ("mobile_money", "bank", "cash", "cheque", "other")
PROOF_VERDICTS = ("posted", "matched", "refused")


class Proof(Fact):
    """A claimed receipt: so much, on a day, under a reference; its hold pauses dunning for a limited time.

    `reference` is kept as the source of the money writes it: without spaces, in capitals.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    channel = models.CharField(max_length=15)
    reference = models.CharField(max_length=60)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    value_date = models.DateField()
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+", db_index=False)
    hold = models.OneToOneField(Hold, models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "proof"
        constraints = [
            models.CheckConstraint(condition=Q(channel__in=PROOF_CHANNELS), name="proof_channel"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="proof_amount"),
            models.CheckConstraint(condition=Q(due_at__gte=F("booked_at")), name="proof_due"),
        ]
        indexes = [models.Index(fields=["organisation", "reference"], name="proof_reference")]


class ProofVerdict(Fact):
    """What the accountant decided about a proof, once: the receipt it is, or why it is refused."""

    proof = models.OneToOneField(Proof, models.PROTECT, primary_key=True, related_name="+")
    verdict = models.CharField(max_length=10)
    receipt = models.OneToOneField(Receipt, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=40, null=True)
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "proof_verdict"
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict="refused", reason__isnull=False, receipt__isnull=True)
                | Q(verdict__in=["posted", "matched"], receipt__isnull=False, reason__isnull=True),
                name="proof_verdict_says",
            ),
        ]
