"""What comes first, as words with one act each; a kind without an entry is shown by its code."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from ahadi.domain.oversight.ports import First
from ahadi.web.frame import figures
from ahadi.web.frame.reference import written


@dataclass(frozen=True)
class FirstRow:
    """One line: what it is, since when or about whom, and the act that helps; `is_look` is done by looking."""

    icon: str
    tone: str
    title: str
    note: str
    act: str
    url: str
    kind: str
    reference: str


def first_row(one: First, *, now: datetime) -> FirstRow:
    """A line of what comes first."""
    icon, tone, title, act = _words(one)
    return FirstRow(
        icon=icon,
        tone=tone,
        title=title,
        note=" · ".join(text for text in (one.who, _since(one.since, now)) if text),
        act=act,
        url=_url(one),
        kind=one.kind,
        reference=one.reference,
    )


def _words(one: First) -> tuple[str, str, str, str]:
    """Icon, tone, title and act of a kind."""
    count = {"n": figures.count(one.count)}
    known = {
        "left_alone": (
            "user-x",
            "late",
            ngettext("%(n)s account without anybody", "%(n)s accounts without anybody", one.count) % count,
            _("Find cover"),
        ),
        "broken_promises": (
            "undo-2",
            "late",
            ngettext("%(n)s broken promise untouched", "%(n)s broken promises untouched", one.count) % count,
            _("Share out"),
        ),
        "complaints_due": (
            "message-square-warning",
            "late",
            ngettext("%(n)s complaint due within two days", "%(n)s complaints due within two days", one.count) % count,
            pgettext("verb", "Open"),
        ),
        "proofs_late": (
            "receipt",
            "warn",
            ngettext("%(n)s proof waits too long", "%(n)s proofs wait too long", one.count) % count,
            _("Look"),
        ),
        "abused": ("heart-handshake", "care", _("Rest after abuse"), _("Look")),
        "same_number": (
            "repeat",
            "warn",
            _("Same number dialled %(n)s times") % count,
            _("Look"),
        ),
        "moved_promises": (
            "calendar-clock",
            "warn",
            _("%(n)s promises moved on the last day") % count,
            _("Look"),
        ),
        "approvals_wait": (
            "file-clock",
            "warn",
            ngettext("%(n)s offer to approve", "%(n)s offers to approve", one.count) % count,
            _("Review"),
        ),
        "queue_red": (
            "hourglass",
            "warn",
            ngettext("%(n)s account too many today", "%(n)s accounts too many today", one.count) % count,
            _("Move"),
        ),
        "pairs_wait": (
            "users",
            "warn",
            ngettext("%(n)s pair may be one person", "%(n)s pairs may be one person each", one.count) % count,
            pgettext("verb", "Judge"),
        ),
    }
    return known.get(one.kind, ("flag", "warn", one.kind, _("Look")))


def _url(one: First) -> str:
    if one.kind == "broken_promises":
        return f"{reverse('board-move')}?first={one.kind}"
    if one.kind == "queue_red":
        return f"{reverse('board-move')}?from={written('owner', int(one.reference))}&count={one.count}"
    pages = {
        "approvals_wait": "approvals",
        "left_alone": "plans",
        "complaints_due": "cases",
        "proofs_late": "proofs",
        "pairs_wait": "duplicates",
    }
    if one.kind in pages:
        return reverse(pages[one.kind])
    if one.kind == "same_number" and one.account_ids:
        return reverse("account", args=[one.account_ids[0]])
    return reverse("board-person", args=[one.person_id]) if one.person_id is not None else reverse("board")


def _since(at: datetime | None, now: datetime) -> str:
    if at is None:
        return ""
    if at > now:
        return figures.wait(now, at)
    minutes = max(0, int((now - at).total_seconds()) // 60)
    hours, left = divmod(minutes, 60)
    if days := hours // 24:
        return ngettext("%(n)s day ago", "%(n)s days ago", days) % {"n": figures.count(days)}
    told = {"hours": figures.count(hours), "minutes": figures.count(left)}
    return (_("%(hours)s h %(minutes)s min ago") if hours else _("%(minutes)s min ago")) % told
