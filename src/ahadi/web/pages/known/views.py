"""Taking down what is learnt about people, their week, their care, and ending what holds no more."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from ahadi.domain.contact.ports import CareOutcome
from ahadi.domain.flows import keep_care, open_care, release_hold, take_down
from ahadi.domain.flows.keep_care import CHARACTERS_MAX
from ahadi.domain.flows.release_hold import ReleaseOutcome
from ahadi.domain.flows.take_down import LearntOutcome, QuietOutcome
from ahadi.domain.people import queries as people
from ahadi.domain.reporting import contacts
from ahadi.domain.reporting.contacts import Learnt, Reach, UnableToFindDecision
from ahadi.web.frame import figures, relations, words
from ahadi.web.frame.acting import Refused, act, new_key
from ahadi.web.frame.admission import CALLERS, Visitor, admits
from ahadi.web.frame.reference import written
from ahadi.web.frame.rendering import show
from ahadi.web.pages.known import forms, rows
from ahadi.web.pages.known.rows import EndView

_READS_AND_ACTS = require_http_methods(["GET", "HEAD", "POST"])


@admits(*CALLERS)
@_READS_AND_ACTS
def learn(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """What was learnt: its kind, about whom, who told, from when until when."""
    reach, zone = _reach(visitor, account), _zone(visitor)
    errors: dict[str, str] = {}
    if request.method == "POST":
        told = forms.told(request.POST, zone=zone)
        if isinstance(told, forms.Told):
            done = _taken_down(request, visitor, account, told)
            if not isinstance(done, Refused):
                return _back(request, account, _("Taken down."), done.stopped)
            told = {"refused": done.text}
        errors = told
    typed = request.POST if request.method == "POST" else request.GET
    kind = forms.kind_of(typed)
    return show(
        request,
        "known/templates/learn.html",
        visitor=visitor,
        status=400 if errors else 200,
        groups=rows.groups(request.path, kind),
        form=rows.learn_view(reach, kind, typed) if kind else None,
        errors=errors,
        **_around(reach, zone),
    )


@admits(*CALLERS)
@_READS_AND_ACTS
def end(request: HttpRequest, visitor: Visitor, account: int, circumstance: int) -> HttpResponse:
    """Asks before something that is known is ended, and ends it."""
    reach, zone = _reach(visitor, account), _zone(visitor)
    learnt, error = _learnt(reach, circumstance), ""
    if request.method == "POST":
        done = act(
            request,
            visitor,
            "end_circumstance",
            lambda act: take_down.end(act, circumstance_id=circumstance, account_id=account),
            LearntOutcome,
        )
        if not isinstance(done, Refused):
            return _back(request, account, _("Ended."), done.stopped)
        error = done.text
    view = rows.end_view(learnt, zone=zone, today=visitor.today)
    return _asked_first(request, visitor, reach, view, error)


@admits(*CALLERS)
@_READS_AND_ACTS
def release(request: HttpRequest, visitor: Visitor, account: int, hold: int) -> HttpResponse:
    """Asks before a hold is released, and releases it."""
    reach, error = _reach(visitor, account), ""
    held = next((one for one in reach.holds if one.hold_id == hold), None)
    if request.method == "POST":
        done = act(
            request,
            visitor,
            "release_hold",
            lambda act: release_hold.release_hold(act, account_id=account, hold_id=hold),
            ReleaseOutcome,
        )
        if not isinstance(done, Refused):
            return _back(request, account, _("Released."), 0)
        error = done.text
    if held is None:
        raise UnableToFindDecision("there is no such hold on this account; see its page")
    since = _("since %(day)s") % {"day": figures.day(held.from_date, visitor.today)}
    effect = _("Once it is released, the account comes back on the list. Other rules still hold.")
    view = EndView(words.rule(f"HOLD.{held.kind}"), since, effect, lets_reach=True)
    return _asked_first(request, visitor, reach, view, error)


@admits(*CALLERS)
@_READS_AND_ACTS
def quiet(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """When a person does not want to be disturbed."""
    reach, errors = _reach(visitor, account), {}
    typed = request.POST if request.method == "POST" else None
    if typed is not None:
        week = forms.week(typed)
        if isinstance(week, forms.Week):
            done = _week_taken_down(request, visitor, account, week)
            if not isinstance(done, Refused):
                return _back(request, account, _("The week is taken down."), done.stopped)
            week = {"refused": done.text}
        errors = week
    person = (typed or request.GET).get("person", "")
    met = next((one for one in reach.people if written("person", one.person_id) == person), reach.people[0])
    return show(
        request,
        "known/templates/quiet.html",
        visitor=visitor,
        status=400 if errors else 200,
        days=rows.days(met, typed, errors),
        people=relations.people(reach.people, person),
        sources=rows.sources((typed or request.GET).get("source", "")),
        errors=errors,
        **_around(reach, _zone(visitor)),
    )


@sensitive_post_parameters("text")
@admits(*CALLERS)
@_READS_AND_ACTS
def care(request: HttpRequest, visitor: Visitor, account: int, circumstance: int) -> HttpResponse:
    """How a vulnerable person wants to be dealt with: kept with consent, opened on record, forgotten."""
    reach, step = _reach(visitor, account), request.POST.get("step", "")
    learnt, error, text, is_open = _learnt(reach, circumstance), "", "", False
    if request.method == "POST":
        text = forms.care(request.POST)[0]
        done = _cared(request, visitor, account, circumstance, step)
        if isinstance(done, Refused):
            error = done.text
        elif step != "open":
            return _back(request, account, _("Kept.") if step == "keep" else _("Forgotten."), 0)
        else:
            text, is_open = open_care.text_of(done), True
    return show(
        request,
        "known/templates/care.html",
        visitor=visitor,
        status=400 if error else 200,
        has_record=learnt.has_care,
        is_open=is_open,
        text=text,
        most=CHARACTERS_MAX,
        error=error,
        **_around(reach, _zone(visitor)),
    )


def _taken_down(request: HttpRequest, visitor: Visitor, account: int, told: forms.Told) -> LearntOutcome | Refused:
    return act(
        request,
        visitor,
        "take_down",
        lambda act: take_down.take_down(act, account_id=account, person_id=told.person_id, learnt=told.learnt),
        LearntOutcome,
    )


def _week_taken_down(request: HttpRequest, visitor: Visitor, account: int, week: forms.Week) -> QuietOutcome | Refused:
    return act(
        request,
        visitor,
        "set_quiet_week",
        lambda act: take_down.set_quiet_week(
            act, account_id=account, person_id=week.person_id, source=week.source, times=week.times
        ),
        QuietOutcome,
    )


def _cared(request: HttpRequest, visitor: Visitor, account: int, circumstance: int, step: str) -> CareOutcome | Refused:
    text, has_consent = forms.care(request.POST)
    about = {"account_id": account, "circumstance_id": circumstance}
    if step == "keep":
        return act(
            request,
            visitor,
            "keep_care",
            lambda act: keep_care.keep_care(act, **about, text=text, has_consent=has_consent),
            CareOutcome,
        )
    if step == "forget":
        return act(request, visitor, "forget_care", lambda act: keep_care.forget_care(act, **about), CareOutcome)
    return act(request, visitor, "open_care", lambda act: open_care.open_care(act, **about), CareOutcome)


def _asked_first(request: HttpRequest, visitor: Visitor, reach: Reach, view: EndView, error: str) -> HttpResponse:
    return show(
        request,
        "known/templates/end.html",
        visitor=visitor,
        status=400 if error else 200,
        end=view,
        error=error,
        **_around(reach, _zone(visitor)),
    )


def _back(request: HttpRequest, account: int, said: str, stopped: int) -> HttpResponse:
    if stopped:
        said += " " + ngettext(
            "%(n)s contact that waited was stopped by it.", "%(n)s contacts that waited were stopped by it.", stopped
        ) % {"n": stopped}
    messages.success(request, said)
    return HttpResponseRedirect(reverse("account", args=[account]))


def _around(reach: Reach, zone: str) -> dict[str, str]:
    name = next((one.name for one in reach.people if one.role == "debtor"), None)
    url = reverse("account", args=[reach.account_id])
    return {"account_url": url, "name": name or _("The account"), "zone": zone, "key": new_key()}


def _learnt(reach: Reach, circumstance: int) -> Learnt:
    for one in reach.learnt:
        if one.circumstance_id == circumstance:
            return one
    raise UnableToFindDecision("this is not known of anybody of this account any more; see its page")


def _reach(visitor: Visitor, account: int) -> Reach:
    # Who they are and what is known is wanted here; one channel is enough to learn where they may be.
    return contacts.reached(by=visitor.actor, account_id=account, channels=("call",))


def _zone(visitor: Visitor) -> str:
    return people.time_zone(visitor.actor.organisation_id or 0)
