"""The accountant's queue of proofs, with its clock; and taking down what a debtor says was sent."""

from datetime import date
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ahadi.domain.cases import proofs as queries
from ahadi.domain.cases.claiming import PROOF_CHANNELS, Claim, ClaimOutcome
from ahadi.domain.desk import queries as desk
from ahadi.domain.flows import post_proof
from ahadi.domain.flows.claim_receipt import claim_receipt
from ahadi.domain.flows.post_proof import ProofOutcome
from ahadi.domain.flows.record_outcome import Along
from ahadi.domain.people import queries as people
from ahadi.domain.work import queries as work
from ahadi.web.frame import amounts, reference
from ahadi.web.frame.acting import Refused, act, new_key
from ahadi.web.frame.admission import ACCOUNTANTS, CALLERS, STAFF, Visitor, admits
from ahadi.web.frame.calls import Alone, desk_again, raised
from ahadi.web.frame.rendering import show
from ahadi.web.pages.proofs import rows


@admits(*STAFF)
@require_safe
def proofs(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """What waits, the next due on top, with the receipts in suspense that each may be."""
    house, at = visitor.actor.organisation_id or 0, people.now()
    waiting = queries.proofs(by=visitor.actor, is_waiting=True)
    left = dict(queries.remaining(house, waiting, at=at).select("clock_id", "remaining_minutes").iter_rows())
    return show(
        request,
        "proofs/templates/proofs.html",
        visitor=visitor,
        rows=rows.proof_rows(waiting, left, house=house, zone=people.time_zone(house), today=visitor.today),
        refusals=rows.refusals(house),
        may_judge=visitor.rights.may(*ACCOUNTANTS),
        key=new_key(),
    )


@admits(*ACCOUNTANTS)
@require_POST
def judge(request: HttpRequest, visitor: Visitor, proof: int) -> HttpResponse:
    """Matches, posts or refuses a proof."""
    done = _judged(request, visitor, proof)
    if isinstance(done, Refused):
        messages.error(request, done.text)
    else:
        messages.success(request, _("Decided."))
    return HttpResponseRedirect(reverse("proofs"))


@admits(*STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """The form of a claimed receipt."""
    work.require_seen(by=visitor.actor, account_id=account)
    error = ""
    if request.method == "POST":
        done = _claimed(request, visitor, account)
        if not isinstance(done, Refused):
            messages.success(request, _("Taken down. Dunning pauses while an accountant looks for it."))
            return HttpResponseRedirect(reverse("account", args=[account]))
        error = done.text
    return show(
        request,
        "proofs/templates/claim.html",
        visitor=visitor,
        status=400 if error else 200,
        error=error,
        typed=request.POST,
        channels=rows.channels(request.POST.get("channel", "")),
        account_url=reverse("account", args=[account]),
        key=new_key(),
    )


@admits(*CALLERS)
@require_http_methods(["GET", "HEAD", "POST"])
def proof_card(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """The same form as a card of the desk: it is sent with the outcome of the call, or by itself."""
    work.require_seen(by=visitor.actor, account_id=account)
    error = ""
    if request.method == "POST":
        claimed = _claim(request, visitor, account)
        done = _raised(request, visitor, account, claimed) if isinstance(claimed, Claim) else claimed
        if not isinstance(done, Refused):
            return desk_again(request)
        error = done.text
    draft = desk.draft(by=visitor.actor, account_id=account).content
    typed = request.POST if request.method == "POST" else draft
    return show(
        request,
        "proofs/templates/card_proof.html",
        visitor=visitor,
        error=error,
        account=account,
        typed=typed,
        today=visitor.today.isoformat(),
        channels=rows.channels(typed.get("channel", "")),
        currency=work.currency_of(by=visitor.actor, account_id=account),
        key=new_key(),
    )


def _raised(request: HttpRequest, visitor: Visitor, account: int, claimed: Claim) -> object:
    alone = Alone("claim_receipt", partial(claim_receipt, account_id=account, claim=claimed), ClaimOutcome)
    return raised(request, visitor, account, along=Along(claim=claimed), alone=alone)


def _claimed(request: HttpRequest, visitor: Visitor, account: int) -> Any:
    made = _claim(request, visitor, account)
    if not isinstance(made, Claim):
        return made
    return act(request, visitor, "claim_receipt", partial(claim_receipt, account_id=account, claim=made), ClaimOutcome)


def _claim(request: HttpRequest, visitor: Visitor, account: int) -> Claim | Refused:
    """What was typed, or why it cannot be read."""
    post = request.POST
    minor = amounts.read(post.get("amount", ""), work.currency_of(by=visitor.actor, account_id=account))
    try:
        day = date.fromisoformat(post.get("value_date", ""))
    except ValueError:
        return Refused(_("Choose the day on which it was sent."))
    if minor is None:
        return Refused(_("Write an amount above 0, as 1250.00."))
    channel = post.get("channel", "")
    return Claim(minor, day, post.get("reference", "")[:80], channel if channel in PROOF_CHANNELS else "other")


def _judged(request: HttpRequest, visitor: Visitor, proof: int) -> Any:
    post = request.POST
    try:
        receipt = reference.read("receipt", post["receipt"]) if post.get("receipt") else 0
    except reference.UnableToReadReference:
        return Refused(_("Choose a receipt of the list."))
    reason = post.get("reason", "")
    known: dict[str, Any] = {
        "match": lambda act: post_proof.match_proof(act, proof_id=proof, receipt_id=receipt),
        "post": lambda act: post_proof.post_proof(act, proof_id=proof),
        "refuse": lambda act: post_proof.refuse_proof(act, proof_id=proof, reason=reason),
    }
    step = post.get("step", "")
    if step not in known:
        return Refused(_("Choose what is to be done."))
    return act(request, visitor, f"{step}_proof", known[step], ProofOutcome)
