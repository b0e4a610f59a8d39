"""What the gate decided and by which rules, the rules that people here add, and the contacts that wait their turn."""

from django.db import models
from django.db.models import Q

from ahadi.data.models.account import Account
from ahadi.data.models.act import Act
from ahadi.data.models.kinds import Fact, Record, State
from ahadi.data.models.organisation import Organisation
from ahadi.data.models.party import ContactPoint, Party
from ahadi.data.models.person import Owner

ANSWERS = ("allow", "warn", "block")
STAGES = ("queued", "begun", "issued")
VERDICTS = ("approved", "refused", "withdrawn")
QUEUE_STATUSES = ("waiting", "begun", "stopped")


class RuleSet(Fact):
    """Rules and calendar as they were when a decision was made, so that it can be made again to the letter."""

    digest = models.BinaryField(max_length=32, unique=True)
    content = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        db_table = "rule_set"


class GateDecision(Fact):
    """Whether somebody may be reached: what was asked, on which facts, by which rules, and the answer.

    `stage`: asked when the contact was queued, when it begins, or issued beforehand for a visit without a network,
    which may begin until `valid_until`. `inputs` holds ids and instants, no values about a person.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    contact_point = models.ForeignKey(ContactPoint, models.PROTECT, null=True, related_name="+", db_index=False)
    role = models.CharField(max_length=20)
    channel = models.CharField(max_length=10)
    purpose = models.CharField(max_length=20)
    stage = models.CharField(max_length=6)
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    answer = models.CharField(max_length=5)
    next_lawful_at = models.DateTimeField(null=True)
    reasons = models.JSONField()
    inputs = models.JSONField()
    rule_set = models.ForeignKey(RuleSet, models.PROTECT, related_name="+", db_index=False)
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "gate_decision"
        constraints = [
            models.CheckConstraint(condition=Q(answer__in=ANSWERS), name="gate_decision_answer"),
            models.CheckConstraint(condition=Q(stage__in=STAGES), name="gate_decision_stage"),
            models.CheckConstraint(
                condition=Q(stage="issued", channel="visit", valid_until__isnull=False)
                | (~Q(stage="issued") & Q(valid_until__isnull=True)),
                name="gate_decision_validity",
            ),
        ]
        indexes = [models.Index(fields=["account", "-decided_at"], name="gate_decision_newest")]


class GateOverride(Fact):
    """A warning that a supervisor took upon themselves, for one of the reasons of the list; never a block."""

    decision = models.OneToOneField(GateDecision, models.PROTECT, primary_key=True, related_name="+")
    reason = models.CharField(max_length=40)
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "gate_override"


class PlannedContact(Fact):
    """A contact that waits for its moment; the gate was asked when it was queued and is asked again when it begins."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    contact_point = models.ForeignKey(ContactPoint, models.PROTECT, null=True, related_name="+", db_index=False)
    by = models.ForeignKey(Owner, models.PROTECT, null=True, related_name="+", db_index=False)
    role = models.CharField(max_length=20)
    channel = models.CharField(max_length=10)
    purpose = models.CharField(max_length=20)
    due_at = models.DateTimeField()
    decision = models.OneToOneField(GateDecision, models.PROTECT, related_name="+")
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "planned_contact"


class PlannedContactState(State):
    """Whether a planned contact still waits, has begun, or was stopped, and by which rule."""

    planned_contact = models.OneToOneField(PlannedContact, models.PROTECT, primary_key=True, related_name="+")
    status = models.CharField(max_length=7)
    rule = models.CharField(max_length=40, null=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "planned_contact_state"
        constraints = [
            models.CheckConstraint(condition=Q(status__in=QUEUE_STATUSES), name="planned_contact_status"),
            models.CheckConstraint(
                condition=~Q(status="stopped") | Q(rule__isnull=False), name="planned_contact_stopped_by"
            ),
        ]


class Policy(Fact):
    """A rule of the house, in the form of the rulebook; it holds once somebody else has approved it."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    text = models.TextField()
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "policy"


class PolicyVerdict(Fact):
    """What was decided about a policy; the newest holds. Who proposed it cannot approve it."""

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=10)
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "policy_verdict"
        constraints = [models.CheckConstraint(condition=Q(verdict__in=VERDICTS), name="policy_verdict")]


class SignOff(Fact):
    """A lawyer's word on a rule whose source is weak: it blocks as it says, instead of warning; or no longer.

    `reference` names the opinion; the newest row of a rule holds.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    rule = models.CharField(max_length=40)
    is_given = models.BooleanField()
    reference = models.CharField(max_length=200)
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "sign_off"
        indexes = [models.Index(fields=["organisation", "rule", "-id"], name="sign_off_newest")]


class DayOverride(Record):
    """A day that this office knows better than the calendar: a holiday that was moved, or announced late."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    country = models.CharField(max_length=2)
    day = models.DateField()
    is_holiday = models.BooleanField()
    name = models.CharField(max_length=120)

    class Meta:
        db_table = "day_override"
        constraints = [models.UniqueConstraint(fields=["organisation", "country", "day"], name="day_override_once")]


class Code(Record):
    """An entry of a code list as an organisation keeps it; a shipped one it changed, or one of its own. Never deleted:
    one that is not to be used any more is not active.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    list = models.CharField(max_length=40)
    code = models.CharField(max_length=40)
    label = models.CharField(max_length=200)
    values = models.JSONField(default=dict)
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "code"
        constraints = [models.UniqueConstraint(fields=["organisation", "list", "code"], name="code_once")]
