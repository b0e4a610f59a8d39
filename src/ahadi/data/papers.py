"""The folder of documents: each under a random name, out of reach of the web server, read back whole or not at all."""

import hashlib
import os
import secrets
from pathlib import Path

from django.conf import settings

_NAME_BYTES = 24


class UnableToReadPaper(Exception):
    """A document cannot be given out: its file is gone, or is not what was filed. Restore the folder of documents."""

    is_refusal = True


def store(content: bytes) -> str:
    """Writes the bytes under a new random name, safely on disk, and returns the name.

    An act that fails afterwards leaves a file that nothing names.
    """
    name = secrets.token_hex(_NAME_BYTES)
    path = _path(name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return name


def read(name: str, *, digest: bytes) -> bytes:
    """The bytes of a name. Raises UnableToReadPaper, also where they are not those of the digest."""
    try:
        content = _path(name).read_bytes()
    except OSError as gone:
        raise UnableToReadPaper("the file of this document is gone; restore the folder of documents") from gone
    if hashlib.sha256(content).digest() != digest:
        raise UnableToReadPaper("the file of this document is not what was filed; restore the folder of documents")
    return content


def _path(name: str) -> Path:
    return Path(settings.DOCUMENT_FOLDER) / name[:2] / name
