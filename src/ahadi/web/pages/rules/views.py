"""The rules of contact: all of them place by place, one by itself, and counsel's word on a weak source."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ahadi.domain.contact import catalogue, operations
from ahadi.domain.contact.operations import SignOffOutcome
from ahadi.domain.people import queries as people
from ahadi.web.frame.acting import Refused, act, new_key
from ahadi.web.frame.admission import STAFF, Visitor, admits
from ahadi.web.frame.rendering import show
from ahadi.web.pages.rules import rows
from ahadi.web.pages.rules.forms import chosen


@admits(*STAFF)
@require_safe
def rules(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Every rule of the rulebook, by place, narrowed by what was chosen."""
    choice, places = chosen(request.GET), catalogue.places(by=visitor.actor)
    fitting = rows.place_rows(places, choice, today=visitor.today)
    return show(
        request,
        "rules/templates/rules.html",
        visitor=visitor,
        choice=choice,
        choosers=rows.choosers(places, choice),
        places=fitting,
        shown=sum(len(place.rules) for place in fitting),
        count=sum(len(place.rules) for place in places),
    )


@admits(*STAFF)
@require_safe
def rule(request: HttpRequest, visitor: Visitor, rule: str) -> HttpResponse:
    """One rule with its figures, tests, examples and source; one of the house's own policies has its own page."""
    if rule.startswith(catalogue.OWN_RULES):
        for one in catalogue.policies(by=visitor.actor):
            if one.rule.id == rule:
                return HttpResponseRedirect(reverse("policy", args=[one.policy_id]))
    held = catalogue.rule(by=visitor.actor, rule_id=rule)
    zone = people.time_zone(visitor.actor.organisation_id or 0)
    return show(
        request,
        "rules/templates/rule.html",
        visitor=visitor,
        rule=rows.rule_view(held, zone=zone, today=visitor.today),
        may_sign=visitor.rights.may("admin"),
        sign_url=reverse("sign-off", args=[rule]),
        key=new_key(),
    )


@admits("admin")
@require_POST
def sign_off(request: HttpRequest, visitor: Visitor, rule: str) -> HttpResponse:
    """Records counsel's word on a rule, or that it no longer stands."""
    is_given, reference = request.POST.get("step") == "give", request.POST.get("reference", "")[:200]
    done = act(
        request,
        visitor,
        "sign_off",
        lambda act: operations.sign_off(act, rule=rule, is_given=is_given, reference=reference),
        SignOffOutcome,
    )
    if isinstance(done, Refused):
        messages.error(request, done.text)
    else:
        said = _("Signed off: it does what its text asks.") if is_given else _("Taken back: it warns again.")
        messages.success(request, said)
    return HttpResponseRedirect(reverse("rule", args=[rule]))
