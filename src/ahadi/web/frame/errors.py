"""The pages for what is not there, not allowed or broken: what, why, and what now."""

from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.urls import reverse
from django.utils.translation import gettext as _

from ahadi.web.frame.rendering import show


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The answer for what is not there and for what is somebody else's: the same."""
    return show(
        request,
        "notice.html",
        status=404,
        title=_("This page is not here"),
        text=_("The address may be mistyped, or it belongs to a book that you do not work on."),
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The answer for a page that the person's roles do not open."""
    return show(
        request,
        "notice.html",
        status=403,
        title=_("Your role does not open this page"),
        text=_("Whoever looks after access in your organisation can give you a role that does."),
    )


def too_many(request: HttpRequest) -> HttpResponse:
    """The answer when something was tried too often."""
    return show(
        request,
        "notice.html",
        status=429,
        title=_("That was tried too often"),
        text=_("Wait some minutes, then try again."),
    )


def locked(request: HttpRequest) -> HttpResponse:
    """The answer to what is sent from a session that waits for its person: nothing was done, nothing is shown."""
    return show(
        request,
        "notice.html",
        status=423,
        title=_("This session is locked"),
        text=_("Nothing was sent. Unlock it with your password, go back, and send it again: what you typed is there."),
        goal=reverse("unlock"),
        goal_label=_("Unlock"),
    )


def broken(request: HttpRequest) -> HttpResponse:
    """The answer for a fault of ours; it asks nothing of database, session or languages, which may be the fault."""
    return HttpResponse(loader.get_template("500.html").render(), status=500)
