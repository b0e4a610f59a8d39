"""Who is with an officer at the desk, and what was written to their screen, as it comes and once they saw it."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from ahadi.domain.desk import queries
from ahadi.domain.oversight import beside
from ahadi.domain.oversight.beside import BesideOutcome
from ahadi.web.frame.acting import act, new_key
from ahadi.web.frame.admission import CALLERS, Visitor, admits
from ahadi.web.frame.rendering import show
from ahadi.web.pages.desk import keys


def told(visitor: Visitor) -> dict[str, Any]:
    """Who is with somebody, and the lines that they have not seen."""
    person = visitor.actor.person_id or 0
    return {
        "with_me": beside.joined_by(person),
        "whispers": beside.lines(person, is_unseen=True),
        "heard_key": new_key(),
    }


@require_safe
@admits(*CALLERS)
def beside_me(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The strip alone, as the desk asks for it when something of it is another."""
    return _strip(request, visitor)


@admits(*CALLERS)
@require_POST
def heard(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The lines were seen; whoever wrote them sees that."""
    act(request, visitor, "beside_heard", beside.hear, BesideOutcome)
    if request.headers.get("HX-Request") == "true":
        return _strip(request, visitor)
    return HttpResponseRedirect(reverse("desk"))


def _strip(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    chosen = keys.chosen(queries.keys(by=visitor.actor))
    label = {"heard": keys.label(chosen["heard"])}
    return show(request, "desk/templates/beside.html", visitor=visitor, keys=label, **told(visitor))
