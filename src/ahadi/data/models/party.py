"""People and firms: who they are stands in erasable tables, facts hold their ids only."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from ahadi.data.models.act import Act
from ahadi.data.models.creditor import Creditor
from ahadi.data.models.kinds import Fact, Record, State
from ahadi.data.models.organisation import Organisation

DETAILS = ("identity", "birth_date")
RELATIONS = ("co_borrower", "guarantor", "spouse", "relative", "employer", "reference", "representative")


class Party(Fact):
    """A person or firm of one organisation; never crosses organisations."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False, db_constraint=False)

    class Meta:
        db_table = "party"


class PartyName(Record):
    """A name as somebody wrote it, in any script, with a search key beside it."""

    personal: ClassVar[bool] = True

    party = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    name = models.CharField(max_length=300)
    search_key = models.CharField(max_length=300, db_index=True)
    seen = models.BigIntegerField(default=1)
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False, db_constraint=False)

    class Meta:
        db_table = "party_name"
        constraints = [models.UniqueConstraint(fields=["party", "name"], name="party_name_once")]


class PartyNumber(Record):
    """The number a creditor knows a party by; `stripped` is without leading zeros, to find numbers that lost them."""

    personal: ClassVar[bool] = True

    party = models.ForeignKey(Party, models.PROTECT, related_name="+", db_constraint=False)
    creditor = models.ForeignKey(Creditor, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    number = models.CharField(max_length=120)
    stripped = models.CharField(max_length=120)
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False, db_constraint=False)

    class Meta:
        db_table = "party_number"
        constraints = [models.UniqueConstraint(fields=["creditor", "number"], name="party_number_once")]
        indexes = [models.Index(fields=["creditor", "stripped"], name="party_number_stripped")]


class ContactPoint(Record):
    """A phone, e-mail or postal address, as written and in normal form (E.164 for phones)."""

    personal: ClassVar[bool] = True

    party = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    kind = models.CharField(max_length=10)
    raw = models.CharField(max_length=500)
    normal = models.CharField(max_length=500, null=True, db_index=True)
    place = models.CharField(max_length=10, null=True)
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False, db_constraint=False)

    class Meta:
        db_table = "contact_point"
        constraints = [
            models.UniqueConstraint(fields=["party", "kind", "raw"], name="contact_point_once"),
            models.CheckConstraint(condition=Q(kind__in=["phone", "email", "address"]), name="contact_point_kind"),
            models.CheckConstraint(
                condition=Q(place__isnull=True) | Q(place__in=["home", "mobile", "work", "other"]),
                name="contact_point_place",
            ),
        ]


class PointTold(Fact):
    """That somebody told of a number or address, and of which one it takes the place; the newest of a point holds.

    `source` is a code of rulebook/locating.yaml. A point that no such fact is about was brought by a creditor's sheet.
    """

    contact_point = models.ForeignKey(ContactPoint, models.PROTECT, related_name="+")
    replaces = models.ForeignKey(ContactPoint, models.PROTECT, null=True, related_name="+", db_index=False)
    source = models.CharField(max_length=20)
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "point_told"
        constraints = [
            models.CheckConstraint(condition=~Q(contact_point=F("replaces")), name="point_told_of_another"),
        ]


class PartyDetail(Record):
    """What tells one person from another beside names: the number of a paper, the day of birth; as written and in
    normal form.
    """

    personal: ClassVar[bool] = True

    party = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=10)
    value = models.CharField(max_length=120)
    normal = models.CharField(max_length=120)
    source = models.CharField(max_length=20)
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "party_detail"
        constraints = [
            models.UniqueConstraint(fields=["party", "kind", "normal"], name="party_detail_once"),
            models.CheckConstraint(condition=Q(kind__in=DETAILS), name="party_detail_kind"),
        ]
        indexes = [models.Index(fields=["kind", "normal"], name="party_detail_found")]


class RelatedParty(Fact):
    """Somebody who stands in a relation to a debtor, and on what recorded basis, if any, may be reached."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    other = models.ForeignKey(Party, models.PROTECT, related_name="+")
    relation = models.CharField(max_length=20)
    basis = models.CharField(max_length=40, null=True)
    from_date = models.DateField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "related_party"
        constraints = [
            models.CheckConstraint(condition=Q(relation__in=RELATIONS), name="related_party_relation"),
            models.CheckConstraint(condition=~Q(party=F("other")), name="related_party_of_two"),
        ]


class RelatedPartyEnd(Fact):
    """That a relation holds no more, or the basis on which somebody might be contacted."""

    related = models.ForeignKey(RelatedParty, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "related_party_end"


class IdentityProposal(Fact):
    """Two numbers or two debtors that may be one, or one number under several names: proposed, never merged silently.

    `reasons` are [code, points] pairs of what speaks for and against it, without any value of a person.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    other = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")
    certainty_pct = models.PositiveSmallIntegerField()
    reasons = models.JSONField(null=True)
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "identity_proposal"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["lost_zeros", "several_names", "same_person"]), name="identity_proposal_kind"
            ),
            models.CheckConstraint(condition=~Q(party=F("other")), name="identity_proposal_of_two"),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "-certainty_pct", "id"],
                condition=Q(kind="same_person"),
                name="identity_proposal_likeliest",
            ),
        ]


class IdentityDecision(Fact):
    """What a person decided about a proposal; the newest decision holds, so an acceptance can be taken back."""

    proposal = models.ForeignKey(IdentityProposal, models.PROTECT, related_name="+", db_index=False)
    is_accepted = models.BooleanField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        db_table = "identity_decision"
        indexes = [models.Index(fields=["proposal", "-id"], name="identity_decision_newest")]


class PartyState(State):
    """Which party stands for this one after the accepted proposals; itself when none does."""

    party = models.OneToOneField(Party, models.PROTECT, primary_key=True, related_name="+", db_constraint=False)
    stands_for = models.ForeignKey(Party, models.PROTECT, related_name="+", db_constraint=False)

    class Meta:
        db_table = "party_state"
