"""Identity providers and the mail server, as the environment names them."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from ahadi.project.refusal import Refusal

_FIELDS = {"id", "name", "url", "client", "secret"}


class UnableToReadProviders(Refusal):
    """AHADI_OIDC does not describe identity providers."""


class UnableToReadMailServer(Refusal):
    """AHADI_SMTP_URL does not name a mail server."""


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed over; `is_encrypted` from the first byte, else by STARTTLS."""

    host: str
    port: int
    user: str
    password: str
    is_encrypted: bool


def providers(text: str) -> list[dict[str, Any]]:
    """The providers as the sign-in library wants them: a list of {id, name, url, client, secret} in JSON.

    Raises UnableToReadProviders.
    """
    if not text:
        return []
    try:
        listed = json.loads(text)
    except ValueError:
        raise UnableToReadProviders(f"AHADI_OIDC is no JSON. {_SHAPE}") from None
    if not isinstance(listed, list) or not all(isinstance(one, dict) and set(one) == _FIELDS for one in listed):
        raise UnableToReadProviders(f"AHADI_OIDC does not list providers. {_SHAPE}")
    return [_provider(one) for one in listed]


_SHAPE = "Write a list: " + '[{"id": "…", "name": "…", "url": "https://…", "client": "…", "secret": "…"}].'


def origins(providers: list[dict[str, Any]]) -> list[str]:
    """Where a sign-in through a provider leads to: scheme and host of each."""
    return [
        f"{place.scheme}://{place.netloc}" for place in (urlsplit(one["settings"]["server_url"]) for one in providers)
    ]


def mail_server(url: str) -> MailServer | None:
    """The mail server of `smtp://` (STARTTLS) or `smtps://` with user and password; None where there is none.

    Raises UnableToReadMailServer.
    """
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise UnableToReadMailServer(
            "AHADI_SMTP_URL does not name a mail server. Write smtp://user:password@host:587 or smtps://…:465."
        )
    is_encrypted = parts.scheme == "smtps"
    return MailServer(
        host=parts.hostname,
        port=parts.port or (465 if is_encrypted else 587),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        is_encrypted=is_encrypted,
    )


def _provider(one: dict[str, Any]) -> dict[str, Any]:
    if not str(one["url"]).startswith("https://"):
        raise UnableToReadProviders(
            f"The provider {one['id']!r} of AHADI_OIDC has the address {one['url']!r}: it must begin with https://."
        )
    return {
        "provider_id": one["id"],
        "name": one["name"],
        "client_id": one["client"],
        "secret": one["secret"],
        "settings": {"server_url": one["url"], "token_auth_method": "client_secret_basic"},
    }
