"""What is typed at the door."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django import forms
from django.core.cache import cache

# Longer than a code is accepted: its own half minute, and one on either side.
_USED_SECONDS = 120


class UnlockForm(forms.Form):
    """A password, or what a passkey answered; whether it fits is decided elsewhere."""

    password = forms.CharField(max_length=1024, strip=False, required=False)
    credential = forms.JSONField(required=False)


def _used_once(form: Any, code: str) -> str:
    """Refuses a code that was used; the library forgets one sooner than a neighbouring half minute ends."""
    if not cache.add(f"code.{form.user.pk}.{code}", "used", timeout=_USED_SECONDS):
        raise get_adapter().validation_error("incorrect_code")
    return code


class CodeForm(AuthenticateForm):  # type: ignore[misc]
    """A code from the authenticator app, or a recovery code, at the door."""

    def clean_code(self) -> str:
        """The code, if it fits and was not used before."""
        return _used_once(self, super().clean_code())


class CodeAgainForm(ReauthenticateForm):  # type: ignore[misc]
    """The same before something delicate."""

    def clean_code(self) -> str:
        """The code, if it fits and was not used before."""
        return _used_once(self, super().clean_code())
