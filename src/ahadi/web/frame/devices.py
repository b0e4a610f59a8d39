"""Browsers through which somebody has signed in before: attempts from there are counted apart.

Whoever guesses passwords uses up the attempts of a login from new devices, and must not thereby keep its owner
out. So a browser keeps, for each login that came in through it, a secret signed by us; attempts that show it
have a budget of their own. The cookie signs nobody in, and names nobody: logins stand in it as keyed digests.
Method: OWASP, Slow Down Online Guessing Attacks with Device Cookies.
"""

import hashlib
import hmac
import secrets
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

_SALT = "ahadi.devices"
_SECONDS = 180 * 24 * 60 * 60
_LOGINS_MAX = 8


def cookie_name() -> str:
    """The cookie's name; the prefix binds it to this host where the site is served by https."""
    return "__Host-device" if settings.SESSION_COOKIE_SECURE else "device"


def known(request: HttpRequest, login: str) -> str | None:
    """The secret of this browser for the login, or None where nobody has signed in with it here."""
    secret: str | None = _read(request).get(_digest(login))
    return secret


def remember(request: HttpRequest, response: HttpResponse, login: str) -> None:
    """Notes that the login came in through this browser; the newest few are kept."""
    earlier = {digest: secret for digest, secret in _read(request).items() if digest != _digest(login)}
    kept = dict(list(earlier.items())[-_LOGINS_MAX + 1 :])
    kept[_digest(login)] = known(request, login) or secrets.token_urlsafe(18)
    response.set_cookie(
        cookie_name(),
        signing.dumps(kept, salt=_SALT),
        max_age=_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> dict[str, Any]:
    text = request.COOKIES.get(cookie_name(), "")
    try:
        found: dict[str, Any] = signing.loads(text, salt=_SALT, max_age=_SECONDS) if text else {}
    except signing.BadSignature:
        return {}
    return found


def _digest(login: str) -> str:
    text = f"device\x1f{login.strip().casefold()}"
    return hmac.digest(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hex()[:32]
