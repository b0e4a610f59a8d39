"""Filing documents and notes; all need an open act."""

import hashlib
from pathlib import PurePosixPath

from ahadi.data import papers
from ahadi.data.models.desk import Note
from ahadi.data.models.document import Document, DocumentCover, DocumentName, DocumentOpening, DocumentScan
from ahadi.domain.audit.ports import Act
from ahadi.domain.contact import codes
from ahadi.domain.filing.contents import media_type
from ahadi.domain.filing.ports import (
    DOCUMENT_BYTES_MAX,
    DOCUMENTS_PER_ACCOUNT_MAX,
    NAME_CHARACTERS_MAX,
    NOTE_CHARACTERS_MAX,
    Paper,
    Scan,
)


class UnableToFileDocument(Exception):
    """A document cannot be filed: the text says why, and what to do."""

    is_refusal = True


class DocumentAlreadyFiled(Exception):
    """The very same file is on this account already."""

    is_refusal = True

    def __init__(self, document_id: int) -> None:
        super().__init__("the very same file is on this account already; see its documents")
        self.document_id = document_id


class UnableToWriteNote(Exception):
    """A note cannot be written: the text says why."""

    is_refusal = True


def file(act: Act, account_id: int, paper: Paper) -> Document:
    """Keeps a file under a random name and says what it is; one that harms is not kept.

    Raises, in this order: UnableToFileDocument, UnableToReadDocument, DocumentAlreadyFiled.
    """
    if paper.kind not in _known(act, "documents"):
        raise UnableToFileDocument("choose what kind of document it is")
    if len(paper.content) > DOCUMENT_BYTES_MAX:
        raise UnableToFileDocument(f"the file is larger than {DOCUMENT_BYTES_MAX // 1024**2} MB; make it smaller")
    if paper.scan.verdict == "infected":
        raise UnableToFileDocument(f"the scanner found {paper.scan.finding} in it; it was not kept")
    kind = media_type(paper.content)
    mine = Document.objects.filter(account_id=account_id)
    digest = hashlib.sha256(paper.content).digest()
    earlier = mine.filter(digest=digest).values_list("id", flat=True).first()
    if earlier is not None:
        raise DocumentAlreadyFiled(earlier)
    if mine.count() >= DOCUMENTS_PER_ACCOUNT_MAX:
        raise UnableToFileDocument(f"the account has {DOCUMENTS_PER_ACCOUNT_MAX} documents, which is the most")
    document = Document(
        organisation_id=act.organisation_id,
        account_id=account_id,
        kind=paper.kind,
        media_type=kind,
        size_bytes=len(paper.content),
        digest=digest,
        stored_as=papers.store(paper.content),
        at=act.at,
        act_id=act.id,
    )
    document.save(force_insert=True)
    DocumentName(document_id=document.id, name=_plain_name(paper.name)).save(force_insert=True)
    scanned(act, document.id, paper.scan)
    return document


def scanned(act: Act, document_id: int, scan: Scan) -> None:
    """Writes down what a scanner said of a document."""
    DocumentScan(
        document_id=document_id,
        verdict=scan.verdict,
        engine=scan.engine[:40],
        finding=scan.finding[:120] if scan.finding else None,
        at=act.at,
        act_id=act.id,
    ).save(force_insert=True)


def covered(act: Act, document_id: int, *, reason: str | None) -> None:
    """Writes down that a document is covered for a reason, or uncovered (None)."""
    DocumentCover(document_id=document_id, is_covered=reason is not None, reason=reason, at=act.at, act_id=act.id).save(
        force_insert=True
    )


def opened(act: Act, document_id: int) -> None:
    """Writes down that somebody took a document away."""
    DocumentOpening(document_id=document_id, at=act.at, act_id=act.id).save(force_insert=True)


def note(act: Act, account_id: int, *, kind: str, text: str) -> Note:
    """Writes a note. Raises UnableToWriteNote."""
    if kind not in _known(act, "notes"):
        raise UnableToWriteNote("choose what kind of note it is")
    # PostgreSQL keeps no character 0 in a text.
    words = text.strip().replace("\0", "")
    if not 0 < len(words) <= NOTE_CHARACTERS_MAX:
        raise UnableToWriteNote(f"write 1 to {NOTE_CHARACTERS_MAX} characters")
    made = Note(account_id=account_id, kind=kind, text=words, at=act.at, act_id=act.id)
    made.save(force_insert=True)
    return made


def _known(act: Act, list_name: str) -> set[str]:
    return {one.code.code for one in codes.kept(act.organisation_id, list_name).codes if one.is_active}


def _plain_name(name: str) -> str:
    """The last part of a name, printable; it is shown, and never a path."""
    last = PurePosixPath(name.replace("\\", "/")).name
    shown = "".join(character for character in last if character.isprintable())
    return shown[-NAME_CHARACTERS_MAX:] or "document"
