"""Secrets of second factors, encrypted before they are kept: whoever reads the table cannot make codes."""

from ahadi.data import sealing


def seal(text: str) -> str:
    """The secret as it may stand in a table."""
    return sealing.seal(text, purpose=sealing.SECOND_FACTORS).decode("ascii")


def unseal(sealed: str) -> str:
    """The secret again. Raises UnableToUnseal where the key it was sealed under is gone."""
    return sealing.unseal(sealed.encode("ascii"), purpose=sealing.SECOND_FACTORS)
