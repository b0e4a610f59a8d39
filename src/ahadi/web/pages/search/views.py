"""Finding people by name, number or address, however it is typed."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import Performance
from ahadi.domain.finding import queries
from ahadi.domain.finding.operations import ReadOutcome, read_due
from ahadi.web.frame.admission import STAFF, Visitor, admits
from ahadi.web.frame.rendering import show
from ahadi.web.pages.search import rows

_TYPED_MAX = 100


@admits(*STAFF)
@require_safe
def search(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Whom the typed words or digits mean; `part` asks for the answer alone, to be shown in place."""
    text = request.GET.get("q", "").strip()[:_TYPED_MAX]
    house = visitor.actor.organisation_id or 0
    if queries.is_due(house, is_few=True):
        how = Performance(visitor.actor, house, b"names, numbers, addresses")
        perform("read_names", lambda act: read_due(act, is_few=True), ReadOutcome, how)
    found = rows.found_view(queries.find(by=visitor.actor, text=text))
    template = "search/templates/found.html" if request.GET.get("part") else "search/templates/search.html"
    return show(request, template, visitor=visitor, found=found, text=text)
