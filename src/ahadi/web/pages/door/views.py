"""Signing in and out: one answer for every failure, few attempts, a new session key."""

from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from ahadi.web.frame import throttle
from ahadi.web.frame.rendering import show
from ahadi.web.frame.theme import own_address
from ahadi.web.pages.door.forms import SignInForm


@never_cache
@sensitive_post_parameters("password")
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Lets a person in and on to where they wanted to go."""
    goal = own_address(request, request.POST.get("next", request.GET.get("next", "")))
    if request.method != "POST":
        return HttpResponseRedirect(goal) if request.user.is_authenticated else _door(request, goal)
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _door(request, goal, _("Type your login and your password."), status=400)
    who, address = form.cleaned_data["login"], request.META.get("REMOTE_ADDR", "")
    if not throttle.takes_place(who, address):
        return _door(request, goal, _("Ten attempts failed. Wait ten minutes, then try again."), status=429)
    person = authenticate(request, username=who, password=form.cleaned_data["password"])
    if person is None:
        return _door(request, goal, _("Login and password do not fit. Check both, and the Caps Lock key."), status=403)
    throttle.free(who, address)
    login(request, person)
    return HttpResponseRedirect(goal)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session."""
    logout(request)
    return HttpResponseRedirect("/sign-in/")


def _door(request: HttpRequest, goal: str, error: str = "", *, status: int = 200) -> HttpResponse:
    typed = request.POST.get("login", "")
    return show(request, "door/templates/sign_in.html", status=status, goal=goal, error=error, login=typed)
