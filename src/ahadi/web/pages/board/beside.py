"""Beside an officer: their desk as it is now, a line to their screen, and joining them on the account before them."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ahadi.domain.oversight import beside, queries
from ahadi.domain.oversight.beside import BesideOutcome, Line, OnScreen
from ahadi.domain.oversight.ports import Officer
from ahadi.domain.people.queries import time_zone
from ahadi.web.frame import doings, figures
from ahadi.web.frame.acting import Refused, act, new_key
from ahadi.web.frame.admission import OVERSEERS, Visitor, admits
from ahadi.web.frame.figures import Amount
from ahadi.web.frame.live import live_url
from ahadi.web.frame.rendering import show


@dataclass(frozen=True)
class LineRow:
    """A line that was written, and whether it was seen."""

    text: str
    by: str
    at: str
    seen: str


@dataclass(frozen=True)
class ScreenView:
    """What is before an officer, in words."""

    account_url: str
    debtor: str
    number: str
    creditor: str
    late: Amount
    owes: Amount
    days: str
    is_verified: bool
    has_outcome: bool
    note: str
    promised: str
    is_joined: bool


@admits(*OVERSEERS)
@require_safe
def officer_desk(request: HttpRequest, visitor: Visitor, person: int) -> HttpResponse:
    """An officer's desk, read only, once the looker said that they look."""
    officer = _on_floor(visitor, person)
    is_observing = beside.is_observing(by=visitor.actor, officer_id=person)
    screen = beside.on_screen(officer, by=visitor.actor, as_of=visitor.today)
    zone, now = time_zone(visitor.actor.organisation_id or 0), queries.now()
    word = doings.pause(screen.at.code) if screen.at.state == "pause" and screen.at.code else None
    return show(
        request,
        "board/templates/beside.html",
        visitor=visitor,
        officer=officer,
        is_observing=is_observing,
        is_here=officer.state is not None,
        state=word or doings.state(screen.at.state),
        since=int(screen.at.since.timestamp() * 1000),
        now=int(now.timestamp() * 1000),
        screen=_screen(screen) if is_observing and screen.account_id is not None else None,
        has_account=screen.account_id is not None,
        lines=[_line(one, zone) for one in beside.lines(person)],
        live_url=live_url(),
        key=new_key(),
    )


@admits(*OVERSEERS)
@require_POST
def stand_beside(request: HttpRequest, visitor: Visitor, person: int, how: str) -> HttpResponse:
    """Looks on, joins, leaves, or writes a line."""
    _on_floor(visitor, person)
    acts = {
        "observe": partial(beside.observe, officer_id=person),
        "join": partial(beside.join, officer_id=person),
        "leave": partial(beside.leave, officer_id=person),
        "whisper": partial(beside.whisper, officer_id=person, text=request.POST.get("text", "")),
    }
    if how not in acts:
        raise Http404(f"nobody stands beside an officer by {how}")
    done = act(request, visitor, f"beside_{how}", acts[how], BesideOutcome)
    if isinstance(done, Refused):
        messages.error(request, done.text)
    return HttpResponseRedirect(reverse("board") if how == "leave" else reverse("board-desk", args=[person]))


def _on_floor(visitor: Visitor, person: int) -> Officer:
    """The officer of the visitor's floor. Raises Http404."""
    officer = beside.officer_of(visitor.actor, person, as_of=visitor.today)
    if officer is None:
        raise Http404("nobody of this reference is on your floor")
    return officer


def _screen(screen: OnScreen) -> ScreenView:
    amount, day = screen.typed.get("amount", ""), screen.typed.get("day", "")
    typed = _("%(currency)s %(amount)s by %(day)s") % {"currency": screen.currency, "amount": amount, "day": day}
    return ScreenView(
        account_url=reverse("account", args=[screen.account_id]),
        debtor=screen.debtor,
        number=screen.number,
        creditor=screen.creditor,
        late=figures.amount(screen.overdue_minor, screen.currency),
        owes=figures.amount(screen.owed_minor, screen.currency),
        days=figures.count(screen.days_late),
        is_verified=screen.at.is_verified,
        has_outcome=screen.at.has_outcome,
        note=screen.typed.get("note", ""),
        promised=typed if amount and day else "",
        is_joined=screen.is_joined,
    )


def _line(one: Line, zone: str) -> LineRow:
    seen = _time(one.seen_at, zone) if one.seen_at is not None else ""
    return LineRow(one.text, one.by, _time(one.at, zone), seen)


def _time(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M}"
