"""What may be offered and what was: mandates, what households can spare, offers as they were judged, agreements."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from ahadi.data.models.account import PRODUCTS, Account
from ahadi.data.models.act import Act
from ahadi.data.models.creditor import Creditor
from ahadi.data.models.kinds import Fact, Record
from ahadi.data.models.organisation import Organisation
from ahadi.data.models.party import Party
from ahadi.data.models.promise import Plan, Promise
from ahadi.data.models.receipt import Receipt
from ahadi.kernel.offer import KINDS

VERDICTS = ("approved", "refused", "withdrawn")
TOLD_BY = ("debtor", "representative", "document", "creditor")


class Mandate(Fact):
    """What a creditor lets us offer for a product, as dated text; it holds once somebody else has approved it.

    Without a creditor it holds for all of the organisation that have none of their own.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    creditor = models.ForeignKey(Creditor, models.PROTECT, null=True, related_name="+", db_index=False)
    product = models.CharField(max_length=20)
    version = models.CharField(max_length=60)
    in_force_from = models.DateField()
    text = models.TextField()
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "mandate"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "creditor", "product", "version"], nulls_distinct=False, name="mandate_once"
            ),
            models.CheckConstraint(condition=Q(product__in=PRODUCTS), name="mandate_product"),
        ]


class MandateVerdict(Fact):
    """What was decided about a mandate; the newest holds. Who proposed it cannot approve it."""

    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=10)
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "mandate_verdict"
        constraints = [models.CheckConstraint(condition=Q(verdict__in=VERDICTS), name="mandate_verdict")]


class Means(Fact):
    """That a household told what it lives on, and who said so; the newest holds."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    source = models.CharField(max_length=20)
    told_on = models.DateField()
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "means"
        constraints = [models.CheckConstraint(condition=Q(source__in=TOLD_BY), name="means_source")]
        indexes = [models.Index(fields=["party", "-id"], name="means_newest")]


class MeansValue(Record):
    """What a household lives on in a month, erasable: `payday` is a day of the month, `end`, a weekday or `2w` with
    one of its days.
    """

    personal: ClassVar[bool] = True

    means = models.OneToOneField(Means, models.PROTECT, primary_key=True, related_name="+")
    currency = models.CharField(max_length=3)
    household = models.PositiveSmallIntegerField()
    income_minor = models.BigIntegerField()
    expenses_minor = models.BigIntegerField()
    payday = models.CharField(max_length=13, null=True)

    class Meta:
        db_table = "means_value"
        constraints = [
            models.CheckConstraint(
                condition=Q(income_minor__gte=0, expenses_minor__gte=0, household__gte=1), name="means_value_amounts"
            )
        ]


class ChanceLearnt(Fact):
    """What the book's own matured promises say of the next: counts of those that are alike, as of a close."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    as_of = models.DateField()
    matured_count = models.IntegerField()
    cells = models.JSONField()
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "chance_learnt"
        constraints = [models.UniqueConstraint(fields=["organisation", "as_of"], name="chance_learnt_once")]


class Offer(Fact):
    """An offer that was put forward, with the terms, levels and numbers by which it was judged, to the letter.

    `parts` holds [day, minor units] each; `excess_reason` says why it is above the means of the household.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10)
    total_minor = models.BigIntegerField()
    owed_minor = models.BigIntegerField()
    as_of = models.DateField()
    parts = models.JSONField()
    level = models.CharField(max_length=20)
    rank = models.PositiveSmallIntegerField()
    is_affordable = models.BooleanField()
    kept_bps = models.IntegerField()
    like_count = models.IntegerField()
    expected_minor = models.BigIntegerField()
    mandate = models.CharField(max_length=90)
    terms = models.JSONField()
    levels = models.JSONField()
    excess_reason = models.CharField(max_length=200, null=True)
    digest = models.BinaryField(max_length=32)
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "offer"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="offer_kind"),
            models.CheckConstraint(condition=Q(total_minor__gt=0, rank__gt=0), name="offer_amount"),
        ]


class Agreement(Fact):
    """An offer that was agreed: the promises it became, a plan where there are several.

    Of a settlement `forgiven_minor` is not owed any more once it was kept.
    """

    offer = models.OneToOneField(Offer, models.PROTECT, primary_key=True, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    plan = models.OneToOneField(Plan, models.PROTECT, null=True, related_name="+")
    last_promise = models.OneToOneField(Promise, models.PROTECT, related_name="+")
    forgiven_minor = models.BigIntegerField()
    agreed_on = models.DateField()
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "agreement"
        constraints = [models.CheckConstraint(condition=Q(forgiven_minor__gte=0), name="agreement_forgiven")]


class SettlementCredit(Fact):
    """The credit that forgives the rest of a settlement that was kept; taken back by reversing it."""

    receipt = models.OneToOneField(Receipt, models.PROTECT, primary_key=True, related_name="+")
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="+")
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "settlement_credit"
