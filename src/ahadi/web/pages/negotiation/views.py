"""The ladder of an account, what its household told, and mandates: written by one manager, decided by another."""

from datetime import date
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ahadi.domain.approvals import queries as approvals
from ahadi.domain.arrangements.ports import Promised
from ahadi.domain.desk import queries as desk
from ahadi.domain.negotiation import mandates as known_mandates
from ahadi.domain.negotiation import operations, queries
from ahadi.domain.negotiation.operations import MandateOutcome, MeansOutcome
from ahadi.domain.negotiation.proposing import OfferOutcome
from ahadi.domain.work.queries import require_seen
from ahadi.web.frame import cards
from ahadi.web.frame.acting import Refused, act, new_key
from ahadi.web.frame.admission import CALLERS, DECIDERS, STAFF, Visitor, admits
from ahadi.web.frame.rendering import show
from ahadi.web.pages.negotiation import forms, rows

_TEXT_MAX = 20_000
_CARD = next(one for one in cards.CARDS if one.url_name == "ladder-card")


@admits(*CALLERS)
@require_http_methods(["GET", "HEAD", "POST"])
def offers(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """Three offers to put before somebody, what a figure of theirs comes to, and putting one forward."""
    refused = ""
    if request.method == "POST":
        done = _proposed(request, visitor, account)
        if not isinstance(done, Refused):
            messages.success(request, _told(done))
            return HttpResponseRedirect(reverse("account", args=[account]))
        refused = done.text
    return _shown(request, visitor, account, refused)


@admits(*CALLERS)
@require_safe
def ladder_card(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """The same three offers as a card of the desk; it is sent as the outcome of the call."""
    require_seen(by=visitor.actor, account_id=account)
    told: dict[str, Any] = {"account": account, "refusal": cards.refusal(_CARD, desk.at(by=visitor.actor))}
    if not told["refusal"]:
        told |= _card(request, visitor, account)
    return show(request, "negotiation/templates/card_ladder.html", visitor=visitor, key=new_key(), **told)


def _card(request: HttpRequest, visitor: Visitor, account: int) -> dict[str, Any]:
    try:
        table = queries.table(by=visitor.actor, account_id=account, as_of=visitor.today)
    except queries.UnableToMakeOffer as nothing:
        return {"refusal": str(nothing)}
    figure = forms.figure(request.GET, table.currency)
    ladder = rows.ladder_view(table, figure, by=visitor.actor, today=visitor.today)
    near = (ladder.nearest,) if ladder.nearest is not None else ()
    return {"ladder": ladder, "rungs": (*ladder.offers, *near), "figure": figure}


def _shown(request: HttpRequest, visitor: Visitor, account: int, refused: str) -> HttpResponse:
    try:
        table = queries.table(by=visitor.actor, account_id=account, as_of=visitor.today)
    except queries.UnableToMakeOffer as nothing:
        messages.info(request, str(nothing))
        return HttpResponseRedirect(reverse("account", args=[account]))
    figure = forms.figure(request.GET, table.currency)
    return show(
        request,
        "negotiation/templates/offers.html",
        visitor=visitor,
        status=400 if refused else 200,
        ladder=rows.ladder_view(table, figure, by=visitor.actor, today=visitor.today),
        figure=figure,
        refused=refused,
        may_exceed=approvals.rank(visitor.actor) > 1,
        means_url=reverse("means", args=[account]),
        key=new_key(),
    )


def _proposed(request: HttpRequest, visitor: Visitor, account: int) -> OfferOutcome | Refused:
    chosen = forms.offered(request.POST)
    if chosen is None:
        return Refused(_("Choose one of the offers."))
    kind, parts = chosen
    propose = partial(
        operations.propose_offer,
        account_id=account,
        kind=kind,
        parts=[Promised(day, minor) for day, minor in parts if isinstance(day, date)],
        excess_reason=request.POST.get("reason", "")[:200],
        is_replacing=request.POST.get("replaces") == "yes",
    )
    return act(request, visitor, "propose_offer", propose, OfferOutcome)


def _told(done: OfferOutcome) -> str:
    if done.approval_id is not None:
        return _("It waits for the word of somebody who may agree to it. Nothing was promised yet.")
    return _("Promised. The account is looked at again on the day.")


@admits(*CALLERS)
@require_POST
def means(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """Keeps what the household told."""
    try:
        table = queries.table(by=visitor.actor, account_id=account, as_of=visitor.today)
    except queries.UnableToMakeOffer as nothing:
        messages.info(request, str(nothing))
        return HttpResponseRedirect(reverse("account", args=[account]))
    told = forms.means(request.POST, table.currency)
    if told is None:
        messages.error(request, _("Give income, expenses and the size of the household as numbers."))
        return HttpResponseRedirect(reverse("offers", args=[account]))
    keep = partial(operations.keep_means, account_id=account, told=told)
    done = act(request, visitor, "keep_means", keep, MeansOutcome)
    if isinstance(done, Refused):
        messages.error(request, done.text)
    else:
        messages.success(request, _("Kept. The offers are within it."))
    return HttpResponseRedirect(reverse("offers", args=[account]))


@admits(*STAFF)
@require_safe
def mandates(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Every mandate with its state, and those of the house."""
    own = known_mandates.mandates(by=visitor.actor)
    return show(
        request,
        "negotiation/templates/mandates.html",
        visitor=visitor,
        rows=[rows.mandate_row(one, today=visitor.today) for one in own],
        standards=[
            (rows.product(one.product), one.product, one.version, one.source)
            for one, _text in known_mandates.standards()
        ],
        may_write=visitor.rights.may(*DECIDERS),
    )


@admits(*STAFF)
@require_safe
def mandate(request: HttpRequest, visitor: Visitor, mandate: int) -> HttpResponse:
    """One mandate: its clauses, its text, and what may be decided."""
    one = known_mandates.mandate(by=visitor.actor, mandate_id=mandate)
    may_decide = visitor.rights.may(*DECIDERS)
    return show(
        request,
        "negotiation/templates/mandate.html",
        visitor=visitor,
        mandate=rows.mandate_row(one, today=visitor.today),
        verdict_url=reverse("judge-mandate", args=[mandate]),
        may_decide=may_decide,
        may_approve=may_decide and one.by_id != visitor.actor.person_id,
        key=new_key(),
    )


@admits(*DECIDERS)
@require_http_methods(["GET", "HEAD", "POST"])
def write_mandate(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The text of a mandate, proposed; begun from the house's own."""
    text, wrong = request.POST.get("text", "").replace("\r\n", "\n")[:_TEXT_MAX], ""
    creditor = request.POST.get("creditor", "").strip()[:60]
    if request.method == "POST":
        propose = partial(operations.propose_mandate, text=text, creditor=creditor or None)
        done = act(request, visitor, "propose_mandate", propose, MandateOutcome)
        if not isinstance(done, Refused):
            messages.success(request, _("Proposed. It holds once another manager has approved it."))
            return HttpResponseRedirect(reverse("mandate", args=[done.mandate_id]))
        wrong = done.text
    standards = {one.product: written for one, written in known_mandates.standards()}
    return show(
        request,
        "negotiation/templates/write_mandate.html",
        visitor=visitor,
        status=400 if wrong else 200,
        text=text or standards.get(request.GET.get("product", ""), standards["loan"]),
        creditor=creditor,
        wrong=wrong,
        key=new_key(),
    )


@admits(*DECIDERS)
@require_POST
def judge_mandate(request: HttpRequest, visitor: Visitor, mandate: int) -> HttpResponse:
    """Approves, refuses or withdraws a mandate."""
    verdict = request.POST.get("verdict", "")
    judge = partial(operations.judge_mandate, mandate_id=mandate, verdict=verdict)
    done = act(request, visitor, "judge_mandate", judge, MandateOutcome)
    if isinstance(done, Refused):
        messages.error(request, done.text)
    else:
        messages.success(request, _("It is decided: version %(version)s.") % {"version": done.version})
    return HttpResponseRedirect(reverse("mandate", args=[mandate]))
