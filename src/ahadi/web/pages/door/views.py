"""Signing in and out: by password, passkey or provider; a second factor; unlocking what was left."""

from typing import Any, cast

from allauth.account import views as account
from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from allauth.mfa.base import views as factors
from allauth.mfa.webauthn import views as passkeys
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth as passkey
from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ahadi.domain.audit.ports import Actor
from ahadi.domain.desk import operations as desk
from ahadi.web.frame import attendance, devices
from ahadi.web.frame.errors import too_many
from ahadi.web.frame.framed import Framed
from ahadi.web.frame.rendering import show
from ahadi.web.frame.theme import own_address
from ahadi.web.pages.door.forms import UnlockForm


class SignIn(Framed, account.LoginView):  # type: ignore[misc]
    """The door."""

    template_name = "door/templates/sign_in.html"

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        """The library's, with what was typed, where to go, and who else may vouch."""
        found: dict[str, Any] = super().get_context_data(**more)
        asked = self.request.POST.get("next", self.request.GET.get("next", ""))
        providers = settings.IDENTITY_PROVIDERS
        return {
            **found,
            "goal": own_address(self.request, asked),
            "login": self.request.POST.get("login", ""),
            "is_mailing": settings.IS_MAILING,
            "providers": [
                (one["name"], reverse("openid_connect_login", args=[one["provider_id"]])) for one in providers
            ],
        }


class SecondFactor(Framed, factors.AuthenticateView):  # type: ignore[misc]
    """The second step: a code, or a passkey."""

    template_name = "door/templates/second.html"


class PasskeyIn(Framed, passkeys.LoginWebAuthnView):  # type: ignore[misc]
    """Signing in by passkey alone."""

    template_name = "door/templates/sign_in.html"


class Forgotten(Framed, account.PasswordResetView):  # type: ignore[misc]
    """Asking for a link by mail; the answer is the same whoever asks."""

    template_name = "door/templates/forgotten.html"

    def dispatch(self, request: HttpRequest, *args: Any, **more: Any) -> HttpResponse:
        """Closed where nothing can be mailed."""
        if not settings.IS_MAILING:
            raise Http404("nothing is mailed from here")
        response: HttpResponse = super().dispatch(request, *args, **more)
        return response


class ForgottenDone(Framed, account.PasswordResetDoneView):  # type: ignore[misc]
    """What happens next."""

    template_name = "door/templates/forgotten_done.html"


class NewPassword(Framed, account.PasswordResetFromKeyView):  # type: ignore[misc]
    """A password by the link that somebody was given: it serves once, and for a day."""

    template_name = "door/templates/new_password.html"

    def form_valid(self, form: Any) -> HttpResponse:
        """Keeps the password; whoever had the link is at a browser of theirs."""
        response: HttpResponse = super().form_valid(form)
        devices.remember(self.request, response, self.reset_user.login)
        return response


class NewPasswordDone(Framed, account.PasswordResetFromKeyDoneView):  # type: ignore[misc]
    """The password is kept; now sign in with it."""

    template_name = "door/templates/new_password_done.html"


sign_in = SignIn.as_view()
second_factor = SecondFactor.as_view()
passkey_in = PasskeyIn.as_view()
forgotten = Forgotten.as_view()
forgotten_done = ForgottenDone.as_view()
new_password = NewPassword.as_view()
new_password_done = NewPasswordDone.as_view()


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session; whoever was kept ready for this person is free for others."""
    if request.user.is_authenticated:
        person = cast(Any, request.user)
        desk.let_go(by=Actor(person.login, person_id=person.id, organisation_id=person.organisation_id))
    logout(request)
    return HttpResponseRedirect(reverse("account_login"))


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def unlock(request: HttpRequest) -> HttpResponse:
    """Goes on with a session that was left, after the password or a passkey; a script gets 204 instead of a page."""
    goal = own_address(request, request.POST.get("next", request.GET.get("next", "")))
    if not request.user.is_authenticated:
        return HttpResponseRedirect(reverse("account_login"))
    if request.method != "POST":
        return HttpResponseRedirect(goal) if not attendance.is_locked(request.session) else _lock_page(request, goal)
    if not ratelimit.consume(request, action="reauthenticate", user=request.user):
        return too_many(request)
    if not _is_back(request):
        error = _("This is not your password. Check it, and the Caps Lock key.")
        return _lock_page(request, goal, error, status=403)
    attendance.unlock(request.session)
    is_script = request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"
    return HttpResponse(status=204) if is_script else HttpResponseRedirect(goal)


@require_safe
def unlock_passkey(request: HttpRequest) -> HttpResponse:
    """What a passkey is asked for, to go on with a session that was left."""
    if not request.user.is_authenticated:
        raise Http404("nobody is signed in")
    return JsonResponse({"request_options": passkey.begin_authentication(request.user)})


@require_http_methods(["GET", "HEAD", "POST"])
def here(request: HttpRequest) -> HttpResponse:
    """In how many seconds the session is locked; a POST says that somebody is there, or asks to lock now."""
    if not request.user.is_authenticated:
        return JsonResponse({"left": 0, "is_over": True})
    if request.method == "POST" and "lock" in request.POST:
        attendance.lock(request.session)
    return JsonResponse({"left": attendance.seconds_left(request.session), "is_over": False})


def _is_back(request: HttpRequest) -> bool:
    """Whether the password, or what the passkey answered, is the signed-in person's."""
    form = UnlockForm(request.POST)
    if not form.is_valid():
        return False
    if form.cleaned_data["credential"]:
        answered = ReauthenticateWebAuthnForm(user=request.user, data=request.POST)
        return bool(answered.is_valid())
    try:
        return bool(get_adapter().reauthenticate(request.user, form.cleaned_data["password"]))
    except ValidationError:
        return False


def _lock_page(request: HttpRequest, goal: str, error: str = "", *, status: int = 200) -> HttpResponse:
    login = request.user.get_username()
    return show(request, "door/templates/unlock.html", status=status, goal=goal, error=error, login=login)
