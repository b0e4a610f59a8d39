"""Short references in place of ids: what a person may see, write down and type, with a check character.

An id is moved to another place within 40 bits by a keyed Feistel network, so that references neither tell how
many accounts there are nor can be counted through; access is decided by the query, never by the reference.
"""

import hashlib
import hmac

from django.conf import settings

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_BITS, _HALF, _MASK, _ROUNDS = 40, 20, (1 << 20) - 1, 4
_LENGTH = 8
_ALIKE = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None})


class UnableToReadReference(ValueError):
    """This is no reference of that kind: a character is wrong or missing. Copy it again from where it stood."""


def written(kind: str, number: int) -> str:
    """The reference of an id among those of `kind`: eight characters, a dash and a check character."""
    if not 0 < number < 1 << _BITS:
        raise ValueError(f"{kind} {number} is outside of the range that references cover")
    left, right = number >> _HALF, number & _MASK
    for turn in range(_ROUNDS):
        left, right = right, left ^ _round(kind, turn, right)
    body = _spelled(left << _HALF | right)
    return f"{body[:4]}-{body[4:]}{_check(kind, body)}"


def read(kind: str, text: str) -> int:
    """The id behind a reference. Raises UnableToReadReference."""
    letters = text.upper().translate(_ALIKE)
    body, check = letters[:_LENGTH], letters[_LENGTH:]
    if len(letters) != _LENGTH + 1 or set(letters) - set(ALPHABET) or check != _check(kind, body):
        raise UnableToReadReference(f"{text!r} is no reference of {kind}; copy it again from where it stood")
    place = 0
    for letter in body:
        place = place << 5 | ALPHABET.index(letter)
    left, right = place >> _HALF, place & _MASK
    for turn in reversed(range(_ROUNDS)):
        left, right = right ^ _round(kind, turn, left), left
    return left << _HALF | right


def _digest(*parts: object) -> int:
    words = "\x1f".join(map(str, parts)).encode()
    return int.from_bytes(hmac.digest(settings.SECRET_KEY.encode(), words, hashlib.sha256)[:8], "big")


def _round(kind: str, turn: int, half: int) -> int:
    return _digest("reference", kind, turn, half) & _MASK


def _spelled(place: int) -> str:
    return "".join(ALPHABET[place >> 5 * position & 31] for position in reversed(range(_LENGTH)))


def _check(kind: str, body: str) -> str:
    return ALPHABET[_digest("check", kind, body) & 31]


class AccountReference:
    """The reference of an account in a path: what is no reference is no page."""

    regex = "[0-9A-Za-z]{4}-?[0-9A-Za-z]{5}"
    kind = "account"

    def to_python(self, text: str) -> int:
        """The number behind it. Raises ValueError, which Django reads as no such page."""
        return read(self.kind, text)

    def to_url(self, number: int) -> str:
        """The reference as people see it."""
        return written(self.kind, number)


class ApprovalReference(AccountReference):
    """The reference of something that was asked of somebody above."""

    kind = "approval"


class CircumstanceReference(AccountReference):
    """The reference of something that is known of a person."""

    kind = "circumstance"


class ContactReference(AccountReference):
    """The reference of an attempt to reach somebody."""

    kind = "contact"


class DecisionReference(AccountReference):
    """The reference of a decision of the gate."""

    kind = "decision"


class HoldReference(AccountReference):
    """The reference of a hold."""

    kind = "hold"


class MandateReference(AccountReference):
    """The reference of a mandate."""

    kind = "mandate"


class PlannedReference(AccountReference):
    """The reference of a contact that waits."""

    kind = "planned"


class PolicyReference(AccountReference):
    """The reference of a policy of the house."""

    kind = "policy"


class PersonReference(AccountReference):
    """The reference of somebody who works here."""

    kind = "colleague"


class TeamReference(AccountReference):
    """The reference of a team."""

    kind = "team"


class CaseReference(AccountReference):
    """The reference of a case."""

    kind = "case"


class AdjustmentReference(AccountReference):
    """The reference of an adjustment."""

    kind = "adjustment"


class ProofReference(AccountReference):
    """The reference of a proof."""

    kind = "proof"


class DocumentReference(AccountReference):
    """The reference of a document."""

    kind = "document"


class PointReference(AccountReference):
    """The reference of a number or address."""

    kind = "point"


class ProposalReference(AccountReference):
    """The reference of two debtors who may be one person."""

    kind = "proposal"


class TellingReference(AccountReference):
    """The reference of an act that told something of a debtor."""

    kind = "telling"


class WhoseReference(AccountReference):
    """The reference of a debtor, or of somebody beside one."""

    kind = "person"
