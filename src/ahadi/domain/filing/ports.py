"""What is filed, within which limits, and the port of the scanner."""

from dataclasses import dataclass
from typing import Final, Literal, Protocol

DOCUMENT_BYTES_MAX: Final = 10 * 1024 * 1024
DOCUMENTS_PER_ACCOUNT_MAX: Final = 200
NOTE_CHARACTERS_MAX: Final = 2_000
NAME_CHARACTERS_MAX: Final = 200

Verdict = Literal["clean", "infected", "unread"]


@dataclass(frozen=True)
class Scan:
    """What a scanner said: clean, infected (with what), or that it could not read; `engine` names it."""

    verdict: Verdict
    engine: str
    finding: str | None = None


class Scanner(Protocol):
    """Looks for what does harm in a file."""

    def scan(self, content: bytes) -> Scan:
        """What it says of these bytes; `unread` where it cannot be reached, never an error."""


@dataclass(frozen=True)
class Paper:
    """A file to be filed: what it is, what it was called, its bytes, and what a scanner said of them."""

    kind: str
    name: str
    content: bytes
    scan: Scan


@dataclass(frozen=True)
class DocumentOutcome:
    """The document, and whether it may be opened."""

    document_id: int
    media_type: str
    is_clean: bool


@dataclass(frozen=True)
class CoverOutcome:
    """The document, and whether it is covered now."""

    document_id: int
    is_covered: bool


@dataclass(frozen=True)
class NoteOutcome:
    """The note that was written."""

    note_id: int


@dataclass(frozen=True)
class ScanOutcome:
    """A document that was scanned again, and what that said."""

    document_id: int
    verdict: str
