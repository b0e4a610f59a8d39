"""Ten failed sign-ins per login and address in ten minutes: places in the session store, shared by all workers.

An attempt takes a place before the password is looked at, by inserting a row whose key must be new, so that
attempts sent at once cannot slip through a count read too early. A place is free again ten minutes later, and
all of them are after a success. The key is a keyed digest: the store holds neither logins nor addresses.
"""

import hashlib
import hmac
from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.utils import timezone

ATTEMPTS_MAX = 10
WINDOW = timedelta(minutes=10)


def takes_place(login: str, address: str) -> bool:
    """Whether this attempt found a free place; without one it must be refused unseen."""
    keys = _keys(login, address)
    if any(_takes(key) for key in keys):
        return True
    SessionStore.clear_expired()
    return any(_takes(key) for key in keys)


def free(login: str, address: str) -> None:
    """Forgets the attempts, after a success."""
    Session.objects.filter(session_key__in=_keys(login, address)).delete()


def _keys(login: str, address: str) -> list[str]:
    who = f"{login.strip().casefold()}\x1f{address}"
    secret = settings.SECRET_KEY.encode()
    return [
        hmac.digest(secret, f"sign-in\x1f{place}\x1f{who}".encode(), hashlib.sha256).hex()[:40]
        for place in range(ATTEMPTS_MAX)
    ]


def _takes(key: str) -> bool:
    end = timezone.now() + WINDOW
    try:
        with transaction.atomic():
            Session(session_key=key, session_data=SessionStore().encode({}), expire_date=end).save(force_insert=True)
    except IntegrityError:
        return False
    return True
