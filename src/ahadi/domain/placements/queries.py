"""Which files came, and what became of them."""

import polars as pl

from ahadi.data import facts, frames
from ahadi.data.models.batch import SheetMapping

_ALIVE = facts.counts("b")


def creditor(organisation_id: int, name: str) -> int | None:
    """The creditor of this code or name, whatever its capitals."""
    found: int | None = frames.scalar(
        "SELECT id FROM creditor WHERE organisation_id = %(o)s"
        " AND (lower(code) = lower(%(n)s) OR lower(name) = lower(%(n)s)) ORDER BY id LIMIT 1",
        {"o": organisation_id, "n": name.strip()},
    )
    return found


def newest_mapping(creditor_id: int, purpose: str) -> str | None:
    """The mapping text last confirmed for this creditor and purpose."""
    newest = SheetMapping.objects.filter(creditor_id=creditor_id, purpose=purpose).order_by("-id").first()
    return newest.text if newest else None


def edition(creditor_id: int, purpose: str, sha256: bytes) -> int:
    """How often this very file came before; each time it was undone since, or had rejected rows."""
    count: int = frames.scalar(
        "SELECT count(*) FROM batch WHERE creditor_id = %(c)s AND purpose = %(p)s AND file_sha256 = %(s)s",
        {"c": creditor_id, "p": purpose, "s": sha256},
    )
    return count


def same_file(creditor_id: int, purpose: str, sha256: bytes) -> int | None:
    """The living batch that took this very file whole; one with rejected rows may be tried again."""
    found: int | None = frames.scalar(
        "SELECT b.id FROM batch b WHERE b.creditor_id = %(creditor)s AND b.purpose = %(purpose)s"
        f" AND b.file_sha256 = %(sha256)s AND b.rejected = 0 AND {_ALIVE}",
        {"creditor": creditor_id, "purpose": purpose, "sha256": sha256},
    )
    return found


def leaning_on(batch_id: int) -> list[int]:
    """The batches that must be undone before this one."""
    return frames.read(
        "SELECT b.id FROM batch_leaning l JOIN batch b ON b.id = l.batch_id"
        f" WHERE l.leans_on_id = %(batch)s AND {_ALIVE} ORDER BY b.id",
        {"batch": batch_id},
        {"id": pl.Int64},
    )["id"].to_list()


def batches(organisation_id: int | None) -> pl.DataFrame:
    """All batches, newest first, with their counts and whether they were undone."""
    return frames.read(
        "SELECT b.id, b.purpose, c.name, b.business_date, b.file_name, b.staged, b.accepted, b.duplicate, b.rejected,"
        f" NOT ({_ALIVE}) FROM batch b JOIN creditor c ON c.id = b.creditor_id"
        " WHERE %(organisation)s::bigint IS NULL OR c.organisation_id = %(organisation)s ORDER BY b.id DESC",
        {"organisation": organisation_id},
        {
            "batch": pl.Int64,
            "purpose": pl.String,
            "creditor": pl.String,
            "business_date": pl.Date,
            "file": pl.String,
            "staged": pl.Int64,
            "accepted": pl.Int64,
            "duplicate": pl.Int64,
            "rejected": pl.Int64,
            "is_undone": pl.Boolean,
        },
    )
