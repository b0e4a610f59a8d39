"""How somebody signs in: password, authenticator app, passkeys, recovery codes, open sessions."""

from typing import Any, cast

from allauth.account import views as account
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse_lazy
from django.views.decorators.http import require_http_methods, require_safe

from ahadi.domain.people import operations, queries
from ahadi.domain.people.operations import LanguageOutcome
from ahadi.web.frame import duties, languages
from ahadi.web.frame.acting import act, new_key
from ahadi.web.frame.admission import lacks_second_factor
from ahadi.web.frame.framed import Framed
from ahadi.web.frame.rendering import show
from ahadi.web.pages.own import rows


class SignInWays(Framed, factors.IndexView):  # type: ignore[misc]
    """What somebody signs in with."""

    template_name = "own/templates/ways.html"

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        """What there is, as rows; and whether something more is asked of them."""
        found: dict[str, Any] = super().get_context_data(**more)
        request: Any = self.request
        return {"ways": rows.ways(found["authenticators"]), "is_lacking": lacks_second_factor(request.visitor)}


class App(Framed, totp.ActivateTOTPView):  # type: ignore[misc]
    """Setting an authenticator app up."""

    template_name = "own/templates/app.html"


class AppAway(Framed, totp.DeactivateTOTPView):  # type: ignore[misc]
    """Taking it away."""

    template_name = "own/templates/app_away.html"


class Codes(Framed, codes.ViewRecoveryCodesView):  # type: ignore[misc]
    """Recovery codes, shown once."""

    template_name = "own/templates/codes.html"


class NewCodes(Framed, codes.GenerateRecoveryCodesView):  # type: ignore[misc]
    """New recovery codes in place of the earlier ones."""

    template_name = "own/templates/new_codes.html"


class NewPasskey(Framed, passkeys.AddWebAuthnView):  # type: ignore[misc]
    """Setting a passkey up."""

    template_name = "own/templates/passkey.html"


class PasskeyAway(Framed, passkeys.RemoveWebAuthnView):  # type: ignore[misc]
    """Taking one away."""

    template_name = "own/templates/passkey_away.html"
    success_url = reverse_lazy("mfa_index")


class Again(Framed, account.ReauthenticateView):  # type: ignore[misc]
    """The password once more, before something delicate."""

    template_name = "own/templates/again.html"


class CodeAgain(Framed, factors.ReauthenticateView):  # type: ignore[misc]
    """A code, before something delicate."""

    template_name = "own/templates/again.html"


class PasskeyAgain(Framed, passkeys.ReauthenticateWebAuthnView):  # type: ignore[misc]
    """A passkey, before something delicate."""

    template_name = "own/templates/again.html"

    def form_invalid(self, form: Any) -> HttpResponse:
        """The same page again; the library would send a signed-in person to the door."""
        return self.render_to_response(self.get_context_data(form=form))


class Password(Framed, account.PasswordChangeView):  # type: ignore[misc]
    """Another password."""

    template_name = "own/templates/password.html"
    success_url = reverse_lazy("mfa_index")


class FirstPassword(Framed, account.PasswordSetView):  # type: ignore[misc]
    """A password for somebody who came through a provider so far."""

    template_name = "own/templates/password.html"
    success_url = reverse_lazy("mfa_index")


@require_http_methods(["GET", "HEAD", "POST"])
def open_sessions(request: HttpRequest) -> HttpResponse:
    """Where somebody is signed in; ends one other session, or all others."""
    if request.method == "POST":
        chosen = request.POST.get("session", "")
        others = [one for one in rows.sessions_of(request) if not one.is_current()]
        ended = [one for one in others if not chosen or str(one.pk) == chosen]
        for one in ended:
            one.end()
        messages.success(request, rows.ended(len(ended)))
        return HttpResponseRedirect(request.path)
    visitor = cast(Any, request).visitor
    listed = rows.session_rows(rows.sessions_of(request), visitor.today)
    return show(request, "own/templates/sessions.html", visitor=visitor, rows=listed)


@require_safe
def own_access(request: HttpRequest) -> HttpResponse:
    """What somebody may see and do, and since when."""
    visitor = cast(Any, request).visitor
    grants = queries.grants(visitor.actor.person_id)
    teams = queries.people(visitor.actor, person_id=visitor.actor.person_id)["teams"].to_list()
    return show(
        request,
        "own/templates/access.html",
        visitor=visitor,
        grants=duties.grant_rows(grants, is_leader=bool(teams and teams[0])),
        deeds=duties.deeds(grants["role"]),
        seen=queries.seen(visitor.actor),
        teams=(teams[0] if teams else "") or "",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def own_language(request: HttpRequest) -> HttpResponse:
    """In which language somebody reads; whatever they choose holds for them on every machine."""
    visitor = cast(Any, request).visitor
    if request.method == "POST":
        code = languages.posted(request)
        act(
            request,
            visitor,
            "choose_language",
            lambda done: operations.choose_language(done, language=code),
            LanguageOutcome,
        )
        return languages.remembered(request, request.path)
    chosen = cast(Any, request.user).language
    return show(
        request,
        "own/templates/language.html",
        visitor=visitor,
        key=new_key(),
        chosen=chosen,
        languages=languages.languages(chosen),
    )


ways = SignInWays.as_view()
app = App.as_view()
app_away = AppAway.as_view()
recovery_codes = Codes.as_view()
new_codes = NewCodes.as_view()
new_passkey = NewPasskey.as_view()
passkey_away = PasskeyAway.as_view()
again = Again.as_view()
code_again = CodeAgain.as_view()
passkey_again = PasskeyAgain.as_view()
password = Password.as_view()
first_password = FirstPassword.as_view()
