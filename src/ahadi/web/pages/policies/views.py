"""Policies of the house: listed, written by one manager, decided by another."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ahadi.domain.contact import catalogue, operations
from ahadi.domain.contact.catalogue import LawRule
from ahadi.domain.contact.operations import PolicyOutcome
from ahadi.domain.people import queries as people
from ahadi.domain.reporting.forecast import forecast
from ahadi.web.frame.acting import Refused, act, new_key
from ahadi.web.frame.admission import DECIDERS, STAFF, Visitor, admits
from ahadi.web.frame.rendering import show
from ahadi.web.pages.policies import drafts, forms, rows


@admits(*STAFF)
@require_safe
def policies(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Every policy with its state, who and when."""
    zone = _zone(visitor)
    listed = catalogue.policies(by=visitor.actor)
    return show(
        request,
        "policies/templates/policies.html",
        visitor=visitor,
        rows=[rows.policy_row(one, zone=zone, today=visitor.today) for one in listed],
        may_write=visitor.rights.may(*DECIDERS),
    )


@admits(*STAFF)
@require_safe
def policy(request: HttpRequest, visitor: Visitor, policy: int) -> HttpResponse:
    """One policy: its text in plain words, its examples, what was decided, and what may be."""
    one, zone = catalogue.policy(by=visitor.actor, policy_id=policy), _zone(visitor)
    may_decide = visitor.rights.may(*DECIDERS)
    return show(
        request,
        "policies/templates/policy.html",
        visitor=visitor,
        policy=rows.policy_row(one, zone=zone, today=visitor.today),
        reading=rows.reading(one.rule),
        verdicts=rows.verdict_rows(one, zone=zone, today=visitor.today),
        text=one.text,
        state=one.state,
        may_approve=may_decide and one.by_id != visitor.actor.person_id,
        may_decide=may_decide,
        verdict_url=reverse("judge-policy", args=[policy]),
        key=new_key(),
    )


@admits(*DECIDERS)
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """From a form to the text, its plain words and its effect, and then the proposal."""
    step, query = request.POST.get("step", ""), request.POST or request.GET
    kind, text = forms.kind_of(query), forms.text_of(request.POST)
    errors: dict[str, str] = {}
    if step == "make":
        typed, errors = forms.typed(request.POST, kind)
        text = "" if errors else drafts.text(kind, typed)
    read, wrong = _read(text) if text else (None, "")
    if step == "propose" and read is not None:
        done = _proposed(request, visitor, text)
        if not isinstance(done, Refused):
            messages.success(request, _("Proposed. It holds once another manager has approved it."))
            return HttpResponseRedirect(reverse("policy", args=[done.policy_id]))
        wrong = done.text
    return show(
        request,
        "policies/templates/write.html",
        visitor=visitor,
        status=400 if errors or wrong else 200,
        draft=rows.draft(kind, query),
        errors=errors,
        text=text,
        wrong=wrong,
        reading=rows.reading(read) if read is not None else None,
        effect=_effect(visitor, read) if read is not None and step in ("effect", "make") else None,
        key=new_key(),
    )


@admits(*DECIDERS)
@require_POST
def judge(request: HttpRequest, visitor: Visitor, policy: int) -> HttpResponse:
    """Approves, refuses or withdraws a policy."""
    verdict = request.POST.get("verdict", "")
    done = act(
        request,
        visitor,
        "judge_policy",
        lambda act: operations.judge_policy(act, policy_id=policy, verdict=verdict),
        PolicyOutcome,
    )
    if isinstance(done, Refused):
        messages.error(request, done.text)
    else:
        messages.success(request, _("It is decided: %(code)s.") % {"code": done.code})
    return HttpResponseRedirect(reverse("policy", args=[policy]))


def _read(text: str) -> tuple[LawRule | None, str]:
    """The one rule of a text, or what is wrong with it."""
    try:
        found = catalogue.read_policy(text)
    except catalogue.UnableToReadLaw as error:
        return None, str(error)
    if len(found) != 1 or not found[0].id.startswith(forms.PREFIX):
        return None, _("A policy holds one rule, whose id begins with %(prefix)s.") % {"prefix": forms.PREFIX}
    wrong = catalogue.wrong_examples(found[0])
    return (None, " ".join(wrong)) if wrong else (found[0], "")


def _proposed(request: HttpRequest, visitor: Visitor, text: str) -> PolicyOutcome | Refused:
    return act(request, visitor, "propose_policy", lambda act: operations.propose_policy(act, text=text), PolicyOutcome)


def _effect(visitor: Visitor, rule: LawRule) -> rows.Effect:
    """What it would stop tomorrow, counted without it and with it."""
    day = visitor.today + timedelta(days=1)
    before = forecast(by=visitor.actor, day=day)
    return rows.effect(before, forecast(by=visitor.actor, day=day, proposed=rule.tests), today=visitor.today)


def _zone(visitor: Visitor) -> str:
    return people.time_zone(visitor.actor.organisation_id or 0)
