"""Identity providers and the mail server from the environment: what is understood, what is refused."""

import json
import os
import subprocess
import sys

import pytest

from ahadi.project.identity import (
    MailServer,
    UnableToReadMailServer,
    UnableToReadProviders,
    mail_server,
    origins,
    providers,
)

KEYCLOAK = {
    "id": "house",
    "name": "Kisima",
    "url": "https://login.example/realms/kisima",
    "client": "ahadi",
    "secret": "hush",
}


def test_a_provider_is_read_and_its_origin_known() -> None:
    (one,) = found = providers(json.dumps([KEYCLOAK]))
    assert (one["provider_id"], one["settings"]["server_url"]) == ("house", KEYCLOAK["url"])
    assert origins(found) == ["https://login.example"]
    assert providers("") == []


@pytest.mark.parametrize("text", ["house", "{}", '[{"id": "x"}]', '["x"]', json.dumps([{**KEYCLOAK, "more": 1}])])
def test_what_is_no_list_of_providers_is_refused_and_no_secret_told(text: str) -> None:
    with pytest.raises(UnableToReadProviders, match="Write a list") as refusal:
        providers(text)
    assert "hush" not in str(refusal.value)


def test_a_provider_without_encryption_is_refused() -> None:
    with pytest.raises(UnableToReadProviders, match="must begin with https"):
        providers(json.dumps([{**KEYCLOAK, "url": "http://login.example"}]))


def test_a_mail_server_is_read() -> None:
    assert mail_server("smtp://me%40x:p%2Fw@mail.example") == MailServer("mail.example", 587, "me@x", "p/w", False)
    assert mail_server("smtps://mail.example:2465") == MailServer("mail.example", 2465, "", "", True)
    assert mail_server("") is None


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://"])
def test_what_is_no_mail_server_is_refused(url: str) -> None:
    with pytest.raises(UnableToReadMailServer, match="does not name a mail server"):
        mail_server(url)


def checked(**environment: str) -> subprocess.CompletedProcess[str]:
    """What the framework's own check for production says to an environment."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AHADI_")}
    given = {
        "DJANGO_SETTINGS_MODULE": "ahadi.project.settings",
        "AHADI_SECRET_KEY": "Zq8!" + "x1Yw-4Kd_" * 8,
        "AHADI_DATABASE_URL": "postgresql://a@/b",
    }
    return subprocess.run(
        [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"],
        env={**inherited, **given, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_check_for_production_finds_nothing() -> None:
    done = checked(AHADI_SECURE="1", AHADI_OIDC=json.dumps([KEYCLOAK]))
    assert done.returncode == 0, done.stderr


def test_the_check_for_production_finds_what_is_left_open() -> None:
    assert "security.W012" in checked().stderr
