"""Promises: due today, of this week, broken, kept; filtered, paged, taken away as a table."""

import polars as pl
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ahadi.domain.arrangements import listing
from ahadi.domain.people import queries as people
from ahadi.web.frame.admission import STAFF, Visitor, admits
from ahadi.web.frame.downloads import FORMATS, download, exports
from ahadi.web.frame.keeping import saved
from ahadi.web.frame.listing import Address, page_of, paging, sorted_by
from ahadi.web.frame.rendering import show
from ahadi.web.pages.promises import rows

_ORDERS = {
    "due": ["due_on", "promise_id"],
    "name": ["debtor", "number"],
    "creditor": ["creditor", "debtor"],
    "officer": ["officer", "due_on"],
    "amount": ["currency", "amount_minor"],
    "received": ["currency", "received_minor"],
}


@admits(*STAFF)
@require_safe
def promises(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The promises of a view."""
    view = request.GET.get("view", "")
    view = view if view in listing.VIEWS else listing.TODAY
    sort = request.GET.get("sort", "")
    sort = sort if sort.lstrip("-") in _ORDERS else "due"
    wanted = request.GET.get("q", "").strip()[:100]
    found = _narrowed(listing.promises(by=visitor.actor, view=view, as_of=visitor.today), wanted)
    kind = request.GET.get("format", "")
    if kind in FORMATS:
        told = found.drop("promise_id", "account_id")
        money = {"amount_minor": "currency", "received_minor": "currency"}
        return download(told, name="promises", format=kind, money=money)
    shown, number = page_of(sorted_by(found, sort, _ORDERS), _page(request))
    zone = people.time_zone(visitor.actor.organisation_id or 0)
    address = Address(request.path, {"view": view, "q": wanted, "sort": "" if sort == "due" else sort})
    return show(
        request,
        "promises/templates/promises.html",
        visitor=visitor,
        views=rows.views(view),
        view=view,
        q=wanted,
        heads=address.heads(_columns(), sort, {}),
        page=paging(
            rows.promise_rows(shown, by=visitor.actor, zone=zone, today=visitor.today), found.height, number, address
        ),
        exports=exports(address),
        saved=saved(request, visitor, "promises"),
    )


def _narrowed(found: pl.DataFrame, wanted: str) -> pl.DataFrame:
    if not wanted:
        return found
    texts = pl.concat_str("debtor", "number", "creditor", separator=" ", ignore_nulls=True).str.to_lowercase()
    return found.filter(texts.str.contains(wanted.lower(), literal=True))


def _page(request: HttpRequest) -> int:
    text = request.GET.get("page", "")
    return int(text) if text.isdecimal() and len(text) < 7 else 1


def _columns() -> dict[str, tuple[str, bool]]:
    return {
        "name": (_("Debtor"), False),
        "creditor": (_("Creditor"), False),
        "officer": (_("Officer"), False),
        "due": (_("Due"), False),
        "amount": (_("Promised"), True),
        "received": (_("Came"), True),
    }
