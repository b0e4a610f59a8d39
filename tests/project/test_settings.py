"""The settings as a fresh process reads them from its environment: what is refused, what is strict."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

_PRINT = """
import json, sys
import django
from django.conf import settings
print(json.dumps({name: getattr(settings, name) for name in sys.argv[1:]}, default=str))
"""


def _read(*names: str, **environment: str) -> dict[str, Any]:
    """Settings as a new process sees them; raises AssertionError with its complaint."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AHADI_")}
    done = subprocess.run(
        [sys.executable, "-c", _PRINT, *names],
        env={**inherited, "DJANGO_SETTINGS_MODULE": "ahadi.project.settings", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_debug_is_off_unless_asked_for() -> None:
    assert _read("DEBUG") == {"DEBUG": False}
    assert _read("DEBUG", AHADI_DEBUG="1") == {"DEBUG": True}


def test_debug_is_refused_where_strangers_are_let_in() -> None:
    with pytest.raises(AssertionError, match=r"UseSettings: AHADI_DEBUG=1 .* lets in localhost, ahadi\.example"):
        _read("DEBUG", AHADI_DEBUG="1", AHADI_HOSTS="localhost,ahadi.example")
    assert _read("DEBUG", AHADI_DEBUG="1", AHADI_HOSTS="127.0.0.2, [::1]")["DEBUG"]


def test_short_secret_key_is_refused_and_not_shown() -> None:
    with pytest.raises(AssertionError, match="UnableToUseSettings: AHADI_SECRET_KEY has 9 characters") as refusal:
        _read("DEBUG", AHADI_SECRET_KEY="tooshorty")
    assert "tooshorty" not in str(refusal.value)


def test_secret_key_is_never_made_up_for_a_single_process() -> None:
    with pytest.raises(AssertionError, match="SECRET_KEY setting must not be empty"):
        _read("SECRET_KEY")


def test_owner_is_no_alias_of_a_web_process_that_lacks_its_url() -> None:
    assert set(_read("DATABASES", AHADI_DATABASE_URL="postgresql://a@/b")["DATABASES"]) == {"default"}
    both = _read("DATABASES", AHADI_DATABASE_URL="postgresql://a@/b", AHADI_OWNER_DATABASE_URL="postgresql://o@/b")
    assert set(both["DATABASES"]) == {"default", "owner"}


def test_page_policy_allows_no_inline_script_or_style() -> None:
    policy = _read("CONTENT_SECURITY_POLICY")["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert policy["script-src"] == policy["style-src"] == ["'self'"]
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert "unsafe" not in json.dumps(policy)


def test_cookies_are_bound_to_the_host_and_to_tls_behind_a_proxy() -> None:
    names = ("SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS")
    plain, secure = _read(*names), _read(*names, AHADI_SECURE="1")
    assert plain == dict(zip(names, ("session", False, False, 0), strict=True))
    assert secure == dict(zip(names, ("__Host-session", True, True, 31_536_000), strict=True))
    always = _read("SESSION_COOKIE_HTTPONLY", "CSRF_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE")
    assert always == {
        "SESSION_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
    }


def test_passwords_are_hashed_with_argon2() -> None:
    assert "Argon2" in _read("PASSWORD_HASHERS")["PASSWORD_HASHERS"][0]


def test_numbers_outside_of_what_is_sensible_are_refused() -> None:
    assert _read("IDLE_SECONDS", AHADI_IDLE_MINUTES="5") == {"IDLE_SECONDS": 300}
    for name, value in (("AHADI_IDLE_MINUTES", "0"), ("AHADI_SESSION_HOURS", "48"), ("AHADI_PASSWORD_MIN", "six")):
        with pytest.raises(AssertionError, match=f"UnableToUseSettings: {name} is '{value}'"):
            _read("DEBUG", **{name: value})
