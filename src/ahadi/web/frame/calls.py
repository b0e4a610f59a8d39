"""What is raised at the desk: with the outcome of the call that is under way, or by itself where none is."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from ahadi.domain.audit.ports import Act
from ahadi.domain.desk import operations, queries
from ahadi.domain.flows import record_outcome
from ahadi.domain.flows.record_outcome import Along, ContactResult
from ahadi.web.frame.acting import Refused, act
from ahadi.web.frame.admission import Visitor

_NOTE_MAX = 2000
_APART = ("note", "reason")


@dataclass(frozen=True)
class Alone:
    """The act that is done where no call is under way: its name, what it does, and what that gives."""

    name: str
    operation: Callable[[Act], Any]
    outcome: type


def raised(request: HttpRequest, visitor: Visitor, account: int, *, along: Along, alone: Alone) -> object:
    """Writes down what comes along: as the outcome of the call with this account, or by itself. Refused: why not."""
    at = queries.at(by=visitor.actor)
    if at.account_id != account or at.contact_id is None or at.has_outcome:
        done = act(request, visitor, alone.name, alone.operation, alone.outcome)
        if not isinstance(done, Refused):
            _forget(visitor, account)
        return done
    contact, whole = at.contact_id, _with_what_stands_beside(request, along)
    return act(
        request,
        visitor,
        "record_outcome",
        lambda one: record_outcome.record_outcome(one, contact_id=contact, result="", along=whole),
        ContactResult,
    )


def desk_again(request: HttpRequest) -> HttpResponse:
    """The answer after which the desk looks again; without script, the desk."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Trigger": "desk"})
    return HttpResponseRedirect(reverse("desk"))


def _with_what_stands_beside(request: HttpRequest, along: Along) -> Along:
    """The note, where it is another than the one that was written beforehand, and why somebody is behind."""
    note = request.POST.get("note", "").strip()
    is_changed = note != request.POST.get("wrote", "").strip()
    return replace(along, note=note[:_NOTE_MAX] if is_changed else "", reason=request.POST.get("reason", ""))


def _forget(visitor: Visitor, account: int) -> None:
    """What was typed on the card is written down; what stands beside it is still a draft."""
    typed = queries.draft(by=visitor.actor, account_id=account).content
    left = {name: text for name, text in typed.items() if name in _APART}
    if left != dict(typed):
        operations.keep_draft(by=visitor.actor, account_id=account, content=left)
