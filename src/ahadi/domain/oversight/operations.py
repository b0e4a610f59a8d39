"""What somebody who looks after others does alone: notes that they looked, keeps views under a name."""

from dataclasses import dataclass

from ahadi.data.models.plan_of_work import Look, SavedView
from ahadi.domain.audit.ports import Act
from ahadi.domain.oversight import firsts
from ahadi.domain.people import access
from ahadi.domain.rosters.steps import OVERSEERS, today

_VIEWS_MAX = 50


class UnableToKeepLook(Exception):
    """Only what the board shows can be looked at, by somebody who looks after others."""

    is_refusal = True


class UnableToKeepView(Exception):
    """A view has a name and belongs to somebody who is signed in; there may be fifty of them."""

    is_refusal = True


@dataclass(frozen=True)
class LookOutcome:
    """What was looked at."""

    kind: str


@dataclass(frozen=True)
class ViewOutcome:
    """The name of the view."""

    name: str


def look(act: Act, *, kind: str, reference: str) -> LookOutcome:
    """Notes that somebody looked at what comes first; it is not shown again today. Raises UnableToKeepLook."""
    if kind not in firsts.KINDS or not reference or not access.rights(act.by).may(*OVERSEERS):
        raise UnableToKeepLook("open the board and look at what it shows")
    Look(
        organisation_id=act.organisation_id,
        kind=kind,
        reference=reference[:80],
        day=today(act),
        at=act.at,
        act_id=act.id,
    ).save(force_insert=True)
    return LookOutcome(kind)


def keep_view(act: Act, *, page: str, name: str, query: str) -> ViewOutcome:
    """Keeps the choices of a page under a name; without choices the name is given up. Raises UnableToKeepView."""
    person_id = act.by.person_id
    if person_id is None or not name.strip():
        raise UnableToKeepView("give the view a name")
    if SavedView.objects.filter(person_id=person_id).count() >= _VIEWS_MAX * 10:
        raise UnableToKeepView("so many views were kept that nobody finds one; give some up")
    SavedView(
        person_id=person_id, page=page[:60], name=name.strip()[:60], query=query[:1000], at=act.at, act_id=act.id
    ).save(force_insert=True)
    return ViewOutcome(name.strip()[:60])
