"""In which language somebody reads: the one they chose, else that of their browser, else English."""

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST

from ahadi.web.frame.options import Option
from ahadi.web.frame.theme import own_address

_YEAR_SECONDS = 365 * 24 * 60 * 60


class Languages:
    """Middleware: everything is worded in the language of whoever asks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Hands the request on in its language, and says in the answer which one that is."""
        code = spoken(request)
        cast(Any, request).LANGUAGE_CODE = code
        with translation.override(code):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", code)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


def spoken(request: HttpRequest) -> str:
    """The language of whoever asks: their own choice, the one of this browser, what it accepts, or English."""
    own = _own(request)
    return own if own in dict(settings.LANGUAGES) else translation.get_language_from_request(request)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keeps the language of this browser and goes back to where the person was."""
    return remembered(request, own_address(request, request.POST.get("next", "")))


def remembered(request: HttpRequest, address: str) -> HttpResponse:
    """Goes to an address; the browser keeps the language that was posted, or forgets which it had."""
    response, code = HttpResponseRedirect(address), posted(request)
    name = settings.LANGUAGE_COOKIE_NAME
    if code:
        response.set_cookie(
            name, code, max_age=_YEAR_SECONDS, samesite="Lax", secure=request.is_secure(), httponly=True
        )
    else:
        response.delete_cookie(name, samesite="Lax")
    return response


def posted(request: HttpRequest) -> str:
    """The language that a form names; empty where it names none that pages exist in."""
    code = request.POST.get("language", "")
    return code if code in dict(settings.LANGUAGES) else ""


def languages(chosen: str) -> tuple[Option, ...]:
    """The languages, each by its own name."""
    return tuple(Option(code, name, code == chosen) for code, name in settings.LANGUAGES)


def _own(request: HttpRequest) -> str:
    """What a signed-in person chose; whoever has no session is not asked for, which would cost a question."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
        return ""
    return str(cast(Any, request.user).language)
