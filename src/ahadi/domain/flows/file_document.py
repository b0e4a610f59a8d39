"""Files a document with an account, has it scanned, and gives it out on record."""

from ahadi.data.models.document import Document
from ahadi.domain.audit.ports import Act
from ahadi.domain.filing import queries as filing
from ahadi.domain.filing import steps
from ahadi.domain.filing.ports import DocumentOutcome, Paper, Scan, ScanOutcome
from ahadi.domain.filing.steps import UnableToFileDocument
from ahadi.domain.work import queries


class UnableToOpenDocument(Exception):
    """A document is not given out: it is covered, no scanner has read it yet, or one found something in it."""

    is_refusal = True


def file_document(act: Act, *, account_id: int, paper: Paper) -> DocumentOutcome:
    """Files a document with an account.

    Raises, in this order: UnableToFindAccount, UnableToFileDocument, UnableToReadDocument, DocumentAlreadyFiled.
    """
    queries.require_seen(by=act.by, account_id=account_id)
    document = steps.file(act, account_id, paper)
    return DocumentOutcome(document.id, document.media_type, paper.scan.verdict == "clean")


def open_document(act: Act, *, document_id: int) -> DocumentOutcome:
    """Puts on record that somebody takes a document away; `filing.queries.given_out` reads it then.

    Raises, in this order: UnableToFindDocument, UnableToFindAccount, UnableToOpenDocument.
    """
    row = filing.require_document(by=act.by, document_id=document_id)
    queries.require_seen(by=act.by, account_id=int(str(row["account_id"])))
    if row["is_covered"]:
        raise UnableToOpenDocument("this document is covered; whoever filed it or a supervisor uncovers it")
    if row["verdict"] == "unread":
        raise UnableToOpenDocument("no scanner has read this document yet; it can be opened once one has")
    if row["verdict"] != "clean":
        raise UnableToOpenDocument("the scanner found something in this document; ask for another copy")
    steps.opened(act, document_id)
    return DocumentOutcome(document_id, str(row["media_type"]), is_clean=True)


def record_scan(act: Act, *, document_id: int, scan: Scan) -> ScanOutcome:
    """Writes down what a scanner said of a document that none could read before. Raises UnableToFileDocument."""
    if not Document.objects.filter(id=document_id, organisation_id=act.organisation_id).exists():
        raise UnableToFileDocument("there is no such document here")
    steps.scanned(act, document_id, scan)
    return ScanOutcome(document_id, scan.verdict)
