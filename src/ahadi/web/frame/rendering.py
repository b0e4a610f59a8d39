"""What every page has around it: language and direction, theme, the places a person may go to, the menu."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from ahadi.web.frame.admission import OVERSEERS, Visitor

THEME_COOKIE = "theme"
THEMES = ("light", "dark")


@dataclass(frozen=True)
class Place:
    """One entry of the navigation."""

    label: str
    url: str
    is_here: bool


@dataclass(frozen=True)
class Frame:
    """The surroundings of a page; `theme` is empty where the system decides."""

    language: str
    direction: str
    theme: str
    here: str
    places: tuple[Place, ...] = ()
    name: str = ""
    login: str = ""
    is_staff: bool = False
    is_caller: bool = False


def spoken() -> list[str]:
    """The languages pages exist in: English, and those that a catalogue has been written for."""
    folders = [Path(folder) for folder in settings.LOCALE_PATHS]
    translated = [
        code
        for code, _name in settings.LANGUAGES
        if any((folder / translation.to_locale(code) / "LC_MESSAGES" / "django.mo").exists() for folder in folders)
    ]
    return ["en", *(code for code in translated if code != "en")]


def show(
    request: HttpRequest, template: str, *, visitor: Visitor | None = None, status: int = 200, **context: Any
) -> HttpResponse:
    """The template with its frame, in a language that a catalogue exists for."""
    language = translation.get_language() or "en"
    with translation.override(language if language in spoken() else "en"):
        return render(request, template, {"frame": _frame(request, visitor), **context}, status=status)


def _frame(request: HttpRequest, visitor: Visitor | None) -> Frame:
    language = translation.get_language() or "en"
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return Frame(
        language=language,
        direction="rtl" if translation.get_language_info(language)["bidi"] else "ltr",
        theme=theme if theme in THEMES else "",
        here=request.get_full_path() if request.method == "GET" else "/",
        places=_places(request, visitor) if visitor else (),
        name=visitor.name if visitor else "",
        login=visitor.actor.login if visitor else "",
        is_staff=visitor is not None and visitor.is_staff,
        is_caller=visitor is not None and visitor.is_caller,
    )


def _places(request: HttpRequest, visitor: Visitor) -> tuple[Place, ...]:
    ageing = reverse("ageing")
    worklist = reverse("worklist")
    at_worklist = request.path == "/" or request.path.startswith(worklist)
    portfolio = Place(_("Portfolio"), ageing, request.path.startswith(ageing))
    if not visitor.is_staff:
        return (portfolio,)
    looks_after = int(visitor.rights.may("admin"))
    law = [
        (_("Guidelines"), "guidelines"),
        (_("Promises"), "promises"),
        (_("Approvals"), "approvals"),
        (_("Mandates"), "mandates"),
        (_("Rules"), "rules"),
        (_("Policies"), "policies"),
        (_("Days"), "days"),
        (_("Codes"), "codes"),
    ]
    desk = (Place(_("Desk"), reverse("desk"), request.path.startswith(reverse("desk"))),) if visitor.is_caller else ()
    board = (Place(_("Floor"), reverse("board"), request.path.startswith(("/board/", "/plans/"))),)
    return (
        *(board if visitor.rights.may(*OVERSEERS) else ()),
        *desk,
        Place(_("Today’s list"), worklist, at_worklist),
        portfolio,
        *(Place(label, reverse(name), request.path.startswith(reverse(name))) for label, name in law),
        *([Place(_("People"), reverse("people"), request.path.startswith(("/people/", "/teams/")))] * looks_after),
    )
