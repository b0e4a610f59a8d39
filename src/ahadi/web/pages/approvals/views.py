"""What waits for somebody's word: the list, one with text and effect, and the decision."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ahadi.domain.approvals import queries
from ahadi.domain.approvals.queries import ApprovalSeen
from ahadi.domain.audit.steps import database_clock
from ahadi.domain.flows.decide_approval import DecisionOutcome, decide_approval
from ahadi.domain.negotiation import queries as negotiation
from ahadi.domain.people import queries as people
from ahadi.web.frame import asked
from ahadi.web.frame.acting import Refused, act, new_key
from ahadi.web.frame.admission import EVERYBODY, Visitor, admits
from ahadi.web.frame.keeping import saved
from ahadi.web.frame.listing import Address
from ahadi.web.frame.rendering import show
from ahadi.web.pages.approvals import rows
from ahadi.web.pages.approvals.together import alike_rows


@admits(*EVERYBODY)
@require_safe
def approvals(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """What was asked, what waits first."""
    zone = people.time_zone(visitor.actor.organisation_id or 0)
    listed = queries.asked_for(by=visitor.actor, at=database_clock())
    state, wanted = request.GET.get("state", ""), request.GET.get("q", "").strip()[:100]
    state = state if state in rows.STATES else ""
    made = [
        asked.asked_row(one, zone=zone, today=visitor.today, is_staff=visitor.is_staff)
        for one in rows.of_state(listed, state)
    ]
    return show(
        request,
        "approvals/templates/approvals.html",
        visitor=visitor,
        rows=rows.narrowed(made, wanted),
        states=rows.states(state, Address(request.path, {"state": state, "q": wanted})),
        state=state,
        q=wanted,
        saved=saved(request, visitor, "approvals"),
        alike=alike_rows(by=visitor.actor),
        waiting=sum(one.state == queries.WAITING for one in listed),
    )


@admits(*EVERYBODY)
@require_http_methods(["GET", "HEAD", "POST"])
def approval(request: HttpRequest, visitor: Visitor, approval: int) -> HttpResponse:
    """One of them: the text of the mandate, what is offered, what it does; and the decision."""
    one, refused = _seen(visitor, approval), ""
    if request.method == "POST":
        done = _decided(request, visitor, approval)
        if not isinstance(done, Refused):
            messages.success(request, _("It is decided: %(word)s.") % {"word": asked.state(done.decision)})
            return HttpResponseRedirect(reverse("board") if request.POST.get("back") == "board" else request.path)
        one, refused = _seen(visitor, approval), done.text
    zone = people.time_zone(visitor.actor.organisation_id or 0)
    kept = negotiation.kept(by=visitor.actor, offer_id=one.offer_id, as_of=visitor.today)
    return show(
        request,
        "approvals/templates/approval.html",
        visitor=visitor,
        status=400 if refused else 200,
        approval=asked.approval_row(one, zone=zone, today=visitor.today, is_staff=visitor.is_staff),
        offer=asked.offer_text(kept, one.currency, today=visitor.today),
        refused=refused,
        may_decide=one.state == queries.WAITING and queries.rank(visitor.actor) >= one.rank,
        is_own=one.asked_by_id == visitor.actor.person_id,
        key=new_key(),
    )


def _seen(visitor: Visitor, approval: int) -> ApprovalSeen:
    return queries.approval(by=visitor.actor, at=database_clock(), approval_id=approval)


def _decided(request: HttpRequest, visitor: Visitor, approval: int) -> DecisionOutcome | Refused:
    decide = partial(
        decide_approval,
        approval_id=approval,
        decision=request.POST.get("decision", ""),
        digest=request.POST.get("digest", ""),
        reason=request.POST.get("reason", "")[:200],
    )
    return act(request, visitor, "decide_approval", decide, DecisionOutcome)
