"""Views that people keep of list pages: the choices of an address under a name of their own."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.urls import reverse

from ahadi.domain.oversight import views
from ahadi.web.frame.acting import new_key
from ahadi.web.frame.admission import Visitor

PAGES: Final = (
    "ageing",
    "approvals",
    "behind",
    "board-accounts",
    "board-caps",
    "cases",
    "duplicates",
    "promises",
    "worklist",
)
_APART = ("page", "format")


@dataclass(frozen=True)
class SavedView:
    """A view that somebody keeps."""

    name: str
    url: str
    is_here: bool


@dataclass(frozen=True)
class Saved:
    """The views of a page, and what would be kept now."""

    page: str
    query: str
    views: tuple[SavedView, ...]
    key: str


def query_of(request: HttpRequest) -> str:
    """The choices of an address as they are kept: without the page and the format."""
    chosen = request.GET.copy()
    for name in _APART:
        chosen.pop(name, None)
    return chosen.urlencode()


def saved(request: HttpRequest, visitor: Visitor, page: str) -> Saved:
    """The views that somebody keeps of a page."""
    query, path = query_of(request), reverse(page)
    kept = views.kept(by=visitor.actor, page=page)
    rows = tuple(SavedView(name, f"{path}?{held}", held == query) for name, held in kept.iter_rows())
    return Saved(page, query, rows, new_key())
