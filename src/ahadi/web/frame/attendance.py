"""Whether somebody is still at the desk: a session without a hand on it is locked, and nothing is answered from it.

Opening a page and sending a form are signs of somebody; what a script of ours asks by itself is none. A locked
session stays signed in, so that what was typed in an open page is still there after the password: the browser
covers the page (`lock.js`), and here every request is refused until then.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from ahadi.web.frame import errors
from ahadi.web.frame.admission import ANYBODY

_SEEN, _LOCKED = "seen", "locked"
# Noting every request would write the session with every page.
_NOTED_EVERY_SECONDS = 60


def begin(session: SessionBase) -> None:
    """Somebody signed in: the session ends after its hours, whatever is done in it; those that ended are swept."""
    session.clear_expired()
    session[_SEEN] = int(time.time())
    session.pop(_LOCKED, None)
    # A moment and not a number of seconds, which the framework would count anew from every change.
    session.set_expiry(timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE))


def lock(session: SessionBase) -> None:
    """Nothing is answered from now on until the person shows that they are back."""
    session[_LOCKED] = True


def unlock(session: SessionBase) -> None:
    """The person is back."""
    session.pop(_LOCKED, None)
    session[_SEEN] = int(time.time())


def is_locked(session: SessionBase) -> bool:
    """Whether the session waits for its person."""
    return bool(session.get(_LOCKED))


def seconds_left(session: SessionBase) -> int:
    """In how many seconds the session is locked unless somebody does something; 0 where it is."""
    if is_locked(session):
        return 0
    return max(0, int(session.get(_SEEN, 0)) + settings.IDLE_SECONDS - int(time.time()))


class Attendance:
    """Middleware: locks a session whose person has gone, and refuses what is asked of a locked one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Hands the request on; the view is not known yet."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Refuses a page to a session that waits for its person."""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return None
        _notice(request)
        if not is_locked(request.session) or getattr(view, "admits", None) == ANYBODY:
            return None
        return _refusal(request)


def _notice(request: HttpRequest) -> None:
    """Locks a session that was left, else notes that somebody is there."""
    session, now = request.session, int(time.time())
    if is_locked(session):
        return
    if _SEEN not in session or now - int(session[_SEEN]) > settings.IDLE_SECONDS:
        lock(session)
    elif _is_somebody(request) and now - int(session[_SEEN]) >= _NOTED_EVERY_SECONDS:
        session[_SEEN] = now


def _is_somebody(request: HttpRequest) -> bool:
    """A page opened or a form sent; browsers mark what a script asked, and old ones mark nothing."""
    is_asked_by_script = request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"
    return not (request.method in ("GET", "HEAD") and is_asked_by_script)


def _refusal(request: HttpRequest) -> HttpResponse:
    is_page = request.method in ("GET", "HEAD") and request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    if is_page:
        return HttpResponseRedirect(f"{reverse('unlock')}?{urlencode({'next': request.get_full_path()})}")
    return errors.locked(request)
