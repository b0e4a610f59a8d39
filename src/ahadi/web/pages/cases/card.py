"""Raising a dispute, a complaint or hardship at the desk: a card that opens in place, by one key or by the outcome."""

from functools import partial
from typing import Any

import polars as pl
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from ahadi.domain.accounts import queries as accounts
from ahadi.domain.cases.ports import CaseOutcome, CaseTerms
from ahadi.domain.desk import queries as desk
from ahadi.domain.flows.open_case import open_case
from ahadi.domain.flows.record_outcome import Along
from ahadi.domain.people import queries as people
from ahadi.domain.work import queries as work
from ahadi.web.frame import cards
from ahadi.web.frame.acting import Refused, new_key
from ahadi.web.frame.admission import CALLERS, Visitor, admits
from ahadi.web.frame.calls import Alone, desk_again, raised
from ahadi.web.frame.rendering import show
from ahadi.web.pages.cases import forms, rows


@sensitive_post_parameters("details", "grievances", "note")
@admits(*CALLERS)
@require_http_methods(["GET", "HEAD", "POST"])
def case_card(request: HttpRequest, visitor: Visitor, account: int, kind: str) -> HttpResponse:
    """The card of one kind, and what is sent from it."""
    work.require_seen(by=visitor.actor, account_id=account)
    error = ""
    if request.method == "POST":
        done = _raised(request, visitor, account)
        if not isinstance(done, Refused):
            return desk_again(request)
        error = done.text
    told = _told(request, visitor, account, kind)
    return show(request, "cases/templates/card_case.html", visitor=visitor, error=error, **told)


def _raised(request: HttpRequest, visitor: Visitor, account: int) -> object:
    terms = forms.terms(request.POST, zone=people.time_zone(visitor.actor.organisation_id or 0))
    if not isinstance(terms, CaseTerms):
        return Refused(" ".join(terms.values()))
    alone = Alone("open_case", partial(open_case, account_id=account, terms=terms), CaseOutcome)
    return raised(request, visitor, account, along=Along(case=terms), alone=alone)


def _told(request: HttpRequest, visitor: Visitor, account: int, kind: str) -> dict[str, Any]:
    at, house = desk.at(by=visitor.actor), visitor.actor.organisation_id or 0
    draft = desk.draft(by=visitor.actor, account_id=account).content
    typed = request.POST if request.method == "POST" else draft
    card = next(one for one in cards.CARDS if one.name == kind)
    chosen = request.POST.getlist("charge")
    is_known = at.account_id == account and at.is_verified
    return {
        "account": account,
        "card": card,
        "kind": kind,
        "title": rows.kind(kind),
        "promise": _says(kind),
        "refusal": cards.refusal(card, at),
        "categories": rows.categories(house, kind, typed.get("category", "")),
        "charges": _charges(visitor, account, chosen) if kind == "dispute" and is_known else (),
        "is_known": is_known,
        "typed": typed,
        "today": visitor.today.isoformat(),
        "key": new_key(),
    }


def _charges(visitor: Visitor, account: int, chosen: list[str]) -> tuple[rows.ChargeRow, ...]:
    known = accounts.known_charges(pl.Series([account])).filter(~pl.col("is_withdrawn"))
    currency = work.currency_of(by=visitor.actor, account_id=account)
    return rows.charge_rows(known, chosen, currency=currency, today=visitor.today)


def _says(kind: str) -> str:
    """What to tell the person, in a sentence."""
    known = {
        "dispute": _("Tell them: while it is looked into, nobody asks for the disputed part."),
        "complaint": _("Tell them: it is answered in time, and collection pauses until then."),
        "hardship": _("Tell them: collection pauses, and somebody who helps will call."),
    }
    return known[kind]
