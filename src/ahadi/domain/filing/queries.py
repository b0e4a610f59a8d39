"""Notes and documents of an account, and the search over everything that was written or named."""

from dataclasses import dataclass

import polars as pl

from ahadi.data import facts, frames, papers
from ahadi.data.models.document import Document, DocumentName
from ahadi.domain.audit.ports import Actor
from ahadi.domain.filing.contents import ENDINGS
from ahadi.domain.people import access

_AT = pl.Datetime("us", "UTC")
FOUND_MAX = 50

DOCUMENTS: frames.Schema = {
    "document_id": pl.Int64,
    "account_id": pl.Int64,
    "kind": pl.String,
    "name": pl.String,
    "media_type": pl.String,
    "size_bytes": pl.Int64,
    "at": _AT,
    "by": pl.String,
    "verdict": pl.String,
    "by_id": pl.Int64,
    "is_covered": pl.Boolean,
    "reason": pl.String,
    "covered_by": pl.String,
    "covered_at": _AT,
}
_DOCUMENTS = """
    SELECT d.id, d.account_id, d.kind, n.name, d.media_type, d.size_bytes, d.at, p.name,
           (SELECT verdict FROM document_scan s WHERE s.document_id = d.id ORDER BY s.id DESC LIMIT 1),
           t.by_id, coalesce(v.is_covered, FALSE), v.reason, q.name, v.at
    FROM document d JOIN account a ON a.id = d.account_id
    LEFT JOIN document_name n ON n.document_id = d.id
    LEFT JOIN act t ON t.id = d.act_id LEFT JOIN person p ON p.id = t.by_id
    LEFT JOIN LATERAL (
      SELECT c.is_covered, c.reason, c.at, c.act_id FROM document_cover c WHERE c.document_id = d.id
      ORDER BY c.id DESC LIMIT 1) v ON TRUE
    LEFT JOIN act b ON b.id = v.act_id LEFT JOIN person q ON q.id = b.by_id
    WHERE {condition} ORDER BY d.id DESC
"""


class UnableToFindDocument(Exception):
    """There is no such document here, or it is of an account that you may not see."""

    is_refusal = True

    def __init__(self, document_id: int) -> None:
        super().__init__("there is no such document here; choose one from the account's page")
        self.document_id = document_id


@dataclass(frozen=True)
class GivenOut:
    """A document as it is given out: its bytes, its type, and a name that says nothing about anybody."""

    content: bytes
    media_type: str
    name: str


def documents(*, by: Actor, account_id: int) -> pl.DataFrame:
    """The documents of an account and of the debtor's other accounts that `by` may see, newest first: DOCUMENTS."""
    scope = _of_debtor(by, account_id)
    return frames.read(_DOCUMENTS.format(condition=scope.condition), scope.parameters, DOCUMENTS)


def require_document(*, by: Actor, document_id: int) -> dict[str, object]:
    """The row of a document that `by` may see. Raises UnableToFindDocument."""
    scope = access.accounts(by).narrowed("d.id = %(the_document)s", the_document=document_id)
    found = frames.read(_DOCUMENTS.format(condition=scope.condition), scope.parameters, DOCUMENTS)
    if found.is_empty():
        raise UnableToFindDocument(document_id)
    return found.row(0, named=True)


def given_out(document_id: int) -> GivenOut:
    """A document whose opening was put on record. Raises UnableToReadPaper where the file is gone or was changed."""
    document = Document.objects.get(id=document_id)
    content = papers.read(document.stored_as, digest=bytes(document.digest))
    return GivenOut(content, document.media_type, f"document-{document_id}.{ENDINGS[document.media_type]}")


def unread(organisation_id: int) -> pl.DataFrame:
    """Documents that no scanner has read: document_id."""
    return frames.read(
        "SELECT d.id FROM document d WHERE d.organisation_id = %(organisation)s AND 'unread' ="
        " (SELECT verdict FROM document_scan s WHERE s.document_id = d.id ORDER BY s.id DESC LIMIT 1) ORDER BY 1",
        {"organisation": organisation_id},
        {"document_id": pl.Int64},
    )


def name_of(document_id: int) -> str:
    """What a document was called; empty once that was erased."""
    return DocumentName.objects.filter(document_id=document_id).values_list("name", flat=True).first() or ""


# A note that came with an outcome is gone when the outcome is taken back.
_LIVE_NOTE = facts.counts("n")
NOTES: frames.Schema = {
    "note_id": pl.Int64,
    "account_id": pl.Int64,
    "kind": pl.String,
    "text": pl.String,
    "at": _AT,
    "by": pl.String,
}


def notes(*, by: Actor, account_id: int, most: int = 50) -> pl.DataFrame:
    """The newest notes about the debtor of an account on accounts that `by` may see: NOTES."""
    scope = _of_debtor(by, account_id)
    return frames.read(
        "SELECT n.id, n.account_id, n.kind, n.text, n.at, p.name FROM note n JOIN account a ON a.id = n.account_id"
        " LEFT JOIN act t ON t.id = n.act_id LEFT JOIN person p ON p.id = t.by_id"
        f" WHERE {scope.condition} AND {_LIVE_NOTE} ORDER BY n.id DESC LIMIT %(most)s",
        {**scope.parameters, "most": most},
        NOTES,
    )


FOUND: frames.Schema = {
    "what": pl.String,
    "account_id": pl.Int64,
    "number": pl.String,
    "case_id": pl.Int64,
    "text": pl.String,
    "at": _AT,
}
# The expressions are those of the indexes.
_SOUGHT = f"""
    SELECT * FROM (
      SELECT 'note' AS what, n.account_id, NULL::bigint AS case_id, n.text, n.at FROM note n
      WHERE to_tsvector('simple'::regconfig, coalesce(n.text, '')) @@ q.words AND {_LIVE_NOTE}
      UNION ALL
      SELECT 'case', c.account_id, c.id, x.text, x.at
      FROM case_text x JOIN "case" c ON c.id = x.case_id
      WHERE NOT EXISTS (SELECT 1 FROM act_withdrawal z WHERE z.withdrawn_act_id = c.act_id)
        AND to_tsvector('simple'::regconfig, coalesce(x.text, '')) @@ q.words
      UNION ALL
      SELECT 'document', d.account_id, NULL, x.name, d.at
      FROM document_name x JOIN document d ON d.id = x.document_id
      WHERE to_tsvector('simple'::regconfig, coalesce(x.name, '')) @@ q.words
        AND NOT {facts.is_covered("d.id")}) f
"""


def search(*, by: Actor, words: str, most: int = FOUND_MAX) -> pl.DataFrame:
    """Notes, texts of cases and names of documents in which all of the words stand, newest first: FOUND.

    Words are written as in a search engine: "in quotes" together, a minus for those that are not to be in it.
    """
    scope = access.accounts(by)
    return frames.read(
        "SELECT f.what, f.account_id, a.number, f.case_id, left(f.text, 300), f.at"
        " FROM (SELECT websearch_to_tsquery('simple', %(words)s) AS words) q"
        f" CROSS JOIN LATERAL ({_SOUGHT}) f JOIN account a ON a.id = f.account_id"
        f" WHERE {scope.condition} ORDER BY f.at DESC, f.account_id LIMIT %(most)s",
        {**scope.parameters, "words": words.replace("\0", " "), "most": most},
        FOUND,
    )


def _of_debtor(by: Actor, account_id: int) -> access.Scope:
    return access.accounts(by).narrowed(
        "a.party_id IN (SELECT s.party_id FROM party_state s JOIN party_state m ON m.stands_for_id = s.stands_for_id"
        " JOIN account x ON x.party_id = m.party_id WHERE x.id = %(the_account)s)",
        the_account=account_id,
    )
