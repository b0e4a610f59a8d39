"""Pages of the library that signs people in, in the frame of ours."""

from typing import Any, cast

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from ahadi.web.frame.rendering import show

_METHODS = ("GET", "HEAD", "POST")
_STATUS = {"username_password_mismatch": 403, "too_many_login_attempts": 429, "incorrect_code": 403}


class Framed:
    """A class-based page drawn by a template of ours; what a form refuses has the status that says so."""

    template_name = ""
    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **more: Any) -> HttpResponse:
        """Looks and sends only; the library would take some other methods for one of the two."""
        if request.method not in _METHODS:
            return HttpResponseNotAllowed(_METHODS)
        answer: HttpResponse = cast(Any, super()).dispatch(request, *args, **more)
        return answer

    def render_to_response(self, context: dict[str, Any], **_more: Any) -> HttpResponse:
        """The template with what the library hands to it, and the first error that its forms have."""
        handed = {name: value for name, value in context.items() if name not in ("view", "site")}
        bound = [one for one in (context.get("form"), context.get("webauthn_form")) if one is not None and one.is_bound]
        visitor = getattr(self.request, "visitor", None)
        return show(
            self.request, self.template_name, visitor=visitor, status=_status(bound), error=_error(bound), **handed
        )


def _status(bound: list[BaseForm]) -> int:
    codes = [error.code for form in bound for errors in form.errors.as_data().values() for error in errors]
    if not codes:
        return 200
    return next((_STATUS[code] for code in codes if code in _STATUS), 400)


def _error(bound: list[BaseForm]) -> str:
    return next((str(text) for form in bound for texts in form.errors.values() for text in texts), "")
