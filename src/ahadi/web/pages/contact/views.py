"""Asking the gate one question, beginning or queueing a contact, writing down its outcome, and past decisions."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ahadi.domain.contact import codes
from ahadi.domain.flows import begin_contact, queue_contact, record_outcome
from ahadi.domain.flows.begin_contact import ReachOutcome
from ahadi.domain.flows.queue_contact import QueueOutcome
from ahadi.domain.flows.record_outcome import ContactResult
from ahadi.domain.people import queries as people
from ahadi.domain.reporting import contacts
from ahadi.web.frame import answers, figures, words
from ahadi.web.frame.acting import Refused, act, new_key
from ahadi.web.frame.admission import CALLERS, STAFF, Visitor, admits
from ahadi.web.frame.answers import Way
from ahadi.web.frame.moments import moment
from ahadi.web.frame.reference import written
from ahadi.web.frame.rendering import show
from ahadi.web.pages.contact import rows
from ahadi.web.pages.contact.forms import Chosen, chosen


@admits(*STAFF)
@require_safe
def ask(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """One way to reach somebody: may we, by which rule not, from when, and what is to be said."""
    choice, zone = chosen(request.GET, account), _zone(visitor)
    when = moment(request.GET, zone=zone, today=visitor.today)
    asked = choice.asked
    reach = contacts.reached(
        by=visitor.actor, account_id=account, at=when.at, purpose=asked.purpose, channels=(asked.channel,)
    )
    both = rows.found(reach, asked)
    if both is None:
        raise Http404("nobody of this account is reached in that way")
    return show(
        request,
        "contact/templates/ask.html",
        visitor=visitor,
        status=400 if when.error else 200,
        ask=rows.ask_view(reach, *both, is_now=when.at is None, today=visitor.today),
        moment=when,
        key=new_key(),
        may_override=visitor.rights.may("supervisor", "manager"),
        refused_url=reverse("decision", args=[account, choice.refused]) if choice.refused else "",
        begin_url=reverse("begin", args=[account]),
        queue_url=reverse("queue", args=[account]),
    )


@admits(*CALLERS)
@require_POST
def begin(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """Begins a contact where the gate lets, and goes on to its outcome; else shows what stops it."""
    choice = chosen(request.POST, account)
    done = act(
        request,
        visitor,
        "begin_contact",
        lambda act: begin_contact.begin_contact(act, asked=choice.asked, override_reason=choice.reason),
        ReachOutcome,
    )
    return _went(request, account, choice, done)


@admits(*CALLERS)
@require_POST
def begin_planned(request: HttpRequest, visitor: Visitor, account: int, planned: int) -> HttpResponse:
    """Begins a contact that waited; the gate is asked again, and may stop it for good."""
    done = act(
        request,
        visitor,
        "begin_planned",
        lambda act: begin_contact.begin_planned(act, planned_contact_id=planned),
        ReachOutcome,
    )
    if isinstance(done, Refused):
        messages.error(request, done.text)
    elif done.contact_id is not None:
        return HttpResponseRedirect(reverse("outcome", args=[account, done.contact_id]))
    else:
        told = {"rules": words.listed(done.rules)}
        messages.error(request, _("The gate was asked again and stopped it: %(rules)s.") % told)
    return HttpResponseRedirect(reverse("account", args=[account]))


@admits(*CALLERS)
@require_POST
def queue(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """Lets a contact wait for a lawful moment."""
    choice = chosen(request.POST, account)
    due_at = choice.due_at
    if due_at is None:
        raise Http404("no moment to wait for")
    done = act(
        request,
        visitor,
        "queue_contact",
        lambda act: queue_contact.queue_contact(act, asked=choice.asked, due_at=due_at),
        QueueOutcome,
    )
    if isinstance(done, Refused):
        messages.error(request, done.text)
    elif done.planned_contact_id is None:
        messages.error(
            request, _("That moment is not lawful any more: %(rules)s.") % {"rules": words.listed(done.rules)}
        )
    else:
        due = figures.moment(due_at, _zone(visitor), visitor.today)
        messages.success(request, _("It waits for %(due)s, and the gate is asked again then.") % {"due": due})
    return HttpResponseRedirect(reverse("account", args=[account]))


@admits(*CALLERS)
@require_http_methods(["GET", "HEAD", "POST"])
def outcome(request: HttpRequest, visitor: Visitor, account: int, contact: int) -> HttpResponse:
    """An attempt under way, and what came of it."""
    tried, met, answer = contacts.begun(by=visitor.actor, account_id=account, contact_id=contact)
    error = ""
    if request.method == "POST":
        result = request.POST.get("result", "")
        done = act(
            request,
            visitor,
            "record_outcome",
            lambda act: record_outcome.record_outcome(act, contact_id=contact, result=result),
            ContactResult,
        )
        if not isinstance(done, Refused):
            messages.success(request, _("What came of it is written down."))
            return HttpResponseRedirect(reverse("account", args=[account]))
        error = done.text
    zone, house = _zone(visitor), visitor.actor.organisation_id or 0
    row = answers.duties_row(answer, zone=zone, today=visitor.today) if answer else None
    began = figures.moment(tried.began_at, zone, visitor.today)
    listed = codes.outcomes(house, tried.channel)
    view = rows.attempt_view(tried, met, row, listed, account=account, at=began)
    shown = {"attempt": view, "error": error, "key": new_key()}
    return show(request, "contact/templates/outcome.html", visitor=visitor, status=400 if error else 200, **shown)


@admits(*STAFF)
@require_safe
def decisions(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """What the gate said about an account, newest first."""
    said = contacts.decisions(by=visitor.actor, account_id=account)
    titles, zone = contacts.titles(by=visitor.actor), _zone(visitor)
    return show(
        request,
        "contact/templates/decisions.html",
        visitor=visitor,
        account_url=reverse("account", args=[account]),
        rows=[rows.said_row(one, titles, account=account, zone=zone, today=visitor.today) for one in said],
    )


@admits(*STAFF)
@require_safe
def decision(request: HttpRequest, visitor: Visitor, account: int, decision: int) -> HttpResponse:
    """One decision, made again from its facts and rules where that is asked for."""
    said = contacts.decision(by=visitor.actor, account_id=account, decision_id=decision)
    zone, again = _zone(visitor), None
    if request.GET.get("again"):
        made = contacts.made_again(by=visitor.actor, account_id=account, decision_id=decision)
        again = rows.again_view(made, zone=zone, today=visitor.today)
    titles = contacts.titles(by=visitor.actor)
    return show(
        request,
        "contact/templates/decision.html",
        visitor=visitor,
        account_url=reverse("account", args=[account]),
        decisions_url=reverse("decisions", args=[account]),
        said=rows.said_row(said, titles, account=account, zone=zone, today=visitor.today),
        reference=written("decision", decision),
        again=again,
    )


def _went(request: HttpRequest, account: int, choice: Chosen, done: ReachOutcome | Refused) -> HttpResponse:
    """On to the outcome of what began, or back to the question with what stops it."""
    if not isinstance(done, Refused) and done.contact_id is not None:
        return HttpResponseRedirect(reverse("outcome", args=[account, done.contact_id]))
    asked = choice.asked
    way = Way(
        written("person", asked.person_id) if asked.person_id else "",
        asked.channel,
        written("point", asked.contact_point_id) if asked.contact_point_id else "",
        asked.purpose,
    )
    kept = {} if isinstance(done, Refused) else {"refused": written("decision", done.decision_id)}
    if isinstance(done, Refused):
        messages.error(request, done.text)
    return HttpResponseRedirect(f"{reverse('contact', args=[account])}?{urlencode({**way.fields, **kept})}")


def _zone(visitor: Visitor) -> str:
    return people.time_zone(visitor.actor.organisation_id or 0)
