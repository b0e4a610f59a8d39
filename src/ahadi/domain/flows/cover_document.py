"""Covers a document that should not be seen, and uncovers one that was covered by mistake; both stay on the trail."""

from ahadi.data import frames
from ahadi.data.models.document import COVERS
from ahadi.domain.audit.ports import Act
from ahadi.domain.filing import queries as filing
from ahadi.domain.filing import steps
from ahadi.domain.filing.ports import CoverOutcome
from ahadi.domain.people import access
from ahadi.domain.work import queries

ANYBODYS = ("supervisor", "manager", "legal", "admin")
"""Who covers and uncovers what others filed."""


class UnableToCoverDocument(Exception):
    """A document is neither covered nor uncovered: the text says why, and who may or what to choose."""

    is_refusal = True


class DocumentAlreadyCovered(Exception):
    """The document is covered already; whoever filed it or a supervisor uncovers it."""

    is_refusal = True

    def __init__(self, document_id: int) -> None:
        super().__init__("this document is covered already; whoever filed it or a supervisor uncovers it")
        self.document_id = document_id


class DocumentAlreadyUncovered(Exception):
    """The document is not covered; it can be opened."""

    is_refusal = True

    def __init__(self, document_id: int) -> None:
        super().__init__("this document is not covered; it can be opened as it is")
        self.document_id = document_id


def cover_document(act: Act, *, document_id: int, reason: str) -> CoverOutcome:
    """Covers a document for one of COVERS: nobody opens it or finds it by its name until it is uncovered.

    Raises, in this order: UnableToFindDocument, UnableToFindAccount, UnableToCoverDocument where somebody else filed
    it, DocumentAlreadyCovered, UnableToCoverDocument where there is no such reason.
    """
    if _is_covered(act, document_id):
        raise DocumentAlreadyCovered(document_id)
    if reason not in COVERS:
        raise UnableToCoverDocument("choose why the document is covered")
    steps.covered(act, document_id, reason=reason)
    return CoverOutcome(document_id, is_covered=True)


def uncover_document(act: Act, *, document_id: int) -> CoverOutcome:
    """Uncovers a document, which can be opened and found again.

    Raises, in this order: UnableToFindDocument, UnableToFindAccount, UnableToCoverDocument, DocumentAlreadyUncovered.
    """
    if not _is_covered(act, document_id):
        raise DocumentAlreadyUncovered(document_id)
    steps.covered(act, document_id, reason=None)
    return CoverOutcome(document_id, is_covered=False)


def _is_covered(act: Act, document_id: int) -> bool:
    """Whether it is covered now, with nobody else covering it at the same time, asked by who may do either."""
    frames.lock("document", document_id)
    row = filing.require_document(by=act.by, document_id=document_id)
    queries.require_seen(by=act.by, account_id=int(str(row["account_id"])))
    if row["by_id"] != act.by.person_id and not access.rights(act.by).may(*ANYBODYS):
        raise UnableToCoverDocument("somebody else filed this document; a supervisor covers and uncovers it")
    return bool(row["is_covered"])
