"""Parts of the desk that come by themselves: cards, the timeline, the queue, a creditor's guidelines, news."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ahadi.domain.arrangements.queries import grace_days
from ahadi.domain.contact import codes
from ahadi.domain.desk import queries, timeline
from ahadi.domain.finding import queries as finding
from ahadi.domain.work.queries import of_debtor, require_seen
from ahadi.web.frame import cards, contact, figures, words
from ahadi.web.frame.acting import new_key
from ahadi.web.frame.admission import CALLERS, Visitor, admits
from ahadi.web.frame.options import Option
from ahadi.web.frame.reference import written
from ahadi.web.frame.rendering import show
from ahadi.web.pages.desk import events as events_in_words
from ahadi.web.pages.desk import promising, wording
from ahadi.web.pages.desk.candidates import candidate_rows
from ahadi.web.pages.desk.room import around, before, dispositions, filters, is_script, reasons, waits

_TYPED_MAX = 100
_CANDIDATES = 5


@require_safe
@admits(*CALLERS)
def card(request: HttpRequest, visitor: Visitor, account: int, card: str) -> HttpResponse:
    """A card, opened in place; why it does not open, where it does not."""
    found = cards.card(card)
    if found is None or found.url_name != "desk-card":
        raise Http404(f"there is no card {card}")
    return show_card(request, visitor, account, found)


def show_card(
    request: HttpRequest,
    visitor: Visitor,
    account: int,
    found: cards.Card,
    *,
    typed: Mapping[str, str] = {},
    refused: str = "",
) -> HttpResponse:
    """A card with what was typed on it; `refused` says why it was not taken, in its place."""
    card = found.name
    at = queries.at(by=visitor.actor)
    opened = queries.opened(by=visitor.actor, account_id=account, as_of=visitor.today)
    house, draft = queries.house(by=visitor.actor), queries.draft(by=visitor.actor, account_id=account)
    told: dict[str, Any] = {"account": account, "card": found, "title": wording.card(card), "key": new_key()}
    told |= {"refusal": cards.refusal(found, at), "refused": refused}
    told |= {"draft": draft.content, "is_script": is_script(request), "today": visitor.today.isoformat()}
    if card == "promise":
        today = visitor.today
        known = promising.table(by=visitor.actor, account_id=account, as_of=today)
        grace = grace_days(as_of=today)
        kept = {**draft.content, **typed}
        told["promise"] = promising.promise_card(opened, known, house=house, today=today, grace_days=grace, typed=kept)
    told |= _choices(visitor, card, opened)
    return show(request, f"desk/templates/card_{card.replace('-', '_')}.html", visitor=visitor, **told)


@require_safe
@admits(*CALLERS)
def likely(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """How likely the promise that is being typed would be kept, or why it cannot be taken down."""
    require_seen(by=visitor.actor, account_id=account)
    found, today = cards.card("promise"), visitor.today
    told = promising.Likely()
    if found is not None and not cards.refusal(found, queries.at(by=visitor.actor)):
        told = promising.likely(
            promising.table(by=visitor.actor, account_id=account, as_of=today),
            amount=request.GET.get("amount", "")[:_TYPED_MAX],
            day=request.GET.get("day", "")[:_TYPED_MAX],
            today=today,
            grace_days=grace_days(as_of=today),
        )
    return show(request, "desk/templates/likely.html", visitor=visitor, likely=told)


def _choices(visitor: Visitor, card: str, opened: queries.Opened) -> dict[str, Any]:
    """What there is to choose from on a card."""
    if card == "skip":
        return {"choices": reasons(queries.terms().skips)}
    if card == "longer":
        return {"choices": reasons(queries.terms().extensions)}
    if card == "bad-number":
        return {"choices": _numbers(opened)}
    if card in ("more", "third-party"):
        listed = codes.kept(visitor.actor.organisation_id or 0, codes.DISPOSITIONS).codes
        levels = ("THIRD_PARTY",) if card == "third-party" else ("NO_CONTACT", "THIRD_PARTY", "RIGHT_PARTY")
        apart = {"PTP", "CALLBACK"}
        chosen = [one.code for one in listed if one.is_active and one.code.level in levels]
        return {
            "choices": [
                Option(one.code, words.said(one.label), False) for one in chosen if one.next_action not in apart
            ]
        }
    return {}


def _numbers(opened: queries.Opened) -> list[tuple[str, str, str, str]]:
    """Every telephone of everybody: reference, as it is shown, whose, the person."""
    return [
        (
            written("point", point.point_id),
            contact.masked(point.text, point.kind),
            f"{met.name or ''} · {contact.role(met.role)}",
            written("person", met.person_id),
        )
        for met in opened.reach.people
        for point in met.points
        if point.kind == "phone"
    ]


@require_safe
@admits(*CALLERS)
def history(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """What happened, of one kind or of all, page by page."""
    require_seen(by=visitor.actor, account_id=account)
    kind = request.GET.get("kind", "")
    kind = kind if kind in timeline.KINDS else ""
    text = request.GET.get("page", "1")
    page = int(text) if text.isdecimal() and len(text) < 5 else 1
    events, has_more = timeline.events(of_debtor(by=visitor.actor, account_id=account), kind=kind, page=page)
    house = queries.house(by=visitor.actor)
    shown = events_in_words.event_rows(
        events, dispositions(visitor), by=visitor.actor, zone=house.zone, today=visitor.today
    )
    told: dict[str, Any] = {
        "account": account,
        "events": shown,
        "has_more": has_more,
        "filters": filters(account, kind),
    }
    told |= {"later": f"?kind={kind}&page={page + 1}", "earlier": f"?kind={kind}&page={page - 1}" if page > 1 else ""}
    return show(request, "desk/templates/history.html", visitor=visitor, **told)


@require_safe
@admits(*CALLERS)
def queue(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Who waits, as of now."""
    at, house = queries.at(by=visitor.actor), queries.house(by=visitor.actor)
    return show(request, "desk/templates/waiting.html", visitor=visitor, **waits(visitor, house, but=at.account_id))


@require_safe
@admits(*CALLERS)
def find(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Who calls, or stands at the counter: everybody whom a number or a name means, each to be taken at once."""
    text = request.GET.get("q", "").strip()[:_TYPED_MAX]
    found = finding.find(by=visitor.actor, text=text)
    people = found.accounts["debtor_id"].unique(maintain_order=True).head(_CANDIDATES)
    listed = candidate_rows(found.accounts, finding.callers(people, text), people.to_list())
    told: dict[str, Any] = {
        "listed": listed,
        "text": text,
        "elsewhere": found.elsewhere,
        "is_part": bool(request.GET.get("part")),
    }
    return show(request, "desk/templates/find.html", visitor=visitor, key=new_key(), **told)


@require_safe
@admits(*CALLERS)
def sheet(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """The account that is open and the queue, as an outcome left them."""
    at, house = queries.at(by=visitor.actor), queries.house(by=visitor.actor)
    opened = queries.opened(by=visitor.actor, account_id=account, as_of=visitor.today)
    told = around(visitor, at) | waits(visitor, house, but=account) | before(visitor, at, house, opened)
    return show(request, "desk/templates/sheet.html", visitor=visitor, key=new_key(), is_sheet=True, **told)


@require_safe
@admits(*CALLERS)
def news(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """What is another now on the account that is open: its arrears, a receipt that came, who has it."""
    require_seen(by=visitor.actor, account_id=account)
    events, _has_more = timeline.events(of_debtor(by=visitor.actor, account_id=account), kind="receipts")
    currency, arrears = queries.arrears(account)
    now = queries.moment()
    came = [one for one in events if (now - one.at).total_seconds() < 120]
    amount = figures.whole(came[0].amount_minor or 0, came[0].currency or currency) if came else None
    told: dict[str, Any] = {
        "account": account,
        "came": amount,
        "arrears": figures.whole(arrears, currency),
        "key": new_key(),
    }
    told["is_mine"] = queries.is_held(by=visitor.actor, account_id=account)
    return show(request, "desk/templates/news.html", visitor=visitor, **told)


@require_safe
@admits(*CALLERS)
def guidelines(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """What the creditor of an account wants of those who speak for it."""
    creditor = require_seen(by=visitor.actor, account_id=account)
    found = queries.guidelines(creditor, as_of=visitor.today)
    listed = [
        (wording.section(row["section"]), row["text"], figures.day(row["from_date"], visitor.today))
        for row in found.iter_rows(named=True)
    ]
    return show(request, "desk/templates/guidelines.html", visitor=visitor, account=account, listed=listed)
