"""What every page has around it: language and direction, theme, the places a person may go to, the menu."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation

from ahadi.web.frame.admission import Visitor
from ahadi.web.frame.languages import languages
from ahadi.web.frame.navigation import Place, house, places
from ahadi.web.frame.options import Option
from ahadi.web.frame.theme import THEME_COOKIE, THEMES


@dataclass(frozen=True)
class Frame:
    """The surroundings of a page; `theme` is empty where the system decides."""

    language: str
    direction: str
    languages: tuple[Option, ...]
    theme: str
    here: str
    places: tuple[Place, ...] = ()
    house: tuple[Place, ...] = ()
    name: str = ""
    login: str = ""
    is_staff: bool = False
    is_caller: bool = False


def show(
    request: HttpRequest, template: str, *, visitor: Visitor | None = None, status: int = 200, **context: Any
) -> HttpResponse:
    """The template with its frame."""
    return render(request, template, {"frame": _frame(request, visitor), **context}, status=status)


def drawn(request: HttpRequest, template: str, *, visitor: Visitor, **context: Any) -> str:
    """The same as text, for a page that is put together of parts."""
    return render_to_string(template, {"frame": _frame(request, visitor), **context}, request)


def _frame(request: HttpRequest, visitor: Visitor | None) -> Frame:
    language = translation.get_language() or "en"
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return Frame(
        language=language,
        direction="rtl" if translation.get_language_bidi() else "ltr",
        languages=languages(language),
        theme=theme if theme in THEMES else "",
        here=request.get_full_path() if request.method == "GET" else "/",
        places=places(request.path, visitor) if visitor else (),
        house=house(request.path, visitor) if visitor else (),
        name=visitor.name if visitor else "",
        login=visitor.actor.login if visitor else "",
        is_staff=visitor is not None and visitor.is_staff,
        is_caller=visitor is not None and visitor.is_caller,
    )
