"""Encrypts what is kept about vulnerable people: under keys of the installation, never in plain text."""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_PURPOSE = b"ahadi care records"


class UnableToUnseal(Exception):
    """An encrypted record cannot be opened with the keys at hand: put the earlier key back into AHADI_CARE_KEYS."""

    is_refusal = True


def seal(text: str) -> bytes:
    """The text encrypted under the newest key."""
    return _keys().encrypt(text.encode())


def unseal(sealed: bytes) -> str:
    """The text again. Raises UnableToUnseal."""
    try:
        return _keys().decrypt(sealed).decode()
    except InvalidToken:
        raise UnableToUnseal(
            "this record cannot be opened with the keys at hand: put the earlier key back into AHADI_CARE_KEYS"
        ) from None


def _keys() -> MultiFernet:
    secrets: list[str] = settings.CARE_KEYS
    return MultiFernet([Fernet(_derived(secret)) for secret in secrets])


def _derived(secret: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret.encode())
    return base64.urlsafe_b64encode(derived)
