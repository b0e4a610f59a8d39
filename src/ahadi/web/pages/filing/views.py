"""Notes and documents: filed with an account, given out as attachments on record, found again by their words."""

from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from ahadi.adapters.scanning.clamd import Clamd
from ahadi.domain.filing import queries
from ahadi.domain.filing.ports import DOCUMENT_BYTES_MAX, CoverOutcome, DocumentOutcome, NoteOutcome, Paper, Scan
from ahadi.domain.flows.cover_document import ANYBODYS, cover_document, uncover_document
from ahadi.domain.flows.file_document import file_document, open_document
from ahadi.domain.flows.write_note import write_note
from ahadi.domain.people import queries as people
from ahadi.domain.work import queries as work
from ahadi.web.frame.acting import Refused, act, new_key
from ahadi.web.frame.admission import STAFF, Visitor, admits
from ahadi.web.frame.rendering import show
from ahadi.web.pages.filing import rows

_WORDS_MAX = 200
_RUNS_NOTHING = "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"


@admits(*STAFF)
@require_safe
def papers(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """The notes and documents about the debtor of an account, newest first."""
    work.require_seen(by=visitor.actor, account_id=account)
    house = visitor.actor.organisation_id or 0
    zone = people.time_zone(house)
    return show(
        request,
        "filing/templates/papers.html",
        visitor=visitor,
        notes=rows.note_rows(queries.notes(by=visitor.actor, account_id=account), house, zone, visitor.today),
        documents=rows.document_rows(
            queries.documents(by=visitor.actor, account_id=account),
            house,
            zone,
            visitor.today,
            me=visitor.actor.person_id,
            may_all=visitor.rights.may(*ANYBODYS),
        ),
        cover_reasons=rows.cover_reasons(),
        note_kinds=rows.choices(house, "notes"),
        document_kinds=rows.choices(house, "documents"),
        note_url=reverse("note", args=[account]),
        document_url=reverse("document", args=[account]),
        account_url=reverse("account", args=[account]),
        most_mb=DOCUMENT_BYTES_MAX // 1024**2,
        key=new_key(),
    )


@sensitive_post_parameters("text")
@admits(*STAFF)
@require_POST
def note(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """Writes a note."""
    kind, text = request.POST.get("kind", ""), request.POST.get("text", "")
    done = act(
        request,
        visitor,
        "write_note",
        lambda act: write_note(act, account_id=account, kind=kind, text=text),
        NoteOutcome,
    )
    return _back(request, account, done, _("Written down."))


@admits(*STAFF)
@require_POST
def document(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """Files a document, read by the scanner before anything is kept."""
    work.require_seen(by=visitor.actor, account_id=account)
    brought = request.FILES.get("file")
    if brought is None or (brought.size or 0) > DOCUMENT_BYTES_MAX:
        return _back(request, account, Refused(_("Choose a file that is not too large.")), "")
    content = brought.read()
    said = Clamd(settings.CLAMD).scan(content)
    paper = Paper(
        request.POST.get("kind", ""), brought.name or "", content, Scan(said.verdict, said.engine, said.finding)
    )
    done = act(
        request,
        visitor,
        "file_document",
        lambda act: file_document(act, account_id=account, paper=paper),
        DocumentOutcome,
    )
    return _back(request, account, done, _("Filed."))


@admits(*STAFF)
@require_POST
def give_out(request: HttpRequest, visitor: Visitor, document: int) -> HttpResponse:
    """Gives a document out, as an attachment and never as a page, once that is on record."""
    row = queries.require_document(by=visitor.actor, document_id=document)
    done = act(request, visitor, "open_document", lambda act: open_document(act, document_id=document), DocumentOutcome)
    if isinstance(done, Refused):
        return _back(request, int(str(row["account_id"])), done, "")
    given = queries.given_out(document)
    response = HttpResponse(given.content, content_type=given.media_type)
    response["Content-Disposition"] = f'attachment; filename="{given.name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = _RUNS_NOTHING
    return response


@admits(*STAFF)
@require_POST
def cover(request: HttpRequest, visitor: Visitor, document: int) -> HttpResponse:
    """Covers a document, so that nobody opens or finds it any more."""
    return _turned(request, visitor, document, reason=request.POST.get("reason", ""))


@admits(*STAFF)
@require_POST
def uncover(request: HttpRequest, visitor: Visitor, document: int) -> HttpResponse:
    """Uncovers a document that was covered by mistake."""
    return _turned(request, visitor, document, reason=None)


def _turned(request: HttpRequest, visitor: Visitor, document: int, *, reason: str | None) -> HttpResponse:
    row = queries.require_document(by=visitor.actor, document_id=document)
    if reason is None:
        run, name, said = (
            partial(uncover_document, document_id=document),
            "uncover_document",
            _("It can be seen again."),
        )
    else:
        run = partial(cover_document, document_id=document, reason=reason)
        name, said = "cover_document", _("Covered. Whoever filed it or a supervisor uncovers it.")
    done = act(request, visitor, name, run, CoverOutcome)
    return _back(request, int(str(row["account_id"])), done, said)


@admits(*STAFF)
@require_safe
def sought(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Notes, cases and documents in which words stand."""
    words = request.GET.get("q", "")[:_WORDS_MAX]
    house = visitor.actor.organisation_id or 0
    found = queries.search(by=visitor.actor, words=words) if words.strip() else None
    return show(
        request,
        "filing/templates/sought.html",
        visitor=visitor,
        words=words,
        rows=rows.found_rows(found, people.time_zone(house), visitor.today) if found is not None else (),
    )


def _back(request: HttpRequest, account: int, done: Any, said: str) -> HttpResponse:
    if isinstance(done, Refused):
        messages.error(request, done.text)
    else:
        messages.success(request, said)
    return HttpResponseRedirect(reverse("papers", args=[account]))
