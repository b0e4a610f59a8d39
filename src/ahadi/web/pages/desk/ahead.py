"""What a desk has made while a call is under way: who comes next is kept ready, with the page that they will have."""

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.views.decorators.http import require_POST

from ahadi.domain.desk import operations, queries, traces
from ahadi.domain.desk.ports import PREVIEW, At
from ahadi.web.frame import doings
from ahadi.web.frame.acting import new_key
from ahadi.web.frame.admission import CALLERS, Visitor, admits
from ahadi.web.frame.rendering import drawn
from ahadi.web.pages.desk import kept, room
from ahadi.web.pages.desk.kept import Kept


@admits(*CALLERS)
@require_POST
def ahead(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Keeps the next account for whoever is on a call, and has its page made."""
    account = operations.keep_next(by=visitor.actor, as_of=visitor.today)
    if account is not None and not kept.is_fresh(request, visitor, account, now=queries.moment()):
        kept.keep(request, visitor, account, _made(request, visitor, account))
    return HttpResponse(status=204)


def _made(request: HttpRequest, visitor: Visitor, account: int) -> Kept:
    # Before anything is read: what is written down meanwhile makes another trace, and the page is not shown.
    trace = traces.trace(by=visitor.actor, account_id=account)
    now, key = queries.moment(), new_key()
    at = At(PREVIEW, None, now, account_id=account, opened_at=now)
    house = queries.house(by=visitor.actor)
    opened = queries.opened(by=visitor.actor, account_id=account, as_of=visitor.today)
    told = room.before(visitor, at, house, opened)
    told |= {"at": at, "state": doings.state(at.state), "key": key, "is_look": False, "error": ""}
    told |= room.own_keys(visitor)
    parts = {
        name: drawn(request, f"desk/templates/{template}.html", visitor=visitor, **told)
        for name, template in (("open", "open"), ("why", "whybox"), ("account", "opened"))
    }
    return Kept(
        trace=trace,
        made_at=now.timestamp(),
        key=key,
        token=get_token(request),
        since=told["panel"].call.timer.since,
        week=told["week"],
        next_allowed=told["next_allowed"],
        **parts,
    )
