"""Why people are late: by reason, and down to the accounts behind one."""

import polars as pl
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ahadi.domain.reporting import reasons as told
from ahadi.web.frame.admission import STAFF, Visitor, admits
from ahadi.web.frame.downloads import FORMATS, download, exports
from ahadi.web.frame.listing import Address, page_of, paging
from ahadi.web.frame.rendering import show
from ahadi.web.pages.reasons import rows


@admits(*STAFF)
@require_safe
def reasons(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The reasons of what the visitor may see, or the accounts behind one."""
    late = told.told(by=visitor.actor, as_of=visitor.today)
    known = rows.labels(visitor.actor.organisation_id or 0)
    wanted, currency = request.GET.get("reason", ""), request.GET.get("currency", "")
    if wanted:
        return _behind(request, visitor, _chosen(late, wanted, currency), known)
    summed = told.summed(late, as_of=visitor.today)
    if (kind := request.GET.get("format", "")) in FORMATS:
        return download(summed, name="reasons", format=kind, money={"overdue_minor": "currency"})
    return show(
        request,
        "reasons/templates/reasons.html",
        visitor=visitor,
        rows=rows.reason_rows(summed, known, request.path),
        late=late.height,
        asked=late["reason"].is_not_null().sum(),
        exports=exports(Address(request.path, {})),
    )


def _chosen(late: pl.DataFrame, wanted: str, currency: str) -> pl.DataFrame:
    is_wanted = pl.col("reason").is_null() if wanted == rows.UNASKED else pl.col("reason") == wanted
    return late.filter(is_wanted & (pl.col("currency") == currency if currency else pl.lit(True)))


def _behind(request: HttpRequest, visitor: Visitor, late: pl.DataFrame, known: dict[str, str]) -> HttpResponse:
    wanted, currency = request.GET.get("reason", ""), request.GET.get("currency", "")
    if (kind := request.GET.get("format", "")) in FORMATS:
        return download(late.drop("account_id"), name="reason", format=kind, money={"overdue_minor": "currency"})
    text = request.GET.get("page", "")
    shown, number = page_of(late, int(text) if text.isdecimal() and len(text) < 7 else 1)
    address = Address(request.path, {"reason": wanted, "currency": currency})
    return show(
        request,
        "reasons/templates/behind.html",
        visitor=visitor,
        title=rows.label(None if wanted == rows.UNASKED else wanted, known),
        page=paging(rows.late_rows(shown, today=visitor.today), late.height, number, address),
        exports=exports(address),
    )
