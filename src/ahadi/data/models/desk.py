"""The officer's desk: who has whom before them, what they do and did, what was checked, uncovered and agreed there."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Q

from ahadi.data.models.account import Account
from ahadi.data.models.act import Act
from ahadi.data.models.contact import Contact
from ahadi.data.models.creditor import Creditor
from ahadi.data.models.kinds import Fact, Record, State
from ahadi.data.models.organisation import Organisation
from ahadi.data.models.party import ContactPoint, Party
from ahadi.data.models.person import Person

STATES = ("ready", "preview", "dial", "talk", "wrap", "pause")
MOVES = ("skipped", "pulled")
SECTIONS = ("work", "settlement", "misc")
UNCOVERED = ("phone", "email", "address", "identity")
PROOFS = ("birth_year", "last_receipt", "address", "account_end")


class ClaimState(State):
    """Who has a debtor before them: one person at a time, until `expires_at` unless they show a sign of life.

    Keyed by the party that stands for the debtor, so that two accounts of one person are never worked by two people.
    """

    party = models.OneToOneField(Party, models.PROTECT, primary_key=True, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    holder = models.ForeignKey(Person, models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    is_next = models.BooleanField(default=False)
    taken_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "claim_state"


class DeskState(State):
    """What an officer does at this moment; `since` when, on which account, with which contact.

    `code` is the reason of a pause or of a longer wrap, `extensions` how often the wrap was made longer, `opened_at`
    when the account came on the screen.
    """

    person = models.OneToOneField(Person, models.PROTECT, primary_key=True, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=10)
    code = models.CharField(max_length=30, null=True)
    since = models.DateTimeField()
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, related_name="+", db_index=False)
    opened_at = models.DateTimeField(null=True)
    extensions = models.PositiveSmallIntegerField(default=0)
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "desk_state"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=STATES), name="desk_state_state"),
            models.CheckConstraint(
                condition=Q(state__in=["ready", "pause"]) | Q(account__isnull=False), name="desk_state_account"
            ),
            models.CheckConstraint(condition=~Q(state="pause") | Q(code__isnull=False), name="desk_state_code"),
        ]


class DeskTurn(Fact):
    """A stretch of an officer's day in one state, written as it ends."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=10)
    code = models.CharField(max_length=30, null=True)
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, related_name="+", db_index=False)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "desk_turn"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=STATES), name="desk_turn_state"),
            models.CheckConstraint(condition=Q(until_at__gte=F("from_at")), name="desk_turn_times"),
        ]
        indexes = [models.Index(fields=["person", "-until_at"], name="desk_turn_newest")]


class ListMove(Fact):
    """An account that an officer passed over, or took before its turn, and why (a code, never a text)."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10)
    reason = models.CharField(max_length=30)
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "list_move"
        constraints = [models.CheckConstraint(condition=Q(kind__in=MOVES), name="list_move_kind")]
        indexes = [models.Index(fields=["person", "-at"], name="list_move_newest")]


class CallBack(Fact):
    """A moment at which a debtor asked to be called again; it is done once somebody tries from then on.

    `person` is whom it is for; the newest of an account holds.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    contact_point = models.ForeignKey(ContactPoint, models.PROTECT, null=True, related_name="+", db_index=False)
    due_at = models.DateTimeField()
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "call_back"
        indexes = [models.Index(fields=["person", "due_at"], name="call_back_due")]


class Verification(Fact):
    """That whoever speaks is the debtor: which facts they named, for one contact."""

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="+")
    proofs = ArrayField(models.CharField(max_length=20))
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "verification"
        constraints = [models.CheckConstraint(condition=Q(proofs__len__gte=1), name="verification_proofs")]


class Unmasking(Fact):
    """That somebody uncovered a number, an address or an identity, of whom and why."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    contact_point = models.ForeignKey(ContactPoint, models.PROTECT, null=True, related_name="+", db_index=False)
    what = models.CharField(max_length=10)
    reason = models.CharField(max_length=30)
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "unmasking"
        constraints = [models.CheckConstraint(condition=Q(what__in=UNCOVERED), name="unmasking_what")]
        indexes = [models.Index(fields=["person", "-at"], name="unmasking_newest")]


class DelayReason(Fact):
    """Why somebody says that they are behind, by a code of the list of reasons; the newest of an account holds."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, related_name="+", db_index=False)
    reason = models.CharField(max_length=30)
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "delay_reason"


class Note(Record):
    """What somebody wrote about an account, in their own words; erasable, since it may say anything.

    `kind` is a code of the list of notes.
    """

    personal: ClassVar[bool] = True

    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=40, default="GENERAL")
    text = models.CharField(max_length=2000)
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "note"
        indexes = [GinIndex(SearchVector("text", config="simple"), name="note_words")]


class DraftState(State):
    """What is being typed about an account and was not saved yet; blanked once it was."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    content = models.JSONField(default=dict)
    saved_at = models.DateTimeField()

    class Meta:
        db_table = "draft_state"
        constraints = [models.UniqueConstraint(fields=["person", "account"], name="draft_state_once")]


class DeskKeys(Record):
    """The keys that somebody chose for themselves: command to key, only where it differs from the house's."""

    person = models.OneToOneField(Person, models.PROTECT, primary_key=True, related_name="+")
    keys = models.JSONField(default=dict)

    class Meta:
        db_table = "desk_keys"


class Guideline(Fact):
    """What a creditor wants of those who speak for it, by section; from a day on, until a newer one of that section."""

    creditor = models.ForeignKey(Creditor, models.PROTECT, related_name="+")
    section = models.CharField(max_length=10)
    text = models.TextField()
    from_date = models.DateField()
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "guideline"
        constraints = [models.CheckConstraint(condition=Q(section__in=SECTIONS), name="guideline_section")]
