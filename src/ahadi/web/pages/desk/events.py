"""The timeline in words: what happened with a debtor, line by line."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ahadi.domain.audit.ports import Actor
from ahadi.domain.desk.ports import Event
from ahadi.domain.reporting import contacts
from ahadi.web.frame import figures, reminding, words
from ahadi.web.frame.doings import Word
from ahadi.web.frame.figures import Amount


@dataclass(frozen=True)
class EventRow:
    """A line of the timeline."""

    day: str
    icon: str
    tone: str
    text: str
    amount: Amount | None
    tail: str
    quote: str
    who: str


def event_rows(
    events: tuple[Event, ...], labels: Mapping[str, str], *, by: Actor, zone: str, today: date
) -> tuple[EventRow, ...]:
    """The lines; `labels` are the dispositions as the organisation words them."""
    is_stopped = any(one.kind == "reminder" and one.text for one in events)
    titles = contacts.titles(by=by) if is_stopped else {}
    return tuple(_event(one, labels, titles, ZoneInfo(zone), today) for one in events)


def _event(event: Event, labels: Mapping[str, str], titles: Mapping[str, str], zone: ZoneInfo, today: date) -> EventRow:
    local: datetime = event.at.astimezone(zone)
    if event.kind == "reminder":
        on = event.on or local.date()
        word = reminding.told(event.code, event.text, on=on, due_at=None, zone=zone.key, today=today, titles=titles)
    else:
        word = _happened(event, labels)
    return EventRow(
        day=_("Today") if local.date() == today else date_format(local, "j M" if local.year == today.year else "j M y"),
        icon=word.icon,
        tone=word.tone,
        text=word.text,
        amount=figures.whole(event.amount_minor, event.currency) if event.amount_minor and event.currency else None,
        tail=_("for %(day)s") % {"day": figures.day(event.on, today)} if event.on and event.kind == "promise" else "",
        quote="" if event.kind == "reminder" else event.text or "",
        who=f"{event.by or ''} {local:%H:%M}".strip(),
    )


def _happened(event: Event, labels: Mapping[str, str]) -> Word:
    attempts = {
        "call": Word(_("Called"), "phone-call"),
        "message": Word(_("Message"), "message-square"),
        "visit": Word(_("Visit"), "map-pin"),
        "letter": Word(_("Letter"), "file-text"),
    }
    if event.kind in attempts:
        word = attempts[event.kind]
        if event.code == "outbound":
            return Word(_("%(what)s, no outcome written down") % {"what": word.text}, word.icon, "now")
        if event.code == "inbound":
            return Word(_("They reached us"), "phone-incoming")
        is_missed = event.code.startswith("NC_")
        return Word(labels.get(event.code, event.code), "phone-missed" if is_missed else word.icon)
    if event.kind in ("case", "proof"):
        return _raised(event)
    known = {
        "receipt": Word(_("Received"), "banknote", "kept"),
        "document": Word(_("Document filed"), "file-text"),
        "promise": Word(_("Promised"), "handshake", "next"),
        "note": Word(_("Note"), "notebook-pen"),
        "hold": Word(words.rule(f"HOLD.{event.code}"), "bird", "care"),
        "release": Word(_("Hold ended: %(hold)s") % {"hold": words.hold(event.code)}, "bird"),
        "judgement": _judged(event.code),
    }
    return known.get(event.kind, Word(event.kind, "info"))


def _raised(event: Event) -> Word:
    """What became of something that the debtor raised, or of money that they say was sent."""
    kind, _dot, status = event.code.partition(":")
    kinds = {
        "dispute": (_("Dispute"), "scale"),
        "complaint": (_("Complaint"), "message-square-warning"),
        "hardship": (_("Hardship"), "hand-heart"),
        "query": (_("Question"), "info"),
        "proof": (_("Says it is paid"), "receipt"),
    }
    stands = {
        "open": (_("taken down"), "care"),
        "reopened": (_("opened again"), "care"),
        "waiting_creditor": (_("waits for the creditor"), ""),
        "waiting_debtor": (_("waits for the debtor"), ""),
        "answered": (_("answered"), ""),
        "closed": (_("closed"), "kept"),
        "claimed": (_("waits for the accountant"), "next"),
        "posted": (_("posted"), "kept"),
        "matched": (_("found and posted"), "kept"),
        "refused": (_("refused"), "late"),
    }
    what, icon = kinds.get(kind, (kind, "info"))
    stand, tone = stands.get(status, (status, ""))
    return Word(_("%(what)s: %(stand)s") % {"what": what, "stand": stand}, icon, tone)


def _judged(status: str) -> Word:
    known = {
        "KEPT": Word(_("Promise kept"), "check-check", "kept"),
        "PARTIALLY_KEPT": Word(_("Promise partly kept"), "coins", "warn"),
        "BROKEN": Word(_("Promise broken"), "undo-2", "late"),
    }
    return known.get(status, Word(_("Promise withdrawn"), "x"))
