"""Who works with whom: teams, and who was in which from when until when."""

from django.db import models
from django.db.models import Q

from ahadi.data.models.act import Act
from ahadi.data.models.kinds import Fact
from ahadi.data.models.organisation import Organisation
from ahadi.data.models.person import Person

PARTS = ("member", "leader")


class Team(Fact):
    """Some people of an organisation who work together under one or more leaders."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "team"
        constraints = [models.UniqueConstraint(fields=["organisation", "code"], name="team_once")]


class TeamMember(Fact):
    """Somebody in a team from `from_at` on, as one of `PARTS`, until an end says otherwise."""

    team = models.ForeignKey(Team, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    part = models.CharField(max_length=10)
    from_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "team_member"
        constraints = [models.CheckConstraint(condition=Q(part__in=PARTS), name="team_member_part")]


class TeamMemberEnd(Fact):
    """Somebody who left a team."""

    member = models.OneToOneField(TeamMember, models.PROTECT, primary_key=True, related_name="+")
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "team_member_end"
