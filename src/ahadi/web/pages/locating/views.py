"""What is told of debtors and those beside them: taken down, put right, denied, taken back, and its history."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ahadi.domain.flows import relate_party, take_down, tell_detail
from ahadi.domain.flows.relate_party import RelatedOutcome, Relation
from ahadi.domain.flows.take_back import ANYBODYS, TakenBackOutcome, take_back
from ahadi.domain.flows.take_down import Learnt, LearntOutcome
from ahadi.domain.flows.tell_detail import ToldOutcome
from ahadi.domain.people import queries as people
from ahadi.domain.reporting import contacts, histories
from ahadi.domain.reporting.contacts import Met, Point, Reach, UnableToFindDecision
from ahadi.web.frame import cards, contact
from ahadi.web.frame.acting import Refused, act, new_key
from ahadi.web.frame.admission import CALLERS, STAFF, Visitor, admits
from ahadi.web.frame.calls import desk_again
from ahadi.web.frame.rendering import show
from ahadi.web.pages.locating import forms, rows

_READS_AND_ACTS = require_http_methods(["GET", "HEAD", "POST"])


@sensitive_post_parameters("text")
@admits(*CALLERS)
@_READS_AND_ACTS
def tell(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """A number, an address or a paper that somebody told of, new or in the place of another."""
    reach, error = _reach(visitor, account), ""
    if request.method == "POST":
        done = _told(request, visitor, account)
        if not isinstance(done, Refused):
            return _back(request, account, _("Taken down."))
        error = done.text
    typed = request.POST if request.method == "POST" else request.GET
    view = rows.tell_view(reach, typed)
    return _shown(request, visitor, reach, "tell.html", error, form=view, title=_("What was told"))


@sensitive_post_parameters("text")
@admits(*CALLERS)
@_READS_AND_ACTS
def tell_card(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """The same at the desk: a card that opens in place."""
    reach, error = _reach(visitor, account), ""
    if request.method == "POST":
        done = _told(request, visitor, account)
        if not isinstance(done, Refused):
            return desk_again(request)
        error = done.text
    card = next(one for one in cards.CARDS if one.name == "tell")
    form = rows.tell_view(reach, request.POST if request.method == "POST" else request.GET)
    told: dict[str, Any] = {"account": account, "card": card, "form": form, "error": error, "key": new_key()}
    return show(request, "locating/templates/card_tell.html", visitor=visitor, title=_("What was told"), **told)


@admits(*CALLERS)
@_READS_AND_ACTS
def disown(request: HttpRequest, visitor: Visitor, account: int, point: int) -> HttpResponse:
    """Asks before a number or address counts as not theirs, and takes it down."""
    reach, error = _reach(visitor, account), ""
    met, known = _point(reach, point)
    if request.method == "POST":
        learnt = Learnt("WRONG_NUMBER", "officer", contact_point_id=point)
        person = None if met.role == "debtor" else met.person_id
        done = act(
            request,
            visitor,
            "disown_point",
            lambda one: take_down.take_down(one, account_id=account, person_id=person, learnt=learnt),
            LearntOutcome,
        )
        if not isinstance(done, Refused):
            return _back(request, account, _("It is not used any more."))
        error = done.text
    text = contact.masked(known.text, known.kind)
    return _shown(request, visitor, reach, "disown.html", error, text=text, whose=met.name, title=_("Not theirs"))


@admits(*STAFF)
@require_safe
def point(request: HttpRequest, visitor: Visitor, account: int, point: int) -> HttpResponse:
    """The history of one number or address."""
    return _history(request, visitor, account, point)


@admits(*STAFF)
@require_safe
def details(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """The history of everything that is known of the people of an account."""
    return _history(request, visitor, account, None)


@admits(*CALLERS)
@require_POST
def back(request: HttpRequest, visitor: Visitor, account: int, telling: int) -> HttpResponse:
    """Takes back what was told."""
    done = act(
        request, visitor, "take_back", lambda one: take_back(one, account_id=account, act_id=telling), TakenBackOutcome
    )
    if isinstance(done, Refused):
        messages.error(request, done.text)
    else:
        messages.success(request, _("Taken back. It counts as if it had never been said."))
    return HttpResponseRedirect(reverse("details", args=[account]))


@sensitive_post_parameters("name", "phone")
@admits(*CALLERS)
@_READS_AND_ACTS
def relate(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """Who stands beside the debtor, and on what basis they may be contacted."""
    reach, error = _reach(visitor, account), ""
    if request.method == "POST":
        related = forms.related(request.POST, today=visitor.today)
        done = _related(request, visitor, account, related) if isinstance(related, Relation) else Refused(related)
        if not isinstance(done, Refused):
            return _back(request, account, _("Taken down."))
        error = done.text
    view = rows.relate_view(reach, request.POST if request.method == "POST" else request.GET)
    return _shown(request, visitor, reach, "relate.html", error, form=view, title=_("Who stands beside them"))


@admits(*CALLERS)
@_READS_AND_ACTS
def end_relation(request: HttpRequest, visitor: Visitor, account: int, whose: int) -> HttpResponse:
    """Asks before a relation ends, and ends it."""
    reach, error = _reach(visitor, account), ""
    met = next((one for one in reach.people if one.person_id == whose and one.role != "debtor"), None)
    if met is None:
        raise UnableToFindDecision("that person has nothing to do with this account any more; see its page")
    if request.method == "POST":
        done = act(
            request,
            visitor,
            "end_relation",
            lambda one: relate_party.end_relation(one, account_id=account, person_id=whose),
            RelatedOutcome,
        )
        if not isinstance(done, Refused):
            return _back(request, account, _("Ended."))
        error = done.text
    told = {"whose": met.name, "role": contact.role(met.role)}
    return _shown(request, visitor, reach, "end_relation.html", error, title=_("A relation ends"), **told)


def _told(request: HttpRequest, visitor: Visitor, account: int) -> ToldOutcome | Refused:
    form = forms.told(request.POST)
    return act(
        request,
        visitor,
        "tell_detail",
        lambda one: tell_detail.tell_detail(one, account_id=account, person_id=form.person_id, told=form.told),
        ToldOutcome,
    )


def _related(request: HttpRequest, visitor: Visitor, account: int, related: Relation) -> RelatedOutcome | Refused:
    return act(
        request,
        visitor,
        "relate_party",
        lambda one: relate_party.relate_party(one, account_id=account, related=related),
        RelatedOutcome,
    )


def _history(request: HttpRequest, visitor: Visitor, account: int, point: int | None) -> HttpResponse:
    reach = _reach(visitor, account)
    found = histories.history(by=visitor.actor, account_id=account, point_id=point)
    listed = rows.event_rows(
        found,
        account=account,
        zone=reach.zone,
        today=visitor.today,
        me=visitor.actor.person_id if visitor.is_caller else None,
        may_all=visitor.rights.may(*ANYBODYS),
    )
    all_url = reverse("details", args=[account]) if point is not None else ""
    told: dict[str, Any] = {"events": listed, "all_url": all_url, "account": account}
    return _shown(request, visitor, reach, "details.html", "", title=_("History of what is known"), **told)


def _shown(
    request: HttpRequest, visitor: Visitor, reach: Reach, template: str, error: str, **told: Any
) -> HttpResponse:
    name = next((one.name for one in reach.people if one.role == "debtor"), None)
    told |= {"account_url": reverse("account", args=[reach.account_id]), "name": name or _("The account")}
    return show(
        request,
        f"locating/templates/{template}",
        visitor=visitor,
        status=400 if error else 200,
        error=error,
        key=new_key(),
        zone=people.time_zone(visitor.actor.organisation_id or 0),
        **told,
    )


def _point(reach: Reach, point: int) -> tuple[Met, Point]:
    for met in reach.people:
        for one in met.points:
            if one.point_id == point:
                return met, one
    raise UnableToFindDecision("this number or address is not of anybody of this account any more; see its page")


def _back(request: HttpRequest, account: int, said: str) -> HttpResponse:
    messages.success(request, said)
    return HttpResponseRedirect(reverse("account", args=[account]) + "#numbers")


def _reach(visitor: Visitor, account: int) -> Reach:
    # Who they are and where they may be reached is wanted here; one channel is enough to learn that.
    return contacts.reached(by=visitor.actor, account_id=account, channels=("call",))
