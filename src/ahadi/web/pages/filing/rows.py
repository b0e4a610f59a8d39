"""Notes, documents and what was found, ready for the page."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from django.urls import reverse
from django.utils.translation import gettext as _

from ahadi.domain.contact import codes
from ahadi.web.frame import figures, words
from ahadi.web.frame.options import Option, options

_KILO = 1024


@dataclass(frozen=True)
class NoteRow:
    """A note."""

    kind: str
    text: str
    by: str
    at: str


@dataclass(frozen=True)
class DocumentRow:
    """A document, and whether it can be opened."""

    url: str
    kind: str
    name: str
    size: str
    by: str
    at: str
    word: str
    tone: str
    may_open: bool
    is_covered: bool
    covered: str
    may_cover: bool
    cover_url: str
    uncover_url: str


@dataclass(frozen=True)
class FoundRow:
    """Something in which the words stand."""

    what: str
    url: str
    number: str
    text: str
    at: str


def choices(house: int, list_name: str) -> tuple[Option, ...]:
    """The kinds of a list."""
    kept = codes.kept(house, list_name).codes
    return options({one.code.code: words.said(one.code.label) for one in kept if one.is_active}, "")


def note_rows(frame: pl.DataFrame, house: int, zone: str, today: date) -> tuple[NoteRow, ...]:
    """Notes, as they come."""
    labels = {one.value: one.label for one in choices(house, "notes")}
    return tuple(
        NoteRow(
            labels.get(row["kind"], row["kind"]),
            row["text"] or _("erased"),
            row["by"] or _("The system"),
            figures.moment(row["at"], zone, today),
        )
        for row in frame.iter_rows(named=True)
    )


def cover_reasons() -> tuple[Option, ...]:
    """Why a document may be covered."""
    return options(_reasons(), "")


def _reasons() -> dict[str, str]:
    return {
        "wrong_account": _("It belongs to another account"),
        "wrong_file": _("It is another file than was meant"),
        "private": _("It says more than is needed"),
        "by_mistake": _("It was filed by mistake"),
    }


def _covered(row: dict[str, Any], zone: str, today: date) -> str:
    if not row["is_covered"]:
        return ""
    told = {"who": row["covered_by"] or _("The system"), "at": figures.moment(row["covered_at"], zone, today)}
    return _reasons()[row["reason"]] + " · " + _("%(who)s, %(at)s") % told


def document_rows(
    frame: pl.DataFrame, house: int, zone: str, today: date, *, me: int | None, may_all: bool
) -> tuple[DocumentRow, ...]:
    """Documents, as they come; one's own may be covered, by those who answer for others everybody's."""
    labels = {one.value: one.label for one in choices(house, "documents")}
    words = {
        "clean": (_("Scanned"), "kept"),
        "infected": (_("Harmful"), "late"),
        "unread": (_("Not scanned yet"), "next"),
    }
    return tuple(
        DocumentRow(
            url=reverse("open-document", args=[row["document_id"]]),
            kind=labels.get(row["kind"], row["kind"]),
            name=row["name"] or _("erased"),
            size=f"{-(-row['size_bytes'] // _KILO)} kB",
            by=row["by"] or _("The system"),
            at=figures.moment(row["at"], zone, today),
            word=words[row["verdict"]][0],
            tone=words[row["verdict"]][1],
            may_open=row["verdict"] == "clean" and not row["is_covered"],
            is_covered=row["is_covered"],
            covered=_covered(row, zone, today),
            may_cover=may_all or (me is not None and row["by_id"] == me),
            cover_url=reverse("cover-document", args=[row["document_id"]]),
            uncover_url=reverse("uncover-document", args=[row["document_id"]]),
        )
        for row in frame.iter_rows(named=True)
    )


def found_rows(frame: pl.DataFrame, zone: str, today: date) -> tuple[FoundRow, ...]:
    """What was found, as it comes."""
    words = {"note": _("Note"), "case": _("Case"), "document": _("Document")}
    return tuple(
        FoundRow(
            words[row["what"]],
            reverse("case", args=[row["case_id"]]) if row["case_id"] else reverse("papers", args=[row["account_id"]]),
            row["number"],
            row["text"],
            figures.moment(row["at"], zone, today),
        )
        for row in frame.iter_rows(named=True)
    )
