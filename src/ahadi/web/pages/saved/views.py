"""Keeping the choices of a list page under a name, and giving them up."""

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ahadi.domain.oversight.operations import ViewOutcome, keep_view
from ahadi.web.frame.acting import Refused, act
from ahadi.web.frame.admission import EVERYBODY, Visitor, admits
from ahadi.web.frame.keeping import PAGES


@admits(*EVERYBODY)
@require_POST
def keep(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Keeps a view of a page, or gives one up where it has no choices; back to the page."""
    page, query = request.POST.get("page", ""), request.POST.get("query", "").lstrip("?")
    if page not in PAGES:
        raise Http404(f"no views are kept of {page}")
    keeping = partial(keep_view, page=page, name=request.POST.get("name", ""), query=query)
    done = act(request, visitor, "keep_view", keeping, ViewOutcome)
    if isinstance(done, Refused):
        messages.error(request, done.text)
    elif query:
        messages.success(request, _("Kept as “%(name)s”.") % {"name": done.name})
    return HttpResponseRedirect(f"{reverse(page)}?{query}" if query else reverse(page))
