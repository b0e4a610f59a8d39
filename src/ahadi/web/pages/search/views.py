"""Finding people by name, number or address, however it is typed."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ahadi.domain.finding import queries
from ahadi.web.frame.admission import STAFF, Visitor, admits
from ahadi.web.frame.rendering import show
from ahadi.web.pages.search import rows

_TYPED_MAX = 100


@admits(*STAFF)
@require_safe
def search(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Whom the typed words or digits mean; `part` asks for the answer alone, to be shown in place."""
    text = request.GET.get("q", "").strip()[:_TYPED_MAX]
    found = rows.found_view(queries.find(by=visitor.actor, text=text))
    template = "search/templates/found.html" if request.GET.get("part") else "search/templates/search.html"
    return show(request, template, visitor=visitor, found=found, text=text)
