"""How somebody signs in and where they are signed in, as rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

from allauth.usersessions.models import UserSession
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ahadi.web.frame import figures

_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class PasskeyRow:
    """A passkey: what its owner calls it, whether it opens the door alone."""

    name: str
    is_alone: bool
    away_url: str


@dataclass(frozen=True)
class Ways:
    """What somebody signs in with beside the password; `codes_left` is None where there are no recovery codes."""

    has_app: bool
    passkeys: tuple[PasskeyRow, ...]
    codes_left: int | None

    @property
    def has_any(self) -> bool:
        """Whether there is a second factor."""
        return self.has_app or bool(self.passkeys)


@dataclass(frozen=True)
class SessionRow:
    """A browser in which somebody is signed in."""

    number: str
    browser: str
    address: str
    since: str
    is_current: bool


def ways(authenticators: dict[str, Any]) -> Ways:
    """From what the library found: one entry for app and codes, a list for passkeys."""
    codes = authenticators.get("recovery_codes")
    return Ways(
        has_app="totp" in authenticators,
        passkeys=tuple(
            PasskeyRow(one.name, bool(one.is_passwordless), reverse("mfa_remove_webauthn", args=[one.instance.pk]))
            for one in authenticators.get("webauthn", [])
        ),
        codes_left=len(codes.get_unused_codes()) if codes else None,
    )


def sessions_of(request: HttpRequest) -> list[UserSession]:
    """The open sessions of whoever asks, the newest first."""
    found = UserSession.objects.purge_and_list(request.user)
    return sorted(found, key=lambda one: one.created_at, reverse=True)


def session_rows(sessions: Sequence[UserSession], today: date) -> tuple[SessionRow, ...]:
    """Each as a row."""
    return tuple(
        SessionRow(
            number=str(one.pk),
            browser=browser(one.user_agent),
            address=one.ip,
            since=figures.moment(one.created_at.astimezone(UTC), "UTC", today),
            is_current=one.is_current(),
        )
        for one in sessions
    )


def ended(count: int) -> str:
    """What is said after sessions were ended."""
    if not count:
        return _("There was no other session to end.")
    return ngettext("%(count)d session has ended.", "%(count)d sessions have ended.", count) % {"count": count}


def browser(agent: str) -> str:
    """What a browser calls itself, in two words."""
    name = next((name for mark, name in _BROWSERS if re.search(rf"\b{mark}", agent)), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    if name and system:
        return _("%(browser)s on %(system)s") % {"browser": name, "system": system}
    return name or system or _("A browser that does not say what it is")
