"""Django's settings, all from the environment; an unsafe combination is refused here."""

import ipaddress
import os
from pathlib import Path

from csp.constants import NONE, SELF

from ahadi.project import identity
from ahadi.project.database_url import databases
from ahadi.project.home import locate_home
from ahadi.project.logs import logging_settings
from ahadi.project.refusal import Refusal


class UnableToUseSettings(Refusal):
    """The environment asks for a combination that would expose the site."""


def _number(name: str, usual: int, *, least: int, most: int) -> int:
    text = os.environ.get(name, "")
    if not text:
        return usual
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise UnableToUseSettings(f"{name} is {text!r}: set a whole number from {least} to {most}, or unset it.")
    return int(text)


def _names(name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in os.environ.get(name, "").split(",") if part.strip())


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


_PACKAGE = Path(__file__).resolve().parent.parent
_SECRET_KEY_CHARACTERS_MIN = 32

# Empty where nobody gave one: Django then refuses at the first use. The console script always gives one.
SECRET_KEY = os.environ.get("AHADI_SECRET_KEY", "")
# What is kept about vulnerable people is encrypted under the first; the others still open what they sealed.
CARE_KEYS = [key.strip() for key in os.environ.get("AHADI_CARE_KEYS", "").split(",") if key.strip()] or [SECRET_KEY]
DEBUG = os.environ.get("AHADI_DEBUG") == "1"
_IS_SECURE = os.environ.get("AHADI_SECURE") == "1"
_NAMED_HOSTS = os.environ.get("AHADI_HOSTS", "localhost,127.0.0.1,[::1]")
ALLOWED_HOSTS = [host.strip() for host in _NAMED_HOSTS.split(",") if host.strip()]

if SECRET_KEY and len(SECRET_KEY) < _SECRET_KEY_CHARACTERS_MIN:
    raise UnableToUseSettings(
        f"AHADI_SECRET_KEY has {len(SECRET_KEY)} characters and needs {_SECRET_KEY_CHARACTERS_MIN} or more: "
        "sessions are signed with it. Unset it to have one generated, or set a long random one."
    )
if DEBUG and not all(_is_loopback(host) for host in ALLOWED_HOSTS):
    raise UnableToUseSettings(
        "AHADI_DEBUG=1 shows settings and rows to every visitor, and AHADI_HOSTS lets in "
        f"{', '.join(ALLOWED_HOSTS)}. "
        "Unset AHADI_DEBUG, or keep AHADI_HOSTS to this machine (localhost, 127.0.0.1, [::1])."
    )

DATABASES = databases(
    app_url=os.environ.get("AHADI_DATABASE_URL", ""), owner_url=os.environ.get("AHADI_OWNER_DATABASE_URL", "")
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    # Brings the vendored htmx along as a static file, and nothing else.
    "django_htmx",
    "ahadi.data",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "ahadi.web.frame.languages.Languages",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "ahadi.web.frame.attendance.Attendance",
    "ahadi.web.frame.admission.Doorkeeper",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "ahadi.project.urls"
WSGI_APPLICATION = "ahadi.project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [
            _PACKAGE / "web" / "frame" / "templates",
            _PACKAGE / "web" / "pages",
            # The library that signs people in asks for some pages by names of its own.
            _PACKAGE / "web" / "pages" / "door" / "templates",
        ],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

CACHES = {"default": {"BACKEND": "ahadi.data.scratch.TableCache", "LOCATION": ""}}

AUTH_USER_MODEL = "data.Person"
# One answer to whoever does not come in: this backend knows no difference between a wrong password and a person
# who has left, and takes the same time for a login that nobody has.
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
PASSWORD_CHARACTERS_MIN = _number("AHADI_PASSWORD_MIN", 12, least=8, most=64)
# Length and what everybody tries; no rules of composition, which make passwords alike (NIST SP 800-63B, 5.1.1.2).
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("login", "name", "email")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": PASSWORD_CHARACTERS_MIN},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = _number("AHADI_LINK_HOURS", 24, least=1, most=168) * 60 * 60
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = LOGIN_URL

ACCOUNT_ADAPTER = "ahadi.web.pages.door.adapters.Door"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = "login"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if _IS_SECURE else "http"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"
ACCOUNT_RATE_LIMITS = {
    # Every attempt is counted where the login and the device are known: `adapters.Door.pre_authenticate`.
    "login": None,
    "known_device": "10/10m/key",
    "new_device": "30/m/ip,10/h/key",
    # A second factor, once the password was right.
    "login_failed": "10/10m/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = _number("AHADI_PROXIES", 0, least=0, most=9)
MFA_ADAPTER = "ahadi.web.pages.door.adapters.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_FORMS = {
    "authenticate": "ahadi.web.pages.door.forms.CodeForm",
    "reauthenticate": "ahadi.web.pages.door.forms.CodeAgainForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Ahadi"
# A phone's clock may be half a minute off; a code serves once all the same: `forms.CodeForm`.
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
# Browsers speak of passkeys on https only, and on this machine's own name.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _IS_SECURE
# Roles whose people must have a second factor before any page opens to them.
SECOND_FACTOR_ROLES = _names("AHADI_SECOND_FACTOR_ROLES")
IDENTITY_PROVIDERS = identity.providers(os.environ.get("AHADI_OIDC", ""))
SOCIALACCOUNT_ADAPTER = "ahadi.web.pages.door.adapters.Providers"
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": IDENTITY_PROVIDERS, "OAUTH_PKCE_ENABLED": True}}
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_OPENID_CONNECT_URL_PREFIX = ""

_MAIL = identity.mail_server(os.environ.get("AHADI_SMTP_URL", ""))
# Without a mail server nothing is mailed, and the pages that would mail are closed.
IS_MAILING = _MAIL is not None
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if _MAIL else 'dummy'}.EmailBackend"
DEFAULT_FROM_EMAIL = os.environ.get("AHADI_MAIL_FROM", "ahadi@localhost")
if _MAIL:
    EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL.host, _MAIL.port, _MAIL.user, _MAIL.password
    EMAIL_USE_SSL, EMAIL_USE_TLS = _MAIL.is_encrypted, not _MAIL.is_encrypted
    EMAIL_TIMEOUT = 10

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("sw", "Kiswahili"), ("fr", "Français"), ("ar", "العربية")]
LANGUAGE_COOKIE_NAME = "language"
LOCALE_PATHS = [_PACKAGE / "web" / "frame" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [_PACKAGE / "web" / "frame" / "static"]
# Files are found where they stand in the package: nothing has to be collected before the first page.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "__Host-session" if _IS_SECURE else "session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _IS_SECURE
# A session ends so long after signing in, however busy; after so long without a hand on it, it is locked.
SESSION_COOKIE_AGE = _number("AHADI_SESSION_HOURS", 12, least=1, most=24) * 60 * 60
IDLE_SECONDS = _number("AHADI_IDLE_MINUTES", 30, least=1, most=240) * 60
CSRF_COOKIE_NAME = "__Host-csrf" if _IS_SECURE else "csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = _IS_SECURE
if _IS_SECURE:
    # TLS ends at the proxy in front, which must set this header and drop the one a visitor sends.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
# A name on the browsers' preload list cannot be taken back for months: that is for whoever owns the name.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"


def _live_origins() -> list[str]:
    """Where a page may hear news from: the public address, or the port beside the site on each of its hosts.

    A policy cannot name an IPv6 address by its number.
    """
    if LIVE_URL:
        return [] if LIVE_URL.startswith("/") else ["/".join(LIVE_URL.split("/")[:3])]
    scheme = "https" if _IS_SECURE else "http"
    hosts = [f"*{host}" if host.startswith(".") else host for host in ALLOWED_HOSTS if "[" not in host]
    return [f"{scheme}://{host}:{LIVE_PORT}" for host in hosts] if LIVE_PORT else []


# Server push: its public address where a proxy routes it, else a port on the same host, which `ahadi serve` sets.
LIVE_URL = os.environ.get("AHADI_LIVE_URL", "")
LIVE_PORT = os.environ.get("AHADI_LIVE_PORT", "")
# The origins whose pages may hear news: the site itself, at the port that `ahadi serve` gave it.
SITE_PORT = os.environ.get("AHADI_SITE_PORT", "")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF, *_live_origins()],
        # A form that signs in through a provider is answered by a redirect to it, which browsers count as its target.
        "form-action": [SELF, *identity.origins(IDENTITY_PROVIDERS)],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
# Schedules in columns beside the database; hosts that close together share it.
SNAPSHOT_FOLDER = os.environ.get("AHADI_SNAPSHOTS") or str(locate_home() / "snapshots")
# Documents of debtors: never inside of what a web server gives out.
DOCUMENT_FOLDER = os.environ.get("AHADI_DOCUMENTS") or str(locate_home() / "documents")
# The ClamAV daemon that reads every document: host:port or the path of its socket. Without it none is given out.
CLAMD = os.environ.get("AHADI_CLAMD", "")
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600

LOGGING = logging_settings(level=os.environ.get("AHADI_LOG_LEVEL", "INFO").upper())
