"""The pages for what is not there, not allowed or broken: what, why, and what now."""

from django.http import HttpRequest, HttpResponse
from django.template import loader
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


def broken(request: HttpRequest) -> HttpResponse:
    """The answer for a fault of ours; it asks nothing of database, session or languages, which may be the fault."""
    return HttpResponse(loader.get_template("500.html").render(), status=500)
