"""Whether the site can do its work: for probes and for whoever is on duty."""

from importlib.metadata import version

from django.db import Error
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ahadi.domain.people import queries


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 with version and the business date that every organisation has closed; 503 without a database."""
    about = {"version": version("ahadi")}
    try:
        closed = [queries.last_close(house.id) for house in queries.houses()]
    except Error:
        return JsonResponse({**about, "status": "no database", "last_closed": None}, status=503)
    days = [close[0] for close in closed if close is not None]
    is_behind = not days or len(days) < len(closed)
    return JsonResponse({**about, "status": "ok", "last_closed": None if is_behind else min(days).isoformat()})
