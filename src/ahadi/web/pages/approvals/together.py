"""Approvals of identical rules decided together: a list of what is included, each judged by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ahadi.domain.approvals import queries
from ahadi.domain.approvals.queries import ApprovalSeen, UnableToFindApproval
from ahadi.domain.audit.ports import Actor
from ahadi.domain.audit.steps import database_clock
from ahadi.domain.flows.decide_approval import DecisionOutcome, decide_approval
from ahadi.domain.people import queries as people
from ahadi.web.frame import asked, bargains, figures, reference
from ahadi.web.frame.acting import Refused, act, new_key
from ahadi.web.frame.admission import EVERYBODY, Visitor, admits
from ahadi.web.frame.asked import ApprovalRow
from ahadi.web.frame.rendering import show

_MOST = 100
_LEAST = 2


@dataclass(frozen=True)
class Alike:
    """Approvals that wait under the same mandate for the same kind of offer, by the same level and currency."""

    mandate: str
    kind: str
    level: str
    currency: str

    @property
    def address(self) -> str:
        """Where they are decided together."""
        return f"{reverse('approvals-together')}?{urlencode(vars(self))}"


@dataclass(frozen=True)
class AlikeRow:
    """A group of them in the list."""

    url: str
    what: str
    mandate: str
    count: str


@dataclass(frozen=True)
class Decided:
    """What became of one of them; `refused` says why it was left as it was."""

    debtor: str
    url: str
    refused: str


def alike_rows(*, by: Actor) -> tuple[AlikeRow, ...]:
    """The groups of two or more that somebody may decide together, the largest first."""
    groups: dict[Alike, int] = {}
    for one in _mine(by):
        groups[_of(one)] = groups.get(_of(one), 0) + 1
    listed = sorted((item for item in groups.items() if item[1] >= _LEAST), key=lambda item: -item[1])
    return tuple(
        AlikeRow(one.address, bargains.kind(one.kind), one.mandate, figures.count(count)) for one, count in listed
    )


@admits(*EVERYBODY)
@require_http_methods(["GET", "HEAD", "POST"])
def approvals_together(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """What is included, and the decision; each is judged by itself, and one that is refused leaves the others."""
    wanted = Alike(*(request.GET.get(name, "")[:80] for name in ("mandate", "kind", "level", "currency")))
    decided: list[Decided] = []
    if request.method == "POST":
        decided = _decide(request, visitor, wanted)
    zone = people.time_zone(visitor.actor.organisation_id or 0)
    left = [one for one in _mine(visitor.actor) if _of(one) == wanted][:_MOST]
    rows = [asked.approval_row(one, zone=zone, today=visitor.today, is_staff=visitor.is_staff) for one in left]
    return show(
        request,
        "approvals/templates/together.html",
        visitor=visitor,
        what=bargains.kind(wanted.kind),
        need=bargains.level(wanted.level),
        mandate=wanted.mandate,
        rows=_referenced(left, rows),
        done=[one for one in decided if not one.refused],
        refused=[one for one in decided if one.refused],
        key=new_key(),
    )


def _mine(by: Actor) -> list[ApprovalSeen]:
    """What waits for somebody's word and asks for nothing that has to be weighed by itself."""
    rank = queries.rank(by)
    return [
        one
        for one in queries.approvals(by=by, at=database_clock())
        if one.state == queries.WAITING
        and one.rank <= rank
        and one.asked_by_id != by.person_id
        and one.excess_reason is None
    ]


def _of(one: ApprovalSeen) -> Alike:
    return Alike(one.mandate, one.kind, one.level, one.currency)


def _referenced(left: Sequence[ApprovalSeen], rows: Sequence[ApprovalRow]) -> list[tuple[str, ApprovalRow]]:
    """Each with what a form sends for it: which one, and what of it was looked at."""
    return [
        (f"{reference.written('approval', one.approval_id)}:{row.digest}", row)
        for one, row in zip(left, rows, strict=True)
    ]


def _decide(request: HttpRequest, visitor: Visitor, wanted: Alike) -> list[Decided]:
    """Decides each that was ticked, in an act of its own; one of another kind is not touched."""
    return [
        _one(request, visitor, wanted, approval, digest)
        for approval, digest in (_read(text) for text in request.POST.getlist("approval")[:_MOST])
        if approval
    ]


def _one(request: HttpRequest, visitor: Visitor, wanted: Alike, approval: int, digest: str) -> Decided:
    try:
        seen = queries.approval(by=visitor.actor, at=database_clock(), approval_id=approval)
    except UnableToFindApproval as error:
        return Decided("—", "", str(error))
    url = reverse("approval", args=[approval])
    if _of(seen) != wanted:
        return Decided(seen.debtor, url, _("It is of another rule than the others: decide it by itself."))
    decide = partial(
        decide_approval,
        approval_id=approval,
        decision=request.POST.get("decision", ""),
        digest=digest,
        reason=request.POST.get("reason", "")[:200],
    )
    done = act(request, visitor, "decide_approval", decide, DecisionOutcome, part=str(approval))
    return Decided(seen.debtor, url, done.text if isinstance(done, Refused) else "")


def _read(text: str) -> tuple[int, str]:
    number, _colon, digest = text.partition(":")
    try:
        return reference.read("approval", number), digest
    except reference.UnableToReadReference:
        return 0, ""
