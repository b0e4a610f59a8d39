"""Reminders of promises in words: for when one is planned, or by which rule none is sent."""

from collections.abc import Mapping
from datetime import date, datetime

from django.utils.translation import gettext as _

from ahadi.domain.arrangements.reminders import CODES
from ahadi.web.frame import figures, words
from ahadi.web.frame.doings import Word


def told(
    status: str,
    rule: str | None,
    *,
    on: date,
    due_at: datetime | None,
    zone: str,
    today: date,
    titles: Mapping[str, str],
) -> Word:
    """What became of a reminder; `titles` words the rules of contact. Nothing says sent that was not begun."""
    if status == "stopped":
        return Word(_("Reminder not sent: %(rule)s") % {"rule": why(rule or "", titles)}, "ban", "warn")
    if status == "over":
        return Word(_("No reminder: the promise is not open any more"), "x")
    if status == "begun":
        return Word(_("Reminder went out"), "message-square", "kept")
    moment = figures.moment(due_at, zone, today) if due_at is not None else figures.day(on, today)
    return Word(_("Reminder planned for %(moment)s") % {"moment": moment}, "alarm-clock", "next")


def why(rule: str, titles: Mapping[str, str]) -> str:
    """The rule by which a reminder is not sent."""
    return words.rule(rule if rule in CODES else f"{words.GATE}{rule}", titles)
