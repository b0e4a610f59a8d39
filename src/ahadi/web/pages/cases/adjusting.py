"""An adjustment of what is owed: what it does, who asked for it, and the decision of somebody else."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ahadi.domain.cases import queries
from ahadi.domain.flows import judge_adjustment
from ahadi.domain.flows.judge_adjustment import APPROVERS, AdjustmentOutcome
from ahadi.domain.people import queries as people
from ahadi.web.frame.acting import Refused, act, new_key
from ahadi.web.frame.admission import STAFF, Visitor, admits
from ahadi.web.frame.rendering import show
from ahadi.web.pages.cases import rows


@admits(*STAFF)
@require_safe
def adjustment(request: HttpRequest, visitor: Visitor, adjustment: int) -> HttpResponse:
    """One adjustment, what is owed before and after it, and what may be decided."""
    row = queries.require_adjustment(by=visitor.actor, adjustment_id=adjustment)
    house = visitor.actor.organisation_id or 0
    zone = people.time_zone(house)
    return show(
        request,
        "cases/templates/adjustment.html",
        visitor=visitor,
        one=rows.adjustment_view(row, house=house, person=visitor.actor.person_id, zone=zone, today=visitor.today),
        may_decide=visitor.rights.may(*APPROVERS),
        key=new_key(),
    )


@admits(*STAFF)
@require_POST
def judge(request: HttpRequest, visitor: Visitor, adjustment: int) -> HttpResponse:
    """Approves or refuses an adjustment, or takes one's own back."""
    queries.require_adjustment(by=visitor.actor, adjustment_id=adjustment)
    is_approved = request.POST.get("verdict") == "approved"
    done = act(
        request,
        visitor,
        "judge_adjustment",
        lambda act: judge_adjustment.judge_adjustment(act, adjustment_id=adjustment, is_approved=is_approved),
        AdjustmentOutcome,
    )
    if isinstance(done, Refused):
        messages.error(request, done.text)
    else:
        messages.success(request, _("It is decided: %(word)s.") % {"word": rows.verdict(done.verdict)[0]})
    return HttpResponseRedirect(reverse("adjustment", args=[adjustment]))
