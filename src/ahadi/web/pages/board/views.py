"""The board, its parts as they come by themselves, one officer, and moving accounts from list to list."""

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ahadi.domain.audit.ports import Actor
from ahadi.domain.desk import shift
from ahadi.domain.flows.reassign_accounts import reassign_accounts
from ahadi.domain.flows.undo_reassignment import undo_reassignment
from ahadi.domain.oversight import operations, queries
from ahadi.domain.oversight.operations import LookOutcome
from ahadi.domain.oversight.ports import ReassignmentOutcome, UnableToReassignAccounts
from ahadi.web.frame import doings, figures
from ahadi.web.frame.acting import Refused, act
from ahadi.web.frame.admission import OVERSEERS, Visitor, admits
from ahadi.web.frame.downloads import FORMATS, download, exports
from ahadi.web.frame.keeping import saved
from ahadi.web.frame.listing import Address
from ahadi.web.frame.live import live_url
from ahadi.web.frame.rendering import show
from ahadi.web.pages.board import floor, forms, moving

PARTS = ("states", "counts", "money")


@admits(*OVERSEERS)
@require_safe
def board(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The floor: what comes first, officers, what waits for one's word, hours against work."""
    told = floor.whole(visitor)
    return show(request, "board/templates/board.html", visitor=visitor, live_url=live_url(), **told)


@admits(*OVERSEERS)
@require_safe
def wall(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The floor for everybody in the room: teams in sum; people only where names were asked for."""
    is_named = request.GET.get("names") == "1"
    told = floor.table(visitor, PARTS, is_named=is_named)
    return show(request, "board/templates/wall.html", visitor=visitor, live_url=live_url(), is_named=is_named, **told)


@admits(*OVERSEERS)
@require_safe
def part(request: HttpRequest, visitor: Visitor, part: str) -> HttpResponse:
    """The cells of one part of the table as they are now."""
    if part not in PARTS:
        raise Http404(f"there is no part {part}")
    told = floor.table(visitor, (part,))
    return show(request, "board/templates/part.html", visitor=visitor, part=part, **told)


@admits(*OVERSEERS)
@require_safe
def officer(request: HttpRequest, visitor: Visitor, person: int) -> HttpResponse:
    """One officer today: what was planned, what was done, how the time went."""
    found = next(
        (one for one in queries.officers(by=visitor.actor, as_of=visitor.today) if one.person_id == person), None
    )
    if found is None:
        raise Http404("nobody of this reference is on your floor")
    theirs = Actor(found.login, found.person_id, visitor.actor.organisation_id)
    told = shift.whole(by=theirs, as_of=visitor.today)
    seconds = [
        (doings.pause(code) if code and state == "pause" else doings.state(state), figures.count(value // 60))
        for state, code, value in told.seconds
    ]
    return show(
        request,
        "board/templates/officer.html",
        visitor=visitor,
        officer=found,
        shift=told,
        seconds=seconds,
        lines=moving.plan_lines(told),
        move_url=moving.move_url([found.owner_id]),
    )


@admits(*OVERSEERS)
@require_safe
def behind(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The accounts behind a figure of the board, of the whole floor or of one officer."""
    figure, typed = request.GET.get("figure", "silent"), request.GET.get("of", "")
    if figure not in queries.FIGURES:
        raise Http404(f"the board has no figure {figure}")
    here = queries.officers(by=visitor.actor, as_of=visitor.today)
    whose = forms.reference("owner", typed)
    chosen = [one for one in here if not typed or one.owner_id == whose]
    found = queries.behind(chosen, figure, by=visitor.actor, as_of=visitor.today)
    address = Address(request.path, {"figure": figure, "of": typed})
    kind = request.GET.get("format", "")
    if kind in FORMATS:
        return download(moving.told(found, here), name=figure, format=kind, money={"overdue_minor": "currency"})
    return show(
        request,
        "board/templates/behind.html",
        visitor=visitor,
        title=moving.behind_title(figure, chosen, is_all=not typed),
        page=moving.behind_page(found, here, address, request.GET.get("page", ""), today=visitor.today),
        exports=exports(address),
        saved=saved(request, visitor, "board-accounts"),
    )


@admits(*OVERSEERS)
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Accounts that go to others: chosen, looked at with what it does to every list, then moved."""
    choice = forms.chosen(request.POST if request.method == "POST" else request.GET)
    refused = ""
    if request.method == "POST":
        done = _moved(request, visitor, choice)
        if not isinstance(done, Refused):
            told = ngettext("%(n)s account moved.", "%(n)s accounts moved.", done.accounts)
            messages.success(request, told % {"n": figures.count(done.accounts)})
            return HttpResponseRedirect(reverse("board"))
        refused = done.text
    shown = moving.page(visitor, choice, refused=refused)
    return show(
        request, "board/templates/move.html", visitor=visitor, status=400 if refused else 200, choice=choice, **shown
    )


def _moved(request: HttpRequest, visitor: Visitor, choice: forms.Choice) -> ReassignmentOutcome | Refused:
    try:
        terms = moving.terms(visitor, choice)
    except UnableToReassignAccounts as error:
        return Refused(str(error))
    digest = request.POST.get("digest", "")
    go = partial(reassign_accounts, terms=terms, digest=digest, reason=choice.reason)
    return act(request, visitor, "reassign_accounts", go, ReassignmentOutcome)


@admits(*OVERSEERS)
@require_POST
def undo(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Takes a move back as one."""
    moved = forms.reference("reassignment", request.POST.get("move", ""))
    back = partial(undo_reassignment, reassignment_id=moved)
    done = act(request, visitor, "undo_reassignment", back, ReassignmentOutcome)
    if isinstance(done, Refused):
        messages.error(request, done.text)
    else:
        messages.success(request, _("Taken back: whoever had these accounts has them again."))
    return HttpResponseRedirect(reverse("board"))


@admits(*OVERSEERS)
@require_POST
def look(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Notes that something was looked at."""
    keep = partial(operations.look, kind=request.POST.get("kind", ""), reference=request.POST.get("reference", ""))
    done = act(request, visitor, "look", keep, LookOutcome)
    if isinstance(done, Refused):
        messages.error(request, done.text)
    return HttpResponseRedirect(reverse("board"))
