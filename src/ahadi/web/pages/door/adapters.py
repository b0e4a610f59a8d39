"""How the library that signs people in works here: what it counts, what it answers, what it never offers."""

import logging
import threading
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ahadi.domain.people import secrets
from ahadi.web.frame import attendance, devices

_logger = logging.getLogger(__name__)
_NO_ENTRY = _("Login and password do not fit. Check both, and the Caps Lock key.")
_CODE = _("This code does not fit. It changes every half minute, and each serves once: type the one shown now.")
_SAID = {
    "account/messages/password_changed.txt": _("The password is changed. Your other sessions have ended."),
    "account/messages/password_set.txt": _("The password is set. Your other sessions have ended."),
    "mfa/messages/totp_activated.txt": _("The authenticator app is set up: it is asked for from the next sign-in on."),
    "mfa/messages/totp_deactivated.txt": _("The authenticator app is not asked for any more."),
    "mfa/messages/recovery_codes_generated.txt": _("There are new recovery codes; the earlier ones are void."),
    "mfa/messages/webauthn_added.txt": _("The passkey is set up."),
    "mfa/messages/webauthn_removed.txt": _("The passkey is removed."),
    "usersessions/messages/sessions_logged_out.txt": _("Those sessions have ended."),
}


class Door(DefaultAccountAdapter):  # type: ignore[misc]
    """Signing in by login and password: nobody signs up, and every failure is answered alike."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _NO_ENTRY,
        "too_many_login_attempts": _(
            "Too many attempts failed. Wait some minutes, then try again; a passkey, or a new password from whoever "
            "looks after access, opens at once."
        ),
        "incorrect_password": _("This is not your password. Check it, and the Caps Lock key."),
        "enter_current_password": _("This is not your present password."),
        "incorrect_code": _CODE,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: whoever looks after access lets people join."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Counts an attempt before the password is looked at: by browser where it is known, else by login and address.

        Attempts from elsewhere therefore never keep somebody out who signs in where they always do. A success
        takes its own attempt back, and only that, so that it hides no others.
        """
        login = str(credentials.get("username", "")).strip().casefold()
        secret = devices.known(request, login)
        action, key = ("known_device", secret) if secret else ("new_device", login)
        self._login_failed_rl_usage = ratelimit.consume(request, app="allauth.account", action=action, key=key)
        if not self._login_failed_rl_usage:
            raise self.validation_error("too_many_login_attempts")

    def login(self, request: HttpRequest, user: Any) -> None:
        """Begins a session with a new key, which ends after its hours."""
        super().login(request, user)
        attendance.begin(request.session)

    def post_login(self, request: HttpRequest, user: Any, **more: Any) -> HttpResponse:
        """Notes that this person came in through this browser."""
        response: HttpResponse = super().post_login(request, user, **more)
        devices.remember(request, response, user.login)
        return response

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        """Somebody who left, with a passkey or through a provider: the answer to whoever does not come in."""
        messages.error(request, _NO_ENTRY)
        return HttpResponseRedirect(reverse("account_login"))

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Tells what was done, in our words; what they have no word for is not worth one."""
        text = message or _SAID.get(message_template or "")
        if text:
            messages.add_message(request, level, text, extra_tags=extra_tags)

    def get_client_ip(self, request: HttpRequest) -> str:
        """The visitor's address; a socket in the file system has none, and is this machine."""
        return super().get_client_ip(request) if request.META.get("REMOTE_ADDR") else "127.0.0.1"

    def send_password_reset_mail(self, user: Any, email: str, context: dict[str, Any]) -> None:
        """Mails the link aside: how long a mail server takes would tell who has an account here."""
        text = gettext(
            "Good day %(name)s,\n\nby this link you choose a new password for Ahadi. It serves once, and for a day.\n\n"
            "%(link)s\n\nYou did not ask for it? Then nothing has happened, and nothing will."
        ) % {"name": user.name, "link": context["password_reset_url"]}
        message = EmailMessage(gettext("A new password for Ahadi"), text, to=[email])
        threading.Thread(target=_hand_over, args=[message], daemon=True).start()


def _hand_over(message: EmailMessage) -> None:
    try:
        message.send()
    except OSError:
        _logger.exception("a mail could not be handed over")


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors: their secrets are encrypted in the table."""

    error_messages = {**DefaultMFAAdapter.error_messages, "incorrect_code": _CODE}

    def encrypt(self, text: str) -> str:
        """The secret as it stands in the table."""
        return secrets.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again."""
        return secrets.unseal(encrypted_text)


class Providers(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Signing in through an identity provider: it proves who somebody is, and lets nobody join."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Recognises a person at their first sign-in through a provider, by an e-mail address that it has verified.

        Two people with the same address are told apart by nobody, so neither comes in.
        """
        if sociallogin.is_existing:
            return
        verified = [one.email for one in sociallogin.email_addresses if one.verified]
        found = list(get_user_model().objects.filter(email__in=verified, is_active=True)[:2]) if verified else []
        if len(found) != 1:
            messages.error(request, _("Nobody here has the address that your identity provider vouches for."))
            raise ImmediateHttpResponse(HttpResponseRedirect(reverse("account_login")))
        sociallogin.connect(request, found[0])

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Never."""
        return False

    def on_authentication_error(self, request: HttpRequest, *args: Any, **more: Any) -> None:
        """Back to the door, with a word."""
        messages.error(request, _("The identity provider did not let you in. Try again, or use your password."))
        raise ImmediateHttpResponse(HttpResponseRedirect(reverse("account_login")))
