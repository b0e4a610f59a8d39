"""Encrypts what must not stand in a table as it is: under keys of the installation, one for each purpose."""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

CARE = b"ahadi care records"
SECOND_FACTORS = b"ahadi second factors"


class UnableToUnseal(Exception):
    """An encrypted record cannot be opened with the keys at hand: put the earlier key back into AHADI_CARE_KEYS."""

    is_refusal = True


def seal(text: str, *, purpose: bytes = CARE) -> bytes:
    """The text encrypted under the newest key."""
    return _keys(purpose).encrypt(text.encode())


def unseal(sealed: bytes, *, purpose: bytes = CARE) -> str:
    """The text again. Raises UnableToUnseal."""
    try:
        return _keys(purpose).decrypt(sealed).decode()
    except InvalidToken:
        raise UnableToUnseal(
            "this record cannot be opened with the keys at hand: put the earlier key back into AHADI_CARE_KEYS"
        ) from None


def _keys(purpose: bytes) -> MultiFernet:
    secrets: list[str] = settings.CARE_KEYS
    return MultiFernet([Fernet(_derived(secret, purpose)) for secret in secrets])


def _derived(secret: str, purpose: bytes) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())
    return base64.urlsafe_b64encode(derived)
